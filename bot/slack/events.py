"""Slack's payloads to values: which message is a question for us, and which reaction is a vote. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.reactions import slack_label
from bot.slack.place import conversation, is_direct, message_id, post_id
from core.conversation import Channel, IncomingMessage, Reaction

Payload = Mapping[str, Any]

# Messages of people; every other subtype is an edit, a deletion, a notice or another app.
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_MARKUP_AT_START = re.compile(r"\s*<@")
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of a message; `size` in bytes as Slack states it, 0 where it does not. `url` needs the bot's token."""

    id: str
    name: str
    url: str
    size: int


@dataclass(frozen=True, slots=True)
class Question:
    """A message that may be for us. `called`: it is a direct message or mentions us; else it is a reply in a thread.

    `kind` is Slack's `channel_type`, empty where the event does not say.
    """

    incoming: IncomingMessage
    called: bool
    kind: str = ""
    files: tuple[SharedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Myself:
    """Who we are in Slack."""

    user: str
    bot: str
    team: str


def question_in(event: Payload, team: str, me: Myself) -> Question | None:
    """The question in a `message` or `app_mention` event; None where nobody asks us anything.

    Both events of one mention, and every redelivery, get the same key.
    """
    channel, ts, thread, author = (_text(event, name) for name in ("channel", "ts", "thread_ts", "user"))
    if not (channel and ts and author) or _text(event, "subtype") not in _SPOKEN:
        return None
    if author == me.user or event.get("bot_id"):
        return None
    kind = _text(event, "channel_type")
    direct = kind in ("im", "app_home") or is_direct(channel)
    text = _text(event, "text")
    mentioned = event.get("type") == "app_mention" or bool(_mention(me).search(text))
    follows = thread not in ("", ts) and not _MARKUP_AT_START.match(text)  # who calls somebody else talks to them
    if not (direct or mentioned or follows):
        return None
    where = conversation(team, channel, "" if direct else thread or ts, private=direct or kind in ("group", "mpim"))
    incoming = IncomingMessage(
        where,
        author,
        words_in(text, me),
        key=f"{team}:{channel}:{ts}",
        message_id=message_id(ts, thread) if direct else ts,
    )
    return Question(incoming, direct or mentioned, kind, files_in(event))


def asked_by_command(body: Payload, team: str) -> IncomingMessage | None:
    """The question of a slash command. It is no message yet: its channel has no thread and its message id is empty."""
    channel, author = _text(body, "channel_id"), _text(body, "user_id")
    if not (channel and author):
        return None
    once = _text(body, "trigger_id") or _text(body, "response_url")
    return IncomingMessage(
        conversation(team, channel, private=is_direct(channel)),
        author,
        readable(_text(body, "text")),
        key=f"{team}:{channel}:ask:{once}" if once else "",
    )


def channel_of_command(body: Payload, team: str) -> Channel:
    """Where a slash command was given; Slack's own clients send them from channels only, not from threads."""
    return conversation(team, _text(body, "channel_id"), _text(body, "thread_ts"))


@dataclass(frozen=True, slots=True)
class Vote:
    """A reaction with a meaning, put on or taken off a message, at Slack's time `seconds` (0: it does not say)."""

    channel: str
    ts: str
    author: str
    label: bool
    added: bool
    seconds: float

    def as_reaction(self, team: str, label: bool | None) -> Reaction:
        """The vote for the service, with what it comes to."""
        return Reaction(conversation(team, self.channel), post_id(self.channel, self.ts), self.author, label)


def vote_in(event: Payload, me: Myself) -> Vote | None:
    """The vote in a `reaction_added` or `reaction_removed` event; None for other emoji and for our own."""
    item = event.get("item")
    label = slack_label(_text(event, "reaction"))
    author = _text(event, "user")
    if label is None or not isinstance(item, Mapping) or author in ("", me.user):
        return None
    channel, ts = _text(item, "channel"), _text(item, "ts")
    if not (channel and ts):
        return None
    return Vote(channel, ts, author, label, event.get("type") == "reaction_added", _seconds(event))


def files_in(message: Payload) -> tuple[SharedFile, ...]:
    """The files of a message that Slack itself keeps; links to files elsewhere are left out."""
    files = message.get("files")
    if not isinstance(files, list):
        return ()
    return tuple(
        SharedFile(
            _text(file, "id"),
            _text(file, "name") or _text(file, "title") or "file",
            _text(file, "url_private_download") or _text(file, "url_private"),
            size if isinstance(size := file.get("size"), int) else 0,
        )
        for file in files
        if isinstance(file, Mapping) and not file.get("is_external") and file.get("mode") != "tombstone"
    )


def words_in(text: str, me: Myself) -> str:
    """What the person wrote, without calling us by name, as they see it on their screen."""
    return readable(_mention(me).sub(" ", text)).strip()


def readable(text: str) -> str:
    """Slack's markup as people see it: `<https://x|x>` is a link, `&lt;` is a character."""
    text = _MARKUP.sub(_shown, text)
    text = text.replace("\u00a0", " ")  # the composer puts it in pasted code, where Python does not take it
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(markup: re.Match[str]) -> str:
    sign, target, label = markup.groups()
    if sign == "!":
        return label or f"@{target.partition('^')[0]}"
    if sign:
        return f"{sign}{label or target}"
    if not label or target.removeprefix("mailto:").endswith(label):
        return target.removeprefix("mailto:")
    return f"{label} ({target})"


def _mention(me: Myself) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(me.user)}(?:\|[^<>]*)?>")


def _text(payload: Payload, name: str) -> str:
    """A field as text: servers that speak Slack's language differ in what they leave out and what is a number."""
    value = payload.get(name)
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _seconds(event: Payload) -> float:
    try:
        return float(_text(event, "event_ts"))
    except ValueError:
        return 0.0
