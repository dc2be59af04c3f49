"""Later turns: new values, another operation on the same values, an operation on what was printed."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from training.corpus.asked import Asked
from training.corpus.catalogue import families
from training.corpus.family import Family
from training.corpus.mixture import Choice, share
from training.corpus.phrases import Phrase, Piece
from training.corpus.questions import Asker, NoValues, choice_of
from training.corpus.values import Int, Number, UpTo
from training.corpus.wording_files import HIDDEN

_SAME = {
    "numbers": ("the same numbers", "these numbers", "those numbers", "the numbers", "the same list", "that list"),
    "word": ("the same word", "that word", "the word", "this word"),
    "sentence": ("the same sentence", "that sentence", "the sentence", "the same text"),
    "words": ("the same words", "these words", "those words", "the words"),
    "table": ("the same table", "the table", "this table"),
    "text": ("the same file", "that file", "the file"),
    "number_file": ("the same file", "that file", "the file"),
    "matrix": ("the same matrix", "that matrix", "the matrix"),
}
"""How the values of the question before are called, by what they are."""
_OPERAND = {
    "numbers": "items",
    "word": "w",
    "sentence": "s",
    "words": "items",
    "table": "t",
    "text": "f",
    "number_file": "f",
    "matrix": "m",
}
_LIST_RESULT = ("them", "those", "these numbers", "those numbers", "the result", "that list", "these")
_NUMBER_RESULT = ("it", "that", "the result", "that number", "this number", "the answer")
_TEXT_RESULT = ("the result", "that result")
_ON_LIST = (
    "sum", "product", "maximum", "minimum", "average", "median", "reverse_list", "sort_descending", "list_length",
    "keep_even", "keep_odd", "square_each", "double_each", "last_item", "value_range", "sum_of_squares",
    "second_largest", "keep_greater", "keep_divisible", "first_items", "last_items", "add_to_each",
)  # fmt: skip
_ON_NUMBER = {
    "double": (0, 10**7), "half": (0, 10**7), "triple": (0, 10**7), "square": (0, 10**5), "is_even": (0, 10**9),
    "is_odd": (0, 10**9), "digit_sum": (10, 10**12), "to_binary": (0, 10**6), "square_root": (0, 10**6),
    "is_prime": (0, 5000), "prime_factors": (2, 5000), "divisors": (1, 2000), "reverse_number": (10, 10**9),
    "digit_count": (1, 10**12), "to_roman": (1, 3999), "to_hexadecimal": (0, 10**6), "cube": (0, 10**4),
    "add": (0, 10**9), "subtract": (0, 10**9), "multiply": (0, 10**6), "divide": (0, 10**9),
    "is_divisible": (1, 10**9), "remainder": (1, 10**9), "percent_of": (1, 10**7), "is_number_palindrome": (10, 10**9),
}  # fmt: skip
_RESULT_SLOT = {
    "add": "a",
    "subtract": "a",
    "multiply": "a",
    "divide": "a",
    "is_divisible": "a",
    "remainder": "a",
    "percent_of": "x",
}
_ON_TEXT = (
    "upper",
    "reverse_text",
    "word_length",
    "count_vowels",
    "first_letter",
    "last_letter",
    "capitalize",
    "spell",
    "remove_vowels",
)
_NOUN = re.compile(
    r"\b(word|words|list|numbers?|text|sentence|string|values?|points?|table|matrix|digit|letters|file)"
    r"\)? ?\|?\)? $"
)
_AMBIGUOUS = ("numbers", "word", "sentence", "words", "integer")
_CHANGEABLE = (Int, Number, UpTo)


class Follower:
    """Makes the second question of a conversation."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._rng = asker.rng
        self._by_kind: dict[str, Choice] = {}
        trained = [family for family in families().values() if not family.held_out and not family.shown]
        for kind in {family.kind for family in trained if family.kind}:
            names = [family.name for family in trained if family.kind == kind and share(family.name)]
            if len(names) > 1:
                self._by_kind[kind] = choice_of(*names)
        self._on_list = choice_of(*_ON_LIST)
        self._on_number = choice_of(*_ON_NUMBER)
        self._on_text = choice_of(*_ON_TEXT)

    def can_change_operation(self, family: Family) -> bool:
        """Whether another family works on the same values."""
        return family.kind in self._by_kind and (family.kind in _OPERAND or family.name in self._asker.wording.follows)

    # The same operation on new values --------------------------------------------------------------------------

    def more_values(self, before: Asked) -> Asked | None:
        """The same question for other values: "and the first 20?", "what about 7?"."""
        family = before.family
        if family is None or not family.slots or HIDDEN in family.slots:
            return None
        drawn, changed = self._changed(family, before.drawn)
        if drawn is None or drawn == before.drawn:
            return None
        answer = self._asker.answer(family, drawn)
        if answer is None:
            return None
        pieces, pattern = self._about_values(family, before.drawn, drawn, changed)
        if pieces is None:
            return None
        return self._asker.asked(family, drawn, self._asker.message(pieces, chat=True), answer, pattern)

    def _changed(self, family: Family, drawn: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
        """New values: all of them, or those of one slot, whose name is returned."""
        names = [name for name in family.slots if isinstance(family.slots[name], _CHANGEABLE)]
        changed = self._rng.choice(names) if len(family.slots) > 1 and names and self._rng.random() < 0.7 else ""
        keep = {name: value for name, value in drawn.items() if name != changed} if changed else None
        try:
            return self._asker.draw(family, keep), changed
        except NoValues:
            return None, changed

    def _about_values(
        self, family: Family, old: Mapping[str, Any], new: Mapping[str, Any], changed: str
    ) -> tuple[list[Piece] | None, str]:
        parts = self._asker.wording.parts
        follows = [phrase for phrase in self._asker.wording.follows.get(family.name, ()) if phrase.slots]
        if changed:
            if old[changed] in [value for name, value in old.items() if name != changed]:
                return None, ""  # "instead of 5" would not say which 5
            frame = self._rng.choice(parts["more exchange"])
            cores = {"v": self._valued(family, changed, new), "w": self._valued(family, changed, old)}
            return self._asker.within(frame, cores), frame.text
        if follows and self._rng.random() < 0.4:
            phrase = self._rng.choice(follows)
            if phrase.slots == frozenset(family.slots):
                return self._asker.said(phrase, family, new), phrase.text
        if len(family.slots) == 1 and self._rng.random() < 0.6:
            frame = self._rng.choice(parts["more value"])
            return self._asker.within(frame, {"v": self._valued(family, next(iter(family.slots)), new)}), frame.text
        cores_of = [phrase for phrase in self._asker.wording.trained[family.name] if phrase.form == "np"]
        if not cores_of:
            return None, ""
        phrase = self._rng.choice(cores_of)
        frame = self._rng.choice(parts["more"])
        return self._asker.within(frame, {"x": self._asker.said(phrase, family, new)}), f"{frame.text} | {phrase.text}"

    def _valued(self, family: Family, name: str, drawn: Mapping[str, Any]) -> list[Piece]:
        return [Piece(self._asker.value(family, name, drawn[name]), True)]

    # Another operation on the same values ----------------------------------------------------------------------

    def other_operation(self, before: Asked) -> Asked | None:
        """Another operation on the values of the question before: "and their average?"."""
        family = before.family
        if family is None or family.kind not in self._by_kind:
            return None
        other = self._asker.family(self._by_kind[family.kind])
        if other.name == family.name or set(other.slots) != set(family.slots):
            return None
        if family.kind in _AMBIGUOUS and _is_alike(family, before.answer.output):
            return None  # "its" could mean what was printed
        drawn = {name: before.drawn[name] for name in other.slots}
        if not self._asker.fits(other, drawn):
            return None
        phrase, instead = self._about_same(other)
        if phrase is None:
            return None
        return self._again(other, drawn, phrase, instead)

    def _about_same(self, family: Family) -> tuple[Phrase | None, dict[str, str]]:
        follows = [phrase for phrase in self._asker.wording.follows.get(family.name, ()) if not phrase.slots]
        if follows and self._rng.random() < 0.7:
            return self._rng.choice(follows), {}
        operand = _OPERAND.get(family.kind)
        if operand is None:
            return None, {}
        phrases = [
            phrase
            for phrase in self._asker.wording.trained[family.name]
            if phrase.form in ("np", "vp", "of", "q")
            and phrase.slots <= {operand}
            and (phrase.form == "of" or _speaks(phrase, operand))
        ]
        if not phrases:
            return None, {}
        return self._rng.choice(phrases), {operand: self._rng.choice(_SAME[family.kind])}

    # An operation on what was printed --------------------------------------------------------------------------

    def on_result(self, before: Asked) -> Asked | None:
        """An operation on the output of the turn before: "add them up", "is that prime?"."""
        output = before.answer.output
        if (numbers := _numbers(output)) is not None:
            if before.family is not None and before.family.kind == "numbers" and self._rng.random() < 0.5:
                return None
            return self._on(self._on_list, "items", numbers, _LIST_RESULT)
        if output.isdigit() and len(output) < 13:
            other = self._asker.family(self._on_number)
            low, high = _ON_NUMBER[other.name]
            number = int(output)
            if not low <= number <= high:
                return None
            return self._with(other, _RESULT_SLOT.get(other.name, "n"), number, _NUMBER_RESULT)
        if before.family is not None and before.group == "words" and output.isalpha() and 2 < len(output) < 25:
            if output in ("True", "False"):
                return None
            return self._on(self._on_text, "w", output, _TEXT_RESULT)
        return None

    def _on(self, choice: Choice, slot: str, value: Any, names: tuple[str, ...]) -> Asked | None:
        return self._with(self._asker.family(choice), slot, value, names)

    def _with(self, other: Family, slot: str, value: Any, names: tuple[str, ...]) -> Asked | None:
        try:
            drawn = self._asker.draw(other, {slot: value})
        except NoValues:
            return None
        phrases = [
            phrase
            for phrase in self._asker.wording.trained[other.name]
            if phrase.form in ("np", "vp", "q") and slot in phrase.slots and _speaks(phrase, slot)
        ]
        if not phrases:
            return None
        return self._again(other, drawn, self._rng.choice(phrases), {slot: self._rng.choice(names)})

    def _again(
        self, other: Family, drawn: Mapping[str, Any], phrase: Phrase, instead: Mapping[str, str]
    ) -> Asked | None:
        answer = self._asker.answer(other, drawn)
        if answer is None:
            return None
        said = self._asker.said(phrase, other, drawn, instead)
        if phrase.form != "s":
            heading = {"vp": "act on result", "q": "ask on result"}.get(phrase.form, "on result")
            said = self._asker.within(self._rng.choice(self._asker.wording.parts[heading]), {"x": said})
        text = self._asker.message(said, chat=True)
        return self._asker.asked(other, drawn, text, answer, phrase.text)


def _speaks(phrase: Phrase, slot: str) -> bool:
    """Whether a pronoun can stand for the slot, unlike in "{n} squared", "sqrt({n})" and "the word {w}"."""
    before, _, _ = phrase.text.partition("{" + slot + "}")
    return before.endswith(" ") and not _NOUN.search(before) and not set("[]=^*+/%:") & set(phrase.text)


def _numbers(output: str) -> list[int] | None:
    """The list of whole numbers that was printed, if it was one of 2 to 25."""
    if not output.startswith("[") or "\n" in output or "'" in output or "(" in output or "." in output:
        return None
    try:
        found = ast.literal_eval(output)
    except (ValueError, SyntaxError):
        return None
    whole = isinstance(found, list) and 2 <= len(found) <= 25 and all(type(number) is int for number in found)
    return found if whole else None


def _is_alike(family: Family, output: str) -> bool:
    """Whether the output is of the kind of the values themselves."""
    if family.kind in ("numbers", "words"):
        return output.startswith("[")
    if family.kind == "integer":
        return output.replace(".", "").lstrip("-").isdigit()
    return not output.isdigit() and output not in ("True", "False")
