"""Other ways to write the same program, as an approved example may show them: other names, a label, a named answer."""

import re
from collections.abc import Callable
from random import Random

Way = Callable[[str], tuple[str, str]]
"""Changes a program, and says what it prints in front of its output now."""

_NAMES = {
    "nums": ("numbers", "values", "data", "xs", "my_list", "items"),
    "words": ("items", "names", "word_list", "texts"),
    "word": ("text", "w", "s"),
    "table": ("scores", "data", "entries"),
    "rows": ("matrix", "grid", "data"),
}
_ANSWERS = ("answer", "result", "res", "x", "total", "out")
_LABELS = ("The answer is", "Result:", "Answer:", "It is", "Here it is:", "I get")


def _renamed(rng: Random) -> Way:
    """Variables are called otherwise."""
    names = {name: rng.choice(others) for name, others in _NAMES.items()}

    def change(code: str) -> tuple[str, str]:
        for name, other in names.items():
            if re.search(rf"^{name} = ", code, re.MULTILINE) and not re.search(rf"\b{other}\b", code):
                code = _outside_quotes(code, name, other)
        return code, ""

    return change


def _named_answer(rng: Random) -> Way:
    """The answer gets a name before it is printed."""
    name = rng.choice(_ANSWERS)

    def change(code: str) -> tuple[str, str]:
        before, printed = _split(code)
        if not printed or re.search(rf"\b{name}\b", code):
            return code, ""
        return f"{before}{name} = {printed}\nprint({name})", ""

    return change


def _labelled(rng: Random) -> Way:
    """The answer is printed behind a label."""
    label = rng.choice(_LABELS)

    def change(code: str) -> tuple[str, str]:
        before, printed = _split(code)
        if not printed:
            return code, ""
        return f"{before}print({label!r}, {printed})", f"{label} "

    return change


def _split(code: str) -> tuple[str, str]:
    """The lines before the last one, and the one value that the last one prints; empty where it is otherwise."""
    before, newline, last = code.rpartition("\n")
    if not last.startswith("print(") or not last.endswith(")") or code.count("print(") > 1:
        return code, ""
    printed = last[6:-1]
    depth = 0
    quote = ""
    for character in printed:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if depth < 0 or (depth == 0 and not quote and character == ","):
            return code, ""  # several values, or a bracket that closes the call
    return before + newline, printed


def _outside_quotes(code: str, name: str, other: str) -> str:
    """The name replaced wherever it is not inside of quotation marks."""
    parts = re.split(r"('[^']*')", code)
    return "".join(
        part if place % 2 else re.sub(rf"(?<![.\w]){name}\b", other, part) for place, part in enumerate(parts)
    )


WAYS: tuple[Callable[[Random], Way], ...] = (_renamed, _named_answer, _labelled)
