"""The path of one message: recall, think, run, remember; then posts and votes. Everything that adapters call."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.answering import Answering, Made, Programs
from core.conversation import (
    Channel,
    Forgotten,
    IncomingMessage,
    OnProgress,
    ProgramFile,
    Progress,
    Reaction,
    Reply,
    Sampling,
    Stage,
    Stats,
    Turn,
    Verdict,
)
from core.engine.protocol import Engine
from core.errors import EmptyQuestion, StorageError, Withdrawn
from core.memory import Memory
from core.privacy import Privacy
from core.queue import Queue
from core.replies import GAVE_UP, WROTE_TOO_MUCH, as_stored, reply_to
from core.reruns import Reruns
from core.sandbox import Sandbox
from core.settings import ROOT

__all__ = ["GAVE_UP", "WROTE_TOO_MUCH", "About", "ChatService"]


@dataclass(frozen=True, slots=True)
class About:
    """What answers here, and how programs are run."""

    model: str
    bundled: bool
    sandbox: str
    sandbox_reason: str
    version: str


class ChatService:
    """Answers messages, remembers turns, takes votes. One turn at a time in a channel, in the order of asking.

    Every method raises StorageError where the database cannot do its part.
    """

    def __init__(
        self,
        engine: Engine,
        sandbox: Sandbox,
        memory: Memory,
        *,
        max_steps: int = 3,
        budget: int | None = None,
        sampling: Sampling | None = None,
        turns_at_once: int = 8,
        keeps_state: bool = True,
        running_per_person: int = 0,
        waiting_per_person: int = 0,
        waiting_in_total: int = 0,
        exports: Path = ROOT / "data" / "exports",
        models: Path = ROOT / "models",
    ) -> None:
        """`budget` is the most tokens of a prompt; without it, what the model's context leaves free.

        A person has at most `running_per_person` questions answered at the same time and `waiting_per_person` more, all
        together `waiting_in_total`; 0 is no limit. `exports` and `models` are the folders of exported rows and of
        models, for `forget`.
        """
        self._engine = engine
        self._sandbox = sandbox
        self._memory = memory
        programs = Programs(sandbox, keeps_state=keeps_state)
        self._answering = Answering(programs, max_steps=max_steps, budget=budget, sampling=sampling or Sampling())
        self._reruns = Reruns(programs)
        self._privacy = Privacy(memory, sandbox, exports=exports, models=models)
        self._queue = Queue(
            turns_at_once, running=running_per_person, waiting=waiting_per_person, waiting_in_total=waiting_in_total
        )
        self._taken_up: set[tuple[str, str]] = set()

    # Messages in

    async def accept(self, incoming: IncomingMessage) -> bool:
        """Keep a message durably before its platform is told; False where it was delivered before.

        False also for what somebody wrote (`sent_at`) before they asked to be forgotten.
        """
        return await self._memory.accept(incoming)

    async def unanswered(self, platform: str) -> list[IncomingMessage]:
        """Messages that were accepted and never closed, oldest first: to take up again after a restart."""
        found = await self._memory.unanswered(platform)
        self._taken_up |= {(platform, incoming.key) for incoming in found}
        return found

    async def begin(self, incoming: IncomingMessage) -> int:
        """Work on a message begins; how often it has now, 1 at first.

        One that began before and is not closed ended its process, perhaps: give it up after a few times. Raises
        StorageError where it was never accepted.
        """
        return await self._memory.begin(incoming.channel.platform, incoming.key)

    async def attempts_at(self, incoming: IncomingMessage) -> int:
        """How often work on a message has begun. Raises StorageError where it was never accepted."""
        return await self._memory.attempts(incoming.channel.platform, incoming.key)

    async def close(self, incoming: IncomingMessage) -> None:
        """A message gets no (further) answer: it was told why, or it was answered."""
        self._taken_up.discard((incoming.channel.platform, incoming.key))
        await self._memory.close_message(incoming.channel.platform, incoming.key)

    async def last_accepted(self, platform: str) -> dict[Channel, str]:
        """The id of the message that was accepted last, by channel: what came after it may have been missed."""
        return await self._memory.last_accepted(platform)

    async def first_meeting(self, channel: Channel) -> bool:
        """True exactly once for each channel: tell its people that ✅ and ❌ teach the bot."""
        return await self._memory.first_meeting(channel)

    # Answers

    async def respond(self, incoming: IncomingMessage, on_progress: OnProgress | None = None) -> Reply:
        """Answer one message and remember the turn; one that was answered before a restart gets the same turn.

        Raises EngineError where the model cannot answer, PromptTooLong where the question does not fit, EmptyQuestion
        where there is none, TooBusy where too many are waiting, and Withdrawn where its person asked to be forgotten
        meanwhile.
        """
        incoming, tell = as_stored(incoming), on_progress or _nobody
        if not incoming.text.strip():
            raise EmptyQuestion("There is no question. Ask something, such as: what is 12 factorial?")
        if (done := await self._answered_before(incoming)) is not None:
            return reply_to(done)

        async def work(started: float) -> Made:
            engine = await self._engine.ready()
            history = await self._memory.recall(incoming.channel)
            return await self._answering.answer(engine, history, incoming, tell, started)

        return await self._take_turn(incoming.channel, incoming.author, work, tell)

    async def run_again(
        self,
        turn_id: str,
        author: str,
        on_progress: OnProgress | None = None,
        *,
        attachments: Sequence[ProgramFile] = (),
    ) -> Reply:
        """Run the last program of a turn once more; a new turn, whose votes count for the old one.

        `attachments` are the files of the question, which are not kept. Raises StorageError where there is no such
        turn, UnusableProgram where it has no program, TooBusy and Withdrawn.
        """
        old, tell = await self._known(turn_id), on_progress or _nobody

        async def work(_started: float) -> Made:
            return await self._reruns.again(old, author, attachments, tell)

        return await self._take_turn(old.channel, author, work, tell)

    async def run_edited(
        self,
        turn_id: str,
        author: str,
        code: str,
        on_progress: OnProgress | None = None,
        *,
        attachments: Sequence[ProgramFile] = (),
    ) -> Reply:
        """Run a person's program as the answer to the question of a turn: a new turn, which teaches once it is ✅.

        Raises StorageError where there is no such turn, UnusableProgram where there is no program or one that the
        format of answers cannot hold, TooBusy and Withdrawn.
        """
        old, tell = await self._known(turn_id), on_progress or _nobody

        async def work(_started: float) -> Made:
            return await self._reruns.edited(old, author, code, attachments, tell)

        return await self._take_turn(old.channel, author, work, tell)

    async def run_code(
        self,
        channel: Channel,
        author: str,
        code: str,
        on_progress: OnProgress | None = None,
        *,
        attachments: Sequence[ProgramFile] = (),
    ) -> Reply:
        """Run a program out of a message, without the channel's variables; it is no part of the conversation and never
        teaches. Raises UnusableProgram where it is empty, TooBusy and Withdrawn."""
        tell = on_progress or _nobody

        async def work(_started: float) -> Made:
            return await self._reruns.code(channel, author, code, attachments, tell)

        return await self._take_turn(channel, author, work, tell)

    async def turn(self, turn_id: str) -> Turn | None:
        """One turn as it is stored."""
        return await self._memory.turn(turn_id)

    async def conversation(self, channel: Channel) -> list[Turn]:
        """What the model is shown of a channel: the latest turns since the last reset, oldest first."""
        return await self._memory.recall(channel)

    async def skip(self, turn_id: str) -> None:
        """The turn leaves the conversation; it stays stored. Raises StorageError where there is no such turn."""
        await self._memory.skip(turn_id)

    async def reset(self, channel: Channel) -> None:
        """The conversation and its variables start anew; judged turns stay stored."""
        async with self._queue.channel(channel):
            await self._memory.reset(channel)
            await self._sandbox.end_session(channel.key)

    # Posts and votes

    async def posted(self, channel: Channel, reply: Reply, post_ids: Sequence[str], *, final: bool = True) -> None:
        """The posts that show a reply: a reaction on any of them is a vote on its turn. Closes the message.

        Not `final`: the posts do not show the whole reply yet, and the message stays open.
        """
        await self._memory.link(channel, reply.turn_id, post_ids, closes=final)

    async def rate(self, reaction: Reaction) -> Verdict | None:
        """Count one person's reaction; None where the post is not an answer of ours."""
        turn = await self._memory.turn_of_post(reaction.channel, reaction.post_id)
        if turn is None:
            return None
        return await self._memory.vote(turn.id, reaction.author, reaction.label, reaction.post_id)

    async def vote(self, turn_id: str, author: str, label: bool | None) -> Verdict:
        """One person's vote on a turn; None withdraws it. Raises StorageError where there is no such turn."""
        return await self._memory.vote(turn_id, author, label)

    async def votes(self, channel: Channel, post_id: str) -> dict[str, bool]:
        """The votes that were cast on a post, by person; none where it is not an answer of ours."""
        return await self._memory.votes_on_post(channel, post_id)

    async def recent_posts(self, platform: str, since: datetime) -> list[tuple[Channel, str]]:
        """The posts of answers since then, oldest first: people may have reacted on them unseen."""
        return await self._memory.recent_posts(platform, since)

    async def withdraw(self, channel: Channel, post_id: str, label: bool | None = None) -> None:
        """Withdraw all votes on an answer, or those of one label: its post was deleted, or its reactions were cleared.

        Nothing happens where the post is not an answer of ours.
        """
        await self._memory.withdraw(channel, post_id, label)

    async def stats(self, channel: Channel, author: str) -> Stats:
        """What a person asked and judged in the channel's workspace."""
        return await self._memory.stats(channel, author)

    # Whose data it is

    async def forget(self, platform: str, author: str) -> Forgotten:
        """Delete a person's messages, turns, votes and exported rows; names the models that learned from them."""
        return await self._privacy.forget(platform, author)

    async def forget_older_than(self, days: int) -> Forgotten:
        """Delete what is older than some days, exported rows included; 0 keeps everything."""
        return await self._privacy.forget_older_than(days)

    async def keep_retention(self, days: int) -> None:
        """Call `forget_older_than` now and once a day, until cancelled; returns at once where days are 0."""
        await self._privacy.keep_retention(days)

    async def set_opt_out(self, platform: str, author: str, out: bool) -> None:
        """A person's turns and votes never teach from now on (or may again); their votes are not stored."""
        await self._memory.set_opt_out(platform, author, out)

    async def is_opted_out(self, platform: str, author: str) -> bool:
        """Whether a person opted out."""
        return await self._memory.is_opted_out(platform, author)

    async def set_training(self, platform: str, workspace: str, allowed: bool, by: str) -> None:
        """An admin (`by`) decides whether the turns of a workspace teach; the audit log says who."""
        await self._memory.set_training(Channel(platform, workspace, ""), allowed, by)

    async def audit(self, channel: Channel, author: str, action: str, result: str) -> None:
        """Write down what an admin did and what came of it; never what anybody said."""
        await self._memory.audit(channel, author, action, result)

    def about(self) -> About:
        """What answers here."""
        return About(
            self._engine.name,
            self._engine.name.startswith("codeact-mini"),
            self._sandbox.mode.value,
            self._sandbox.reason,
            version("codeact-bot"),
        )

    async def _take_turn(
        self, channel: Channel, author: str, work: Callable[[float], Awaitable[Made]], tell: OnProgress
    ) -> Reply:
        """Wait for the channel, make a turn, remember it."""
        asked_at, started = datetime.now(UTC), time.monotonic()
        tell(Progress(Stage.QUEUED))
        async with self._queue.place(channel, author):
            tell(Progress(Stage.THINKING))
            made = await work(started)
            if not await self._memory.remember(made.turn, asked_at):
                raise Withdrawn("This was to be forgotten while I worked on it, so I did not keep it.")
        return reply_to(made.turn, made.result)

    async def _answered_before(self, incoming: IncomingMessage) -> Turn | None:
        """The turn of a message that was taken up again, where only its posting had failed."""
        where = (incoming.channel.platform, incoming.key)
        return await self._memory.turn_of_key(*where) if where in self._taken_up else None

    async def _known(self, turn_id: str) -> Turn:
        if (turn := await self._memory.turn(turn_id)) is None:
            raise StorageError(f"There is no turn {turn_id} in the memory.")
        return turn


def _nobody(progress: Progress) -> None:
    """Nobody watches."""
