"""The memory as the service sees it: one transaction for each call, values in and out."""

from collections.abc import Sequence

from core.conversation import Channel, IncomingMessage, Turn, Verdict
from core.memory import channels, feedback, inbox, turns
from core.memory.database import Database
from core.memory.verdict import Judged


class Memory:
    """What the bot remembers, in SQLite or PostgreSQL: messages, turns, posts and votes.

    Whatever writes has been committed, and is on the disk, when it returns. Several processes may share a database.
    Every method raises StorageError, with one sentence, where the database cannot do its part.
    """

    def __init__(self, url: str, *, busy_timeout_seconds: float = 5.0) -> None:
        """`busy_timeout_seconds`: how long to wait for another process that writes."""
        self._database = Database(url, busy_timeout_seconds)

    async def open(self) -> None:
        """Create what is missing and upgrade the tables; call it before anything else.

        Raises SchemaMismatch where the database is from a newer version or another program, StorageError where it
        cannot be opened or written. Nothing is changed in these cases.
        """
        await self._database.open()

    async def close(self) -> None:
        """Close the connections; nothing is lost without it."""
        await self._database.close()

    async def accept(self, incoming: IncomingMessage) -> bool:
        """Keep a message until it is closed; False where its key was accepted before. No key: True, nothing kept."""
        if not incoming.key:
            return True
        async with self._database.writing() as session:
            return await inbox.accept(session, incoming)

    async def close_message(self, platform: str, key: str) -> None:
        """The message needs no further answer: its words and files are dropped, its key stays known."""
        if key:
            async with self._database.writing() as session:
                await inbox.close(session, platform, key)

    async def unanswered(self, platform: str) -> list[IncomingMessage]:
        """Accepted messages that were never closed, with their files, oldest first."""
        async with self._database.reading() as session:
            return await inbox.unanswered(session, platform)

    async def recall(self, channel: Channel, limit: int = 50) -> list[Turn]:
        """The latest `limit` turns since the last reset, oldest first, skipped ones apart.

        The label is the asker's own vote, else what the verdict says, else None.
        """
        async with self._database.reading() as session:
            return await turns.recall(session, channel, limit)

    async def remember(self, turn: Turn) -> None:
        """Store a turn; once, by its id. Its label is not stored: labels come from votes."""
        async with self._database.writing() as session:
            await turns.remember(session, turn)

    async def turn(self, turn_id: str) -> Turn | None:
        """One turn, or None where it is not stored."""
        return next(iter(await self.turns([turn_id])), None)

    async def turns(self, turn_ids: Sequence[str]) -> list[Turn]:
        """The turns with these ids, in the order asked for; missing ones are left out."""
        async with self._database.reading() as session:
            return await turns.by_ids(session, turn_ids)

    async def last_turn(self, channel: Channel) -> Turn | None:
        """The latest turn of a channel, whatever became of it."""
        async with self._database.reading() as session:
            return await turns.last_turn(session, channel)

    async def skip(self, turn_id: str) -> None:
        """The turn leaves the conversation and stays stored. Raises StorageError where it is unknown."""
        async with self._database.writing() as session:
            await turns.skip(session, turn_id)

    async def reset(self, channel: Channel) -> None:
        """A new conversation starts in the channel; nothing is deleted."""
        async with self._database.writing() as session:
            await channels.reset(session, channel)

    async def link(self, channel: Channel, turn_id: str, post_ids: Sequence[str]) -> None:
        """These posts show this turn; linking again changes nothing. Raises StorageError where the turn is unknown."""
        async with self._database.writing() as session:
            await feedback.link(session, channel, turn_id, post_ids)

    async def turn_of_post(self, channel: Channel, post_id: str) -> Turn | None:
        """The turn that a post shows, looked up in the channel, then in the workspace where that is unambiguous."""
        async with self._database.reading() as session:
            return await feedback.turn_of_post(session, channel, post_id)

    async def posts(self, turn_id: str) -> list[str]:
        """The ids of the posts that show a turn, in the order of linking."""
        async with self._database.reading() as session:
            return await feedback.posts(session, turn_id)

    async def vote(self, turn_id: str, author: str, label: bool | None) -> Verdict:
        """Put, change or (None) withdraw one person's vote, and what all votes come to now.

        Raises StorageError where the turn is unknown.
        """
        async with self._database.writing() as session:
            return await feedback.vote(session, turn_id, author, label)

    async def verdict(self, turn_id: str) -> Verdict:
        """What the votes on a turn come to. Raises StorageError where the turn is unknown."""
        async with self._database.reading() as session:
            return await feedback.verdict_on(session, turn_id)

    async def judged(self) -> list[Judged]:
        """Every turn with at least one vote, skipped ones included, oldest first."""
        async with self._database.reading() as session:
            return await turns.judged(session)

    async def following(self, turn: Turn) -> Turn | None:
        """The same person's next turn in that conversation, or None; skipped turns do not count."""
        async with self._database.reading() as session:
            return await turns.following(session, turn)
