"""Accepted messages: each once, kept until it is answered."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, IncomingMessage, ProgramFile
from core.memory.tables import InboxFileRow, InboxRow
from core.memory.upsert import insert


async def accept(session: AsyncSession, incoming: IncomingMessage) -> bool:
    """Store a message with its files; False where its key was there before, open or closed."""
    channel = incoming.channel
    position = await session.scalar(
        insert(session, InboxRow)
        .values(
            platform=channel.platform,
            key=incoming.key,
            workspace=channel.workspace,
            channel=channel.id,
            private=channel.private,
            author=incoming.author,
            text=incoming.text,
            message_id=incoming.message_id,
            received_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing(index_elements=["platform", "key"])
        .returning(InboxRow.position)
    )
    if position is None:
        return False
    session.add_all(
        InboxFileRow(message=position, number=number, name=file.name, content=file.content)
        for number, file in enumerate(incoming.attachments)
    )
    return True


async def close(session: AsyncSession, platform: str, key: str) -> None:
    """Forget what a message said and keep its key; nothing happens where it is closed or unknown."""
    which = (InboxRow.platform == platform, InboxRow.key == key)
    closed = select(InboxRow.position).where(*which).scalar_subquery()
    await session.execute(delete(InboxFileRow).where(InboxFileRow.message == closed))
    await session.execute(
        update(InboxRow)
        .where(*which, InboxRow.closed_at.is_(None))
        .values(author="", text="", closed_at=datetime.now(UTC))
    )


async def unanswered(session: AsyncSession, platform: str) -> list[IncomingMessage]:
    """Messages of a platform that were never closed, oldest first."""
    rows: Sequence[InboxRow] = (
        await session.scalars(
            select(InboxRow)
            .where(InboxRow.platform == platform, InboxRow.closed_at.is_(None))
            .order_by(InboxRow.position)
        )
    ).all()
    return [_incoming(row) for row in rows]


def _incoming(row: InboxRow) -> IncomingMessage:
    return IncomingMessage(
        channel=Channel(row.platform, row.workspace, row.channel, private=row.private),
        author=row.author,
        text=row.text,
        attachments=tuple(ProgramFile(file.name, file.content) for file in row.files),
        key=row.key,
        message_id=row.message_id,
    )
