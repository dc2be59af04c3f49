"""The posts that show a turn, and what people think of it.

A 🔁 shows the same program once more, so that a vote on it is a vote on the turn whose program it is: nobody can
approve what the asker marked wrong by running it again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, Finish, Turn, Verdict
from core.memory import channels, inbox, people
from core.memory.tables import ChannelRow, PostRow, TurnRow, VoteRow
from core.memory.turns import by_ids, no_turn
from core.memory.upsert import insert
from core.memory.verdict import Vote, verdict


class _Judged(NamedTuple):
    """The turn that a vote is about."""

    id: str
    asker: str
    platform: str
    created_at: datetime


async def link(
    session: AsyncSession, channel: Channel, turn_id: str, post_ids: Sequence[str], *, closes: bool = False
) -> None:
    """These posts show this turn; a post that showed another one before shows this one now.

    `closes`: the message that the turn answers needs nothing more.
    """
    key = await session.execute(select(TurnRow.message_key).where(TurnRow.id == turn_id))
    if (found := key.one_or_none()) is None:
        raise no_turn(turn_id)
    where = await channels.find(session, channel)
    for post_id in post_ids:
        statement = insert(session, PostRow).values(channel_id=where.id, post_id=post_id, turn_id=turn_id)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["channel_id", "post_id"], set_={"turn_id": turn_id})
        )
    if closes and found[0]:
        await inbox.close(session, channel.platform, found[0])


async def turn_of_post(session: AsyncSession, channel: Channel, post_id: str) -> Turn | None:
    """The turn that a post shows: in this channel, else in the workspace where only one turn has such a post.

    Platforms name a thread or its parent for one and the same post.
    """
    turn_id = await _shown(session, channel, post_id)
    return None if turn_id is None else next(iter(await by_ids(session, [turn_id])), None)


async def posts(session: AsyncSession, turn_id: str) -> list[str]:
    """The posts of a turn, in the order of linking."""
    rows = await session.scalars(select(PostRow.post_id).where(PostRow.turn_id == turn_id).order_by(PostRow.position))
    return list(rows)


async def recent_posts(session: AsyncSession, platform: str, since: datetime) -> list[tuple[Channel, str]]:
    """The posts of a platform that show turns since then, oldest first; skipped turns are left out."""
    rows = await session.execute(
        select(ChannelRow.workspace, ChannelRow.channel, TurnRow.private, PostRow.post_id)
        .join(PostRow, PostRow.channel_id == ChannelRow.id)
        .join(TurnRow, PostRow.turn_id == TurnRow.id)
        .where(ChannelRow.platform == platform, TurnRow.created_at >= since, TurnRow.skipped.is_(False))
        .order_by(PostRow.position)
    )
    return [(Channel(platform, where, name, private=private), post_id) for where, name, private, post_id in rows]


async def vote(
    session: AsyncSession, turn_id: str, author: str, label: bool | None, post_id: str | None = None
) -> Verdict:
    """Put, change or (None) withdraw one person's vote. Raises StorageError where the turn is unknown.

    A vote that was cast on one post is not withdrawn on another. Nothing is counted of people who opted out, nor of
    those who asked to be forgotten since the turn was made.
    """
    turn = await _judged(session, turn_id)
    if label is None:
        cast_here = () if post_id is None else ((VoteRow.post_id == post_id) | VoteRow.post_id.is_(None),)
        await session.execute(delete(VoteRow).where(VoteRow.turn_id == turn.id, VoteRow.author == author, *cast_here))
    elif await _counts(session, turn, author):
        statement = insert(session, VoteRow).values(
            turn_id=turn.id, author=author, label=label, voted_at=datetime.now(UTC), post_id=post_id
        )
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["turn_id", "author"],
                set_={"label": new.label, "voted_at": new.voted_at, "post_id": new.post_id},
                # the same vote again keeps its time, and the post where it still stands
                where=(VoteRow.label != new.label) | (VoteRow.post_id.is_(None) & new.post_id.is_not(None)),
            )
        )
    return verdict(await _votes(session, turn.id), turn.asker)


async def verdict_on(session: AsyncSession, turn_id: str) -> Verdict:
    """What the votes on a turn come to. Raises StorageError where the turn is unknown."""
    turn = await _judged(session, turn_id)
    return verdict(await _votes(session, turn.id), turn.asker)


async def votes_on_post(session: AsyncSession, channel: Channel, post_id: str) -> dict[str, bool]:
    """The votes that were cast on a post, by person."""
    if (shown := await _shown(session, channel, post_id)) is None:
        return {}
    turn = await _judged(session, shown)
    rows = await session.execute(
        select(VoteRow.author, VoteRow.label)
        .where(VoteRow.turn_id == turn.id, VoteRow.post_id == post_id)
        .order_by(VoteRow.voted_at, VoteRow.author)
    )
    return {row.author: row.label for row in rows}


async def withdraw(session: AsyncSession, channel: Channel, post_id: str, label: bool | None) -> None:
    """Withdraw all votes on the turn that a post shows, or those of one label.

    Of a post that shows a program once more, only the votes that were cast there.
    """
    if (shown := await _shown(session, channel, post_id)) is None:
        return
    turn = await _judged(session, shown)
    which = [VoteRow.turn_id == turn.id]
    if turn.id != shown:
        which.append(VoteRow.post_id == post_id)
    if label is not None:
        which.append(VoteRow.label.is_(label))
    await session.execute(delete(VoteRow).where(*which))


async def _counts(session: AsyncSession, turn: _Judged, author: str) -> bool:
    person = await people.find(session, turn.platform, author)
    if person is None:
        return True
    return not person.opted_out and (person.forgotten_at is None or turn.created_at > person.forgotten_at)


async def _shown(session: AsyncSession, channel: Channel, post_id: str) -> str | None:
    posts = select(PostRow.turn_id).join(ChannelRow, PostRow.channel_id == ChannelRow.id)
    posts = posts.where(PostRow.post_id == post_id).distinct()
    found = (await session.scalars(posts.where(*channels.is_channel(channel)))).all()
    if not found:
        same = (ChannelRow.platform == channel.platform, ChannelRow.workspace == channel.workspace)
        found = (await session.scalars(posts.where(*same).limit(2))).all()
    return found[0] if len(found) == 1 else None


async def _judged(session: AsyncSession, turn_id: str) -> _Judged:
    """The turn itself, or the one whose program it ran once more, as long as that is stored."""
    columns = (TurnRow.id, TurnRow.author, ChannelRow.platform, TurnRow.created_at)
    turns = select(*columns, TurnRow.finish, TurnRow.rerun_of).join(TurnRow.channel)
    row = (await session.execute(turns.where(TurnRow.id == turn_id))).one_or_none()
    if row is None:
        raise no_turn(turn_id)
    if row.finish == Finish.RUN.value and row.rerun_of:
        row = (await session.execute(turns.where(TurnRow.id == row.rerun_of))).one_or_none() or row
    return _Judged(*row[:4])


async def _votes(session: AsyncSession, turn_id: str) -> list[Vote]:
    rows = await session.execute(
        select(VoteRow.author, VoteRow.label, VoteRow.voted_at)
        .where(VoteRow.turn_id == turn_id)
        .order_by(VoteRow.voted_at, VoteRow.author)
    )
    return [Vote(author, label, when) for author, label, when in rows]
