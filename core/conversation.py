"""The vocabulary of a conversation: plain immutable values, no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from core.sandbox.result import ExecutionResult, ProgramFile, Status


class Role(StrEnum):
    """Who speaks in a prompt; an observation is told by the user's side."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance of a prompt. `spoken` is the span of `content` that holds a person's own words, if any."""

    role: Role
    content: str
    spoken: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a conversation happens. A thread is a channel of its own.

    `workspace` is the Discord guild or the Slack team; it is empty in a Discord direct message and in the terminal.
    `private` marks direct messages and private channels: what was said there is an example only there, so it does
    not take part in equality.
    """

    platform: str
    workspace: str
    id: str
    private: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        """One string for the channel, for locks and sandbox sessions."""
        return f"{self.platform}/{self.workspace}/{self.id}"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What a person asked.

    `key` names the event uniquely within its platform (`""`: the channel needs no protection against doubles, as in
    the terminal). `message_id` is the platform's id of the question, for replies and re-runs. `sent_at` is when it was
    written, for messages that are read from a platform's history (None: just now).
    """

    channel: Channel
    author: str
    text: str
    attachments: tuple[ProgramFile, ...] = ()
    key: str = ""
    message_id: str = ""
    sent_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model picks tokens: greedy at `temperature` 0, else from the nucleus `top_p`, repeatable by `seed`."""

    max_new_tokens: int = 400
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, why it stopped, and which model it was."""

    text: str
    finish_reason: Literal["stop", "length"] = "stop"
    model: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One completion of a turn and, where it held a program, what running it gave.

    `observation` is the text that the model was or would be told; it is empty where nothing ran.
    """

    completion: str
    thought: str = ""
    code: str = ""
    status: Status = Status.OK
    output: str = ""
    observation: str = ""
    seconds: float = 0.0


class Finish(StrEnum):
    """Why a turn ended."""

    MODEL = "model"  # it answered in words
    EXECUTION = "execution"  # a program succeeded, and the model writes no closing words
    STEPS = "steps"  # the step limit was reached
    LENGTH = "length"  # it wrote until its token limit, without an answer
    TAUGHT = "taught"  # a person wrote the program that answers
    RUN = "run"  # a program was only run: once more, or one out of a message


class Verdict(StrEnum):
    """What the votes on a turn come to."""

    NONE = "none"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class PromptReference:
    """What a prompt was made of, so that it can be rendered again; `sha256` is that of the rendered messages."""

    version: int
    sha256: str
    turn_ids: tuple[str, ...] = ()
    marked_turn_ids: tuple[str, ...] = ()
    example_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent on a turn."""

    thinking_seconds: float = 0.0
    running_seconds: float = 0.0
    total_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One request, what its prompt was made of, and all that followed.

    `label` is True ✅, False ❌ or None, as the next prompt shows the turn to the model. A skipped turn stays in memory
    but leaves the conversation. `attachments` are names and sizes in bytes; the contents are not kept. `key` is that of
    the message. `rerun_of` names the turn whose program was run once more (`finish` is run: votes on this turn are
    votes on that one) or was rewritten by a person (`finish` is taught: votes are its own).
    """

    id: str
    channel: Channel
    author: str
    question: str
    attempts: tuple[Attempt, ...]
    finish: Finish
    model: str
    prompt: PromptReference
    sampling: Sampling = Sampling()
    timings: Timings = Timings()
    attachments: tuple[tuple[str, int], ...] = ()
    label: bool | None = None
    skipped: bool = False
    message_id: str = ""
    key: str = ""
    rerun_of: str = ""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def last(self) -> Attempt:
        """The attempt that answered."""
        return self.attempts[-1]

    @property
    def last_run(self) -> Attempt | None:
        """The last attempt that held a program."""
        return next((attempt for attempt in reversed(self.attempts) if attempt.code), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one message, as every adapter gets it.

    `thought`, `code`, `output` and `status` are those of the last program (`status` is ok and `output` the reply where
    there was none); `text` is the model's closing words, or the output.
    """

    turn_id: str
    channel: Channel
    question: str
    thought: str
    code: str
    output: str
    text: str
    status: Status
    finish: Finish
    attempts: tuple[Attempt, ...]
    model: str
    timings: Timings
    files: tuple[ProgramFile, ...] = ()
    mode: str = ""
    state_lost: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """One person's vote on a post; `label` None withdraws it."""

    channel: Channel
    post_id: str
    author: str
    label: bool | None


@dataclass(frozen=True, slots=True)
class Stats:
    """What one person did in a workspace: questions asked, how many of them were answered, the votes given by label,
    and how many questions each model answered."""

    questions: int = 0
    answers: int = 0
    votes: Mapping[bool, int] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted: messages that waited, turns, votes and rows of exports; and the models that learned from it.

    `turns` counts those that were asked, and those made of them by 🔁 and ✏️. A model keeps what it learned until it
    is trained anew without these rows.
    """

    messages: int = 0
    turns: int = 0
    votes: int = 0
    exported_rows: int = 0
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, where and when, and what came of it; never what anybody said."""

    when: datetime
    channel: Channel
    author: str
    action: str
    result: str


class Stage(StrEnum):
    """Where a turn is."""

    QUEUED = "queued"
    THINKING = "thinking"
    WRITING = "writing"
    RUNNING = "running"
    RAN = "ran"


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life while a turn is worked on.

    WRITING carries the new piece of text of the model, RUNNING the attempt about to run, RAN the attempt that ran.
    """

    stage: Stage
    text: str = ""
    attempt: Attempt | None = None


OnProgress = Callable[[Progress], None]

__all__ = [
    "Attempt",
    "AuditEntry",
    "Channel",
    "Completion",
    "ExecutionResult",
    "Finish",
    "Forgotten",
    "IncomingMessage",
    "Message",
    "OnProgress",
    "ProgramFile",
    "Progress",
    "PromptReference",
    "Reaction",
    "Reply",
    "Role",
    "Sampling",
    "Stage",
    "Stats",
    "Status",
    "Timings",
    "Turn",
    "Verdict",
]
