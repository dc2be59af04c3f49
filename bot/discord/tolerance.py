"""Gateway events that discord.py cannot read: completed where that is harmless, else logged and passed over.

An exception in one of the library's parsers ends the connection, and with it everything that was under way.
"""

import logging
from collections.abc import Callable
from typing import Any

import discord

log = logging.getLogger(__name__)

Parser = Callable[[Any], None]

# What the library demands of a message although a small server may leave it out.
_MESSAGE: dict[str, Any] = {
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
_USER = {"discriminator": "0", "avatar": None}


def be_tolerant(client: discord.Client) -> None:
    """Guard every parser of a client's gateway events."""
    parsers: dict[str, Parser] = client._connection.parsers  # there is no public door
    for event, parser in parsers.items():
        parsers[event] = _guarded(event, parser)


def completed(message: dict[str, Any]) -> dict[str, Any]:
    """A message's data with what may be missing."""
    message = {**_MESSAGE, **message}
    if isinstance(message.get("author"), dict):
        message["author"] = {**_USER, **message["author"]}
    message["mentions"] = [{**_USER, **user} for user in message["mentions"] or []]
    return message


def _guarded(event: str, parser: Parser) -> Parser:
    def parse(data: Any) -> None:
        try:
            parser(completed(data) if event == "MESSAGE_CREATE" else data)
        except Exception:
            log.exception("Discord sent a %s event that cannot be read", event)

    return parse
