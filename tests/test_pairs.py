"""Preference pairs: which approved answer stands beside a wrong one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.conversation import Attempt, Finish, Turn
from core.memory import Judged, Memory, Vote
from core.prompt import SYSTEM
from tests.memory.material import ELSEWHERE, GUILD, THREAD, answered, ran
from tests.test_export import PRIMES, SYSTEM_MESSAGE, WHEN, assistant, corrected_primes, exported, store, user
from training.feedback import LeftOut, sort_out
from training.pairs import Rule, deciding_completion, normalise, pair_up


async def test_a_correction_makes_a_pair(memory: Memory, tmp_path: Path):
    wrong, right = await corrected_primes(memory)
    [row], summary = await exported(memory, "dpo", tmp_path)
    assert row == {
        "prompt": [SYSTEM_MESSAGE, user(PRIMES)],
        "chosen": [assistant(right.last.completion)],
        "rejected": [assistant(wrong.last.completion)],
        "chosen_turn_id": "t2",
        "rule": "corrected",
        "turn_id": "t1",
        "model": "codeact-mini",
        "votes": {"yes": 0, "no": 1},
        "when": "2026-03-01T12:30:00+00:00",
        "platform": "discord",
        "prompt_sha256": wrong.prompt.sha256,
    }
    assert summary.left_out == {}


async def test_an_equal_question_makes_a_pair(memory: Memory, tmp_path: Path):
    await store(memory, answered("t1", "What is 6 times 7?", [], ran("print(6 + 7)", "13")), ada=False)
    await store(memory, answered("t2", "small talk", []), ada=True)
    right = answered("t3", "  what is 6\ttimes 7 ", [], ran("print(6 * 7)", "42"), channel=THREAD, author="bob")
    await store(memory, right, bob=True)
    [row], summary = await exported(memory, "dpo", tmp_path)
    assert (row["turn_id"], row["chosen_turn_id"], row["rule"]) == ("t1", "t3", "same question")
    assert summary.left_out == {LeftOut.UNCHOSEN: 1}


def judged(*turns: tuple[Turn, bool]) -> list[Judged]:
    return [Judged(turn, (Vote(turn.author, label, WHEN),)) for turn, label in turns]


def pairs(turns: Sequence[tuple[Turn, bool]], following: dict[str, str]) -> list[tuple[str, str, Rule]]:
    """The ids of each pair and its rule."""
    known = {turn.id: turn for turn, _ in turns}
    feedback = sort_out(judged(*turns), known).feedback
    assert len(feedback) == len(turns)
    found = pair_up(feedback, following)
    return [(pair.rejected.turn.id, pair.chosen.turn.id, pair.rule) for pair in found]


SUM, PRODUCT = ran("print(6 + 7)", "13"), ran("print(6 * 7)", "42")
WRONG = replace(answered("wrong", "6 * 7?", [], SUM), label=False)
CORRECTION = answered("next", "times!", [WRONG], PRODUCT)


def other(turn_id: str = "other", question: str = "6 * 7?", attempt: Attempt = PRODUCT, **more: Any) -> Turn:
    return answered(turn_id, question, [], attempt, **({"channel": THREAD, "author": "bob"} | more))


def test_a_correction_is_better_than_an_equal_question():
    found = pairs([(WRONG, False), (CORRECTION, True), (other(), True)], {"wrong": "next"})
    assert found == [("wrong", "next", Rule.CORRECTED)]


@pytest.mark.parametrize(
    ("turns", "following"),
    [
        ([(CORRECTION, False)], {"wrong": "next"}),  # it was wrong again
        ([(CORRECTION, True)], {}),  # it is not the next turn of the asker
        ([(answered("next", "times!", [replace(WRONG, label=None)], PRODUCT), True)], {"wrong": "next"}),  # no mark
        ([(answered("next", "times!", [WRONG], SUM), True)], {"wrong": "next"}),  # the same completion
        ([(other(question="6 * 8?"), True)], {}),
        ([(other(attempt=SUM), True)], {}),
        ([(other(), False)], {}),
        ([(other(channel=ELSEWHERE), True)], {}),  # a workspace's turns never serve another
        ([(other(channel=replace(GUILD, platform="slack")), True)], {}),
        ([(other(channel=replace(THREAD, private=True)), True)], {}),
        ([(other(attachments=(("a.csv", 1),)), True)], {}),  # a question about something else
    ],
)
def test_what_is_no_pair(turns: list[tuple[Turn, bool]], following: dict[str, str]):
    assert pairs([(WRONG, False), *turns], following) == []


@pytest.mark.parametrize(
    "chosen",
    [
        other(),
        other(question="６ * 7"),
        other(channel=GUILD),
        other(channel=replace(GUILD, private=True)),  # where the question was asked
        other(channel=replace(THREAD, private=True), author="ada"),  # the asker's own
    ],
)
def test_equal_questions_that_pair(chosen: Turn):
    assert pairs([(WRONG, False), (chosen, True)], {}) == [("wrong", "other", Rule.SAME_QUESTION)]


def test_each_wrong_turn_has_one_pair_with_the_latest_answer_that_differs():
    again = answered("again", "6 * 7", [], SUM, author="eve")
    turns = [(WRONG, False), (other("old"), True), (other("new", attempt=ran("print(42)", "42")), True), (again, False)]
    turns.append((other("same", attempt=SUM), True))
    assert [pair[:2] for pair in pairs(turns, {})] == [("wrong", "new"), ("again", "new")]


def test_a_pair_compares_programs_and_not_the_words_that_tell_their_result():
    wrong = answered("wrong", "6 * 7?", [], SUM, Attempt("It is 13.", output="It is 13."), finish=Finish.MODEL)
    right = answered("other", "6 * 7?", [], PRODUCT, Attempt("It is 42.", output="It is 42."), finish=Finish.MODEL)
    [pair] = pair_up(sort_out(judged((wrong, False), (right, True)), {}).feedback, {})
    assert [message.content for message in pair.prompt] == [SYSTEM, "6 * 7?"]
    assert deciding_completion(pair.rejected.turn) == SUM.completion
    assert deciding_completion(pair.chosen.turn) == PRODUCT.completion


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("What is 6 × 7?", "what  is 6 × 7", True),
        ("Sort:\n3 1 2", "sort: 3 1 2 !", True),
        ("ＦＵＬＬ width", "full width", True),
        ("Straße", "STRASSE", True),
        ("3 - 1", "31", False),
        ("is 4 > 3", "is 4 < 3", False),
        ("", "?", True),
    ],
)
def test_what_makes_questions_equal(one: str, two: str, same: bool):
    assert (normalise(one) == normalise(two)) is same
