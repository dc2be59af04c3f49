"""Whose data it is: forgetting, opting out, and what an admin allows."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from core.conversation import Forgotten
from core.errors import StorageError
from core.exports import delete_rows, find_rows, models_trained_on
from core.memory import Deleted, Memory
from core.sandbox import Sandbox

_DAY_SECONDS = 24 * 3600.0

log = logging.getLogger(__name__)


class Privacy:
    """Deletes in the memory, in the files of exported rows and in the sandbox, and says what cannot be deleted."""

    def __init__(self, memory: Memory, sandbox: Sandbox, *, exports: Path, models: Path) -> None:
        self._memory = memory
        self._sandbox = sandbox
        self._exports = exports
        self._models = models

    async def forget(self, platform: str, author: str) -> Forgotten:
        """Everything of one person. Files come first: without the turns, nobody could tell whose rows they are."""
        leaving = await self._memory.leaving(platform, author)
        rows, models = await self._scrub(leaving.rows_of)
        return await self._told(await self._memory.forget(platform, author), rows, models)

    async def forget_older_than(self, days: int) -> Forgotten:
        """Everything older than some days; nothing where they are 0."""
        if days <= 0:
            return Forgotten()
        leaving = await self._memory.leaving_after(days)
        rows, models = await self._scrub(leaving.rows_of)
        return await self._told(await self._memory.forget_older_than(days), rows, models)

    async def keep_retention(self, days: int) -> None:
        """Delete what is too old, now and once a day, until cancelled; returns at once where everything is kept."""
        while days > 0:
            try:
                gone = await self.forget_older_than(days)
            except StorageError:
                log.exception("What is older than %d days could not be deleted; it is tried again tomorrow", days)
            else:
                log.info("older than %d days: %d turns, %d exported rows deleted", days, gone.turns, gone.exported_rows)
            await asyncio.sleep(_DAY_SECONDS)

    async def _told(self, deleted: Deleted, rows: int, models: tuple[str, ...]) -> Forgotten:
        for channel in deleted.leaving.channels:
            await self._sandbox.end_session(channel.key)  # variables may hold what was said
        return Forgotten(deleted.messages, len(deleted.leaving.turn_ids), deleted.votes, rows, models)

    async def _scrub(self, rows_of: Collection[str]) -> tuple[int, tuple[str, ...]]:
        """Delete exported rows; how many, and which models learned from them."""
        files = await asyncio.to_thread(find_rows, self._exports, rows_of)
        hashes: set[str] = set()
        for file in files:
            hashes |= {file.sha256, *await self._memory.hashes_before(file.sha256)}
        models = await asyncio.to_thread(models_trained_on, self._models, hashes, rows_of)
        for file in files:
            await self._memory.file_lost_rows(file.sha256_without, file.sha256)  # known before it is so
            await asyncio.to_thread(delete_rows, file.path, rows_of)
        return sum(file.rows for file in files), models
