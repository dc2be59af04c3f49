"""The memory as the service sees it: one transaction for each call, values in and out."""

from collections.abc import Sequence
from datetime import datetime

from core.conversation import AuditEntry, Channel, IncomingMessage, Stats, Turn, Verdict
from core.memory import audit, channels, feedback, forgetting, inbox, people, stats, teaching, turns
from core.memory.database import Database
from core.memory.forgetting import Deleted, Leaving
from core.memory.teaching import TrainingRule
from core.memory.verdict import Judged


class Memory:
    """What the bot remembers, in SQLite or PostgreSQL: messages, turns, posts and votes.

    Whatever writes has been committed, and is on the disk, when it returns. Several processes may share a database.
    Every method raises StorageError, with one sentence, where the database cannot do its part.
    """

    def __init__(self, url: str, *, busy_timeout_seconds: float = 5.0, training: TrainingRule = "all") -> None:
        """`busy_timeout_seconds`: how long to wait for another process that writes.

        `training`: whose turns may teach where no admin decided: `all`, or none until one agrees (`opt-in`).
        """
        self._database = Database(url, busy_timeout_seconds)
        self._training = training

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

    async def begin(self, platform: str, key: str) -> int:
        """Work on a message begins: how often it has now, 1 at first. Raises StorageError where it is unknown."""
        if not key:
            return 1
        async with self._database.writing() as session:
            return await inbox.begin(session, platform, key)

    async def attempts(self, platform: str, key: str) -> int:
        """How often work on a message has begun. Raises StorageError where it is unknown."""
        if not key:
            return 0
        async with self._database.reading() as session:
            return await inbox.attempts(session, platform, key)

    async def last_accepted(self, platform: str) -> dict[Channel, str]:
        """The id of the message that was accepted last, by channel."""
        async with self._database.reading() as session:
            return await inbox.last_accepted(session, platform)

    async def recall(self, channel: Channel, limit: int = 50) -> list[Turn]:
        """The latest `limit` turns since the last reset, oldest first, without skipped ones and mere runs of programs.

        The label is the asker's own vote, else what the verdict says, else None.
        """
        async with self._database.reading() as session:
            return await turns.recall(session, channel, limit)

    async def remember(self, turn: Turn, asked_at: datetime | None = None) -> bool:
        """Store a turn; once, by its id. Its label is not stored: labels come from votes.

        False, and nothing stored, where its person asked to be forgotten since `asked_at`, or where the turn that it
        runs again was deleted.
        """
        async with self._database.writing() as session:
            return await turns.remember(session, turn, asked_at)

    async def turn(self, turn_id: str) -> Turn | None:
        """One turn, or None where it is not stored."""
        return next(iter(await self.turns([turn_id])), None)

    async def turns(self, turn_ids: Sequence[str]) -> list[Turn]:
        """The turns with these ids, in the order asked for; missing ones are left out."""
        async with self._database.reading() as session:
            return await turns.by_ids(session, turn_ids)

    async def turn_of_key(self, platform: str, key: str) -> Turn | None:
        """The turn that answers the message of this key, where it was answered."""
        async with self._database.reading() as session:
            return await turns.of_key(session, platform, key) if key else None

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

    async def first_meeting(self, channel: Channel) -> bool:
        """True once for each channel: its people have not been told yet how the bot learns."""
        async with self._database.writing() as session:
            return await channels.first_meeting(session, channel)

    async def link(self, channel: Channel, turn_id: str, post_ids: Sequence[str], *, closes: bool = False) -> None:
        """These posts show this turn; linking again changes nothing. Raises StorageError where the turn is unknown.

        `closes`: the message that the turn answers is closed in the same moment.
        """
        async with self._database.writing() as session:
            await feedback.link(session, channel, turn_id, post_ids, closes=closes)

    async def turn_of_post(self, channel: Channel, post_id: str) -> Turn | None:
        """The turn that a post shows, looked up in the channel, then in the workspace where that is unambiguous."""
        async with self._database.reading() as session:
            return await feedback.turn_of_post(session, channel, post_id)

    async def posts(self, turn_id: str) -> list[str]:
        """The ids of the posts that show a turn, in the order of linking."""
        async with self._database.reading() as session:
            return await feedback.posts(session, turn_id)

    async def recent_posts(self, platform: str, since: datetime) -> list[tuple[Channel, str]]:
        """The posts that show turns since then, oldest first; skipped turns are left out."""
        async with self._database.reading() as session:
            return await feedback.recent_posts(session, platform, since)

    async def vote(self, turn_id: str, author: str, label: bool | None, post_id: str | None = None) -> Verdict:
        """Put, change or (None) withdraw one person's vote, and what all votes come to now.

        `post_id` is where it was cast: a vote is not withdrawn on another post. Votes of people who opted out are not
        stored, nor those on turns from before a person asked to be forgotten. A vote on a program that was run once
        more is one on the turn whose program it is. Raises StorageError where the turn is unknown.
        """
        async with self._database.writing() as session:
            return await feedback.vote(session, turn_id, author, label, post_id)

    async def votes_on_post(self, channel: Channel, post_id: str) -> dict[str, bool]:
        """The votes that were cast on a post, by person; none where it is no post of ours."""
        async with self._database.reading() as session:
            return await feedback.votes_on_post(session, channel, post_id)

    async def withdraw(self, channel: Channel, post_id: str, label: bool | None = None) -> None:
        """Withdraw all votes on the turn that a post shows, or those of one label; nothing where it is not ours.

        Of a post that shows a program once more, only those that were cast there.
        """
        async with self._database.writing() as session:
            await feedback.withdraw(session, channel, post_id, label)

    async def verdict(self, turn_id: str) -> Verdict:
        """What the votes on a turn come to. Raises StorageError where the turn is unknown."""
        async with self._database.reading() as session:
            return await feedback.verdict_on(session, turn_id)

    async def judged(self) -> list[Judged]:
        """Every turn with at least one vote that may teach, skipped ones included, oldest first.

        Left out are turns of people who opted out, turns whose prompts show these, and workspaces that do not train.
        """
        async with self._database.reading() as session:
            return await teaching.judged(session, self._training)

    async def following(self, turn: Turn) -> Turn | None:
        """The same person's next question in that conversation, or None; skipped turns and reruns do not count."""
        async with self._database.reading() as session:
            return await turns.following(session, turn)

    async def stats(self, channel: Channel, author: str) -> Stats:
        """What a person asked and judged in the channel's workspace."""
        async with self._database.reading() as session:
            return await stats.of_person(session, channel, author)

    async def set_opt_out(self, platform: str, author: str, out: bool) -> None:
        """A person's turns and votes must not teach (or may again). Votes that are there are deleted."""
        async with self._database.writing() as session:
            await people.opt_out(session, platform, author, out)
            if out:
                await forgetting.delete_votes(session, platform, author)

    async def is_opted_out(self, platform: str, author: str) -> bool:
        """Whether a person's turns and votes must not teach."""
        async with self._database.reading() as session:
            return await people.is_opted_out(session, platform, author)

    async def set_training(self, channel: Channel, trains: bool, by: str) -> None:
        """An admin decides whether the turns of the channel's workspace teach; the audit log says who."""
        async with self._database.writing() as session:
            await teaching.decide(session, channel.platform, channel.workspace, trains)
            await audit.write(session, channel, by, "training", "allowed" if trains else "not allowed")

    async def leaving(self, platform: str, author: str) -> Leaving:
        """What `forget` would delete of a person's turns."""
        async with self._database.reading() as session:
            return await forgetting.of_person(session, platform, author)

    async def leaving_after(self, days: int) -> Leaving:
        """What `forget_older_than` would delete of the turns."""
        async with self._database.reading() as session:
            return await forgetting.older_than(session, days)

    async def forget(self, platform: str, author: str) -> Deleted:
        """Delete a person's messages, turns and votes, and take in nothing of it again."""
        async with self._database.writing() as session:
            deleted = await forgetting.forget_person(session, platform, author)
        await self._database.leave_no_traces()
        return deleted

    async def forget_older_than(self, days: int) -> Deleted:
        """Delete messages, turns and the votes on them that are older than some days."""
        async with self._database.writing() as session:
            deleted = await forgetting.forget_old(session, days)
        await self._database.leave_no_traces()
        return deleted

    async def file_lost_rows(self, now: str, before: str) -> None:
        """Remember that a file of exported rows has another SHA-256 since it lost some of them."""
        async with self._database.writing() as session:
            await forgetting.scrubbed(session, now, before)

    async def hashes_before(self, sha256: str) -> set[str]:
        """The SHA-256 that a file of exported rows had before it lost some of them."""
        async with self._database.reading() as session:
            return await forgetting.hashes_before(session, sha256)

    async def audit(self, channel: Channel, author: str, action: str, result: str) -> None:
        """Write down what an admin did and what came of it; without anything that people said."""
        async with self._database.writing() as session:
            await audit.write(session, channel, author, action, result)

    async def audited(self, limit: int = 1000) -> list[AuditEntry]:
        """The latest entries of the audit log, oldest first."""
        async with self._database.reading() as session:
            return await audit.read(session, limit)
