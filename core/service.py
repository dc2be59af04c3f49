"""The path of one message: recall, think, run, remember; then posts and votes."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from weakref import WeakValueDictionary

from core.conversation import (
    Attempt,
    Channel,
    Completion,
    Finish,
    IncomingMessage,
    Message,
    OnProgress,
    ProgramFile,
    Progress,
    Reaction,
    Reply,
    Sampling,
    Stage,
    Status,
    Timings,
    Turn,
    Verdict,
)
from core.engine.protocol import Engine
from core.errors import EmptyQuestion
from core.memory import Memory, storable
from core.prompt import Prompt, build, close, observe, parse
from core.sandbox import ExecutionResult, Sandbox

GAVE_UP = "I did not get to an answer within my step limit."
WROTE_TOO_MUCH = "I wrote until my limit without getting to an answer."


@dataclass(frozen=True, slots=True)
class About:
    """What answers here, and how programs are run."""

    model: str
    bundled: bool
    sandbox: str
    sandbox_reason: str
    version: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """The attempts of a turn while it is made."""

    attempts: tuple[Attempt, ...]
    finish: Finish
    model: str
    result: ExecutionResult | None
    thinking_seconds: float


class ChatService:
    """Answers messages, remembers turns, takes votes. One turn at a time in a channel, in the order of asking."""

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
    ) -> None:
        """`budget` is the most tokens of a prompt; without it, what the model's context leaves free."""
        self._engine = engine
        self._sandbox = sandbox
        self._memory = memory
        self._max_steps = max_steps
        self._budget = budget
        self._sampling = sampling or Sampling()
        self._keeps_state = keeps_state
        self._in_channel: WeakValueDictionary[Channel, asyncio.Lock] = WeakValueDictionary()
        self._in_total = asyncio.Semaphore(turns_at_once)

    async def accept(self, incoming: IncomingMessage) -> bool:
        """Keep a message durably before its platform is told; False where it was delivered before."""
        return await self._memory.accept(incoming)

    async def unanswered(self, platform: str) -> list[IncomingMessage]:
        """Messages that were accepted and never closed, oldest first: to take up again after a restart."""
        return await self._memory.unanswered(platform)

    async def close(self, incoming: IncomingMessage) -> None:
        """A message gets no (further) answer: it was told why, or it was answered."""
        await self._memory.close_message(incoming.channel.platform, incoming.key)

    async def respond(self, incoming: IncomingMessage, on_progress: OnProgress | None = None) -> Reply:
        """Answer one message and remember the turn.

        Raises EngineError where the model cannot answer, PromptTooLong where the question does not fit, and
        EmptyQuestion where there is none.
        """
        incoming = _storable(incoming)
        if not incoming.text.strip():
            raise EmptyQuestion("There is no question. Ask something, such as: what is 12 factorial?")
        tell = on_progress or _nobody
        started = time.monotonic()
        tell(Progress(Stage.QUEUED))
        async with self._lock(incoming.channel), self._in_total:
            tell(Progress(Stage.THINKING))
            engine = await self._engine.ready()
            prompt = await self._prompt(engine, incoming)
            answer = await self._answer(engine, incoming, prompt, tell)
            turn = self._turn(incoming, prompt, answer, time.monotonic() - started)
            await self._memory.remember(turn)
        return _reply(turn, answer.result)

    async def posted(self, channel: Channel, reply: Reply, post_ids: Sequence[str]) -> None:
        """The posts that show a reply: a reaction on any of them is a vote on its turn."""
        await self._memory.link(channel, reply.turn_id, post_ids)

    async def rate(self, reaction: Reaction) -> Verdict | None:
        """Count one person's reaction; None where the post is not an answer of ours."""
        turn = await self._memory.turn_of_post(reaction.channel, reaction.post_id)
        return await self.vote(turn.id, reaction.author, reaction.label) if turn else None

    async def vote(self, turn_id: str, author: str, label: bool | None) -> Verdict:
        """One person's vote on a turn; None withdraws it. Raises StorageError where there is no such turn."""
        return await self._memory.vote(turn_id, author, label)

    async def skip(self, turn_id: str) -> None:
        """The turn leaves the conversation; it stays stored."""
        await self._memory.skip(turn_id)

    async def reset(self, channel: Channel) -> None:
        """The conversation and its variables start anew; judged turns stay stored."""
        async with self._lock(channel):
            await self._memory.reset(channel)
            await self._sandbox.end_session(channel.key)

    def about(self) -> About:
        """What answers here."""
        return About(
            self._engine.name,
            self._engine.name.startswith("codeact-mini"),
            self._sandbox.mode.value,
            self._sandbox.reason,
            version("codeact-bot"),
        )

    def _lock(self, channel: Channel) -> asyncio.Lock:
        """The channel's queue; it lives as long as somebody waits in it."""
        return self._in_channel.setdefault(channel, asyncio.Lock())

    async def _prompt(self, engine: Engine, incoming: IncomingMessage) -> Prompt:
        history = await self._memory.recall(incoming.channel)
        budget = self._budget or engine.context_tokens - self._sampling.max_new_tokens
        return await asyncio.to_thread(
            build, history, incoming.text, budget=budget, count=engine.count, files=_named(incoming)
        )

    async def _answer(self, engine: Engine, incoming: IncomingMessage, prompt: Prompt, tell: OnProgress) -> _Answer:
        attempts: list[Attempt] = []
        result: ExecutionResult | None = None
        thinking, finish = 0.0, Finish.STEPS
        while True:
            completion, seconds = await self._think(engine, prompt.after(attempts), tell)
            thinking += seconds
            attempt = _read(completion)
            if not attempt.code:
                attempts.append(attempt)
                finish = Finish.MODEL if completion.finish_reason == "stop" else Finish.LENGTH
                break
            if len(attempts) == self._max_steps:  # it was owed closing words, and wants one more program
                break
            attempt, result = await self._run(attempt, incoming, tell)
            attempts.append(attempt)
            succeeded = attempt.status is Status.OK
            if succeeded and not engine.closes:
                finish = Finish.EXECUTION
                break
            if len(attempts) == self._max_steps and not succeeded:
                break
        return _Answer(tuple(attempts), finish, completion.model or engine.name, result, thinking)

    async def _think(self, engine: Engine, messages: Sequence[Message], tell: OnProgress) -> tuple[Completion, float]:
        started = time.monotonic()
        completion = await engine.complete(messages, self._sampling, lambda text: tell(Progress(Stage.WRITING, text)))
        return completion, time.monotonic() - started

    async def _run(
        self, attempt: Attempt, incoming: IncomingMessage, tell: OnProgress
    ) -> tuple[Attempt, ExecutionResult]:
        tell(Progress(Stage.RUNNING, attempt=attempt))
        session = incoming.channel.key if self._keeps_state else None
        result = await self._sandbox.execute(attempt.code, files=incoming.attachments, session=session)
        ran = replace(
            attempt,
            status=result.status,
            output=result.output.rstrip("\n"),
            observation=observe(result.output),
            seconds=result.seconds,
        )
        tell(Progress(Stage.RAN, attempt=ran))
        return ran, result

    def _turn(self, incoming: IncomingMessage, prompt: Prompt, answer: _Answer, total_seconds: float) -> Turn:
        running = sum(attempt.seconds for attempt in answer.attempts)
        return Turn(
            id=new_turn_id(),
            channel=incoming.channel,
            author=incoming.author,
            question=incoming.text,
            attempts=answer.attempts,
            finish=answer.finish,
            model=answer.model,
            prompt=prompt.reference,
            sampling=self._sampling,
            timings=Timings(answer.thinking_seconds, running, total_seconds),
            attachments=_named(incoming),
            message_id=incoming.message_id,
        )


