"""Files of a question: fetched within limits; what is not taken is named."""

import asyncio
import logging
from collections.abc import Sequence

import aiohttp
import discord

from bot.defuse import file_name, unused_name
from core.conversation import ProgramFile

log = logging.getLogger(__name__)

FILES, FILES_BYTES = 10, 8 * 2**20
FETCH_SECONDS = 30.0
PASTED = "message.txt"  # what Discord makes of a text that is too long to be a message


async def fetch(attachments: Sequence[discord.Attachment]) -> tuple[list[ProgramFile], list[str]]:
    """The files that fit, at most ten and 8 MiB in all, and the names of those left out."""
    files: list[ProgramFile] = []
    left_out: list[str] = []
    free = FILES_BYTES
    for attachment in attachments:
        name = unused_name(file_name(attachment.filename), {file.name for file in files})
        content = None
        if len(files) < FILES and attachment.size <= free:
            content = await _content(attachment)
        if content is None or len(content) > free:
            left_out.append(name)
            continue
        free -= len(content)
        files.append(ProgramFile(name, content))
    return files, left_out


def pasted_text(files: Sequence[ProgramFile]) -> str | None:
    """The question itself, where it was so long that Discord made a file of it."""
    if len(files) == 1 and files[0].name == PASTED:
        return files[0].content.decode("utf-8", "replace").strip()
    return None


async def _content(attachment: discord.Attachment) -> bytes | None:
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await attachment.read()
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("Could not fetch an attachment: %s", error)
        return None
