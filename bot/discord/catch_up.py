"""Messages that were written while a session was lost, read from the channels' histories before anything newer."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord

from bot.discord.tolerance import completed
from bot.discord.trying import patiently

log = logging.getLogger(__name__)

Take = Callable[[discord.Message], Awaitable[None]]

_CHANNELS = 1000  # whose latest message is remembered
_PAGE, _PAGES = 100, 10  # messages read at once, and how often per channel
_AT_ONCE = 4  # channels read at the same time


class Seen:
    """The latest message of each channel; it outlives a client."""

    def __init__(self) -> None:
        self.latest = 0
        self._channels: OrderedDict[int, tuple[int, int | None]] = OrderedDict()

    def add(self, message: discord.Message) -> None:
        """A message arrived."""
        place = message.channel.id
        guild_id = message.guild.id if message.guild else getattr(message.channel, "guild_id", None)
        self._channels[place] = (max(message.id, self._channels.get(place, (0, None))[0]), guild_id)
        self._channels.move_to_end(place)
        if len(self._channels) > _CHANNELS:
            self._channels.popitem(last=False)
        self.latest = max(self.latest, message.id)

    def gap(self) -> "Gap":
        """What is unread from here on."""
        since = self.latest or discord.utils.time_snowflake(discord.utils.utcnow())
        return Gap(since, dict(self._channels))


@dataclass(frozen=True, slots=True)
class Gap:
    """What was seen when a connection broke: the latest message of all, and per channel with the channel's guild."""

    since: int
    channels: dict[int, tuple[int, int | None]]
    reading: dict[int, asyncio.Task[None]] = field(default_factory=dict)


class CatchUp:
    """A resumed session replays what it missed. A new one does not, so each channel is read on from what was seen.

    Reading too much is harmless: a question that was taken before is passed over.
    """

    def __init__(self, client: discord.Client, seen: Seen, take: Take) -> None:
        self._client = client
        self._seen = seen
        self._take = take
        self._broken: dict[int, Gap] = {}
        self._before_us = seen.gap() if seen.latest else None  # where an earlier client ended
        self._gap: Gap | None = None
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def broke(self, shard_id: int) -> None:
        """A connection is lost; a new one may resume its session."""
        self._broken.setdefault(shard_id, self._seen.gap())

    def resumed(self, shard_id: int) -> None:
        """The session goes on: what was missed is replayed."""
        self._broken.pop(shard_id, None)

    def lost(self, shard_id: int) -> None:
        """There is a new session: from here on a message waits until the older ones of its channel were read."""
        gap = self._broken.pop(shard_id, None) or self._before_us
        self._before_us = None
        if gap is not None:
            self._gap = gap

    async def before(self, message: discord.Message) -> None:
        """See to it that what was written before a message was taken."""
        gap = self._gap
        if gap is not None:
            await asyncio.wait({self._reading(gap, message.channel.id)})
        self._seen.add(message)

    async def read_all(self) -> None:
        """Read every channel in which something may have been written."""
        gap = self._gap
        if gap is None:
            return
        if tasks := {self._reading(gap, channel_id) for channel_id in self._places(gap)}:
            await asyncio.wait(tasks)
        if self._gap is gap:
            self._gap = None

    def _reading(self, gap: Gap, channel_id: int) -> asyncio.Task[None]:
        if channel_id not in gap.reading:
            gap.reading[channel_id] = asyncio.create_task(self._read(gap, channel_id))
        return gap.reading[channel_id]

    def _places(self, gap: Gap) -> list[int]:
        """Channels and threads with something new, and those where somebody wrote before."""
        places = dict.fromkeys(gap.channels)
        for guild in self._client.guilds:
            last = [(channel.id, channel.last_message_id) for channel in guild.text_channels]
            last += [(channel.id, channel.last_message_id) for channel in guild.voice_channels]
            last += [(thread.id, thread.last_message_id) for thread in guild.threads]
            places |= dict.fromkeys(place for place, message in last if (message or 0) > gap.since)
        return list(places)

    async def _read(self, gap: Gap, channel_id: int) -> None:
        after, guild_id = gap.channels.get(channel_id, (gap.since, None))
        known = self._client.get_channel(channel_id)
        place: Any = known or self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            for _ in range(_PAGES):
                async with self._turns:
                    page = await self._page(channel_id, after)
                for data in page:
                    state = self._client._connection
                    message = discord.Message(state=state, channel=place, data=completed(data))  # type: ignore[arg-type]
                    after = message.id
                    self._seen.add(message)
                    await self._take(message)
                if len(page) < _PAGE:
                    return
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("Channel %s could not be read after the connection was lost: %s", channel_id, error)
        except Exception:
            log.exception("Channel %s could not be read after the connection was lost", channel_id)

    async def _page(self, channel_id: int, after: int) -> list[dict[str, Any]]:
        """The messages after one, oldest first."""
        page: Any = await patiently(lambda: self._client.http.logs_from(channel_id, _PAGE, after=after))
        newer = [data for data in page if int(data["id"]) > after]
        return sorted(newer, key=lambda data: int(data["id"]))
