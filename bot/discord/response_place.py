"""The response to a slash command as the place of an answer."""

import logging
from typing import Any

import discord
from discord.http import Route

from bot.discord.place import MessagePlace
from bot.discord.posts import seed, written
from bot.discord.trying import optionally, patiently
from bot.render import DiscordPost

log = logging.getLogger(__name__)


class ResponsePlace:
    """A response that was promised. It can be changed for a quarter of an hour."""

    def __init__(self, interaction: discord.Interaction[Any], later: MessagePlace) -> None:
        """`later` is where the answer goes when Discord has forgotten the interaction."""
        self._interaction = interaction
        self._later = later
        self._message_id: int | None = None

    async def open(self, text: str) -> None:
        """Put the placeholder into the response."""
        await optionally(self._change(DiscordPost(text)))

    async def show(self, text: str) -> None:
        """Change the placeholder."""
        await optionally(self._change(DiscordPost(text)))

    async def type(self) -> None:
        """A promised response shows by itself that something is going on."""

    async def finish(self, post: DiscordPost) -> str:
        """Change the response; post in the channel where that is not possible any more."""
        try:
            self._message_id = await patiently(lambda: self._change(post))
            return str(self._message_id)
        except discord.HTTPException as error:
            log.info("The response to a command cannot be changed any more: %s", error)
            return await self._later.finish(post)

    async def seed(self) -> None:
        """Add the two reactions of a vote."""
        channel_id = self._interaction.channel_id
        if self._message_id is None:
            await self._later.seed()
        elif channel_id is not None:
            await seed(self._interaction.client.http, channel_id, self._message_id)

    async def _change(self, post: DiscordPost) -> int:
        """The response's id. The request is a plain one: the library fails where less than it knows is returned."""
        route = Route(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=self._interaction.application_id,
            webhook_token=self._interaction.token,
        )
        http = self._interaction.client.http
        with written(post) as params:
            if params.files:
                message: Any = await http.request(route, files=params.files, form=params.multipart)
            else:
                message = await http.request(route, json=params.payload)
        return int(message["id"])
