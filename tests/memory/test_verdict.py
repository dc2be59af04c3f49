"""Which votes make a turn teach, as a table and as laws."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import Verdict
from core.memory import Vote, verdict
from core.memory.verdict import shown_label

START = datetime(2026, 1, 1, tzinfo=UTC)
ASKER = "ada"


def votes(text: str) -> list[Vote]:
    """`"ada+ bob-"`: Ada says yes, then Bob says no."""
    return [
        Vote(word[:-1], word[-1] == "+", START + timedelta(seconds=second)) for second, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("cast", "expected"),
    [
        ("", Verdict.NONE),
        ("ada+", Verdict.POSITIVE),
        ("ada-", Verdict.NEGATIVE),
        ("bob+", Verdict.DISPUTED),
        ("bob-", Verdict.DISPUTED),
        ("bob+ eve+", Verdict.POSITIVE),
        ("bob- eve-", Verdict.NEGATIVE),
        ("bob+ bob+", Verdict.DISPUTED),  # one person twice is one person
        ("bob- bob-", Verdict.DISPUTED),
        ("ada+ bob+", Verdict.POSITIVE),
        ("ada- bob-", Verdict.NEGATIVE),
        ("ada+ bob-", Verdict.DISPUTED),
        ("ada- bob+", Verdict.DISPUTED),
        ("bob+ eve-", Verdict.DISPUTED),
        ("bob+ eve+ joe-", Verdict.DISPUTED),
        ("ada+ bob+ eve+ joe-", Verdict.DISPUTED),
        ("bob- eve- joe- kim-", Verdict.NEGATIVE),
        ("ada- ada+", Verdict.POSITIVE),  # the last vote of a person counts
        ("ada+ ada-", Verdict.NEGATIVE),
        ("bob- ada+ bob+", Verdict.POSITIVE),
        ("bob+ eve+ eve-", Verdict.DISPUTED),
    ],
)
def test_what_votes_come_to(cast: str, expected: Verdict):
    assert verdict(votes(cast), ASKER) is expected


@pytest.mark.parametrize(
    ("cast", "label"),
    [
        ("", None),
        ("ada-", False),
        ("ada- bob+ eve+", False),  # disputed, but the next prompt believes the asker
        ("ada+ bob-", True),
        ("bob- eve-", False),
        ("bob+ eve+", True),
        ("bob-", None),
        ("ada+ ada-", False),
    ],
)
def test_the_next_prompt_believes_the_asker_else_the_verdict(cast: str, label: bool | None):
    assert shown_label(votes(cast), ASKER) is label


PEOPLE = st.sampled_from([ASKER, "bob", "eve", "joe"])
ONE_EACH = st.dictionaries(PEOPLE, st.booleans()).map(
    lambda cast: [Vote(author, label, START) for author, label in cast.items()]
)
ANY = st.lists(st.builds(Vote, PEOPLE, st.booleans(), st.just(START)))


@given(ONE_EACH.flatmap(lambda cast: st.tuples(st.just(cast), st.permutations(cast))))
def test_the_order_of_different_people_does_not_matter(orders: tuple[list[Vote], list[Vote]]):
    first, second = orders
    assert verdict(first, ASKER) is verdict(second, ASKER)


@given(ANY, ANY)
def test_only_the_last_vote_of_each_person_counts(earlier: list[Vote], later: list[Vote]):
    voted_again = {vote.author for vote in later}
    remaining = [vote for vote in earlier if vote.author not in voted_again]
    assert verdict([*earlier, *later], ASKER) is verdict([*remaining, *later], ASKER)


@given(ANY)
def test_turning_every_vote_round_turns_the_verdict_round(cast: list[Vote]):
    mirror = {Verdict.POSITIVE: Verdict.NEGATIVE, Verdict.NEGATIVE: Verdict.POSITIVE}
    found = verdict(cast, ASKER)
    assert verdict([Vote(vote.author, not vote.label, vote.when) for vote in cast], ASKER) is mirror.get(found, found)


@given(ANY)
def test_a_verdict_is_never_positive_against_a_no_nor_negative_against_a_yes(cast: list[Vote]):
    last = {vote.author: vote.label for vote in cast}
    found = verdict(cast, ASKER)
    assert not (found is Verdict.POSITIVE and False in last.values())
    assert not (found is Verdict.NEGATIVE and True in last.values())
    assert (found is Verdict.NONE) == (not last)
