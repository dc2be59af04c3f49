"""Deleting what people said: all of one person, or all that is older than some days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel
from core.memory import audit, inbox, people
from core.memory.lineage import asked_by, batches, showing, with_reruns
from core.memory.tables import ChannelRow, InboxRow, ScrubbedRow, TurnRow, VoteRow
from core.memory.upsert import insert

KEYS_KEPT_DAYS = 30  # at least; a platform's history is read back by far less


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is to be deleted. `turn_ids` are the turns, `shown_in` those that stay and whose prompts show them."""

    turn_ids: frozenset[str] = frozenset()
    shown_in: frozenset[str] = frozenset()
    channels: tuple[Channel, ...] = ()

    @property
    def rows_of(self) -> frozenset[str]:
        """The turns whose training rows hold words of what leaves."""
        return self.turn_ids | self.shown_in


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many messages and votes were deleted, and which turns."""

    messages: int
    votes: int
    leaving: Leaving


async def of_person(session: AsyncSession, platform: str, author: str) -> Leaving:
    """What leaves with a person: the turns that they asked, and what was made of these."""
    return await _leaving(session, await with_reruns(session, await session.scalars(asked_by(platform, author))))


async def older_than(session: AsyncSession, days: int) -> Leaving:
    """What leaves with time."""
    old = select(TurnRow.id).where(TurnRow.created_at < datetime.now(UTC) - timedelta(days=days))
    return await _leaving(session, set(await session.scalars(old)))


async def forget_person(session: AsyncSession, platform: str, author: str) -> Deleted:
    """Delete a person's messages, turns and votes; a hash stays, so that nothing of it is taken in again."""
    leaving = await of_person(session, platform, author)
    person = await people.bury(session, platform, author)
    messages = await inbox.drop_words(session, InboxRow.platform == platform, InboxRow.author == author)
    votes = await delete_votes(session, platform, author)
    await _delete_turns(session, leaving.turn_ids)
    await audit.write(session, Channel(platform, "", ""), person, "forget", f"{len(leaving.turn_ids)} turns")
    return Deleted(messages, votes, leaving)


async def forget_old(session: AsyncSession, days: int) -> Deleted:
    """Delete messages, turns and the votes on them that are older than some days."""
    now = datetime.now(UTC)
    leaving = await older_than(session, days)
    messages = await inbox.drop_words(session, InboxRow.received_at < now - timedelta(days=days))
    keys_until = now - timedelta(days=max(days, KEYS_KEPT_DAYS))
    await session.execute(delete(InboxRow).where(InboxRow.received_at < keys_until, InboxRow.closed_at.is_not(None)))
    votes = 0
    for some in batches(sorted(leaving.turn_ids)):
        votes += await session.scalar(select(func.count()).select_from(VoteRow).where(VoteRow.turn_id.in_(some))) or 0
    await _delete_turns(session, leaving.turn_ids)
    return Deleted(messages, votes, leaving)


async def delete_votes(session: AsyncSession, platform: str, author: str) -> int:
    """Delete the votes of a person; how many there were."""
    there = select(TurnRow.id).join(TurnRow.channel).where(ChannelRow.platform == platform)
    gone = await session.scalars(
        delete(VoteRow).where(VoteRow.author == author, VoteRow.turn_id.in_(there)).returning(VoteRow.turn_id)
    )
    return len(gone.all())


async def scrubbed(session: AsyncSession, now: str, before: str) -> None:
    """A file of exported rows has another hash since it lost rows."""
    older = {before, *await hashes_before(session, before)}
    for each in sorted(older - {now}):
        await session.execute(insert(session, ScrubbedRow).values(sha256=now, before=each).on_conflict_do_nothing())


async def hashes_before(session: AsyncSession, sha256: str) -> set[str]:
    """The hashes that a file had before it lost rows."""
    return set(await session.scalars(select(ScrubbedRow.before).where(ScrubbedRow.sha256 == sha256)))


async def _leaving(session: AsyncSession, turn_ids: set[str]) -> Leaving:
    shown_in = await showing(session, turn_ids) - turn_ids
    channels: set[Channel] = set()
    for some in batches(sorted(turn_ids)):
        rows = await session.execute(
            select(ChannelRow.platform, ChannelRow.workspace, ChannelRow.channel)
            .join(TurnRow, TurnRow.channel_id == ChannelRow.id)
            .where(TurnRow.id.in_(some))
            .distinct()
        )
        channels |= {Channel(*row) for row in rows}
    return Leaving(frozenset(turn_ids), frozenset(shown_in), tuple(sorted(channels, key=lambda channel: channel.key)))


async def _delete_turns(session: AsyncSession, turn_ids: Collection[str]) -> None:
    for some in batches(sorted(turn_ids)):
        await session.execute(delete(TurnRow).where(TurnRow.id.in_(some)))
