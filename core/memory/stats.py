"""Numbers about one person in one workspace."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, Finish, Stats
from core.memory.tables import ChannelRow, TurnRow, VoteRow

_ANSWERED = (Finish.MODEL.value, Finish.EXECUTION.value)


async def of_person(session: AsyncSession, channel: Channel, author: str) -> Stats:
    """What a person asked and judged in the channel's workspace; reruns are no questions."""
    there = (ChannelRow.platform == channel.platform, ChannelRow.workspace == channel.workspace)
    asked = (*there, TurnRow.author == author, TurnRow.rerun_of.is_(None), TurnRow.finish != Finish.RUN.value)
    rows = await session.execute(
        select(TurnRow.model, TurnRow.finish, func.count())
        .join(TurnRow.channel)
        .where(*asked)
        .group_by(TurnRow.model, TurnRow.finish)
    )
    questions, answers, models = 0, 0, dict[str, int]()
    for model, finish, count in rows:
        questions += count
        if finish in _ANSWERED:
            answers += count
            models[model] = models.get(model, 0) + count
    votes = await session.execute(
        select(VoteRow.label, func.count().label("given"))
        .join(TurnRow, VoteRow.turn_id == TurnRow.id)
        .join(TurnRow.channel)
        .where(*there, VoteRow.author == author)
        .group_by(VoteRow.label)
    )
    return Stats(questions, answers, {row.label: row.given for row in votes}, models)
