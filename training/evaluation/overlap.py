"""Has a corpus seen the questions? Shared runs of words between evaluation questions and training prompts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.evaluation.questions import Question
from training.spoken import with_spans

RUN = 8  # words
WHOLE = 5
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[-+*/%=<>]")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What questions share with a corpus; the ids are those of questions.

    `verbatim`: a message of it, with its values, is a message of the corpus. `runs`: it shares `RUN` words in a row.
    """

    questions: int
    messages: int
    verbatim: tuple[str, ...]
    runs: tuple[str, ...]

    @property
    def verbatim_share(self) -> float:
        """The share of questions that stand in the corpus."""
        return len(self.verbatim) / self.questions if self.questions else 0.0

    @property
    def run_share(self) -> float:
        """The share of questions with a run of words from the corpus."""
        return len(self.runs) / self.questions if self.questions else 0.0


def overlap(questions: Sequence[Question], messages: Iterable[str], run: int = RUN) -> Overlap:
    """What the bot's messages of these questions share with what people say in a corpus.

    Capitals and punctuation do not count, numbers do. Messages of fewer than `WHOLE` words belong to nobody:
    "and their average?"
    """
    whole: dict[tuple[str, ...], set[str]] = {}
    runs: dict[tuple[str, ...], set[str]] = {}
    for question in questions:
        for step in question.steps:
            words = _words(step.text)
            if step.given is None and len(words) >= WHOLE:
                whole.setdefault(words, set()).add(question.id)
                for part in _runs(words, run):
                    runs.setdefault(part, set()).add(question.id)
    verbatim: set[str] = set()
    shared: set[str] = set()
    count = 0
    for message in messages:
        count += 1
        words = _words(message)
        verbatim |= whole.get(words, set())
        for part in _runs(words, run):
            shared |= runs.get(part, set())
    return Overlap(len(questions), count, tuple(sorted(verbatim)), tuple(sorted(shared)))


def said(prompt: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """What people say in the prompt of a training row, without results, examples' headings and names of files."""
    for message in with_spans(prompt):
        start, end = message.spoken or (0, 0)
        if end > start:
            yield message.content[start:end]


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.replace("’", "'").lower()))


def _runs(words: tuple[str, ...], length: int) -> Iterator[tuple[str, ...]]:
    return (words[start : start + length] for start in range(len(words) - length + 1))
