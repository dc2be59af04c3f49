"""How rows are mixed: the share of each group, of each family in it, and of each form."""

from collections.abc import Callable
from functools import lru_cache

from training.corpus.catalogue import families
from training.corpus.family import Family

GROUP_SHARES = {
    "arithmetic": 9.0,
    "numbers": 9.0,
    "sequences": 5.0,
    "lists": 12.0,
    "statistics": 6.0,
    "words": 18.0,
    "sentences": 8.0,
    "wordlists": 8.0,
    "dates": 5.0,
    "units": 5.0,
    "money": 4.5,
    "percentages": 3.0,
    "sets": 2.0,
    "counting": 3.0,
    "geometry": 4.0,
    "bases": 3.0,
    "tables": 4.0,
    "problems": 6.0,
    "searches": 3.0,
    "smalltalk": 5.0,
    "declines": 5.0,
    "files": 3.0,
}
SINGLE = {"single": 46.0, "composition": 11.0, "copy": 3.0}
SHOWN = {"helpful": 8.0, "irrelevant": 7.0, "two_examples": 4.0, "made_up": 6.0, "in_its_way": 3.0}
LATER = {"more_values": 4.0, "other_operation": 4.0, "on_result": 4.0, "second": 3.0}
WRONG = {"wrong_operation": 4.0, "wrong_value": 2.5, "restated": 2.5}
BROKEN = {"repair": 4.0}
FORMS = {**SINGLE, **SHOWN, **LATER, **WRONG, **BROKEN}
SHORT_FORMS = {"short_word": 50.0, "short_list": 20.0, "copy": 10.0, "single": 15.0, "composition": 5.0}


class Choice:
    """Families to draw from, each with its share of the whole."""

    def __init__(self, wanted: Callable[[Family], bool]) -> None:
        self.families = tuple(family for family in families().values() if wanted(family) and share(family.name))
        self.cumulative: list[float] = []
        total = 0.0
        for family in self.families:
            total += share(family.name)
            self.cumulative.append(total)
        self._names = frozenset(family.name for family in self.families)

    def has(self, family: Family) -> bool:
        """Whether it may be drawn."""
        return family.name in self._names


@lru_cache(maxsize=2000)
def share(name: str) -> float:
    """The share of a family in all questions, between 0 and 1."""
    family = families()[name]
    return GROUP_SHARES[family.group] / sum(GROUP_SHARES.values()) * family.weight / _group_weight(family.group)


@lru_cache(maxsize=100)
def _group_weight(group: str) -> float:
    return sum(family.weight for family in families().values() if family.group == group)
