"""Compositions: an operation over a changed and filtered source of numbers, always in one shape.

    nums = <source>
    nums = [<change> for n in nums if <filter>]
    print(<operation>)

Source, filter, change and operation are declared apart, so that a model can learn them apart; one combination in seven
is never trained.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from training.corpus.asked import Answer, Asked
from training.corpus.building_blocks import (
    CHANGES,
    FILTERS,
    NUMBERS,
    OPERATIONS,
    SOURCES,
    Change,
    Filter,
    Operation,
    Source,
)
from training.corpus.family import split_slots
from training.corpus.phrases import Phrase, Piece
from training.corpus.programs import COUNTING, IS_PRIME
from training.corpus.questions import Asker
from training.corpus.verify import run

_PREDICATES = {
    "divisible": ("divisible by ",),
    "indivisible": ("not divisible by ",),
    "greater": ("greater than ", "above ", "larger than ", "more than "),
    "less": ("less than ", "below ", "smaller than "),
    "ending": ("numbers ending in ",),
}
_OWNED = {
    *(("list", "upto", kept) for kept in ("even", "odd", "prime", "divisible", "ending")),
    *(("list", "range", kept) for kept in ("even", "odd", "prime", "divisible")),
    *(("list", "list", kept) for kept in ("even", "odd", "positive", "negative", "greater", "less", "divisible")),
    ("count", "upto", "prime"),
    ("count", "range", "divisible"),
}
_OWNED_CHANGES = {("list", "squares"), ("list", "doubles"), ("sum", "squares")}
_IDIOMS = 0.45  # the share of idioms where a combination has some
_SALT = 1858  # with it the plainest combinations are trained: sum, count, product and average of even numbers, …
_WEIGHTS = {"sum": 6, "product": 3, "count": 5, "average": 4, "maximum": 2, "minimum": 2, "list": 2}


@dataclass(frozen=True)
class Combination:
    """One operation over one change over one filter over one source."""

    operation: Operation
    filter: Filter
    change: Change
    source: Source

    @property
    def name(self) -> str:
        """Its parts, for the summary and the split."""
        return f"{self.operation.name} | {self.filter.name} | {self.change.name} | {self.source.name}"

    @property
    def is_held_out(self) -> bool:
        """Whether it is never trained: one in seven, by a hash that never changes."""
        return zlib.crc32(f"{_SALT} {self.name}".encode()) % 7 == 0

    @property
    def is_family(self) -> bool:
        """Whether a family asks for the same; it then has the family's thought, and is no composition."""
        operation, kept, change, source = (
            part.name for part in (self.operation, self.filter, self.change, self.source)
        )
        if change == "none":
            if kept == "none" and (source == "list" or operation == "list"):
                return True
            if kept == "none" and source in ("upto", "range") and operation in ("reversed", "descending"):
                return True
            return (operation, source, kept) in _OWNED
        return source == "list" and kept == "none" and (operation, change) in _OWNED_CHANGES

    def code(self, values: Mapping[str, Any], k: int) -> str:
        """The program: what it needs, then source, filter and change, operation."""
        needs = dict.fromkeys(part for part in (self.operation.needs, self.source.needs, self.filter.needs) if part)
        if IS_PRIME in needs and COUNTING + IS_PRIME in needs:
            del needs[IS_PRIME]
        parts = split_slots(self.source.program, self.source.slots)
        lines = ["".join(self.source.slots[part].code(values[part]) if is_slot else part for is_slot, part in parts)]
        if self.filter.condition or self.change.name != "none":
            condition = f" if {self.filter.condition.replace('{k}', str(k))}" if self.filter.condition else ""
            lines.append(f"nums = [{self.change.expression} for n in nums{condition}]")
        return "".join(needs) + "\n".join([*lines, self.operation.program])

    def numbers(self, values: Mapping[str, Any], k: int) -> list[int]:
        """The numbers that the operation works on."""
        numbers = self.source.numbers(*values.values())
        return [self.change.apply(n) for n in numbers if self.filter.keeps(n, k)]


def _combinations() -> tuple[tuple[Combination, float], ...]:
    found = []
    for source in SOURCES:
        for chosen in FILTERS:
            if source.name not in chosen.sources:
                continue
            for change in CHANGES:
                for operation in OPERATIONS:
                    one = Combination(operation, chosen, change, source)
                    if one.is_family:
                        continue
                    if (
                        chosen.name == "none"
                        and source.name in ("range", "upto")
                        and operation.name in ("maximum", "minimum", "median", "range")
                    ):
                        continue  # nobody asks for the largest number from 3 to 11
                    if change.name == "digit sums" and (
                        source.name == "list" or operation.name in ("product", "range")
                    ):
                        continue  # negative numbers have no digit sums
                    if operation.name == "count" and (change.name != "none" or chosen.name == "none"):
                        continue
                    weight = _WEIGHTS.get(operation.name, 1) * (1 if change.name == "none" else 0.2)
                    weight *= {"range": 3, "upto": 2, "list": 5}.get(source.name, 2)
                    weight *= 1.5 if source.name == "list" and chosen.name != "none" else 1
                    found.append((one, weight))
    return tuple(found)


COMBINATIONS = _combinations()


