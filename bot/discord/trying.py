"""Requests to Discord, and to our memory, that are tried again where that can help.

discord.py itself waits out rate limits and repeats 500, 502, 504 and 524; what it leaves to us is 503, a connection
that is reset (errno 104 on Linux), refused or lost, and a 429 of a server without Discord's own headers.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

from core.errors import StorageError

log = logging.getLogger(__name__)

TRIES = 7
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 15.0

T = TypeVar("T")


async def patiently(call: Callable[[], Awaitable[T]], *, tries: int = TRIES) -> T:
    """The result of a request that may be sent more than once without doing more; raises its last failure."""
    pause = FIRST_PAUSE_SECONDS
    for left in reversed(range(tries)):
        try:
            return await call()
        except Exception as error:
            if not left or not is_passing(error):
                raise
            wait = max(pause * random.uniform(0.5, 1.5), asked_pause(error))
            log.info("Discord did not answer (%s); trying again in %.1f s", error, wait)
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    raise AssertionError("unreachable: the last try returns or raises")


async def optionally(call: Awaitable[object]) -> None:
    """A request that nobody must wait for and whose failure costs nobody an answer."""
    try:
        await call
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.info("An optional request to Discord failed: %s", error)


def is_passing(error: Exception) -> bool:
    """Whether the same request can succeed later; a database can be busy, too."""
    if isinstance(error, discord.HTTPException):
        return error.status == 429 or error.status >= 500
    return isinstance(error, (OSError, aiohttp.ClientError, TimeoutError, discord.RateLimited, StorageError))


def asked_pause(error: Exception) -> float:
    """The seconds that a rate limit asks for, at most a minute."""
    if isinstance(error, discord.RateLimited):
        return min(error.retry_after, 60.0)
    if isinstance(error, discord.HTTPException) and error.status == 429:
        try:
            return min(float(error.response.headers.get("Retry-After", 1.0)), 60.0)
        except ValueError:
            return 1.0
    return 0.0
