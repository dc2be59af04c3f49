"""Where a conversation happens in Slack: our channel ids to channels and threads, and back."""

from dataclasses import dataclass

from core.conversation import Channel, IncomingMessage

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes: a channel, and the thread in it (`""`: the channel itself)."""

    channel: str
    thread_ts: str = ""


def conversation(team: str, channel: str, thread_ts: str = "", *, private: bool = False) -> Channel:
    """The memory of a thread, or that of a whole channel where `thread_ts` is empty, as in a direct message."""
    return Channel(PLATFORM, team, f"{channel}:{thread_ts}" if thread_ts else channel, private)


def is_direct(channel: str) -> bool:
    """Whether Slack's channel id is that of a direct message."""
    return channel.startswith("D")


def message_id(ts: str, thread_ts: str = "") -> str:
    """The question's id. In a direct message the memory does not name the thread, so the id does."""
    return f"{thread_ts}/{ts}" if thread_ts and thread_ts != ts else ts


def place_of(incoming: IncomingMessage) -> Place:
    """Where the answer goes: always into the thread of the question."""
    channel, _, thread = incoming.channel.id.partition(":")
    root, _, _ = incoming.message_id.partition("/")
    return Place(channel, thread or root)


def ts_of(incoming: IncomingMessage) -> str:
    """The question's own timestamp; empty for a slash command, which is no message."""
    return incoming.message_id.rpartition("/")[2]


def post_id(channel: str, ts: str) -> str:
    """A post's id, unique in its workspace; Slack's timestamps are unique in a channel only."""
    return f"{channel}:{ts}"
