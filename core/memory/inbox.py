"""Accepted messages: each once, kept until it is answered."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import Channel, IncomingMessage, ProgramFile
from core.errors import StorageError
from core.memory import people
from core.memory.tables import InboxFileRow, InboxRow
from core.memory.upsert import insert


async def accept(session: AsyncSession, incoming: IncomingMessage) -> bool:
    """Store a message with its files; False where its key was there before, open or closed.

    What somebody had written before they asked to be forgotten is not taken from a platform's history again.
    """
    channel = incoming.channel
    if incoming.sent_at is not None:
        forgotten_at = await people.forgotten_at(session, channel.platform, incoming.author)
        if forgotten_at is not None and incoming.sent_at <= forgotten_at:
            return False
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


async def begin(session: AsyncSession, platform: str, key: str) -> int:
    """Work on a message begins: how often it has now. Raises StorageError where the message is unknown."""
    attempts = await session.scalar(
        update(InboxRow)
        .where(InboxRow.platform == platform, InboxRow.key == key)
        .values(attempts=InboxRow.attempts + 1)
        .returning(InboxRow.attempts)
    )
    return _known(attempts, platform, key)


async def attempts(session: AsyncSession, platform: str, key: str) -> int:
    """How often work on a message has begun. Raises StorageError where the message is unknown."""
    found = select(InboxRow.attempts).where(InboxRow.platform == platform, InboxRow.key == key)
    return _known(await session.scalar(found), platform, key)


async def last_accepted(session: AsyncSession, platform: str) -> dict[Channel, str]:
    """The message of each channel that was accepted last, by its id on the platform."""
    latest = (
        select(func.max(InboxRow.position))
        .where(InboxRow.platform == platform, InboxRow.message_id != "")
        .group_by(InboxRow.workspace, InboxRow.channel)
    )
    rows = await session.scalars(select(InboxRow).where(InboxRow.position.in_(latest)).order_by(InboxRow.position))
    return {Channel(row.platform, row.workspace, row.channel, private=row.private): row.message_id for row in rows}


async def drop_words(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    """Close open messages and keep their keys alone; how many there were."""
    is_open = (*which, InboxRow.closed_at.is_(None))
    positions = select(InboxRow.position).where(*is_open).scalar_subquery()
    await session.execute(delete(InboxFileRow).where(InboxFileRow.message.in_(positions)))
    wiped = await session.scalars(
        update(InboxRow)
        .where(*is_open)
        .values(author="", text="", message_id="", closed_at=datetime.now(UTC))
        .returning(InboxRow.position)
    )
    return len(wiped.all())


def _known(attempts: int | None, platform: str, key: str) -> int:
    if attempts is None:
        raise StorageError(f"There is no message {key} of {platform} in the memory.")
    return attempts


def _incoming(row: InboxRow) -> IncomingMessage:
    return IncomingMessage(
        channel=Channel(row.platform, row.workspace, row.channel, private=row.private),
        author=row.author,
        text=row.text,
        attachments=tuple(ProgramFile(file.name, file.content) for file in row.files),
        key=row.key,
        message_id=row.message_id,
    )
