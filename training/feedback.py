"""Judged turns with the prompts that they answered, rendered again; what cannot teach is counted by its reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.conversation import Message, Turn, Verdict
from core.memory import Judged, Memory
from core.prompt import VERSION, Example, Prompt, digest, render


class LeftOut(StrEnum):
    """Why a judged turn gives no row."""

    DISPUTED = "with disputed votes"
    SKIPPED = "skipped"
    CHANGED = "whose prompt can no longer be reproduced"
    EMPTY = "without a word of the model"
    NEGATIVE = "marked wrong"
    UNPAIRED = "marked wrong, without an approved answer to the same question"
    UNCHOSEN = "approved, and in no pair"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A turn, the votes on it, and the prompt that it answered."""

    judged: Judged
    prompt: Prompt

    @property
    def turn(self) -> Turn:
        """The turn itself."""
        return self.judged.turn

    @property
    def is_positive(self) -> bool:
        """Approved; what is not was marked wrong, for disputed turns are no feedback."""
        return self.judged.verdict is Verdict.POSITIVE

    def before(self, number: int) -> tuple[Message, ...]:
        """What the model read before its attempt of this number: the prompt, and the attempts until then."""
        return self.prompt.after(self.turn.attempts[:number])


@dataclass(frozen=True, slots=True)
class Gathered:
    """All trusted feedback, oldest first, and how many judged turns are none."""

    feedback: tuple[Feedback, ...]
    left_out: Counter[LeftOut] = field(default_factory=Counter)


async def gather(memory: Memory) -> Gathered:
    """All judged turns of a memory, sorted into feedback and what is left out."""
    judged = await memory.judged()
    shown = {each for one in judged for each in (*one.turn.prompt.turn_ids, *one.turn.prompt.example_ids)}
    known = {turn.id: turn for turn in await memory.turns(sorted(shown))}
    return sort_out(judged, known)


def sort_out(judged: Iterable[Judged], known: Mapping[str, Turn]) -> Gathered:
    """Which judged turns can teach. `known` holds the turns that their prompts refer to, by id."""
    feedback: list[Feedback] = []
    left_out: Counter[LeftOut] = Counter()
    for one in judged:
        if one.verdict is Verdict.NONE or one.verdict is Verdict.DISPUTED:
            left_out[LeftOut.DISPUTED] += 1
        elif one.turn.skipped:
            left_out[LeftOut.SKIPPED] += 1
        elif not one.turn.last.completion.strip():
            left_out[LeftOut.EMPTY] += 1
        elif (prompt := reproduce(one.turn, known)) is None:
            left_out[LeftOut.CHANGED] += 1
        else:
            feedback.append(Feedback(one, prompt))
    return Gathered(tuple(feedback), left_out)


def reproduce(turn: Turn, known: Mapping[str, Turn]) -> Prompt | None:
    """The prompt of a turn, rendered again from its reference; None unless it is the same to the last character."""
    reference = turn.prompt
    if reference.version != VERSION or not known.keys() >= {*reference.turn_ids, *reference.example_ids}:
        return None
    messages = render(
        _history(reference.turn_ids, set(reference.marked_turn_ids), known),
        turn.question,
        files=turn.attachments,
        examples=[_example(known[example_id]) for example_id in reference.example_ids],
    )
    return Prompt(messages, reference) if digest(messages) == reference.sha256 else None


def _history(turn_ids: Sequence[str], marked: set[str], known: Mapping[str, Turn]) -> list[Turn]:
    """The turns as they were shown then: votes may have come or changed since."""
    return [replace(known[turn_id], label=False if turn_id in marked else None) for turn_id in turn_ids]


def _example(turn: Turn) -> Example:
    return Example(turn.id, turn.question, turn.last.completion)
