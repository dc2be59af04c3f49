"""Which threads and messages are the bot's own."""

import logging
from collections import OrderedDict
from typing import Any

import aiohttp
import discord

log = logging.getLogger(__name__)

_REMEMBERED = 2000


class OwnThreads:
    """Asks Discord once and remembers: who wrote a message, and whether a thread is ours."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._ours: OrderedDict[int, bool] = OrderedDict()

    async def is_own(self, place: object) -> bool:
        """Whether a place is a thread that the bot opened, or that somebody opened on one of its posts."""
        if not isinstance(place, discord.Thread):
            return False
        me = self._client.user
        if me is not None and place.owner_id == me.id:
            return True
        return await self.wrote(place.parent_id, place.id)  # a thread has the id of the post that it was opened on

    async def wrote(self, channel_id: int, message_id: int) -> bool:
        """Whether the bot wrote a message; False where it cannot be read."""
        if message_id not in self._ours:
            ours = await self._is_ours(channel_id, message_id)
            if ours is None:
                return False
            self._ours[message_id] = ours
            if len(self._ours) > _REMEMBERED:
                self._ours.popitem(last=False)
        return self._ours[message_id]

    async def _is_ours(self, channel_id: int, message_id: int) -> bool | None:
        try:
            message: Any = await self._client.http.get_message(channel_id, message_id)
            me = self._client.user
            return me is not None and str(message["author"]["id"]) == str(me.id)
        except discord.NotFound:
            return False
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, LookupError, TypeError) as error:
            log.info("Who wrote %s cannot be told: %s", message_id, error)
            return None
