"""Turns as replies, and completions as attempts: pure."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from core.conversation import (
    Attempt,
    Completion,
    ExecutionResult,
    Finish,
    IncomingMessage,
    ProgramFile,
    Reply,
    Status,
    Turn,
)
from core.memory import storable
from core.prompt import close, observe, parse

GAVE_UP = "I did not get to an answer within my step limit."
WROTE_TOO_MUCH = "I wrote until my limit without getting to an answer."
_SHOWS_OUTPUT = (Finish.EXECUTION, Finish.TAUGHT, Finish.RUN)


def new_turn_id() -> str:
    """20 characters, sortable by time: short enough for a nonce of Discord (25)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"


def read(completion: Completion) -> Attempt:
    """A completion before its program was run."""
    draft = parse(completion.text)
    return Attempt(close(completion.text), draft.thought, draft.code, output="" if draft.code else draft.text)


def ran(attempt: Attempt, result: ExecutionResult) -> Attempt:
    """The attempt with what its program gave."""
    return replace(
        attempt,
        status=result.status,
        output=result.output.rstrip("\n"),
        observation=observe(result.output),
        seconds=result.seconds,
    )


def reply_to(turn: Turn, result: ExecutionResult | None = None) -> Reply:
    """What to post of a turn. Without the result of its last program, there are no files to show."""
    last_run, words = turn.last_run, turn.last.output if not turn.last.code else ""
    output = last_run.output if last_run else words
    text = words or (output if turn.finish in _SHOWS_OUTPUT else "")
    if turn.finish is Finish.LENGTH and not words:
        text = WROTE_TOO_MUCH
    if not text and turn.finish not in _SHOWS_OUTPUT[1:]:
        text = output if last_run and last_run.status is Status.OK else GAVE_UP
    return Reply(
        turn_id=turn.id,
        channel=turn.channel,
        question=turn.question,
        thought=last_run.thought if last_run else turn.last.thought,
        code=last_run.code if last_run else "",
        output=output,
        text=text,
        status=last_run.status if last_run else Status.OK,
        finish=turn.finish,
        attempts=turn.attempts,
        model=turn.model,
        timings=turn.timings,
        files=result.files if result else (),
        mode=result.mode.value if result else "",
        state_lost=bool(result and result.state_lost),
    )


def as_stored(incoming: IncomingMessage) -> IncomingMessage:
    """The message as the database can hold it, so that its prompt can be rendered again."""
    files = tuple(ProgramFile(storable(file.name), file.content) for file in incoming.attachments)
    return replace(incoming, text=storable(incoming.text), attachments=files)


def named(files: Sequence[ProgramFile]) -> tuple[tuple[str, int], ...]:
    """Names and sizes in bytes."""
    return tuple((file.name, len(file.content)) for file in files)
