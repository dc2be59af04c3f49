"""first tables: inbox, channels, turns, attempts, posts, votes

Revision 0001, the first.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _inbox()
    _turns()
    _feedback()


def downgrade() -> None:
    for table in ("votes", "posts", "attempts", "turns", "channels", "inbox_files", "inbox"):
        op.drop_table(table)


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("position", COUNTER, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_inbox"),
        sa.UniqueConstraint("platform", "key", name="uq_inbox_platform_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_platform_closed_at", "inbox", ["platform", "closed_at"])
    op.create_table(
        "inbox_files",
        sa.Column("message", COUNTER, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message", "number", name="pk_inbox_files"),
        sa.ForeignKeyConstraint(
            ["message"], ["inbox.position"], name="fk_inbox_files_message_inbox", ondelete="CASCADE"
        ),
    )


def _turns() -> None:
    op.create_table(
        "channels",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("platform", "workspace", "channel", name="uq_channels_platform_workspace_channel"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "turns",
        sa.Column("position", COUNTER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel_id", COUNTER, nullable=False),
        sa.Column("conversation", sa.Integer(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("finish", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        sa.Column("prompt_sha256", sa.Text(), nullable=False),
        sa.Column("prompt_turn_ids", sa.JSON(), nullable=False),
        sa.Column("prompt_marked_turn_ids", sa.JSON(), nullable=False),
        sa.Column("prompt_example_ids", sa.JSON(), nullable=False),
        sa.Column("max_new_tokens", sa.Integer(), nullable=False),
        sa.Column("temperature", sa.Float(), nullable=False),
        sa.Column("top_p", sa.Float(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("thinking_seconds", sa.Float(), nullable=False),
        sa.Column("running_seconds", sa.Float(), nullable=False),
        sa.Column("total_seconds", sa.Float(), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_turns"),
        sa.UniqueConstraint("id", name="uq_turns_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_turns_channel_id_channels"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_channel_id_conversation_position", "turns", ["channel_id", "conversation", "position"])
    op.create_table(
        "attempts",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("completion", sa.Text(), nullable=False),
        sa.Column("thought", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_attempts_turn_id_turns", ondelete="CASCADE"),
    )


def _feedback() -> None:
    op.create_table(
        "posts",
        sa.Column("position", COUNTER, nullable=False),
        sa.Column("channel_id", COUNTER, nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_posts"),
        sa.UniqueConstraint("channel_id", "post_id", name="uq_posts_channel_id_post_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_posts_channel_id_channels"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_posts_turn_id_turns", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_posts_post_id", "posts", ["post_id"])
    op.create_index("ix_posts_turn_id", "posts", ["turn_id"])
    op.create_table(
        "votes",
        sa.Column("turn_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("label", sa.Boolean(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "author", name="pk_votes"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_votes_turn_id_turns", ondelete="CASCADE"),
    )
