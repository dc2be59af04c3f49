"""Which judged turns may teach: people who opted out and workspaces that did not agree are left out."""

from collections.abc import Mapping, Set
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Finish, Turn
from core.memory import people
from core.memory.lineage import asked_by, with_reruns
from core.memory.tables import ChannelRow, TurnRow, VoteRow, WorkspaceRow
from core.memory.upsert import insert
from core.memory.values import judged_of
from core.memory.verdict import Judged

TrainingRule = Literal["all", "opt-in"]
OPERATORS_OWN = "terminal"  # what is said there is said by who runs the bot


async def judged(session: AsyncSession, rule: TrainingRule) -> list[Judged]:
    """Every turn with at least one vote that may teach, oldest first. A program that was only run teaches nothing."""
    has_votes = select(VoteRow.turn_id).where(VoteRow.turn_id == TurnRow.id).exists()
    rows = await session.scalars(
        select(TurnRow).where(has_votes, TurnRow.finish != Finish.RUN.value).order_by(TurnRow.position)
    )
    found = [judged_of(row) for row in rows]
    decided = await _decided(session)
    held_back = await _held_back(session)
    return [one for one in found if may_teach(one.turn, rule, decided, held_back)]


def may_teach(turn: Turn, rule: TrainingRule, decided: Mapping[tuple[str, str], bool], held_back: Set[str]) -> bool:
    """Whether a turn may become a row.

    `decided` says what admins chose for their workspaces; `held_back` are the turns of those who opted out. A turn
    whose prompt shows one of these would teach their words too.
    """
    if held_back & {turn.id, *turn.prompt.turn_ids, *turn.prompt.example_ids}:
        return False
    where = (turn.channel.platform, turn.channel.workspace)
    return decided.get(where, rule == "all" or turn.channel.platform == OPERATORS_OWN)


async def decide(session: AsyncSession, platform: str, workspace: str, trains: bool) -> None:
    """Write down what an admin chose for a workspace."""
    await session.execute(
        insert(session, WorkspaceRow)
        .values(platform=platform, workspace=workspace, trains=trains)
        .on_conflict_do_update(index_elements=["platform", "workspace"], set_={"trains": trains})
    )


async def _decided(session: AsyncSession) -> dict[tuple[str, str], bool]:
    return {(row.platform, row.workspace): row.trains for row in await session.scalars(select(WorkspaceRow))}


async def _held_back(session: AsyncSession) -> set[str]:
    """The turns of people who opted out, and what others made of these."""
    asked = select(ChannelRow.platform, TurnRow.author).join(TurnRow.channel).distinct()
    out = await people.opted_out_among(session, [(row[0], row[1]) for row in await session.execute(asked)])
    found: set[str] = set()
    for platform, author in out:
        found |= set(await session.scalars(asked_by(platform, author)))
    return await with_reruns(session, found)
