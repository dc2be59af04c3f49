"""The slash commands."""

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import words
from bot.defuse import escaped_for_discord, plain, unmentioned
from bot.discord import questions
from bot.discord.attachments import fetch
from bot.discord.desk import Question
from bot.discord.place import InteractionPlace, MessagePlace, nonce
from core.conversation import Channel, IncomingMessage
from core.errors import CodeactError

if TYPE_CHECKING:
    from bot.discord.client import Client

log = logging.getLogger(__name__)

LONGEST_QUESTION = 6000  # characters, which is Discord's limit for an option
_SHOWN = 200  # characters of the question above its answer

Interaction = discord.Interaction[Any]


def add(client: "Client") -> None:
    """Put all commands into the client's tree."""

    @client.tree.command(name="ask", description="Answer a question by writing and running Python")
    @app_commands.describe(question="What do you want to know?", file="A file for the program to read")
    async def ask(
        interaction: Interaction,
        question: app_commands.Range[str, 1, LONGEST_QUESTION],
        file: discord.Attachment | None = None,
    ) -> None:
        await _ask(client, interaction, question, [file] if file else [])

    @client.tree.command(name="reset", description="Start a new conversation in this channel")
    async def reset(interaction: Interaction) -> None:
        if not await _permitted(client, interaction):
            return
        await interaction.response.defer()
        try:
            await client.service.reset(_conversation(interaction))
            said = words.RESET
        except CodeactError as error:
            log.exception("No reset in %s", interaction.channel_id)
            said = words.sorry(error)
        await interaction.edit_original_response(content=said)

    @client.tree.command(name="help", description="How to ask, and what answers here")
    async def show_help(interaction: Interaction) -> None:
        await interaction.response.send_message(client.help_text(), ephemeral=True)

    @client.tree.command(name="ping", description="Is the bot there, and how fast is its connection?")
    async def ping(interaction: Interaction) -> None:
        await interaction.response.send_message(f"Pong: {client.latency * 1000:.0f} ms", ephemeral=True)

    @client.tree.error
    async def failed(interaction: Interaction, error: app_commands.AppCommandError) -> None:
        log.error("A command failed", exc_info=error)
        said = words.sorry(error)
        if interaction.response.is_done():
            await interaction.followup.send(said, ephemeral=True)
        else:
            await interaction.response.send_message(said, ephemeral=True)


async def _ask(client: "Client", interaction: Interaction, text: str, files: list[discord.Attachment]) -> None:
    if not await _permitted(client, interaction):
        return
    channel = _conversation(interaction)
    key = str(interaction.id)

    async def prepare() -> Question:
        fetched, left_out = await fetch(files)
        incoming = IncomingMessage(channel, str(interaction.user.id), text.strip(), tuple(fetched), key=key)
        notes = (words.left_out(", ".join(left_out)),) if left_out else ()
        return Question(incoming, f"-# ❓ {_shown(text)}", notes)

    later = MessagePlace(client, int(channel.id), None, nonce(key))
    place = InteractionPlace(interaction, later)
    acknowledge = interaction.response.defer
    if files:  # to fetch them may take longer than the three seconds that Discord waits
        await acknowledge()
        await client.desk.receive(channel, key, prepare, place)
    else:
        await client.desk.receive(channel, key, prepare, place, acknowledge=acknowledge)


async def _permitted(client: "Client", interaction: Interaction) -> bool:
    asked = questions.asked_by(interaction.user, interaction.channel, str(interaction.guild_id or ""))
    if client.access.permits(asked):
        return True
    await interaction.response.send_message(words.NOT_HERE, ephemeral=True)
    return False


def _conversation(interaction: Interaction) -> Channel:
    place = interaction.channel
    if place is None:
        place = interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
    return questions.conversation(place, interaction.guild)


def _shown(question: str) -> str:
    line = " ".join(plain(question).split())
    return unmentioned(escaped_for_discord(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"))
