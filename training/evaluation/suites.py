"""Suites: our own questions, those of the corpus grammar, and those of others in the files they were published in."""

import ast
import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, get_args

from core.errors import BadRow, TrainingError
from core.settings import ROOT
from training.evaluation.grammar import read_grammar
from training.evaluation.judge import Expected, Kind
from training.evaluation.questions import Given, Half, Question, Step, Suite, UnitTests

FOLDER = ROOT / "data" / "evaluation"
OWN, DEMO, GRAMMAR = "own", "demo", "grammar"


def read_suite(name: str, files: Sequence[Path] = ()) -> Suite:
    """A suite by its name; those of others are read from `files`, `grammar` is generated.

    Raises TrainingError where there is no such suite or file, BadRow for the first entry that cannot be used.
    """
    if name == GRAMMAR:
        return read_grammar()
    if name in (OWN, DEMO):
        files = files or (own_files() if name == OWN else [FOLDER / "demo.jsonl"])
    elif name not in _READERS:
        raise TrainingError(f"There is no suite {name!r}; there are {', '.join(suite_names())}.")
    if not files:
        raise TrainingError(f"The suite {name} is read from its original file: give it with --file.")
    contents = [(path, _content(path)) for path in files]
    read = _READERS.get(name, _own)
    questions = [question for path, content in contents for question in read(path, content)]
    if not questions:
        raise TrainingError(f"{', '.join(map(str, files))}: there are no questions in it.")
    _no_doubles(questions, files[0])
    hashes = tuple((path.name, hashlib.sha256(content).hexdigest()) for path, content in contents)
    return Suite(name, tuple(questions), hashes)


def suite_names() -> tuple[str, ...]:
    """All suites that can be read."""
    return (OWN, DEMO, GRAMMAR, *_READERS)


def own_files() -> list[Path]:
    """The files of our own suite."""
    return sorted(FOLDER.glob("questions_*.jsonl"))


# Our own ---------------------------------------------------------------------------------------------------------


