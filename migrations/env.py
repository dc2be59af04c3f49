"""How alembic runs: over the connection of a starting bot, or for `alembic …` over the database of the settings."""

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, TypeDecorator

from core.errors import CodeactError
from core.memory.database import Database
from core.memory.schema import check_references, revisions
from core.memory.tables import Row


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write a column's plain type into a migration: a migration must not change when our types do."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: Connection) -> None:
    """Run migrations, in the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",  # it can hardly alter a table, only copy it
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_alone() -> None:
    """The command line: the database named by `-x url=…`, or by the settings."""
    database = Database(_url())
    try:
        async with database.migrating() as connection:
            await connection.run_sync(revisions, context.script, database.name)
            await connection.run_sync(migrate)
            await connection.run_sync(check_references, database.name)
    finally:
        await database.close()


def write_sql() -> None:
    """`alembic upgrade head --sql`: print the statements instead of running them."""
    context.configure(url=_url(), target_metadata=Row.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def _url() -> str:
    from core.settings import read_settings  # only here: a bot that starts has its settings already

    url = context.get_x_argument(as_dictionary=True).get("url")
    return str(url or read_settings().database)


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    write_sql()
else:
    try:
        asyncio.run(migrate_alone())
    except CodeactError as error:
        raise CommandError(str(error)) from error  # alembic prints it as one line
