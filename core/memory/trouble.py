"""What a database refuses, in one sentence for the person who runs the bot."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InvalidRequestError, NoSuchModuleError, SQLAlchemyError

from core.errors import StorageError

BUSY = sqlite3.SQLITE_BUSY
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "is locked by another program; end that program, or try again later",
    sqlite3.SQLITE_LOCKED: "is locked by another program; end that program, or try again later",
    sqlite3.SQLITE_READONLY: "is read-only; give this user the right to write the file and its folder",
    sqlite3.SQLITE_PERM: "may not be used by this user; give this user the right to write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and that this user may write it",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; choose another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "is damaged; stop the bot and put back a backup",
    sqlite3.SQLITE_FULL: "cannot grow, because the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "cannot be read or written, because the disk reports an error",
}


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Whatever SQLAlchemy, a driver or the file system raises inside leaves as StorageError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError, ValueError) as error:
        raise StorageError(explain(database, error)) from error


def explain(database: str, error: BaseException) -> str:
    """One sentence: which database, what is wrong, what to do."""
    if (code := _sqlite_code(error)) in _SENTENCES:
        return f"The database {database} {_SENTENCES[code]}."
    if isinstance(error, ImportError | NoSuchModuleError):
        return f"The database {database} needs a driver that is not installed: {error}."
    if isinstance(error, InvalidRequestError) and "async" in str(error):
        return f"The database {database} needs an asynchronous driver, as in sqlite+aiosqlite:/// or postgresql+asyncpg://."
    if isinstance(error, OSError):
        return f"The database {database} cannot be reached: {error.strerror or error}."
    if "no such table" in str(error):
        return f"The database {database} has no tables yet; run `alembic upgrade head`."
    return f"The database {database} refused: {_first_line(error)}"


def is_code(error: BaseException, code: int) -> bool:
    """Whether SQLite's primary result code stands behind an error."""
    return _sqlite_code(error) == code


def _sqlite_code(error: BaseException) -> int:
    cause = getattr(error, "orig", None) or error
    while cause is not None:
        if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
            return int(code) & 0xFF  # the primary code; the rest is detail
        cause = cause.__cause__
    return -1


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]
