"""Asking questions through the real service: what is measured is what people get.

Each question is a conversation of its own, in a throwaway database, greedy, its programs run without state.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.conversation import Channel, Completion, IncomingMessage, Message, Reply, Sampling, Status
from core.engine import Engine
from core.engine.protocol import OnText
from core.engine.scripted import ScriptedEngine
from core.errors import EngineBusy, EngineError, ModelNotFound, PromptTooLong, SandboxError
from core.memory import Memory
from core.prompt import write
from core.sandbox import Sandbox
from core.service import ChatService
from training.evaluation.judge import is_right
from training.evaluation.questions import Given, Question, Step, UnitTests

HARNESS = 1
"""Counts up whenever the same model could get another score: scores are compared only within one number."""
_AUTHOR = "examiner"
_TEST_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered to one message, and whether it was right. `seconds` is the whole turn's."""

    question: str
    right: bool
    thought: str = ""
    code: str = ""
    output: str = ""
    status: Status = Status.OK
    attempts: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and the bot's answers to it; right where all of them are."""

    question: Question
    answers: tuple[Answer, ...]

    @property
    def right(self) -> bool:
        """Whether every answer is right."""
        return all(answer.right for answer in self.answers)


@asynccontextmanager
async def examination(
    engine: Engine, sandbox: Sandbox, *, attempts: int = 3, max_new_tokens: int = 400
) -> AsyncIterator["Examiner"]:
    """An examiner with a database that lives as long. `attempts`: the most programs for one message."""
    with tempfile.TemporaryDirectory(prefix="codeact-evaluate-") as folder:
        memory = Memory(f"sqlite+aiosqlite:///{Path(folder) / 'memory.sqlite3'}")
        await memory.open()
        try:
            yield Examiner(engine, sandbox, memory, attempts, Sampling(max_new_tokens))
        finally:
            await memory.close()


class Examiner:
    """Asks questions and judges the answers."""

    def __init__(self, engine: Engine, sandbox: Sandbox, memory: Memory, attempts: int, sampling: Sampling) -> None:
        self._engine = engine
        self._sandbox = sandbox
        self._memory = memory
        self._attempts = attempts
        self._sampling = sampling

    async def ask(self, question: Question) -> Outcome:
        """One conversation from its first message to its last.

        A question that the model cannot take is answered wrong. Raises ModelNotFound and EngineBusy where there is no
        model to ask, SandboxError where programs cannot be run.
        """
        channel = Channel("evaluation", "", f"{question.id}-{secrets.token_hex(4)}", private=True)
        answers = []
        for step in question.steps:
            if step.given is not None:
                await self._give(channel, step.text, step.given)
            else:
                answers.append(await self._answer(channel, step))
        return Outcome(question, tuple(answers))

    async def _give(self, channel: Channel, text: str, given: Given) -> None:
        """An earlier turn as it would have been: its program really runs, and the turn is really marked."""
        script = ScriptedEngine([write(given.thought, given.code)], closes=False, name="given", context_tokens=1 << 20)
        service = self._service(script, attempts=1)
        reply = await service.respond(IncomingMessage(channel, _AUTHOR, text))
        if given.marked_wrong:
            await service.vote(reply.turn_id, _AUTHOR, False)

    async def _answer(self, channel: Channel, step: Step) -> Answer:
        engine = _Shown(self._engine, step.prompt) if step.prompt else self._engine
        try:
            reply = await self._service(engine, self._attempts).respond(IncomingMessage(channel, _AUTHOR, step.text))
        except (EngineBusy, ModelNotFound):  # it would score nothing on everything that follows
            raise
        except (EngineError, PromptTooLong) as error:  # the model's limit, so the model's loss
            return Answer(step.text, False, output=str(error), status=Status.ERROR)
        if reply.status is Status.UNAVAILABLE:
            raise SandboxError(f"The evaluation cannot run programs: {reply.output.strip()}")
        return Answer(
            step.text,
            await self._judge(reply, step),
            reply.thought,
            reply.code,
            reply.output,
            reply.status,
            len([attempt for attempt in reply.attempts if attempt.code]),
            reply.timings.total_seconds,
        )

    def _service(self, engine: Engine, attempts: int) -> ChatService:
        return ChatService(
            engine, self._sandbox, self._memory, max_steps=attempts, sampling=self._sampling, keeps_state=False
        )

    async def _judge(self, reply: Reply, step: Step) -> bool:
        if isinstance(step.expected, UnitTests):
            return bool(reply.code) and await passes(self._sandbox, reply.code, step.expected)
        if step.expected is None or reply.status is not Status.OK:
            return False
        return is_right(reply.output, step.expected, step.text)


class _Shown:
    """A model that reads a given prompt where the service has only system and question."""

    def __init__(self, engine: Engine, prompt: tuple[Message, ...]) -> None:
        self._engine = engine
        self._prompt = prompt
        self.name = engine.name
        self.context_tokens = engine.context_tokens
        self.closes = engine.closes

    async def ready(self) -> Engine:
        return self

    def count(self, messages: Sequence[Message]) -> int:
        return self._engine.count(self._instead(messages))

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        return await self._engine.complete(self._instead(messages), sampling, on_text)

    async def close(self) -> None:
        """The model is another's to close."""

    def _instead(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        return (*self._prompt, *messages[2:])  # what follows are attempts of this turn


async def passes(sandbox: Sandbox, code: str, tests: UnitTests, seconds: float = _TEST_SECONDS) -> bool:
    """Whether a program followed by its tests runs to the very end."""
    reached = f"reached {secrets.token_hex(16)}"  # a program that leaves early does not print it
    result = await sandbox.execute(f"{code}\n\n{tests.code}\nprint({reached!r})", timeout_seconds=seconds)
    return result.status is Status.OK and result.output.rstrip("\n").endswith(reached)


async def solves(sandbox: Sandbox, step: Step) -> bool:
    """Whether the solution that a question came with is right by our own harness and judge."""
    if isinstance(step.expected, UnitTests):
        return await passes(sandbox, step.solution, step.expected)
    if step.expected is None:
        return False
    result = await sandbox.execute(step.solution)
    return result.status is Status.OK and is_right(result.output, step.expected, step.text)


def answered(outcomes: Sequence[Outcome]) -> list[Answer]:
    """All answers, in order."""
    return [answer for outcome in outcomes for answer in outcome.answers]
