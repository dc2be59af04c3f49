"""Preference pairs: a wrong answer, and an approved one to the same question.

What is compared is what the votes were about: the last program, or the words where none ran. Closing words that follow
a program only tell its result.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.conversation import Message, Turn
from training.feedback import Feedback


class Rule(StrEnum):
    """Why two answers are to the same question; the better rule first."""

    CORRECTED = "corrected"  # the asker's next turn, whose prompt carried the mark
    SAME_QUESTION = "same question"  # equal after normalisation


@dataclass(frozen=True, slots=True)
class Pair:
    """`rejected` is the turn that was marked wrong, `chosen` the approved one."""

    rejected: Feedback
    chosen: Feedback
    rule: Rule

    @property
    def prompt(self) -> tuple[Message, ...]:
        """What the model had read before it wrote the rejected completion."""
        return self.rejected.before(_decisive(self.rejected.turn))


def pair_up(feedback: Sequence[Feedback], following: Mapping[str, str]) -> list[Pair]:
    """At most one pair for each turn that was marked wrong, by the best rule that gives one.

    `following` names the asker's next turn in the conversation, by the id of a turn.
    """
    approved = {each.turn.id: each for each in feedback if each.is_positive}
    asked: defaultdict[object, list[Feedback]] = defaultdict(list)
    for each in reversed(approved.values()):  # the latest answer is of the best model
        asked[_question(each.turn)].append(each)
    pairs = []
    for wrong in feedback:
        if not wrong.is_positive:
            pairs += list(_candidates(wrong, approved, following, asked[_question(wrong.turn)]))[:1]
    return pairs


def deciding_completion(turn: Turn) -> str:
    """The completion that a pair compares."""
    return turn.attempts[_decisive(turn)].completion


def normalise(question: str) -> str:
    """A question without what does not change its meaning: case, spacing, written form, final punctuation."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split()).rstrip(" .?!…")


def _candidates(
    wrong: Feedback, approved: Mapping[str, Feedback], following: Mapping[str, str], same: Sequence[Feedback]
) -> Iterator[Pair]:
    corrected = approved.get(following.get(wrong.turn.id, ""))
    if corrected and wrong.turn.id in corrected.turn.prompt.marked_turn_ids and _differ(wrong, corrected):
        yield Pair(wrong, corrected, Rule.CORRECTED)
    for chosen in same:
        if _differ(wrong, chosen) and _may_serve(chosen.turn, wrong.turn):
            yield Pair(wrong, chosen, Rule.SAME_QUESTION)


def _question(turn: Turn) -> object:
    """Equal for equal questions about equal files, within one workspace: its turns never serve another."""
    return turn.channel.platform, turn.channel.workspace, normalise(turn.question), turn.attachments


def _may_serve(chosen: Turn, wrong: Turn) -> bool:
    """A private answer stays with its channel and with the person who got it."""
    return not chosen.channel.private or chosen.channel == wrong.channel or chosen.author == wrong.author


def _differ(wrong: Feedback, chosen: Feedback) -> bool:
    rejected, preferred = deciding_completion(wrong.turn).strip(), deciding_completion(chosen.turn).strip()
    return bool(rejected and preferred) and rejected != preferred


def _decisive(turn: Turn) -> int:
    programs = [number for number, attempt in enumerate(turn.attempts) if attempt.code]
    return programs[-1] if programs else len(turn.attempts) - 1
