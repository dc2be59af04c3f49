"""Channels, and which conversation each is in."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel
from core.memory.tables import ChannelRow
from core.memory.upsert import insert

_UNIQUE = ["platform", "workspace", "channel"]


def is_channel(channel: Channel) -> tuple[ColumnElement[bool], ...]:
    """The conditions that find a channel's row."""
    return (
        ChannelRow.platform == channel.platform,
        ChannelRow.workspace == channel.workspace,
        ChannelRow.channel == channel.id,
    )


async def find(session: AsyncSession, channel: Channel) -> ChannelRow:
    """The row of a channel, made where it is new."""
    await session.execute(insert(session, ChannelRow).values(_values(channel)).on_conflict_do_nothing())
    return (await session.scalars(select(ChannelRow).where(*is_channel(channel)))).one()


async def reset(session: AsyncSession, channel: Channel) -> None:
    """Begin the channel's next conversation."""
    await session.execute(
        insert(session, ChannelRow)
        .values(_values(channel))
        .on_conflict_do_update(index_elements=_UNIQUE, set_={"conversation": ChannelRow.conversation + 1})
    )


async def first_meeting(session: AsyncSession, channel: Channel) -> bool:
    """Whether the bot had not met this channel's people; from now on it has."""
    row = await find(session, channel)
    met = await session.scalar(
        update(ChannelRow)
        .where(ChannelRow.id == row.id, ChannelRow.met_at.is_(None))
        .values(met_at=datetime.now(UTC))
        .returning(ChannelRow.id)
    )
    return met is not None


def _values(channel: Channel) -> dict[str, str | int]:
    return {
        "platform": channel.platform,
        "workspace": channel.workspace,
        "channel": channel.id,
        "conversation": 0,
    }