class Composer:
    """Makes questions out of combinations."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._rng: Random = asker.rng
        self._choices = {
            held: [(one, weight) for one, weight in COMBINATIONS if one.is_held_out is held] for held in (False, True)
        }
        self._totals = {held: _running(weight for _, weight in self._choices[held]) for held in (False, True)}

    def ask(self, *, held_out: bool = False) -> Asked | None:
        """A question of a trained combination, or of one that is never trained."""
        choices = self._choices[held_out]
        [(one, _)] = self._rng.choices(choices, cum_weights=self._totals[held_out])
        values, k = self._values(one)
        if values is None:
            return None
        numbers = one.numbers(values, k)
        if len(numbers) < one.operation.least or (
            len(numbers) > 60 and one.operation.name in ("list", "reversed", "descending")
        ):
            return None
        if one.operation.name == "product" and len(numbers) > 12:
            return None
        code = one.code(values, k)
        output = run(code).removesuffix("\n")
        expected = one.operation.value(numbers)
        if not (expected(output) if callable(expected) else str(expected) == output):
            self._asker.mismatches[one.name] += 1
            return None
        pieces, pattern = self._say(one, values, k)
        text = self._asker.message(pieces)
        return Asked(one.name, "compositions", text, Answer(one.operation.thought, code, output), pattern)

    def _values(self, one: Combination) -> tuple[dict[str, Any] | None, int]:
        k = one.filter.slot.draw(self._rng, self._asker.taste, {}) if one.filter.slot else 0
        for _ in range(20):
            values: dict[str, Any] = {}
            for name, slot in one.source.slots.items():
                values[name] = slot.draw(self._rng, self._asker.taste, values)
            if one.filter.name == "negative" and not any(n < 0 for n in values["items"]):
                values["items"] = [-n if self._rng.random() < 0.4 else n for n in values["items"]]
            if one.filter.name == "ending" and "items" in values:  # -27 % 10 is 3
                values["items"] = [abs(n) for n in values["items"]]
            if one.source.where is None or one.source.where(*values.values()):
                return values, k
        return None, k

    def _say(self, one: Combination, values: Mapping[str, Any], k: int) -> tuple[list[Piece], str]:
        parts = self._asker.wording.parts
        idioms = parts.get(f"idiom {one.name.replace(' | ', ' ')}")
        if idioms and self._rng.random() < _IDIOMS:
            phrase = self._rng.choice(idioms)
            return self._frame(phrase, self._asker.within(phrase, self._written(one, values, k))), phrase.text
        phrase = self._rng.choice(parts[f"op {one.operation.name}"])
        whole_list = one.source.name == "list" and one.change.name == "none" and one.filter.name != "none"
        if whole_list and one.operation.name in ("count", "list") and self._rng.random() < 0.6:
            phrase = self._rng.choice(parts["count of list" if one.operation.name == "count" else "which of list"])
            pieces = self._asker.within(phrase, {"items": self._items(values), "pred": self._predicate(one, k)})
            return self._frame(phrase, pieces), phrase.text
        source, pattern = self._source(one, values, k)
        if one.change.name != "none":
            change = self._rng.choice(parts[f"map {one.change.name}"])
            source = self._asker.within(change, {"x": source})
        if one.operation.name == "count":
            source = _without_article(source)
        pieces = self._asker.within(phrase, {"x": source})
        return self._frame(phrase, pieces), f"{phrase.text} | {pattern}"

    def _frame(self, phrase: Phrase, pieces: list[Piece]) -> list[Piece]:
        if phrase.form == "s":
            return pieces
        return self._asker.within(self._rng.choice(self._asker.wording.parts[phrase.form]), {"x": pieces})

    def _source(self, one: Combination, values: Mapping[str, Any], k: int) -> tuple[list[Piece], str]:
        parts = self._asker.wording.parts
        heading = f"source {one.source.name}"
        if one.source.name == "list" and one.filter.name == "none":
            heading = "source plain list"
        phrase = self._rng.choice(parts[heading])
        cores = self._written(one, values, k)
        cores["adj"] = [Piece(one.filter.adjective + " ")] if one.filter.adjective else []
        cores["post"] = self._behind(one, k)
        return self._asker.within(phrase, cores), phrase.text

    def _written(self, one: Combination, values: Mapping[str, Any], k: int) -> dict[str, list[Piece]]:
        """The values as people write them, by slot; `k` is that of the filter unless the source has one."""
        slots = dict(one.source.slots)
        if one.filter.slot is not None:
            slots.setdefault("k", one.filter.slot)
        return {name: [Piece(slot.write(self._rng, values.get(name, k)), True)] for name, slot in slots.items()}

    def _behind(self, one: Combination, k: int) -> list[Piece]:
        heading = self._asker.wording.parts.get(f"filter {one.filter.name}")
        if heading is None or one.filter.slot is None:
            return []
        number = Piece(one.filter.slot.write(self._rng, k), True)
        return [Piece(" "), *self._asker.within(self._rng.choice(heading), {"k": [number]})]

    def _predicate(self, one: Combination, k: int) -> list[Piece]:
        if one.filter.adjective:
            return [Piece(one.filter.adjective)]
        words = self._rng.choice(_PREDICATES[one.filter.name])
        return [Piece(words), Piece(str(k), True)]

    def _items(self, values: Mapping[str, Any]) -> list[Piece]:
        return [Piece(NUMBERS.write(self._rng, values["items"]), True)]


def _without_article(pieces: list[Piece]) -> list[Piece]:
    """ "the even numbers from …" behind "how many"."""
    first = pieces[0]
    for article in ("all the ", "the ", "all "):
        if not first.protected and first.text.startswith(article):
            return [Piece(first.text[len(article) :]), *pieces[1:]]
    return pieces


def _running(weights: Any) -> Sequence[float]:
    totals, total = [], 0.0
    for weight in weights:
        total += weight
        totals.append(total)
    return totals
