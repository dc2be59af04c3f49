"""Our posts as the library's requests: text, files, buttons; nobody mentioned, no links unfolded."""

import hashlib
import io
from functools import partial
from typing import Any

import discord
from discord.http import HTTPClient, MultipartParameters, handle_message_parameters

from bot.discord.buttons import below
from bot.discord.trying import optionally, patiently
from bot.reactions import SEEDED
from bot.render import DiscordPost


def written(post: DiscordPost, **more: Any) -> MultipartParameters:
    """The body of a request; a context manager that closes the files, so every request needs a new one."""
    return handle_message_parameters(
        post.text,
        flags=discord.MessageFlags(suppress_embeds=True),
        attachments=[discord.File(io.BytesIO(file.content), filename=file.name) for file in post.files],
        view=below(post),
        allowed_mentions=discord.AllowedMentions.none(),
        **more,
    )


def nonce(key: str) -> str:
    """At most 25 characters, the same for the same question in every life of this process."""
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()


async def seed(http: HTTPClient, channel_id: int, message_id: int) -> None:
    """The two reactions of a vote, under a message."""
    for emoji in SEEDED:
        await optionally(patiently(partial(http.add_reaction, channel_id, message_id, emoji)))
