"""The slash commands."""

import logging
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot import words
from bot.defuse import escaped_for_discord, plain, unmentioned
from bot.discord import questions
from bot.discord.attachments import fetch
from bot.discord.desk import Question
from bot.discord.interactions import Interaction, acknowledge, say
from bot.discord.place import MessagePlace
from bot.discord.posts import nonce
from bot.discord.response_place import ResponsePlace
from bot.discord.trying import optionally
from bot.render import DiscordPost
from core.conversation import Channel, IncomingMessage
from core.errors import CodeactError

if TYPE_CHECKING:
    from bot.discord.client import Client

log = logging.getLogger(__name__)

LONGEST_QUESTION = 6000  # characters, which is Discord's limit for an option
_SHOWN = 200  # characters of the question above its answer


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
        await optionally(acknowledge(interaction))
        try:
            await client.service.reset(_conversation(interaction))  # waits for an answer that is under way here
            said = words.RESET
        except CodeactError as error:
            log.exception("No reset in %s", interaction.channel_id)
            said = words.sorry(error)
        await _place(client, interaction).finish(DiscordPost(said))

    @client.tree.command(name="help", description="How to ask, and what answers here")
    async def show_help(interaction: Interaction) -> None:
        await say(interaction, client.help_text())

    @client.tree.command(name="ping", description="Is the bot there, and how fast is its connection?")
    async def ping(interaction: Interaction) -> None:
        await say(interaction, f"Pong: {client.latency * 1000:.0f} ms")

    @client.tree.error
    async def failed(interaction: Interaction, error: app_commands.AppCommandError) -> None:
        log.error("A command failed", exc_info=error)
        await optionally(say(interaction, words.sorry(error)))  # refused where something was said already


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

    place = _place(client, interaction)
    if files:  # to fetch them may take longer than the three seconds that Discord waits
        await optionally(acknowledge(interaction))
        await client.desk.receive(channel, key, prepare, place)
    else:
        await client.desk.receive(channel, key, prepare, place, acknowledge=lambda: acknowledge(interaction))


def _place(client: "Client", interaction: Interaction) -> ResponsePlace:
    later = MessagePlace(client, interaction.channel_id or 0, None, nonce(str(interaction.id)))
    return ResponsePlace(interaction, later)


async def _permitted(client: "Client", interaction: Interaction) -> bool:
    asked = questions.asked_by(interaction.user, interaction.channel, str(interaction.guild_id or ""))
    if client.access.permits(asked):
        return True
    await say(interaction, words.NOT_HERE)
    return False


def _conversation(interaction: Interaction) -> Channel:
    place = interaction.channel
    if place is None:
        place = interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
    return questions.conversation(place, interaction.guild)


def _shown(question: str) -> str:
    line = " ".join(plain(question).split())
    return unmentioned(escaped_for_discord(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"))
