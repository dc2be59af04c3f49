"""A question that is edited within a minute: the bot offers 🔁, and its author's click asks again."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.discord.tolerance import completed
from bot.discord.trying import optionally, patiently

log = logging.getLogger(__name__)

RERUN = "🔁"
EDIT_SECONDS = 60.0

Answer = Callable[[discord.Message, str], Awaitable[None]]


def was_edited_soon(message: discord.Message) -> bool:
    """Whether its author changed it soon after writing it; Discord also tells of links that it unfolded."""
    edited = message.edited_at
    return edited is not None and (edited - message.created_at).total_seconds() <= EDIT_SECONDS


class Reruns:
    """Keeps nothing: the offer is our own reaction on the question, and Discord remembers that."""

    def __init__(self, client: discord.Client, answer: Answer) -> None:
        self._client = client
        self._answer = answer

    async def offer(self, message: discord.Message) -> None:
        """Put 🔁 under the question."""
        await optionally(patiently(lambda: self._client.http.add_reaction(message.channel.id, message.id, RERUN)))

    async def clicked(self, event: discord.RawReactionActionEvent) -> None:
        """Somebody's 🔁: asks again where it is the author's, and we had offered it."""
        me = self._client.user
        if me is None or event.user_id == me.id:
            return
        http = self._client.http
        try:
            data: Any = await patiently(lambda: http.get_message(event.channel_id, event.message_id))
            place: Any = self._client.get_channel(event.channel_id) or self._client.get_partial_messageable(
                event.channel_id, guild_id=event.guild_id
            )
            state = self._client._connection  # as the library makes a message
            message = discord.Message(state=state, channel=place, data=completed(data))  # type: ignore[arg-type]
        except (discord.DiscordException, LookupError, OSError) as error:
            log.info("The question %s cannot be read again: %s", event.message_id, error)
            return
        offered = any(str(reaction.emoji) == RERUN and reaction.me for reaction in message.reactions)
        if not offered or message.author.id != event.user_id or message.edited_at is None:
            return
        await optionally(http.remove_own_reaction(event.channel_id, event.message_id, RERUN))
        await self._answer(message, f"{message.id}/{message.edited_at.timestamp():.3f}")
