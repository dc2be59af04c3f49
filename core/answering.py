"""From a question to a turn: the model thinks, its program is run, and it is told what that gave."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from core.conversation import (
    Attempt,
    Channel,
    Completion,
    ExecutionResult,
    Finish,
    IncomingMessage,
    Message,
    OnProgress,
    ProgramFile,
    Progress,
    Sampling,
    Stage,
    Status,
    Timings,
    Turn,
)
from core.engine.protocol import Engine
from core.prompt import Prompt, build
from core.replies import named, new_turn_id, ran, read
from core.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Made:
    """A turn that was just made, and the result of its last program (with the files that are not stored)."""

    turn: Turn
    result: ExecutionResult | None


class Programs:
    """Runs the programs of turns in the sandbox, in the session of their channel."""

    def __init__(self, sandbox: Sandbox, *, keeps_state: bool) -> None:
        self._sandbox = sandbox
        self._keeps_state = keeps_state

    async def run(
        self,
        attempt: Attempt,
        channel: Channel | None,
        files: Sequence[ProgramFile],
        tell: OnProgress,
    ) -> tuple[Attempt, ExecutionResult]:
        """The attempt with what its program gave. Without a channel, it knows nothing of other programs."""
        tell(Progress(Stage.RUNNING, attempt=attempt))
        session = channel.key if channel and self._keeps_state else None
        result = await self._sandbox.execute(attempt.code, files=files, session=session)
        done = ran(attempt, result)
        tell(Progress(Stage.RAN, attempt=done))
        return done, result


class Answering:
    """Makes turns. `budget` is the most tokens of a prompt; without it, what the model's context leaves free."""

    def __init__(self, programs: Programs, *, max_steps: int, budget: int | None, sampling: Sampling) -> None:
        self._programs = programs
        self._max_steps = max_steps
        self._budget = budget
        self._sampling = sampling

    async def answer(
        self, engine: Engine, history: Sequence[Turn], incoming: IncomingMessage, tell: OnProgress, started: float
    ) -> Made:
        """One turn. `started` is when the person began to wait, by the monotonic clock."""
        prompt = await self._prompt(engine, history, incoming)
        attempts: list[Attempt] = []
        result: ExecutionResult | None = None
        thinking, finish = 0.0, Finish.STEPS
        while True:
            completion, seconds = await self._think(engine, prompt.after(attempts), tell)
            thinking += seconds
            attempt = read(completion)
            if not attempt.code:
                attempts.append(attempt)
                finish = Finish.MODEL if completion.finish_reason == "stop" else Finish.LENGTH
                break
            if len(attempts) == self._max_steps:  # it was owed closing words, and wants one more program
                break
            attempt, result = await self._programs.run(attempt, incoming.channel, incoming.attachments, tell)
            attempts.append(attempt)
            succeeded = attempt.status is Status.OK
            if succeeded and not engine.closes:
                finish = Finish.EXECUTION
                break
            if len(attempts) == self._max_steps and not succeeded:
                break
        running = sum(attempt.seconds for attempt in attempts)
        turn = Turn(
            id=new_turn_id(),
            channel=incoming.channel,
            author=incoming.author,
            question=incoming.text,
            attempts=tuple(attempts),
            finish=finish,
            model=completion.model or engine.name,
            prompt=prompt.reference,
            sampling=self._sampling,
            timings=Timings(thinking, running, time.monotonic() - started),
            attachments=named(incoming.attachments),
            message_id=incoming.message_id,
            key=incoming.key,
        )
        return Made(turn, result)

    async def _prompt(self, engine: Engine, history: Sequence[Turn], incoming: IncomingMessage) -> Prompt:
        budget = self._budget or engine.context_tokens - self._sampling.max_new_tokens
        files = named(incoming.attachments)
        return await asyncio.to_thread(build, history, incoming.text, budget=budget, count=engine.count, files=files)

    async def _think(self, engine: Engine, messages: Sequence[Message], tell: OnProgress) -> tuple[Completion, float]:
        started = time.monotonic()
        completion = await engine.complete(messages, self._sampling, lambda text: tell(Progress(Stage.WRITING, text)))
        return completion, time.monotonic() - started
