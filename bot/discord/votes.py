"""Reactions to votes: the last one of a person counts, a removed one gives way to what still stands."""

import asyncio
import logging
from collections import OrderedDict
from typing import Any, TypeVar
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

_REMEMBERED = 2000  # posts of ours, and posts that are not ours or not yet
_PAGE = 100  # people per request who reacted with one emoji


V = TypeVar("V")


class Votes:
    """Takes the raw reaction events of a client, also those on messages it has never seen."""

    def __init__(self, service: ChatService, client: discord.Client) -> None:
        self._service = service
        self._client = client
        self._posted: OrderedDict[int, None] = OrderedDict()
        self._early: OrderedDict[int, dict[int, bool]] = OrderedDict()  # post → person → vote, where it is unknown
        self._in_order: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def added(self, event: discord.RawReactionActionEvent) -> None:
        """A vote, unless the emoji is none or its giver is a bot."""
        label = _label(event.emoji)
        if label is None or self._is_bot(event):
            return
        async with self._lock(event.message_id, event.user_id):
            await self._rate(event, label)

    async def removed(self, event: discord.RawReactionActionEvent) -> None:
        """The vote is withdrawn, or changed to that of the person's other reaction on the same post."""
        if _label(event.emoji) is None or self._is_bot(event):
            return
        async with self._lock(event.message_id, event.user_id):
            if await self._rate(event, None) is None:
                return
            standing = await self._standing(event)
            if standing is not None:
                await self._rate(event, standing)

    async def posted(self, channel: Channel, post_id: str) -> None:
        """An answer is known from now on: count who was quicker than we."""
        message_id = int(post_id)
        _remember(self._posted, message_id, None)
        for user_id, label in self._early.pop(message_id, {}).items():
            async with self._lock(message_id, user_id):
                await self._count(Reaction(channel, post_id, str(user_id), label))

    async def _rate(self, event: discord.RawReactionActionEvent, label: bool | None) -> Verdict | None:
        channel = Channel(PLATFORM, str(event.guild_id or ""), str(event.channel_id))
        reaction = Reaction(channel, str(event.message_id), str(event.user_id), label)
        verdict = await self._count(reaction)
        if verdict is None and event.message_id in self._posted:
            verdict = await self._count(reaction)  # it became known meanwhile
        if verdict is None:
            early = _remember(self._early, event.message_id, self._early.get(event.message_id, {}))
            if label is None:
                early.pop(event.user_id, None)
            else:
                early[event.user_id] = label
        return verdict

    async def _count(self, reaction: Reaction) -> Verdict | None:
        try:
            return await patiently(lambda: self._service.rate(reaction))
        except StorageError:
            log.exception("A vote on %s was lost", reaction.post_id)
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

    def _lock(self, message_id: int, user_id: int) -> asyncio.Lock:
        return self._in_order.setdefault((message_id, user_id), asyncio.Lock())


def _remember(kept: OrderedDict[int, V], key: int, value: V) -> V:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)
    return value


def _label(emoji: discord.PartialEmoji) -> bool | None:
    return discord_label(emoji.name or "", custom=emoji.is_custom_emoji())
