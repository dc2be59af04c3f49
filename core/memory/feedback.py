"""The posts that show a turn, and what people think of it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, Turn, Verdict
from core.memory import channels
from core.memory.tables import ChannelRow, PostRow, TurnRow, VoteRow
from core.memory.turns import by_ids, no_turn
from core.memory.upsert import insert
from core.memory.verdict import Vote, verdict


async def link(session: AsyncSession, channel: Channel, turn_id: str, post_ids: Sequence[str]) -> None:
    """These posts show this turn; a post that showed another one before shows this one now."""
    await _asker(session, turn_id)
    where = await channels.find(session, channel)
    for post_id in post_ids:
        statement = insert(session, PostRow).values(channel_id=where.id, post_id=post_id, turn_id=turn_id)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["channel_id", "post_id"], set_={"turn_id": turn_id})
        )


async def turn_of_post(session: AsyncSession, channel: Channel, post_id: str) -> Turn | None:
    """The turn that a post shows: in this channel, else in the workspace where only one turn has such a post.

    Platforms name a thread or its parent for one and the same post.
    """
    posts = select(PostRow.turn_id).join(ChannelRow, PostRow.channel_id == ChannelRow.id)
    posts = posts.where(PostRow.post_id == post_id).distinct()
    found = (await session.scalars(posts.where(*channels.is_channel(channel)))).all()
    if not found:
        same = (ChannelRow.platform == channel.platform, ChannelRow.workspace == channel.workspace)
        found = (await session.scalars(posts.where(*same).limit(2))).all()
    if len(found) != 1:
        return None
    return next(iter(await by_ids(session, found)), None)


async def posts(session: AsyncSession, turn_id: str) -> list[str]:
    """The posts of a turn, in the order of linking."""
    rows = await session.scalars(select(PostRow.post_id).where(PostRow.turn_id == turn_id).order_by(PostRow.position))
    return list(rows)


async def vote(session: AsyncSession, turn_id: str, author: str, label: bool | None) -> Verdict:
    """Put, change or (None) withdraw one person's vote. Raises StorageError where the turn is unknown."""
    asker = await _asker(session, turn_id)
    if label is None:
        await session.execute(delete(VoteRow).where(VoteRow.turn_id == turn_id, VoteRow.author == author))
    else:
        statement = insert(session, VoteRow).values(
            turn_id=turn_id, author=author, label=label, voted_at=datetime.now(UTC)
        )
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["turn_id", "author"],
                set_={"label": new.label, "voted_at": new.voted_at},
                where=VoteRow.label != new.label,  # the same vote again keeps its time
            )
        )
    return verdict(await _votes(session, turn_id), asker)


async def verdict_on(session: AsyncSession, turn_id: str) -> Verdict:
    """What the votes on a turn come to. Raises StorageError where the turn is unknown."""
    asker = await _asker(session, turn_id)
    return verdict(await _votes(session, turn_id), asker)


async def _asker(session: AsyncSession, turn_id: str) -> str:
    asker = await session.scalar(select(TurnRow.author).where(TurnRow.id == turn_id))
    if asker is None:
        raise no_turn(turn_id)
    return asker


async def _votes(session: AsyncSession, turn_id: str) -> list[Vote]:
    rows = await session.execute(
        select(VoteRow.author, VoteRow.label, VoteRow.voted_at)
        .where(VoteRow.turn_id == turn_id)
        .order_by(VoteRow.voted_at, VoteRow.author)
    )
    return [Vote(author, label, when) for author, label, when in rows]
