"""Reactions to votes: the last one of a person counts, a removed one gives way to what still stands."""

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.discord.questions import PLATFORM
from bot.discord.trying import patiently
from bot.reactions import discord_label
from core.conversation import Channel, Reaction, Verdict
from core.errors import StorageError
from core.service import ChatService

log = logging.getLogger(__name__)

_TRIES = 5  # to write a vote into a database that is busy
_PAGE = 100  # people per request who reacted with one emoji


class Votes:
    """Takes the raw reaction events of a client, also those on messages it has never seen."""

    def __init__(self, service: ChatService, client: discord.Client) -> None:
        self._service = service
        self._client = client
        self._in_order: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def added(self, event: discord.RawReactionActionEvent) -> None:
        """A vote, unless the emoji is none or its giver is a bot."""
        label = _label(event.emoji)
        if label is None or self._is_bot(event):
            return
        async with self._lock(event):
            await self._rate(event, label)

    async def removed(self, event: discord.RawReactionActionEvent) -> None:
        """The vote is withdrawn, or changed to that of the person's other reaction on the same post."""
        if _label(event.emoji) is None or self._is_bot(event):
            return
        async with self._lock(event):
            if await self._rate(event, None) is None:
                return
            standing = await self._standing(event)
            if standing is not None:
                await self._rate(event, standing)

    async def _rate(self, event: discord.RawReactionActionEvent, label: bool | None) -> Verdict | None:
        channel = Channel(PLATFORM, str(event.guild_id or ""), str(event.channel_id))
        reaction = Reaction(channel, str(event.message_id), str(event.user_id), label)
        for left in reversed(range(_TRIES)):
            try:
                return await self._service.rate(reaction)
            except StorageError:
                if not left:
                    log.exception("A vote on %s was lost", event.message_id)
                    return None
                await asyncio.sleep(1.0)
        return None

    async def _standing(self, event: discord.RawReactionActionEvent) -> bool | None:
        """How this person's other reactions on the post vote, as Discord shows them now; a ❌ outweighs a ✅."""
        http = self._client.http
        labels: set[bool] = set()
        try:
            message: Any = await patiently(lambda: http.get_message(event.channel_id, event.message_id))
            for reaction in message.get("reactions") or ():
                emoji = reaction["emoji"]
                label = discord_label(str(emoji.get("name") or ""), custom=bool(emoji.get("id")))
                if label is not None and reaction["count"] > bool(reaction.get("me")):
                    name = emoji["name"]
                    users: Any = await patiently(
                        lambda name=name: http.get_reaction_users(  # type: ignore[misc]
                            event.channel_id, event.message_id, name, _PAGE, after=event.user_id - 1
                        )
                    )
                    if any(str(user["id"]) == str(event.user_id) for user in users):
                        labels.add(label)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, LookupError, TypeError) as error:
            log.info("What reactions stand on %s cannot be told: %s", event.message_id, error)
        return None if not labels else False not in labels

    def _is_bot(self, event: discord.RawReactionActionEvent) -> bool:
        me = self._client.user
        return (me is not None and event.user_id == me.id) or (event.member is not None and event.member.bot)

    def _lock(self, event: discord.RawReactionActionEvent) -> asyncio.Lock:
        return self._in_order.setdefault((event.message_id, event.user_id), asyncio.Lock())


def _label(emoji: discord.PartialEmoji) -> bool | None:
    return discord_label(emoji.name or "", custom=emoji.is_custom_emoji())
