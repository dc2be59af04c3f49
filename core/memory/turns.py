"""Turns: stored once, and found again by channel, id or vote."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, Turn
from core.errors import StorageError
from core.memory import channels
from core.memory.tables import ChannelRow, TurnRow, VoteRow
from core.memory.upsert import insert
from core.memory.values import attempt_row, judged_of, turn_of, turn_values
from core.memory.verdict import Judged

_IDS_AT_ONCE = 500  # databases limit the parameters of a statement


async def remember(session: AsyncSession, turn: Turn) -> None:
    """Store a turn with its attempts in the conversation that its channel is in; a known id changes nothing."""
    if not turn.attempts:
        raise StorageError(f"The turn {turn.id} holds no completion and was not stored.")
    channel = await channels.find(session, turn.channel)
    stored = await session.scalar(
        insert(session, TurnRow)
        .values(channel_id=channel.id, conversation=channel.conversation, **turn_values(turn))
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(TurnRow.position)
    )
    if stored is not None:
        session.add_all(attempt_row(turn.id, number, attempt) for number, attempt in enumerate(turn.attempts))


async def recall(session: AsyncSession, channel: Channel, limit: int) -> list[Turn]:
    """The latest `limit` turns of the channel's conversation that were not skipped, oldest first."""
    rows = await session.scalars(
        select(TurnRow)
        .join(TurnRow.channel)
        .where(*channels.is_channel(channel), TurnRow.conversation == ChannelRow.conversation)
        .where(TurnRow.skipped.is_(False))
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
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        rows = await session.scalars(select(TurnRow).where(TurnRow.id.in_(wanted[start : start + _IDS_AT_ONCE])))
        found |= {row.id: turn_of(row) for row in rows}
    return [found[turn_id] for turn_id in turn_ids if turn_id in found]


async def judged(session: AsyncSession) -> list[Judged]:
    """Every turn with at least one vote, oldest first."""
    has_votes = select(VoteRow.turn_id).where(VoteRow.turn_id == TurnRow.id).exists()
    rows = await session.scalars(select(TurnRow).where(has_votes).order_by(TurnRow.position))
    return [judged_of(row) for row in rows]


async def following(session: AsyncSession, turn: Turn) -> Turn | None:
    """The next turn of the same person in the same conversation, skipped ones apart."""
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
        .where(TurnRow.skipped.is_(False))
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
