"""What can be clicked under an answer. A button carries a turn's id only, so it works after a restart too."""

import logging
import re
from typing import Any

import discord

from bot import words
from bot.discord.interactions import acknowledge_click, say
from bot.discord.trying import optionally
from bot.render import DiscordPost
from core.errors import CodeactError

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]


def below(post: DiscordPost) -> discord.ui.View | None:
    """The buttons of a post; a placeholder and an apology have none."""
    if not post.turn_id:
        return None
    view = discord.ui.View(timeout=None)
    view.add_item(DeleteButton(post.turn_id))
    return view


class DeleteButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"codeact:delete:(?P<turn>[\w-]{1,64})"):
    """🗑: the answer goes, and its turn leaves the conversation. For the person who asked, and for moderators."""

    def __init__(self, turn_id: str) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            emoji="🗑️", style=discord.ButtonStyle.secondary, custom_id=f"codeact:delete:{turn_id}"
        )
        super().__init__(button)
        self._turn_id = turn_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> "DeleteButton":
        """The button of an answer, whenever it was posted."""
        return cls(match["turn"])

    async def callback(self, interaction: Interaction) -> None:
        """Skip the turn, then delete the post."""
        if interaction.message is None or not await _may_delete(interaction, interaction.message):
            await say(interaction, words.NOT_YOURS)
            return
        try:
            await interaction.client.service.skip(self._turn_id)
        except CodeactError as error:
            log.exception("Turn %s was not skipped", self._turn_id)
            await say(interaction, words.sorry(error))
            return
        await optionally(acknowledge_click(interaction))
        await optionally(interaction.client.http.delete_message(interaction.message.channel.id, interaction.message.id))


async def _may_delete(interaction: Interaction, message: discord.Message) -> bool:
    if interaction.guild_id is None:
        return True  # nobody else is there
    if interaction.permissions.manage_messages:
        return True
    return await _asker(interaction, message) == interaction.user.id


async def _asker(interaction: Interaction, message: discord.Message) -> int | None:
    """Who asked what a post answers: the user of its command, or the author of the message it replies to."""
    if message.interaction_metadata is not None:
        return message.interaction_metadata.user.id
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    if isinstance(reference.resolved, discord.Message):
        return reference.resolved.author.id
    try:
        question: Any = await interaction.client.http.get_message(reference.channel_id, reference.message_id)
        return int(question["author"]["id"])
    except (discord.HTTPException, LookupError, ValueError) as error:
        log.info("Who asked %s cannot be told: %s", reference.message_id, error)
        return None
