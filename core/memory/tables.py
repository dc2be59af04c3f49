"""The tables. Rows stay inside core.memory; the migrations build exactly what stands here.

A turn belongs to a channel and to the conversation (counted by resets) that the channel was in; its attempts, votes
and posts leave with it. The inbox stands alone: it must not wait for anything.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from core.memory.text import storable


class Words(TypeDecorator[str]):
    """Text from anywhere, made storable on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what the database cannot hold."""
        return None if value is None else storable(value)


class Moment(TypeDecorator[datetime]):
    """A point in time, aware and in UTC on both sides; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody could say later when it was."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"the time {value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# SQLite counts up only in a column that is called INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")


class Row(DeclarativeBase):
    """Base of all rows; constraints have names, so that a migration can change them later."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words(),
        bool: Boolean(),
        float: Float(),
        datetime: Moment(),
        bytes: LargeBinary(),
        list[Any]: JSON(),
    }


class InboxRow(Row):
    """A message that was accepted. Once it is closed, only its key is kept, against a second delivery."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "key"),
        Index(None, "platform", "closed_at"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Counter, primary_key=True)
    platform: Mapped[str]
    key: Mapped[str]
    workspace: Mapped[str]
    channel: Mapped[str]
    private: Mapped[bool]
    author: Mapped[str]
    text: Mapped[str]
    message_id: Mapped[str]
    received_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")  # how often work on it began
    files: Mapped[list["InboxFileRow"]] = relationship(lazy="selectin", order_by="InboxFileRow.number")


class InboxFileRow(Row):
    """A file that came with a message, until the message is closed."""

    __tablename__ = "inbox_files"

    message: Mapped[int] = mapped_column(
        Counter, ForeignKey("inbox.position", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    content: Mapped[bytes]


class ChannelRow(Row):
    """A channel, the number of the conversation that it is in, and when its people were told how the bot learns."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "workspace", "channel"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    platform: Mapped[str]
    workspace: Mapped[str]
    channel: Mapped[str]
    conversation: Mapped[int]
    met_at: Mapped[datetime | None]


class TurnRow(Row):
    """One turn, without its attempts. `private` is what the channel was when it was asked."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("id"),
        Index(None, "channel_id", "conversation", "position"),
        Index(None, "message_key"),
        Index(None, "rerun_of"),
        Index(None, "author"),
        Index(None, "created_at"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Counter, primary_key=True)
    id: Mapped[str]
    channel_id: Mapped[int] = mapped_column(Counter, ForeignKey("channels.id"))
    conversation: Mapped[int]
    private: Mapped[bool]
    author: Mapped[str]
    message_id: Mapped[str]
    question: Mapped[str]
    attachments: Mapped[list[Any]]
    finish: Mapped[str]
    model: Mapped[str]
    prompt_version: Mapped[int]
    prompt_sha256: Mapped[str]
    prompt_turn_ids: Mapped[list[Any]]
    prompt_marked_turn_ids: Mapped[list[Any]]
    prompt_example_ids: Mapped[list[Any]]
    max_new_tokens: Mapped[int]
    temperature: Mapped[float]
    top_p: Mapped[float]
    seed: Mapped[int] = mapped_column(BigInteger)
    thinking_seconds: Mapped[float]
    running_seconds: Mapped[float]
    total_seconds: Mapped[float]
    skipped: Mapped[bool]
    created_at: Mapped[datetime]
    message_key: Mapped[str | None]
    rerun_of: Mapped[str | None]  # no foreign key: the older turn may leave first, by age

    channel: Mapped[ChannelRow] = relationship(lazy="joined", innerjoin=True)
    attempts: Mapped[list["AttemptRow"]] = relationship(lazy="selectin", order_by="AttemptRow.number")
    votes: Mapped[list["VoteRow"]] = relationship(lazy="selectin", order_by="VoteRow.voted_at, VoteRow.author")


class AttemptRow(Row):
    """One completion of a turn and what running it gave; a table, so that failures can be counted."""

    __tablename__ = "attempts"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    completion: Mapped[str]
    thought: Mapped[str]
    code: Mapped[str]
    status: Mapped[str]
    output: Mapped[str]
    observation: Mapped[str]
    seconds: Mapped[float]


class VoteRow(Row):
    """One person's vote on one turn; withdrawing it deletes the row. `post_id`: where it was cast, if on a post."""

    __tablename__ = "votes"
    __table_args__ = (Index(None, "author"),)

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[bool]
    voted_at: Mapped[datetime]
    post_id: Mapped[str | None]


class PostRow(Row):
    """A post that shows a turn."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("channel_id", "post_id"),
        Index(None, "post_id"),
        Index(None, "turn_id"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Counter, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Counter, ForeignKey("channels.id"))
    post_id: Mapped[str]
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))


class SaltRow(Row):
    """The one salt of this database, by which people are hashed who must be known without their name."""

    __tablename__ = "salt"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[bytes]


class PersonRow(Row):
    """Somebody who opted out, or asked to be forgotten: known by a salted hash only."""

    __tablename__ = "people"

    person: Mapped[str] = mapped_column(primary_key=True)
    opted_out: Mapped[bool]
    forgotten_at: Mapped[datetime | None]


class WorkspaceRow(Row):
    """What the admins of a workspace decided: whether its turns train."""

    __tablename__ = "workspaces"

    platform: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(primary_key=True)
    trains: Mapped[bool]


class ScrubbedRow(Row):
    """A file of exported rows that lost some of them: its hash since, and one that it had before.

    Models name their data by its hash, so the older hashes say which models learned from the file.
    """

    __tablename__ = "scrubbed_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[str] = mapped_column(primary_key=True)


class AuditRow(Row):
    """A command of an admin. Rows are added, never changed: the migration makes triggers that refuse all else."""

    __tablename__ = "audit"
    __table_args__ = ({"sqlite_autoincrement": True},)

    position: Mapped[int] = mapped_column(Counter, primary_key=True)
    happened_at: Mapped[datetime]
    platform: Mapped[str]
    workspace: Mapped[str]
    channel: Mapped[str]
    author: Mapped[str]
    action: Mapped[str]
    result: Mapped[str]
