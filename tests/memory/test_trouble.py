"""Databases that cannot be used: one clear sentence, and nothing destroyed."""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import SchemaMismatch, StorageError
from core.memory import Memory
from tests.memory.material import GUILD, make_turn

ROOT = Path(__file__).resolve().parents[2]


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def refusal(path: Path, kind: type[StorageError] = StorageError, **options: float) -> str:
    """What opening a database is refused with; the file is the same afterwards."""
    before = path.read_bytes() if path.is_file() else None
    memory = Memory(url(path), **options)
    with pytest.raises(StorageError) as raised:
        await memory.open()
    await memory.close()
    assert type(raised.value) is kind
    assert before == (path.read_bytes() if path.is_file() else None)
    return str(raised.value)


@pytest.fixture
async def used(tmp_path: Path) -> Path:
    """A database with one turn."""
    path = tmp_path / "used.sqlite3"
    memory = Memory(url(path))
    await memory.open()
    await memory.remember(make_turn("a"))
    await memory.close()
    return path


async def test_opening_creates_folder_and_file(tmp_path: Path):
    path = tmp_path / "new folder" / "deeper" / "codeact.sqlite3"
    memory = Memory(url(path))
    await memory.open()
    await memory.remember(make_turn("a"))
    await memory.close()
    assert path.is_file()


async def test_an_empty_file_becomes_a_database(tmp_path: Path):
    (tmp_path / "empty.sqlite3").touch()
    memory = Memory(url(tmp_path / "empty.sqlite3"))
    await memory.open()
    assert await memory.recall(GUILD) == []
    await memory.close()


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "diary.txt"
    path.write_text("Dear diary, " * 1000)
    assert await refusal(path) == (
        f"The database {path} is not a SQLite database; choose another file, or move this one away."
    )


async def test_a_damaged_database_is_left_alone(used: Path):
    content = bytearray(used.read_bytes())
    content[100:4096] = b"\xff" * 3996  # the page that names the tables
    used.write_bytes(content)
    assert "is damaged; stop the bot and put back a backup." in await refusal(used)


async def test_a_folder_is_no_database(tmp_path: Path):
    assert f"The database {tmp_path} cannot be opened" in await refusal(tmp_path)


async def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    assert "cannot be reached: File exists" in await refusal(tmp_path / "file" / "codeact.sqlite3")


async def test_a_database_of_a_newer_version_is_refused_and_kept(used: Path):
    with sqlite3.connect(used) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    assert await refusal(used, SchemaMismatch) == (
        f"The database {used} was made by a newer version of this program (revision 0999); "
        "update the program, or choose another database."
    )


async def test_a_database_of_another_program_is_refused_and_kept(tmp_path: Path):
    path = tmp_path / "shop.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    assert await refusal(path, SchemaMismatch) == (
        f"The database {path} belongs to another program (it has orders); choose another."
    )


@pytest.fixture
def locked(used: Path) -> Iterator[Path]:
    """A database in which somebody else writes, and does not come to an end."""
    connection = sqlite3.connect(used, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield used
    connection.close()


async def test_a_locked_database_is_refused_after_the_time_to_wait(locked: Path):
    started = asyncio.get_running_loop().time()
    sentence = await refusal(locked, busy_timeout_seconds=0.3)
    assert sentence == f"The database {locked} is locked by another program; end that program, or try again later."
    assert 0.3 <= asyncio.get_running_loop().time() - started < 2


async def test_a_lock_that_ends_in_time_is_waited_for(used: Path):
    connection = sqlite3.connect(used, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    memory = Memory(url(used))
    opening = asyncio.create_task(memory.open())
    await asyncio.sleep(0.3)
    assert not opening.done()
    connection.execute("COMMIT")
    await opening
    connection.execute("BEGIN IMMEDIATE")
    voting = asyncio.create_task(memory.vote("a", "ada", True))
    assert [turn.id for turn in await memory.recall(GUILD)] == ["a"]  # readers do not wait
    await asyncio.sleep(0.1)
    assert not voting.done()
    connection.execute("COMMIT")
    connection.close()
    assert await voting == "positive"
    await memory.close()


async def test_a_lock_while_the_bot_runs_fails_one_call_and_not_the_next(used: Path):
    memory = Memory(url(used), busy_timeout_seconds=0.2)
    await memory.open()
    connection = sqlite3.connect(used, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="is locked by another program"):
        await memory.vote("a", "ada", True)
    connection.execute("ROLLBACK")
    connection.close()
    assert await memory.vote("a", "ada", True) == "positive"
    await memory.close()


async def test_a_read_only_database_is_refused(used: Path):
    memory = Memory(f"sqlite+aiosqlite:///file:{used}?mode=ro&uri=true")
    with pytest.raises(StorageError, match="is read-only; give this user the right to write the file and its folder"):
        await memory.open()
    await memory.close()


ORDINARY_USER = """
    import asyncio, os, sys, tempfile
    from core.errors import StorageError
    from core.memory import Memory

    async def open_and_close(path):
        memory = Memory(f"sqlite+aiosqlite:///{path}")
        try:
            await memory.open()
        finally:
            await memory.close()

    async def main():
        with tempfile.TemporaryDirectory() as folder:
            await open_and_close(f"{folder}/first.sqlite3")  # imports what this user may not be able to read later
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            await open_and_close(sys.argv[1])
        except StorageError as error:
            print(error)

    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "problem"),
    [
        (0o444, 0o555, "is read-only; give this user the right to write the file and its folder."),
        (0o000, 0o777, "cannot be opened; check that its folder exists and that this user may write it."),
        (0o666, 0o555, "is read-only; give this user the right to write the file and its folder."),
    ],
)
async def test_a_file_that_this_user_may_not_write_is_refused(
    used: Path, file_mode: int, folder_mode: int, problem: str
):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        path = Path(folder) / "used.sqlite3"
        shutil.copy(used, path)
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(ORDINARY_USER), str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        path.parent.chmod(0o755)
        assert output.decode().strip() == f"The database {path} {problem}"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("nonsense", "cannot be read; it looks like sqlite"),
        ("", "cannot be read; it looks like sqlite"),
        ("sqlite:///data/x.sqlite3", "needs an asynchronous driver"),
        ("mysql+aiomysql://u:secret@host/db", "can be SQLite or PostgreSQL"),
        ("sqlite+aiosqlite://", "needs a file"),
        ("sqlite+aiosqlite:///:memory:", "needs a file"),
        ("postgresql+nodriver://u:secret@host/db", "needs a driver that is not installed"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained_without_its_password(address: str, problem: str):
    with pytest.raises(StorageError, match=problem) as raised:
        Memory(address)
    assert "secret" not in str(raised.value)


async def test_a_memory_that_was_never_opened_says_what_to_do(tmp_path: Path):
    memory = Memory(url(tmp_path / "new.sqlite3"))
    with pytest.raises(StorageError, match="has no tables yet; run `alembic upgrade head`"):
        await memory.recall(GUILD)
    await memory.close()


async def test_a_number_that_no_column_holds_is_a_storage_error(used: Path):
    memory = Memory(url(used))
    await memory.open()
    with pytest.raises(StorageError, match="too large"):
        await memory.remember(make_turn("b", attachments=(), sampling=_endless_seed()))
    assert await memory.turn("b") is None
    await memory.close()


def _endless_seed():
    from core.conversation import Sampling

    return Sampling(seed=2**70)
