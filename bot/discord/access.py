"""Who may talk to the bot, and where: allow and deny lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.errors import AdapterError

KINDS = ("guild", "channel", "role", "user")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a question comes from: ids as strings. `channels` are a thread and its parent; a DM has no guild."""

    user: str
    guild: str = ""
    channels: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """Lists by kind: guild, channel, role, user.

    Whoever or whatever is on a deny list is refused. Where there is an allow list of a kind, one of the ids of that
    kind must be on it; in direct messages, which have no guild, channel or role, only the users' list counts.
    """

    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> "Access":
        """From entries such as `guild:123` or `user:456`; AdapterError for an entry that is not one."""
        return cls(_by_kind(allow, "DISCORD_ALLOW"), _by_kind(deny, "DISCORD_DENY"))

    def permits(self, asked: Asked) -> bool:
        """Whether this question may be answered."""
        ids = _ids(asked)
        if any(ids[kind] & self.denied.get(kind, frozenset()) for kind in KINDS):
            return False
        kinds = KINDS if asked.guild else ("user",)
        return all(ids[kind] & self.allowed[kind] for kind in kinds if self.allowed.get(kind))


def _ids(asked: Asked) -> dict[str, frozenset[str]]:
    return {
        "guild": frozenset({asked.guild} - {""}),
        "channel": asked.channels,
        "role": asked.roles,
        "user": frozenset({asked.user}),
    }


def _by_kind(entries: Iterable[str], setting: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        kind, colon, number = entry.strip().partition(":")
        if kind not in KINDS or not colon or not number.strip().isdigit():
            raise AdapterError(f"{setting} takes entries such as guild:123, channel:4, role:5, user:6; not {entry!r}.")
        found.setdefault(kind, set()).add(number.strip())
    return {kind: frozenset(numbers) for kind, numbers in found.items()}
