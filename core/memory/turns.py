"""Turns: stored once, and found again by channel, id or vote."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, Finish, Turn
from core.errors import StorageError
from core.memory import channels, people
from core.memory.lineage import batches
from core.memory.tables import ChannelRow, TurnRow
from core.memory.upsert import insert
from core.memory.values import attempt_row, turn_of, turn_values


async def remember(session: AsyncSession, turn: Turn, asked_at: datetime | None) -> bool:
    """Store a turn with its attempts in the conversation that its channel is in; a known id changes nothing.

    False, and nothing stored, where its person asked to be forgotten since `asked_at`, or where the turn that it runs
    again was deleted.
    """
    if not turn.attempts:
        raise StorageError(f"The turn {turn.id} holds no completion and was not stored.")
    if await _is_withdrawn(session, turn, asked_at):
        return False
    channel = await channels.find(session, turn.channel)
    stored = await session.scalar(
        insert(session, TurnRow)
        .values(channel_id=channel.id, conversation=channel.conversation, **turn_values(turn))
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(TurnRow.position)
    )
    if stored is not None:
        session.add_all(attempt_row(turn.id, number, attempt) for number, attempt in enumerate(turn.attempts))
    return True


async def _is_withdrawn(session: AsyncSession, turn: Turn, asked_at: datetime | None) -> bool:
    if turn.rerun_of and await session.scalar(select(TurnRow.id).where(TurnRow.id == turn.rerun_of)) is None:
        return True
    forgotten_at = await people.forgotten_at(session, turn.channel.platform, turn.author)
    return asked_at is not None and forgotten_at is not None and asked_at <= forgotten_at


async def recall(session: AsyncSession, channel: Channel, limit: int) -> list[Turn]:
    """The latest `limit` turns of the channel's conversation, oldest first.

    Skipped ones are left out, and programs that were only run: the model had no part in them.
    """
    rows = await session.scalars(
        select(TurnRow)
        .join(TurnRow.channel)
        .where(*channels.is_channel(channel), TurnRow.conversation == ChannelRow.conversation)
        .where(TurnRow.skipped.is_(False), TurnRow.finish != Finish.RUN.value)
        .order_by(TurnRow.position.desc())
        .limit(limit)
    )
    return [turn_of(row) for row in reversed(rows.all())]


async def last_turn(session: AsyncSession, channel: Channel) -> Turn | None:
    """The latest turn of a channel, also a skipped one and one from before a reset."""
    row = await session.scalar(
        select(TurnRow)
        .join(TurnRow.channel)
        .where(*channels.is_channel(channel))
        .order_by(TurnRow.position.desc())
        .limit(1)
    )
    return None if row is None else turn_of(row)


async def by_ids(session: AsyncSession, turn_ids: Sequence[str]) -> list[Turn]:
    """The turns with these ids, in the order asked for; missing ones are left out."""
    found: dict[str, Turn] = {}
    wanted = list(dict.fromkeys(turn_ids))
    for some in batches(wanted):
        rows = await session.scalars(select(TurnRow).where(TurnRow.id.in_(some)))
        found |= {row.id: turn_of(row) for row in rows}
    return [found[turn_id] for turn_id in turn_ids if turn_id in found]


async def of_key(session: AsyncSession, platform: str, key: str) -> Turn | None:
    """The turn that answers the message of this key."""
    row = await session.scalar(
        select(TurnRow)
        .join(TurnRow.channel)
        .where(ChannelRow.platform == platform, TurnRow.message_key == key)
        .order_by(TurnRow.position.desc())
        .limit(1)
    )
    return None if row is None else turn_of(row)


async def following(session: AsyncSession, turn: Turn) -> Turn | None:
    """The next question of the same person in the same conversation; skipped turns and reruns are none."""
    before = (
        select(TurnRow.channel_id, TurnRow.conversation, TurnRow.position, TurnRow.author)
        .where(TurnRow.id == turn.id)
        .subquery()
    )
    row = await session.scalar(
        select(TurnRow)
        .join(
            before,
            (TurnRow.channel_id == before.c.channel_id)
            & (TurnRow.conversation == before.c.conversation)
            & (TurnRow.author == before.c.author)
            & (TurnRow.position > before.c.position),
        )
        .where(TurnRow.skipped.is_(False), TurnRow.rerun_of.is_(None), TurnRow.finish != Finish.RUN.value)
        .order_by(TurnRow.position)
        .limit(1)
    )
    return None if row is None else turn_of(row)


async def skip(session: AsyncSession, turn_id: str) -> None:
    """Take a turn out of its conversation. Raises StorageError where there is none of this id."""
    found = await session.scalar(
        update(TurnRow).where(TurnRow.id == turn_id).values(skipped=True).returning(TurnRow.position)
    )
    if found is None:
        raise no_turn(turn_id)


def no_turn(turn_id: str) -> StorageError:
    """What to raise where a turn is asked for that is not stored."""
    return StorageError(f"There is no turn {turn_id} in the memory.")
