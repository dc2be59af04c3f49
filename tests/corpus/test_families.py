"""Every family's program prints what an independent computation says, and its declaration is whole."""

import inspect
from collections import Counter
from random import Random

import pytest

from training.corpus.catalogue import GROUPS, families
from training.corpus.family import Family
from training.corpus.mixture import share
from training.corpus.questions import Asker
from training.corpus.values import Taste

ALL = list(families().values())
DEMO = {"sum", "primes_first", "average", "reverse_list", "palindrome", "factorial", "sort_ascending", "maximum"}


@pytest.mark.parametrize("group", GROUPS)
def test_every_program_prints_the_value_that_is_known_without_it(group: str):
    asker = Asker(Random(group))
    for family in ALL:
        if family.group != group:
            continue
        for number in range(12):
            asker.taste = Taste(tiny=number % 4 == 0, held_out=number % 4 == 1)
            drawn = asker.draw(family)
            assert asker.answer(family, drawn) is not None, (family.name, drawn)
    assert not asker.mismatches


def test_there_are_families_for_everything_that_people_ask_a_calculator():
    counts = Counter(family.group for family in ALL)
    assert len(ALL) >= 200
    assert set(counts) == set(GROUPS)
    assert min(counts.values()) >= 10


def test_the_families_of_the_demo_are_among_the_most_frequent():
    shares = sorted((share(family.name) for family in ALL), reverse=True)
    assert all(share(name) > shares[len(ALL) // 10] for name in DEMO)


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_a_family_is_declared_whole(family: Family):
    assert family.means and family.thought.endswith(".") and len(family.thought) < 90
    assert "print(" in family.program
    parameters = list(inspect.signature(family.value).parameters)
    assert len(parameters) == len(family.slots)
    if family.value.__name__ == "<lambda>" and family.where is not None and family.where.__name__ == "<lambda>":
        assert parameters == list(inspect.signature(family.where).parameters) == list(family.slots)
    for other in family.mistaken:
        assert set(families()[other].slots) == set(family.slots)
    assert not (family.shown and family.held_out)


def test_values_are_drawn_in_the_ways_that_were_missing():
    """Zero, one, negative numbers, decimals and long lists."""
    asker = Asker(Random(5))
    lists = [asker.draw(families()["sum"])["items"] for _ in range(600)]
    numbers = [number for items in lists for number in items]
    assert {0, 1} <= set(numbers)
    assert any(isinstance(number, float) for number in numbers) and min(numbers) < 0
    assert max(map(len, lists)) == 12


def test_a_name_that_is_used_twice_is_noticed(monkeypatch: pytest.MonkeyPatch):
    from training.corpus import catalogue
    from training.corpus.families import lists

    monkeypatch.setattr(lists, "FAMILIES", (*lists.FAMILIES, lists.FAMILIES[0]))
    catalogue.families.cache_clear()
    try:
        with pytest.raises(ValueError, match="two families are called"):
            catalogue.families()
    finally:
        catalogue.families.cache_clear()
        monkeypatch.undo()
        catalogue.families()