def new_turn_id() -> str:
    """20 characters, sortable by time: short enough for a nonce of Discord (25)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"


def _read(completion: Completion) -> Attempt:
    draft = parse(completion.text)
    return Attempt(close(completion.text), draft.thought, draft.code, output="" if draft.code else draft.text)


def _reply(turn: Turn, result: ExecutionResult | None) -> Reply:
    ran, words = turn.last_run, turn.last.output if not turn.last.code else ""
    output = ran.output if ran else words
    text = words or (output if turn.finish is Finish.EXECUTION else "")
    if turn.finish is Finish.LENGTH and not words:
        text = WROTE_TOO_MUCH
    return Reply(
        turn_id=turn.id,
        channel=turn.channel,
        question=turn.question,
        thought=ran.thought if ran else turn.last.thought,
        code=ran.code if ran else "",
        output=output,
        text=text or (output if ran and ran.status is Status.OK else GAVE_UP),
        status=ran.status if ran else Status.OK,
        finish=turn.finish,
        attempts=turn.attempts,
        model=turn.model,
        timings=turn.timings,
        files=result.files if result else (),
        mode=result.mode.value if result else "",
        state_lost=bool(result and result.state_lost),
    )


def _storable(incoming: IncomingMessage) -> IncomingMessage:
    """The message as the database can hold it, so that its prompt can be rendered again."""
    files = tuple(ProgramFile(storable(file.name), file.content) for file in incoming.attachments)
    return replace(incoming, text=storable(incoming.text), attachments=files)


def _named(incoming: IncomingMessage) -> tuple[tuple[str, int], ...]:
    return tuple((file.name, len(file.content)) for file in incoming.attachments)


def _nobody(progress: Progress) -> None:
    """Nobody watches."""
