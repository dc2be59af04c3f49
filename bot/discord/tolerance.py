"""Gateway events that discord.py cannot read: completed where that is harmless, else logged and passed over.

An exception in one of the library's parsers ends the connection, and with it everything that was under way.
"""

import logging
from collections.abc import Callable
from typing import Any

import discord

log = logging.getLogger(__name__)

Data = dict[str, Any]
Parser = Callable[[Any], None]

# What the library demands although a small server may leave it out.
_USER: Data = {"discriminator": "0", "avatar": None}
_MEMBER: Data = {"roles": [], "flags": 0, "joined_at": None, "deaf": False, "mute": False}
_MESSAGE: Data = {
    "attachments": [],
    "embeds": [],
    "edited_timestamp": None,
    "type": 0,
    "pinned": False,
    "mention_everyone": False,
    "tts": False,
    "content": "",
    "mentions": [],
    "mention_roles": [],
}
_GUILD: Data = {"name": "", "emojis": []}
_ROLE: Data = {"name": ""}
_CHANNEL: Data = {"name": "", "position": 0, "type": 0}
_THREAD: Data = {"owner_id": 0, "name": "", "message_count": 0, "member_count": 0}
_ARCHIVED: Data = {
    "archived": False,
    "auto_archive_duration": 1440,
    "archive_timestamp": "1970-01-01T00:00:00+00:00",
}
_INTERACTION: Data = {"version": 1, "attachment_size_limit": 8 * 2**20, "entitlements": []}


def be_tolerant(client: discord.Client) -> None:
    """Guard every parser of a client's gateway events; without READY there is no connection, so it may fail."""
    parsers: dict[str, Parser] = client._connection.parsers  # there is no public door
    for event, parser in parsers.items():
        parsers[event] = _ready(parser) if event == "READY" else _guarded(event, parser)


def completed(message: Data) -> Data:
    """A message's data with what may be missing."""
    message = _MESSAGE | message
    if isinstance(message.get("author"), dict):
        message["author"] = _USER | message["author"]
    message["mentions"] = [_USER | user for user in message["mentions"] or []]
    return message


def _interaction(data: Data) -> Data:
    data = _INTERACTION | data
    if data.get("member"):
        data["member"] = _MEMBER | data["member"]
        data["member"]["user"] = _USER | data["member"]["user"]
    if data.get("user"):
        data["user"] = _USER | data["user"]
    return data


def _guild(data: Data) -> Data:
    missing: dict[str, Data] = {"channels": _CHANNEL, "threads": _THREAD, "roles": _ROLE, "members": _MEMBER}
    data = _GUILD | data | {key: [absent | item for item in data.get(key) or []] for key, absent in missing.items()}
    for thread in data["threads"]:
        thread["thread_metadata"] = _ARCHIVED | (thread.get("thread_metadata") or {})
    for member in data["members"]:
        member["user"] = _USER | member["user"]
    return data


_COMPLETED: dict[str, Callable[[Data], Data]] = {
    "MESSAGE_CREATE": completed,
    "INTERACTION_CREATE": _interaction,
    "GUILD_CREATE": _guild,
}


def _ready(parser: Parser) -> Parser:
    def parse(data: Any) -> None:
        parser({"shard": [0, 1], "guilds": []} | data | {"user": _USER | data["user"]})

    return parse


def _guarded(event: str, parser: Parser) -> Parser:
    complete = _COMPLETED.get(event)

    def parse(data: Any) -> None:
        try:
            parser(complete(data) if complete else data)
        except Exception:
            log.exception("Discord sent a %s event that cannot be read", event)

    return parse
