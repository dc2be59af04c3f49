"""What is asked: a question, its turns, and what each answer is checked against."""

from dataclasses import dataclass
from typing import Literal

from core.conversation import Message
from training.evaluation.judge import Expected

Half = Literal["development", "final"]
Form = Literal["single turn", "follow-up", "correction"]


@dataclass(frozen=True, slots=True)
class Given:
    """An earlier answer that is scripted: its program is run, and the turn is marked ❌ where `marked_wrong`."""

    thought: str
    code: str
    marked_wrong: bool = False


@dataclass(frozen=True, slots=True)
class UnitTests:
    """An answer is right where its program, followed by these lines, runs to the end."""

    code: str


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a conversation: the bot answers it, or its answer is given.

    `solution` is a program whose answer is right. `prompt`: the model reads this, whatever went before.
    """

    text: str
    given: Given | None = None
    expected: Expected | UnitTests | None = None
    solution: str = ""
    prompt: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One conversation; it is right where every answer of the bot in it is right."""

    id: str
    group: str
    steps: tuple[Step, ...]
    level: str = ""
    half: Half = "development"

    @property
    def form(self) -> Form:
        """Whether anything went before, and whether an answer was marked wrong."""
        if any(step.given and step.given.marked_wrong for step in self.steps):
            return "correction"
        return "follow-up" if len(self.steps) > 1 else "single turn"


@dataclass(frozen=True, slots=True)
class Suite:
    """Questions and the files they were read from, with their SHA-256."""

    name: str
    questions: tuple[Question, ...]
    files: tuple[tuple[str, str], ...]

    def half(self, half: Half) -> "Suite":
        """The questions of one half."""
        return Suite(self.name, tuple(asked for asked in self.questions if asked.half == half), self.files)
