"""What was made of turns: reruns of them, and prompts that show them."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.memory.tables import ChannelRow, TurnRow

IDS_AT_ONCE = 500  # databases limit the parameters of a statement


def asked_by(platform: str, author: str) -> Select[str]:
    """The ids of the turns of a person."""
    return select(TurnRow.id).join(TurnRow.channel).where(ChannelRow.platform == platform, TurnRow.author == author)


async def with_reruns(session: AsyncSession, turn_ids: Iterable[str]) -> set[str]:
    """These turns, and those made of them by 🔁 and ✏️, however often: they hold the same question."""
    found = set(turn_ids)
    newest = found
    while newest:
        reruns: set[str] = set()
        for some in batches(sorted(newest)):
            reruns |= set(await session.scalars(select(TurnRow.id).where(TurnRow.rerun_of.in_(some))))
        newest = reruns - found
        found = found | newest
    return found


async def showing(session: AsyncSession, turn_ids: set[str]) -> set[str]:
    """The turns whose prompts show one of these."""
    if not turn_ids:
        return set()
    rows = await session.execute(select(TurnRow.id, TurnRow.prompt_turn_ids, TurnRow.prompt_example_ids))
    return {turn_id for turn_id, shown, examples in rows if not turn_ids.isdisjoint((*shown, *examples))}


def batches(turn_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many ids as one statement takes, and again."""
    for start in range(0, len(turn_ids), IDS_AT_ONCE):
        yield turn_ids[start : start + IDS_AT_ONCE]
