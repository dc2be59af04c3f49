"""Repairs: a program that fails, its traceback as the sandbox shows it, and the program that works."""

import re
from collections.abc import Callable
from random import Random

from core.conversation import Attempt
from core.prompt import observe, write
from training.corpus.asked import Asked
from training.corpus.verify import ProgramFailed, run
from training.corpus.wording_files import HIDDEN

DIVISION_THOUGHT = "I say that nothing can be divided by zero."
DIVISION_SENTENCE = "Nothing can be divided by zero."
Break = Callable[[Random, str], str]


def _without_imports(rng: Random, code: str) -> str:
    return re.sub(r"^(from|import) .*\n", "", code, flags=re.MULTILINE)


def _without_helper(rng: Random, code: str) -> str:
    return re.sub(r"^def is_prime\(n\):\n    return .*\n", "", code, flags=re.MULTILINE)


def _numbers_as_text(rng: Random, code: str) -> str:
    """The numbers of a list in quotation marks, or one of two numbers of a sum."""
    if "set(" in code:  # what fails first would depend on the order of a set
        return code
    if match := re.search(r"(?<== )\[-?\d[\d., -]*\]", code):
        quoted = re.sub(r"-?[\d.]+", lambda number: f"'{number.group()}'", match.group())
        return code[: match.start()] + quoted + code[match.end() :]
    return re.sub(r"print\((-?[\d.]+) ([-+*/])", r"print('\1' \2", code)


def _wrong_name(rng: Random, code: str) -> str:
    """The variable is called otherwise in the last line."""
    first, newline, last = code.rpartition("\n")
    for name, others in (
        ("nums", ("numbers", "num", "lst", "values", "data")),
        ("words", ("word", "lst", "text")),
        ("word", ("w", "text", "words")),
        ("lines", ("line", "text")),
        ("rows", ("row", "data", "table")),
        ("table", ("data", "tab", "d")),
    ):
        if newline and f"{name} = " in first and re.search(rf"\b{name}\b", last):
            return first + newline + re.sub(rf"\b{name}\b", rng.choice(others), last)
    return code


def _wrong_method(rng: Random, code: str) -> str:
    """A function of Python as a method that there is not."""
    methods = {
        "sum": ("sum", "total"),
        "len": ("length", "size", "len"),
        "max": ("max", "largest"),
        "min": ("min", "smallest"),
        "sorted": ("sorted", "order"),
    }
    for name, wrong in methods.items():
        code, count = re.subn(rf"\b{name}\((nums|words|lines)\)", rf"\1.{rng.choice(wrong)}()", code, count=1)
        if count:
            return code
    for right, others in (
        (".upper()", (".uppercase()", ".to_upper()", ".toUpperCase()")),
        (".lower()", (".lowercase()", ".to_lower()")),
        (".split()", (".words()", ".splits()")),
        (".capitalize()", (".capital()",)),
        ("[::-1]", (".reverse()", ".reversed()")),
        (".title()", (".titlecase()",)),
        (".replace(", (".substitute(",)),
    ):
        if right in code:
            return code.replace(right, rng.choice(others), 1)
    return code


def _wrong_function(rng: Random, code: str) -> str:
    """A function that does not exist."""
    for right, others in (
        ("sum(nums) / len(nums)", ("average(nums)", "mean(nums)", "avg(nums)")),
        ("sorted(", ("sort(",)),
        ("len(", ("length(", "count_of(")),
        ("math.factorial(", ("factorial(",)),
        ("math.gcd(", ("gcd(",)),
        ("math.sqrt(", ("sqrt(",)),
        ("math.prod(", ("product(", "prod(")),
        ("statistics.median(", ("median(",)),
        ("max(", ("maximum(",)),
        ("min(", ("minimum(",)),
        ("sum(", ("total(", "add(")),
        ("abs(", ("absolute(",)),
    ):
        if right in code:
            return code.replace(right, rng.choice(others), 1)
    return code


def _beyond_end(rng: Random, code: str) -> str:
    """A place that is counted from 1, and larger than the last."""
    return re.sub(r"\[(\d+) - 1\]", lambda match: f"[{match.group(1)}]", code)


def _wrong_file(rng: Random, code: str) -> str:
    return re.sub(
        r"open\('([^']*)'\)",
        lambda match: f"open('{rng.choice(('data', 'file', 'input'))}.{match.group(1)[-3:]}')",
        code,
    )


def _wrong_column(rng: Random, code: str) -> str:
    return re.sub(r"row\['([^']*)'\]", lambda match: f"row['{match.group(1).capitalize()}']", code, count=1)


BREAKS: tuple[tuple[str, Break, str], ...] = (
    ("missing import", _without_imports, "I import what is missing."),
    ("missing helper", _without_helper, "I define what is missing."),
    ("numbers as text", _numbers_as_text, "I use numbers instead of text."),
    ("wrong name", _wrong_name, "I use the name that is defined."),
    ("wrong method", _wrong_method, "I use a function that exists."),
    ("wrong function", _wrong_function, "I use a function that exists."),
    ("beyond the end", _beyond_end, "I count the places from zero."),
    ("wrong file", _wrong_file, "I open the file that was sent."),
    ("wrong column", _wrong_column, "I use the column that is there."),
)


def broken(rng: Random, asked: Asked) -> tuple[str, str, Attempt] | None:
    """A failing first attempt at a question: (what is broken, the thought of the repair, the attempt)."""
    files = {str(asked.drawn["f"]): str(asked.drawn[HIDDEN])} if HIDDEN in asked.drawn else None
    for name, change, thought in rng.sample(BREAKS, len(BREAKS)):
        code = change(rng, asked.answer.code)
        if code == asked.answer.code or not code.strip():
            continue
        try:
            run(code, files)
        except ProgramFailed as failure:
            return name, thought, Attempt(write(asked.answer.thought, code), observation=observe(str(failure)))
    return None
