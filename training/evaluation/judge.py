"""Is an answer right? The last value that was printed decides, strictly.

| kind | right is |
|---|---|
| number | one number that is equal: 42 is 42.0, 1,234 is 1234; a currency sign in front or a unit behind may stay |
| text | the same characters |
| list | the same elements in the same order, as a list, separated by commas or spaces, or one on each line |
| set | the same elements in any order, each as often as expected |
| yes_no | True or yes, False or no, also as the first word of a sentence |
| free, decline | one of the accepted words or phrases, as whole words |

The question said back is no answer, whatever stands in it. A label in front of the value is passed over where a colon,
an equals sign, `is` or `are` ends it: `Sum: 55`.
"""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an answer is compared as."""

    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    SET = "set"
    YES_NO = "yes_no"
    FREE = "free"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Expected:
    """The right answer to a question.

    `decimals`: numbers may differ by half a unit of that decimal. `accept`: for free and decline the words of which
    one must be said, for text further right answers.
    """

    answer: str
    kind: Kind
    decimals: int | None = None
    accept: tuple[str, ...] = ()


Tolerance = Decimal | None

_NUMBER = r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?"
_QUANTITY = re.compile(
    rf"(?P<sign>[-+−]?)\s*(?P<currency>[$€£¥]?)\s*(?P<number>{_NUMBER})\s*(?P<unit>%|[€£¥$]|°[A-Za-z]?|"
    r"[A-Za-zµ²³/]+(?:\s[A-Za-z²³/]+)?)?"
)
_LABEL = re.compile(r"^.*?\S(?:\s*[:=]|\s+is|\s+are)\s+(?=\S)")
_ROUNDING = Decimal("1e-9")  # relative: 0.1 + 0.2 is 0.3
_MOST_DIGITS = 400
_TRUE, _FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})


def is_right(output: str, expected: Expected, question: str = "") -> bool:
    """Whether what was printed answers the question; `question` is what a chatty echo would repeat."""
    output = output.replace("\r\n", "\n").strip()
    if not output or _is_echo(output, question):
        return False
    return _JUDGES[expected.kind](output, expected)


def last_value(output: str) -> str:
    """The last line that was printed."""
    return output.strip().rpartition("\n")[2].strip()


def _is_echo(output: str, question: str) -> bool:
    said, asked = _plain(output), _plain(question)
    return len(asked.split()) > 2 and (said == asked or said.endswith(" " + asked))


def _readings(output: str) -> list[str]:
    """The last line, and what follows its labels."""
    value = last_value(output)
    readings = [value]
    while label := _LABEL.match(value):
        value = value[label.end() :]
        readings.append(value)
    return readings


# Numbers ---------------------------------------------------------------------------------------------------------


def _number(output: str, expected: Expected) -> bool:
    wanted = Decimal(expected.answer)
    found = (number for reading in _readings(output) if (number := read_number(reading)) is not None)
    return any(_equal_numbers(number, wanted, _tolerance(expected)) for number in found)


def read_number(text: str) -> Decimal | None:
    """The one number of a text, freed of a currency sign and a unit; None where it is not exactly one."""
    text = text.strip().removesuffix(".") if not text.rstrip().endswith("..") else text
    match = _QUANTITY.fullmatch(text)
    if not match or not match["number"] or len(match["number"]) > _MOST_DIGITS:
        return None
    number = match["number"].replace(",", "").replace("−", "-")
    if match["sign"] and number[0] in "+-":
        return None
    try:
        value = Decimal(number)
    except InvalidOperation:
        return None
    return -value if match["sign"] in ("-", "−") else value


def _tolerance(expected: Expected) -> Tolerance:
    return None if expected.decimals is None else Decimal(1).scaleb(-expected.decimals) / 2


def _equal_numbers(found: Decimal, wanted: Decimal, tolerance: Tolerance) -> bool:
    slack = _ROUNDING * max(abs(wanted), abs(found))
    return abs(found - wanted) <= slack + (tolerance or 0)


# Words -----------------------------------------------------------------------------------------------------------


def _text(output: str, expected: Expected) -> bool:
    wanted = [expected.answer.strip(), *expected.accept]
    if any("\n" in answer for answer in wanted) and output in wanted:
        return True
    return any(_same_text(reading, answer) for reading in _readings(output) for answer in wanted)


def _same_text(found: str, wanted: str) -> bool:
    return wanted in (found, _unquoted(found), _unquoted(found.removesuffix(".")))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`" else text


def _yes_no(output: str, expected: Expected) -> bool:
    wanted = _TRUE if expected.answer.strip().lower() in _TRUE else _FALSE
    said = [_yes_or_no(reading) for reading in _readings(output)]
    return next((word in wanted for word in said if word), False)


def _yes_or_no(text: str) -> str:
    """The yes or no that a text is, or that opens it as a word of its own; else nothing."""
    words = _TRUE | _FALSE
    if (whole := text.rstrip(".!").lower()) in words:
        return whole
    opening = re.match(r"(yes|no)\s*[,.!:;–—-]\s*\S", text, re.IGNORECASE)
    return opening[1].lower() if opening else ""


def _free(output: str, expected: Expected) -> bool:
    said = _plain(output)
    # an apostrophe belongs to its word: "can" is not said in "can't"
    return any(re.search(rf"(?<![\w']){re.escape(phrase)}(?!'?\w)", said) for phrase in map(_plain, expected.accept))


def _plain(text: str) -> str:
    """Lower case, straight apostrophes, one space between words, no punctuation around the whole."""
    return " ".join(text.replace("’", "'").lower().split()).strip(" .!?'\"")


# Lists and sets --------------------------------------------------------------------------------------------------


def _list(output: str, expected: Expected) -> bool:
    wanted = ast.literal_eval(expected.answer)
    return any(_equal(found, wanted, _tolerance(expected)) for found in _sequences(output, wanted, "[("))


def _set(output: str, expected: Expected) -> bool:
    wanted = list(ast.literal_eval(expected.answer))
    return any(_same_elements(found, wanted, _tolerance(expected)) for found in _sequences(output, wanted, "[({"))


def _sequences(output: str, wanted: Sequence[Any], brackets: str) -> list[list[Any]]:
    """Every way to read the end of the output as elements."""
    found = []
    for reading in _readings(output):
        if reading[0] in brackets:
            found += _literal(reading)
        elif reading[0] not in "[({":
            found += [[_unquoted(part.strip()) for part in reading.rstrip(".").split(",")], reading.split()]
    lines = [_unquoted(line.strip()) for line in output.splitlines() if line.strip()]
    if len(lines) == len(wanted) > 1:  # one on each line, and nothing else
        found.append(lines)
    return found


def _literal(text: str) -> list[list[Any]]:
    """A Python list, tuple or set as a list, in a list; empty where it is none."""
    if text[0] == "{" and text[-1] == "}":  # no printed set holds an element twice, so a text that does is none
        text = f"[{text[1:-1]}]"
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [list(value)] if isinstance(value, list | tuple) else []


def _equal(found: Any, wanted: Any, tolerance: Tolerance) -> bool:
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return False
        return all(_equal(one, other, tolerance) for one, other in zip(found, wanted, strict=True))
    if isinstance(wanted, bool) or isinstance(found, bool):
        return str(found).lower() == str(wanted).lower()
    if isinstance(wanted, int | float):
        number = read_number(str(found))
        return number is not None and _equal_numbers(number, Decimal(str(wanted)), tolerance)
    return isinstance(found, type(wanted)) and bool(found == wanted)


def _same_elements(found: Sequence[Any], wanted: Sequence[Any], tolerance: Tolerance) -> bool:
    left = list(found)
    for element in wanted:
        match = next((index for index, other in enumerate(left) if _equal(other, element, tolerance)), None)
        if match is None:
            return False
        del left[match]
    return not left


_JUDGES: dict[Kind, Callable[[str, Expected], bool]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.LIST: _list,
    Kind.SET: _set,
    Kind.YES_NO: _yes_no,
    Kind.FREE: _free,
    Kind.DECLINE: _free,
}
