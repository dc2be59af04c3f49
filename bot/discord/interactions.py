"""Responses to commands and clicks, as plain requests.

The library reads what Discord returns for them, and fails where a server returns nothing or less; a failure there would
look like one of the response itself.
"""

from typing import Any

import discord
from discord.http import Route

Interaction = discord.Interaction[Any]

_MESSAGE, _LATER, _SEEN = 4, 5, 6  # kinds of a response
_EPHEMERAL, _SUPPRESS_EMBEDS = 64, 4


async def say(interaction: Interaction, text: str, *, ephemeral: bool = True) -> None:
    """Respond with a text, by default one that only the person sees who gave the command."""
    flags = _SUPPRESS_EMBEDS | (_EPHEMERAL if ephemeral else 0)
    data = {"content": text, "flags": flags, "allowed_mentions": {"parse": []}}
    await _respond(interaction, {"type": _MESSAGE, "data": data})


async def acknowledge(interaction: Interaction) -> None:
    """Tell Discord that a response follows; it shows that the bot is thinking."""
    await _respond(interaction, {"type": _LATER})


async def acknowledge_click(interaction: Interaction) -> None:
    """Tell Discord that a click arrived; nothing is shown."""
    await _respond(interaction, {"type": _SEEN})


async def _respond(interaction: Interaction, body: dict[str, Any]) -> None:
    path = "/interactions/{interaction_id}/{interaction_token}/callback"
    route = Route("POST", path, interaction_id=interaction.id, interaction_token=interaction.token)
    await interaction.client.http.request(route, json=body)
