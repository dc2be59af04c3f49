"""Bringing the tables up to date, and refusing those of another program or of a newer version of this one."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from core.errors import SchemaMismatch, StorageError

log = logging.getLogger(__name__)
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)  # it tells of every look at the tables

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_UPGRADE_LOCK = 0xC0DEAC7  # of PostgreSQL, where two processes may start at once; in SQLite the transaction locks


def upgrade(connection: Connection, database: str, migrations: Path = MIGRATIONS) -> None:
    """Run the missing migrations in the caller's transaction, so that they happen together or not at all.

    Raises SchemaMismatch where the tables are not ours or are newer, StorageError where a migration breaks them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    config = _config(connection, migrations)
    script = ScriptDirectory.from_config(config)
    found = revisions(connection, script, database)
    if found != set(script.get_heads()):
        log.info("upgrading the tables of %s from %s", database, ", ".join(sorted(found)) or "nothing")
        command.upgrade(config, "head")
        check_references(connection, database)
    connection.execute(text("DELETE FROM alembic_version WHERE 1 = 0"))  # refused where the database is read-only


def check_references(connection: Connection, database: str) -> None:
    """Raise StorageError where a row refers to one that is not there; SQLite does not check during a migration."""
    if connection.dialect.name == "sqlite" and (
        broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    ):
        raise StorageError(f"The database {database} would lose rows of {broken[0]}; the upgrade was taken back.")


def _config(connection: Connection, migrations: Path) -> Config:
    if not (migrations / "env.py").is_file():
        raise StorageError(f"The migrations are missing in {migrations}; install the program again.")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def revisions(connection: Connection, script: ScriptDirectory, database: str) -> set[str]:
    """Where the tables stand; empty for a new database. Raises SchemaMismatch where they are not ours or are newer."""
    tables = set(inspect(connection).get_table_names())
    if tables and "alembic_version" not in tables:
        named = ", ".join(sorted(tables)[:3])
        raise SchemaMismatch(f"The database {database} belongs to another program (it has {named}); choose another.")
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - {revision.revision for revision in script.walk_revisions()}:
        raise SchemaMismatch(
            f"The database {database} was made by a newer version of this program "
            f"(revision {', '.join(sorted(unknown))}); update the program, or choose another database."
        )
    return found
