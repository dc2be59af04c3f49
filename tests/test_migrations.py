"""The migrations build exactly the tables that the code uses, by the bot's start and by the alembic command alike."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import StorageError
from core.memory import Memory
from core.memory import schema as memory_schema
from core.memory.database import Database
from core.memory.tables import Row
from tests.memory.material import GUILD, make_turn

ROOT = Path(__file__).resolve().parents[1]


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def alembic(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line, run in a folder with a pyproject.toml."""
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def definitions(path: Path) -> Sequence[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return found


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with a turn, its attempt and a vote."""
    path = tmp_path / "codeact.sqlite3"
    memory = Memory(url(path))
    await memory.open()
    await memory.remember(make_turn("a"))
    await memory.vote("a", "ada", True)
    await memory.close()
    return path


async def test_the_migrations_build_exactly_the_tables_of_the_code(database: Path):
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))

    opened = Database(url(database))
    async with opened.reading() as session:
        assert await (await session.connection()).run_sync(differences) == []
    await opened.close()


def test_the_migrations_are_one_line_of_revisions():
    script = ScriptDirectory(str(ROOT / "migrations"))
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert [revision.revision for revision in reversed(revisions)] == [f"{n:04}" for n in range(1, len(revisions) + 1)]


def test_the_alembic_command_builds_the_same_tables_in_a_folder_that_it_creates(database: Path, tmp_path: Path):
    path = tmp_path / "new folder" / "by hand.sqlite3"
    done = alembic("upgrade", "head", CODEACT_DATABASE_URL=url(path))
    assert done.returncode == 0, done.stderr
    assert definitions(path) == definitions(database)


def test_the_alembic_command_goes_all_the_way_back(database: Path):
    assert alembic("-x", f"url={url(database)}", "downgrade", "base").returncode == 0
    assert [name for name, _ in definitions(database)] == ["alembic_version", "sqlite_sequence"]


def test_a_new_revision_of_unchanged_tables_is_empty(tmp_path: Path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    place = ("-x", f"url={url(tmp_path / 'codeact.sqlite3')}")
    assert alembic(*place, "upgrade", "head", folder=tmp_path).returncode == 0
    words = ("revision", "--autogenerate", "--rev-id", "0999", "-m", "nothing new")
    done = alembic(*place, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "migrations" / "versions" / "0999_nothing_new.py").read_text("utf-8")
    compile(written, "0999_nothing_new.py", "exec")
    assert "op." not in written
    assert alembic(*place, "upgrade", "head", folder=tmp_path).returncode == 0


def test_the_sql_of_the_migrations_can_be_printed():
    done = alembic("-x", "url=postgresql+asyncpg://nobody@localhost/nothing", "upgrade", "head", "--sql")
    assert "CREATE TABLE turns" in done.stdout, done.stderr


def test_the_alembic_command_leaves_a_strange_database_alone(tmp_path: Path):
    path = tmp_path / "shop.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    done = alembic("-x", f"url={url(path)}", "upgrade", "head")
    assert done.returncode != 0
    assert "belongs to another program (it has orders)" in done.stdout + done.stderr
    assert [name for name, _ in definitions(path)] == ["orders"]


REBUILD = """
import sqlalchemy as sa
from alembic import op

revision = "0999"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("mood", sa.Text(), nullable=False, server_default="fine"))
        turns.alter_column("model", type_=sa.String(200))
    {more}
"""


def with_migration(folder: Path, more: str = "pass") -> Path:
    """A copy of the migrations, and a next one that rebuilds a table to which others refer."""
    copy = folder / "migrations"
    shutil.copytree(ROOT / "migrations", copy, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(str(copy)).get_current_head()
    (copy / "versions" / "0999_mood.py").write_text(REBUILD.format(head=head, more=more), "utf-8")
    return copy


async def test_a_migration_that_rebuilds_a_table_loses_nothing_that_refers_to_it(database: Path, tmp_path: Path):
    migrations = with_migration(tmp_path)
    opened = Database(url(database))
    async with opened.migrating() as connection:
        await connection.run_sync(memory_schema.upgrade, "it", migrations)
    async with opened.reading() as session:
        connection = await session.connection()
        counts = [
            (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("turns", "attempts", "votes")
        ]
        assert counts == [1, 1, 1]
        assert (await connection.exec_driver_sql("SELECT mood FROM turns")).scalar() == "fine"
        assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1
    await opened.close()


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('op.execute("SELECT nonsense")', "no such column: nonsense"),
        ("op.execute(\"UPDATE attempts SET turn_id = 'gone'\")", "would lose rows of attempts"),
    ],
)
async def test_a_migration_that_fails_changes_nothing(database: Path, tmp_path: Path, more: str, problem: str):
    before = definitions(database)
    opened = Database(url(database))
    with pytest.raises(StorageError, match=problem):
        async with opened.migrating() as connection:
            await connection.run_sync(memory_schema.upgrade, "it", with_migration(tmp_path, more))
    await opened.close()
    assert definitions(database) == before
    memory = Memory(url(database))
    await memory.open()
    assert [turn.id for turn in await memory.recall(GUILD)] == ["a"]
    await memory.close()


async def test_missing_migrations_are_named(tmp_path: Path):
    opened = Database(url(tmp_path / "new.sqlite3"))
    with pytest.raises(StorageError, match="migrations are missing in"):
        async with opened.migrating() as connection:
            await connection.run_sync(memory_schema.upgrade, "it", tmp_path / "nowhere")
    await opened.close()
