"""One database: transactions that read, transactions that write, and nothing of SQLAlchemy's errors outside.

SQLite writers take the write lock when they begin (BEGIN IMMEDIATE): a transaction that first reads and then writes
could otherwise fail in its middle. Within this process they queue on a lock; other processes are waited for.
"""

import asyncio
import importlib
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from core.errors import StorageError
from core.memory.trouble import BUSY, explain, is_code, translated

DIALECTS = ("sqlite", "postgresql")
_WRITES = "codeact_writes"


class Database:
    """A database by its SQLAlchemy URL. Raises StorageError where the URL cannot be used."""

    def __init__(self, url: str, busy_timeout_seconds: float = 5.0) -> None:
        parsed = _parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.name = str(parsed.database) if self.is_sqlite else parsed.render_as_string(hide_password=True)
        self._busy_timeout_seconds = busy_timeout_seconds
        self._engine = _engine(parsed, busy_timeout_seconds)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._queue: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    async def open(self) -> None:
        """Create folder and file, bring the tables up to date, and switch SQLite to write-ahead logging."""
        schema = await asyncio.to_thread(importlib.import_module, "core.memory.schema")  # alembic is slow to import
        async with self.migrating() as connection:
            await connection.run_sync(schema.upgrade, self.name)
        if self.is_sqlite:
            with translated(self.name):
                await self._log_ahead()

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads."""
        with translated(self.name):
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at its end; what it wrote is on the disk then. Nothing is written if it raises."""
        with translated(self.name):
            async with self._queue, AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
                yield session

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a writing transaction whose tables may be rebuilt: foreign keys are checked by the caller."""
        with translated(self.name):
            if self.is_sqlite and not self.name.startswith("file:"):
                Path(self.name).parent.mkdir(parents=True, exist_ok=True)
            async with self._queue, self._writer.connect() as connection:
                # Dropping a table deletes what refers to it; SQLite can switch that only outside of a transaction.
                await self._pragma(connection, "foreign_keys=OFF")
                try:
                    async with connection.begin():
                        yield connection
                finally:
                    await self._pragma(connection, "foreign_keys=ON")

    async def leave_no_traces(self) -> None:
        """What was deleted leaves SQLite's log too, as far as no other process is reading from it."""
        if self.is_sqlite:
            with translated(self.name):
                async with self._queue, self._engine.connect() as connection:
                    await self._pragma(connection, "wal_checkpoint(TRUNCATE)")

    async def _log_ahead(self) -> None:
        # SQLite does not wait for others when it changes the journal, so we do.
        deadline = time.monotonic() + self._busy_timeout_seconds
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._pragma(connection, "journal_mode=WAL")
                return
            except Exception as error:
                if not is_code(error, BUSY) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)

    async def _pragma(self, connection: AsyncConnection, pragma: str) -> None:
        if self.is_sqlite:
            raw = await connection.get_raw_connection()
            cursor = await raw.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]  # aiosqlite's
            await cursor.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError(
            "CODEACT_DATABASE_URL cannot be read; it looks like sqlite+aiosqlite:///data/codeact.sqlite3."
        ) from error
    name = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() not in DIALECTS:
        raise StorageError(f"{name}: the database can be SQLite or PostgreSQL.")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StorageError(f"{name}: the memory needs a file, as in sqlite+aiosqlite:///data/codeact.sqlite3.")
    return parsed


def _engine(url: URL, busy_timeout_seconds: float) -> AsyncEngine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        engine = create_async_engine(
            url,
            connect_args={"timeout": busy_timeout_seconds} if sqlite else {},
            pool_pre_ping=not sqlite,  # a server may have restarted
        )
    except (SQLAlchemyError, ImportError) as error:
        raise StorageError(explain(url.render_as_string(hide_password=True), error)) from error
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions by its own rules
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")  # off by default in SQLite, per connection
    cursor.execute("PRAGMA synchronous=FULL")  # a vote that was acknowledged survives a power cut
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, and not only unlinked
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
