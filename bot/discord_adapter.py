"""Discord: connect, stay connected, and leave in good order."""

import asyncio
import logging
import random
import time
from collections.abc import Sequence

import discord

from bot.discord.access import Access
from bot.discord.catch_up import Seen
from bot.discord.client import Client
from bot.discord.elsewhere import server
from core.errors import AdapterError
from core.service import ChatService

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
STEADY_SECONDS = 120.0  # a connection that stood so long starts with the shortest pause again
DRAIN_SECONDS = 20.0

REFUSED = (
    "Discord refuses DISCORD_TOKEN: copy the token again from https://discord.com/developers/applications → "
    "your application → Bot → Reset Token (docs/discord.md)."
)
NOT_ALL_MESSAGES = (
    "Discord does not let this bot read all messages (message content intent is off): it answers mentions, direct "
    "messages and commands only. Switch it on under Bot → Privileged Gateway Intents (docs/discord.md)."
)


async def run(
    service: ChatService,
    *,
    token: str,
    api_base: str = "",
    gateway_url: str = "",
    allow: Sequence[str] = (),
    deny: Sequence[str] = (),
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Answer on Discord until the task is cancelled, then wait up to `drain_seconds` for answers under way.

    `allow` and `deny` hold entries such as `guild:1`, `channel:2`, `role:3`, `user:4`. Raises AdapterError where
    trying again cannot help; everything else is tried again, with growing pauses.
    """
    if not token.strip():
        raise AdapterError("DISCORD_TOKEN is empty (docs/discord.md).")
    access = Access.of(allow, deny)
    reads_all = True
    seen = Seen()
    pause = FIRST_PAUSE_SECONDS
    with server(api_base, gateway_url):
        while True:
            client = Client(service, access=access, reads_all=reads_all, named_gateway=bool(gateway_url), seen=seen)
            began = time.monotonic()
            try:
                await _live(client, token, drain_seconds)
                log.warning("Discord ended the connection")
            except discord.LoginFailure as error:
                raise AdapterError(REFUSED) from error
            except discord.PrivilegedIntentsRequired:
                if not reads_all:
                    raise AdapterError("Discord refuses the intents that every bot may have.") from None
                log.warning(NOT_ALL_MESSAGES)
                reads_all = False
                continue
            except discord.ConnectionClosed as error:
                if error.code == 4004:
                    raise AdapterError(REFUSED) from error
                log.warning("Discord closed the connection (%s)", error)
            except Exception as error:
                log.warning("The connection to Discord failed: %s: %s", type(error).__name__, error)
                log.debug("Details", exc_info=error)
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _live(client: Client, token: str, drain_seconds: float) -> None:
    """One life of a client: until it fails, or until we are cancelled and what has begun is done."""
    connection = asyncio.create_task(client.start(token))
    try:
        await asyncio.wait({connection})
        connection.result()
    except asyncio.CancelledError:
        await client.desk.drain(drain_seconds)
        raise
    finally:
        await client.desk.stop()
        await _close(client, connection)


async def _close(client: Client, connection: asyncio.Task[None]) -> None:
    try:
        await client.close()
    except Exception as error:  # the library cannot close what was never opened
        log.debug("Closing the connection to Discord: %s", error)
    connection.cancel()
    await asyncio.gather(connection, return_exceptions=True)
