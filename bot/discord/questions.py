"""Which messages are for the bot, and what they ask."""

import re

import discord

from bot.discord.access import Asked
from core.conversation import Channel

PLATFORM = "discord"

_READABLE = (discord.MessageType.default, discord.MessageType.reply)
_OTHERS = re.compile(r"<@!?(\d+)>|<@&(\d+)>|<#(\d+)>|<a?:(\w+):\d+>")


def is_from_person(message: discord.Message) -> bool:
    """Not from a bot, a webhook or Discord itself."""
    return not message.author.bot and message.webhook_id is None and message.type in _READABLE


def mentions(message: discord.Message, me: discord.abc.User) -> bool:
    """Whether the bot or its own role is mentioned; `@everyone` is nobody's question."""
    if any(user.id == me.id for user in message.mentions) or f"<@{me.id}>" in message.content:
        return True
    return any(_is_own(role, me) for role in message.role_mentions)


def replied_to(message: discord.Message) -> int | None:
    """The id of the message that this one answers; a forwarded message answers nothing."""
    reference = message.reference
    if reference is None or reference.type is discord.MessageReferenceType.forward:
        return None
    return reference.message_id


def talks_to_others(message: discord.Message, me: discord.abc.User) -> bool:
    """Whether it mentions people, and the bot is none of them."""
    return bool(message.mentions) and not mentions(message, me)


def text_of(message: discord.Message, me: discord.abc.User) -> str:
    """The question: without the bot's mention, with names in the place of other mentions."""
    users = {user.id: f"@{user.display_name}" for user in message.mentions}
    own_roles = {role.id for role in message.role_mentions if _is_own(role, me)}
    roles = {role.id: f"@{role.name}" for role in message.role_mentions}

    def readable(found: re.Match[str]) -> str:
        user, role, channel, emoji = found.groups()
        if user:
            return "" if int(user) == me.id else users.get(int(user), "@someone")
        if role:
            return "" if int(role) in own_roles else roles.get(int(role), "@role")
        return f"#{channel}" if channel else f":{emoji}:"

    return _OTHERS.sub(readable, message.content).strip()


def channel_of(message: discord.Message) -> Channel:
    """The conversation of a message; a thread is one of its own."""
    return conversation(message.channel, message.guild)


def conversation(
    place: "discord.abc.MessageableChannel | discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread",
    guild: discord.Guild | None,
) -> Channel:
    """The channel of a place; it is private where not everybody of the server can see it."""
    workspace = guild.id if guild else getattr(place, "guild_id", None)
    return Channel(PLATFORM, str(workspace or ""), str(place.id), _is_private(place, guild))


def asked_by(user: discord.abc.User, place: object, workspace: str) -> Asked:
    """Where a question comes from, for the lists of who may ask."""
    channels = {str(number) for name in ("id", "parent_id") if (number := getattr(place, name, None))}
    roles = frozenset(str(role.id) for role in getattr(user, "roles", ()))
    return Asked(str(user.id), workspace, frozenset(channels), roles)


def _is_own(role: discord.Role, me: discord.abc.User) -> bool:
    return role.tags is not None and role.tags.bot_id == me.id


def _is_private(place: object, guild: discord.Guild | None) -> bool:
    """What cannot be told counts as private: it is then an example nowhere else."""
    if guild is None or isinstance(place, discord.PartialMessageable):
        return True
    if isinstance(place, discord.Thread):
        parent = place.parent
        return place.is_private() or parent is None or _is_private(parent, guild)
    if isinstance(place, discord.abc.GuildChannel):
        return not place.permissions_for(guild.default_role).view_channel
    return True