def _own(path: Path, content: bytes) -> list[Question]:
    questions = []
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                questions.append(_question(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadRow(path, number, _fault(error)) from error
    return questions


def _question(entry: dict[str, Any]) -> Question:
    if entry["half"] not in get_args(Half):
        raise ValueError(f"half must be development or final, and is {entry['half']!r}")
    steps = tuple(_step(turn) for turn in entry["turns"])
    if not steps or steps[-1].given:
        raise ValueError("the last turn must be one that the bot answers")
    return Question(str(entry["id"]), str(entry["group"]), steps, str(entry["level"]), entry["half"])


def _step(turn: dict[str, Any]) -> Step:
    if given := turn.get("given"):
        return Step(turn["question"], Given(given["thought"], given["code"], turn.get("mark") == "wrong"))
    expected = Expected(
        str(turn["answer"]), Kind(turn["kind"]), turn.get("decimals"), tuple(map(str, turn.get("accept", ())))
    )
    _check(expected)
    return Step(turn["question"], expected=expected, solution=turn["solution"])


def _check(expected: Expected) -> None:
    """Raises ValueError where an answer could never be judged."""
    kind = expected.kind
    if kind is Kind.NUMBER:
        try:
            Decimal(expected.answer)
        except InvalidOperation:
            raise ValueError(f"the answer {expected.answer!r} is not a number") from None
    if kind in (Kind.LIST, Kind.SET) and not isinstance(ast.literal_eval(expected.answer), list):
        raise ValueError(f"the answer {expected.answer!r} is not a list")
    if kind is Kind.YES_NO and expected.answer not in ("True", "False"):
        raise ValueError(f"the answer must be True or False, and is {expected.answer!r}")
    if kind in (Kind.FREE, Kind.DECLINE) and not expected.accept:
        raise ValueError(f"kind {kind} needs a list `accept`")


# Those of others -------------------------------------------------------------------------------------------------


def _mbpp(path: Path, content: bytes) -> list[Question]:
    """Sanitized MBPP: the task and its first assert, as in the paper; then imports and all asserts are run."""
    questions = []
    for entry in _entries(path, content):
        tests = UnitTests("\n".join([*entry["test_imports"], *entry["test_list"]]))
        asked = f"{entry['prompt']}\n{entry['test_list'][0]}"
        split = "few-shot" if entry["task_id"] <= 10 else "test" if entry["task_id"] <= 510 else "train"  # the authors'
        questions.append(_single(f"mbpp/{entry['task_id']}", split, asked, tests, entry["code"]))
    return questions


def _humaneval(path: Path, content: bytes) -> list[Question]:
    """HumanEval: a function to complete; then its `check` is run."""
    questions = []
    for entry in _entries(path, content):
        tests = UnitTests(f"{entry['test']}\ncheck({entry['entry_point']})")
        asked = f"Complete this function:\n{entry['prompt']}"
        solution = entry["prompt"] + entry["canonical_solution"]
        questions.append(_single(entry["task_id"], "humaneval", asked, tests, solution))
    return questions


def _svamp(path: Path, content: bytes) -> list[Question]:
    """SVAMP: a short word problem, whose answer is the number printed last."""
    questions = []
    for entry in _entries(path, content):
        body = entry["Body"].strip()
        asked = f"{body}{'' if body.endswith(('.', '?', '!')) else '.'} {entry['Question'].strip()}"
        expected = Expected(str(entry["Answer"]), Kind.NUMBER)
        solution = f"print({entry['Equation']})"
        questions.append(_single(f"svamp/{entry['ID']}", str(entry["Type"]), asked, expected, solution))
    return questions


def _bbh(path: Path, content: bytes) -> list[Question]:
    """A task of BIG-Bench-Hard: the target is compared as what it looks like."""
    questions = []
    for number, entry in enumerate(_entries(path, content), start=1):
        expected = _target(str(entry["target"]).strip())
        solution = f"print({expected.answer!r})"
        questions.append(_single(f"{path.stem}/{number}", path.stem, entry["input"], expected, solution))
    return questions


def _target(target: str) -> Expected:
    try:
        Decimal(target)
    except InvalidOperation:
        pass
    else:
        return Expected(target, Kind.NUMBER)
    if target.lower() in ("true", "false", "yes", "no"):
        return Expected("True" if target.lower() in ("true", "yes") else "False", Kind.YES_NO)
    words = target.split()
    if len(words) > 1:  # a row of words may be printed as a list
        return Expected(repr(words), Kind.LIST)
    return Expected(target, Kind.TEXT)


def _single(name: str, group: str, text: str, expected: Expected | UnitTests, solution: str) -> Question:
    return Question(name, group, (Step(text, expected=expected, solution=solution),))


def _entries(path: Path, content: bytes) -> list[dict[str, Any]]:
    """The objects of a JSON array, of `examples`, or of JSON lines."""
    text = content.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except ValueError:
        return [_parsed(path, number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    data = data.get("examples", [data]) if isinstance(data, dict) else data
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise TrainingError(f"{path} is not a list of objects.")
    return data


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise BadRow(path, number, _fault(error)) from error
    if not isinstance(entry, dict):
        raise BadRow(path, number, "it is not a JSON object")
    return entry


def _strictly(read: Callable[[Path, bytes], list[Question]]) -> Callable[[Path, bytes], list[Question]]:
    """Says which file it was where an entry lacks a field."""

    def reader(path: Path, content: bytes) -> list[Question]:
        try:
            return read(path, content)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise TrainingError(f"{path} is not a file of this suite: {_fault(error)}.") from error

    return reader


_READERS: dict[str, Callable[[Path, bytes], list[Question]]] = {
    "mbpp": _strictly(_mbpp),
    "humaneval": _strictly(_humaneval),
    "svamp": _strictly(_svamp),
    "bbh": _strictly(_bbh),
}


# Helpers ---------------------------------------------------------------------------------------------------------


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrainingError(f"The questions in {path} cannot be read: {error.strerror}.") from error


def _no_doubles(questions: Sequence[Question], path: Path) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise TrainingError(f"{path}: the question {question.id} stands in it twice.")
        seen.add(question.id)


def _fault(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the field {error.args[0]} is missing"
    return str(error) or type(error).__name__
