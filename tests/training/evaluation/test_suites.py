"""Suites are read from their files, ours and those of others; what cannot be judged is refused with its line."""

import json
from pathlib import Path

import pytest

from core.errors import BadRow, TrainingError
from training.evaluation.judge import Kind
from training.evaluation.questions import UnitTests
from training.evaluation.suites import own_files, read_suite

TURN = {"question": "2 + 2?", "answer": "4", "kind": "number", "solution": "print(2 + 2)"}
ENTRY = {"id": "x", "half": "final", "group": "sums", "level": "easy", "turns": [TURN]}


def written(path: Path, *entries: object) -> Path:
    path.write_text("\n".join(json.dumps(entry) for entry in entries), "utf-8")
    return path


def test_our_own_suite_is_large_and_has_two_equal_halves() -> None:
    suite = read_suite("own")
    final, development = suite.half("final").questions, suite.half("development").questions
    assert len(suite.questions) >= 400
    assert len(final) == len(development)
    assert sum(len(question.steps) > 1 for question in suite.questions) >= len(suite.questions) / 3
    assert {question.group for question in final} == {question.group for question in development}
    assert [name for name, _ in suite.files] == [path.name for path in own_files()]


def test_the_demo_asks_five_questions() -> None:
    assert len(read_suite("demo").questions) == 5


def test_the_hash_of_a_suite_is_that_of_its_files(tmp_path: Path) -> None:
    path = written(tmp_path / "questions_x.jsonl", ENTRY)
    before = read_suite("own", [path]).files
    written(path, ENTRY | {"level": "hard"})
    assert read_suite("own", [path]).files != before


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("text", "indices"),
        ({}, "half is missing"),
        (ENTRY | {"half": "third"}, "half must be"),
        (ENTRY | {"turns": []}, "last turn"),
        (ENTRY | {"turns": [{"question": "?", "given": {"thought": "", "code": ""}}]}, "last turn"),
        (ENTRY | {"turns": [TURN | {"answer": "four"}]}, "not a number"),
        (ENTRY | {"turns": [TURN | {"kind": "guess"}]}, "guess"),
        (ENTRY | {"turns": [TURN | {"kind": "list"}]}, "not a list"),
        (ENTRY | {"turns": [TURN | {"kind": "yes_no"}]}, "True or False"),
        (ENTRY | {"turns": [TURN | {"kind": "free"}]}, "accept"),
    ],
)
def test_an_entry_that_cannot_be_judged_is_refused_with_its_line(tmp_path: Path, entry: object, problem: str) -> None:
    with pytest.raises(BadRow, match=problem) as refused:
        read_suite("own", [written(tmp_path / "questions_x.jsonl", ENTRY, entry)])
    assert refused.value.line == 2


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="twice"):
        read_suite("own", [written(tmp_path / "questions_x.jsonl", ENTRY, ENTRY)])


def test_mbpp_is_asked_with_its_first_assert_and_checked_with_all(tmp_path: Path) -> None:
    entry = {
        "task_id": 11,
        "prompt": "Write a function to double a number.",
        "code": "def double(x):\n    return 2 * x",
        "test_imports": ["import math"],
        "test_list": ["assert double(2) == 4", "assert double(0) == 0"],
    }
    path = tmp_path / "sanitized-mbpp.json"
    path.write_text(json.dumps([entry]), "utf-8")
    [question] = read_suite("mbpp", [path]).questions
    assert question.steps[0].text == "Write a function to double a number.\nassert double(2) == 4"
    assert question.steps[0].expected == UnitTests("import math\nassert double(2) == 4\nassert double(0) == 0")
    assert question.group == "test"


def test_humaneval_is_read_from_json_lines(tmp_path: Path) -> None:
    entry = {
        "task_id": "HumanEval/0",
        "prompt": "def double(x):\n",
        "entry_point": "double",
        "canonical_solution": "    return 2 * x\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4",
    }
    [question] = read_suite("humaneval", [written(tmp_path / "HumanEval.jsonl", entry)]).questions
    assert question.steps[0].expected == UnitTests(entry["test"] + "\ncheck(double)")
    assert question.steps[0].solution == "def double(x):\n    return 2 * x\n"


def test_svamp_asks_its_body_and_question(tmp_path: Path) -> None:
    entry = {
        "ID": "1",
        "Body": "Ada has 2 pens ",
        "Question": "How many?",
        "Equation": "2.0",
        "Answer": 2.0,
        "Type": "x",
    }
    path = tmp_path / "SVAMP.json"
    path.write_text(json.dumps([entry]), "utf-8")
    [question] = read_suite("svamp", [path]).questions
    assert question.steps[0].text == "Ada has 2 pens. How many?"


@pytest.mark.parametrize(
    ("target", "kind"),
    [("24", Kind.NUMBER), ("-3", Kind.NUMBER), ("False", Kind.YES_NO), ("b a", Kind.LIST), ("(A)", Kind.TEXT)],
)
def test_big_bench_hard_targets_are_compared_as_what_they_look_like(tmp_path: Path, target: str, kind: Kind) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"canary": "", "examples": [{"input": "?", "target": target}]}), "utf-8")
    [question] = read_suite("bbh", [path]).questions
    assert question.steps[0].expected is not None
    assert not isinstance(question.steps[0].expected, UnitTests)
    assert question.steps[0].expected.kind is kind


@pytest.mark.parametrize("name", ["mbpp", "humaneval", "svamp", "bbh"])
def test_a_file_of_another_suite_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrainingError, match="not a file of this suite"):
        read_suite(name, [written(tmp_path / "x.jsonl", ENTRY)])


def test_unknown_suites_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no suite 'gsm'"):
        read_suite("gsm")
    with pytest.raises(TrainingError, match="--file"):
        read_suite("mbpp")
    with pytest.raises(TrainingError, match="cannot be read"):
        read_suite("mbpp", [tmp_path / "none.json"])
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(TrainingError, match="no questions"):
        read_suite("own", [tmp_path / "empty.jsonl"])
