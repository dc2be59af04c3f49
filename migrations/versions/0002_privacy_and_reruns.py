"""privacy and reruns: attempts of messages, reruns of turns, posts of votes, people, workspaces, audit

Revision 0002, after 0001.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEW_INDEXES = (
    ("turns", "message_key"),
    ("turns", "rerun_of"),
    ("turns", "author"),
    ("turns", "created_at"),
    ("votes", "author"),
)
NEW_TABLES = ("salt", "people", "workspaces", "scrubbed_files", "audit")


def upgrade() -> None:
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    for table, name in NEW_INDEXES:
        op.create_index(f"ix_{table}_{name}", table, [name])
    _people()
    _audit()


def downgrade() -> None:
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
    for table, name in NEW_INDEXES:
        op.drop_index(f"ix_{table}_{name}", table)
    for table, columns in _new_columns().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)


def _new_columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        "inbox": [sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)],
        "channels": [sa.Column("met_at", sa.DateTime(timezone=True), nullable=True)],
        "turns": [
            sa.Column("message_key", sa.Text(), nullable=True),
            sa.Column("rerun_of", sa.Text(), nullable=True),
        ],
        "votes": [sa.Column("post_id", sa.Text(), nullable=True)],
    }


def _people() -> None:
    op.create_table(
        "salt",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_salt"),
    )
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
    )
    op.create_table(
        "workspaces",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("trains", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", name="pk_workspaces"),
    )
    op.create_table(
        "scrubbed_files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "before", name="pk_scrubbed_files"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("position", COUNTER, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
