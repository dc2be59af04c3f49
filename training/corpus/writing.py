"""How people write values: numbers in words, words in quotation marks, lists in many forms."""

from collections.abc import Callable, Sequence
from random import Random

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS = (*_ONES, *_TENS, "hundred")
_MARKS = ('"', "'")


def in_words(number: int) -> str:
    """A number from 0 to 100 in words: 21 is "twenty-one"."""
    if number < 20:
        return _ONES[number]
    if number == 100:
        return "a hundred"
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def quoted(rng: Random, text: str, *, often: float) -> str:
    """The text in quotation marks of some kind, in the share `often` of the calls."""
    if rng.random() >= often:
        return text
    mark = rng.choice(_MARKS)
    return f"{mark}{text}{mark}"


def _and_list(items: Sequence[str], comma: str = ", ", last: str = " and ") -> str:
    return comma.join(items[:-1]) + last + items[-1] if len(items) > 1 else items[0]


_LIST_FORMS: tuple[tuple[float, Callable[[Sequence[str]], str]], ...] = (
    (30, lambda items: ", ".join(items)),
    (18, lambda items: f"[{', '.join(items)}]"),
    (12, _and_list),
    (9, lambda items: ",".join(items)),
    (8, lambda items: " ".join(items)),
    (5, lambda items: f"[{','.join(items)}]"),
    (4, lambda items: _and_list(items, last=", and ")),
    (3, lambda items: f"({', '.join(items)})"),
    (2, lambda items: "; ".join(items)),
    (2, lambda items: " and ".join(items)),
    (2, lambda items: _and_list(items, last=" & ")),
    (1, lambda items: f"{{{', '.join(items)}}}"),
    (1, lambda items: " | ".join(items)),
    (1, lambda items: f"[{' '.join(items)}]"),
    (1, lambda items: "  ".join(items)),
    (1, lambda items: ";".join(items)),
)
_WEIGHTS = tuple(weight for weight, _ in _LIST_FORMS)
_FORMS = tuple(form for _, form in _LIST_FORMS)


def write_list(rng: Random, items: Sequence[str], *, bare: bool = False) -> str:
    """The items as a list in one of 16 forms; one item a line now and then, where the list ends the message."""
    if bare and rng.random() < 0.05:
        return "\n" + "\n".join(items)
    [form] = rng.choices(_FORMS, _WEIGHTS)
    return form(items)
