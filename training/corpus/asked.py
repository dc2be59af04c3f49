"""A question with its verified answer, as rows are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from core.conversation import Attempt, Channel, Finish, PromptReference, Turn
from core.prompt import Example, observe, write
from training.corpus.family import Family

_HERE = Channel("corpus", "", "rows")
_NO_PROMPT = PromptReference(1, "")
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A thought, a program, and what it prints."""

    thought: str
    code: str
    output: str

    @property
    def completion(self) -> str:
        """The answer in the CodeAct format."""
        return write(self.thought, self.code)


@dataclass(frozen=True, slots=True)
class Asked:
    """A message and its answer. `family` is None for compositions and made-up operations, which have only a name.

    `stands_alone` is False where the message can be understood only after the turn before.
    """

    name: str
    group: str
    text: str
    answer: Answer
    pattern: str
    family: Family | None = None
    drawn: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, int], ...] = ()
    stands_alone: bool = True

    @property
    def example(self) -> Example:
        """The question with its answer, as an approved example."""
        return Example("", self.text, self.answer.completion)

    def turn(self, *, answer: Answer | None = None, label: bool | None = None, text: str = "") -> Turn:
        """The question as a turn of a conversation; `answer` where another one was given than the right one."""
        given = answer or self.answer
        attempt = Attempt(given.completion, observation=told(given.output))
        return turn_of(text or self.text, attempt, label, self.files)


def turn_of(text: str, attempt: Attempt, label: bool | None, files: tuple[tuple[str, int], ...]) -> Turn:
    """A turn that ended with this attempt."""
    return Turn(
        "", _HERE, "", text, (attempt,), Finish.EXECUTION, "", _NO_PROMPT,
        attachments=files, label=label, created_at=_THEN,
    )  # fmt: skip


@lru_cache(maxsize=1000)
def told(output: str) -> str:
    """What is told of an output."""
    return observe(output)
