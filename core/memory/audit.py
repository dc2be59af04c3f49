"""What admins did: who, where, when and with what result. Entries are added and read, nothing else."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversation import AuditEntry, Channel
from core.memory.tables import AuditRow

LONGEST_ACTION, LONGEST_RESULT = 100, 500  # characters: it is a log of commands, not of what was said


async def write(session: AsyncSession, channel: Channel, author: str, action: str, result: str) -> None:
    """Add an entry."""
    session.add(
        AuditRow(
            happened_at=datetime.now(UTC),
            platform=channel.platform,
            workspace=channel.workspace,
            channel=channel.id,
            author=author,
            action=action[:LONGEST_ACTION],
            result=result[:LONGEST_RESULT],
        )
    )


async def read(session: AsyncSession, limit: int) -> list[AuditEntry]:
    """The latest entries, oldest first."""
    rows = (await session.scalars(select(AuditRow).order_by(AuditRow.position.desc()).limit(limit))).all()
    return [
        AuditEntry(
            row.happened_at, Channel(row.platform, row.workspace, row.channel), row.author, row.action, row.result
        )
        for row in reversed(rows)
    ]
