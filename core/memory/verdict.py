"""What the votes on a turn come to: the one rule that decides which turns teach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.conversation import Turn, Verdict

ENOUGH = 2  # distinct people who together weigh as much as the asker


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's judgement of a turn: True ✅, False ❌; `when` is aware UTC."""

    author: str
    label: bool
    when: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A turn and the votes on it, oldest first, one for each person."""

    turn: Turn
    votes: tuple[Vote, ...]

    @property
    def verdict(self) -> Verdict:
        """What the votes come to."""
        return verdict(self.votes, self.turn.author)


def verdict(votes: Sequence[Vote], asker: str) -> Verdict:
    """Positive: the asker's ✅ or two people's, and no ❌; negative: the mirror image; else disputed, or no vote.

    Where a person voted more than once, the last vote in the sequence counts; the order is of no other meaning.
    """
    labels = {vote.author: vote.label for vote in votes}
    if not labels:
        return Verdict.NONE
    if len(set(labels.values())) > 1 or not (asker in labels or len(labels) >= ENOUGH):
        return Verdict.DISPUTED
    return Verdict.POSITIVE if all(labels.values()) else Verdict.NEGATIVE


def shown_label(votes: Sequence[Vote], asker: str) -> bool | None:
    """How the next prompt shows the turn to the model: by the asker's own vote, else by the verdict."""
    for vote in reversed(votes):
        if vote.author == asker:
            return vote.label
    return {Verdict.POSITIVE: True, Verdict.NEGATIVE: False}.get(verdict(votes, asker))
