"""The data set: eight checked rows, or none."""

import json
from pathlib import Path

import pytest

from core.conversation import Message, Role
from core.errors import BadRow, TrainingError
from core.prompt import SYSTEM, parse
from core.sandbox import Sandbox
from training.dataset import SEED, build_dataset, read_seeds
from training.rows import read_rows

NAMES = ["sum", "primes", "average", "list reversal", "palindrome", "factorial", "sorting", "maximum"]


async def test_the_data_set_has_exactly_the_eight_rows_of_the_demo(sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "new" / "train.jsonl"
    assert [seed.name for seed in await build_dataset(sandbox, out)] == NAMES
    assert [json.loads(line)["name"] for line in out.read_text("utf-8").splitlines()] == NAMES


async def test_its_rows_are_in_the_frozen_format(sandbox: Sandbox, tmp_path: Path) -> None:
    await build_dataset(sandbox, tmp_path / "train.jsonl")
    rows = read_rows(tmp_path / "train.jsonl")
    for row, seed in zip(rows, read_seeds(), strict=True):
        assert row.prompt == (Message(Role.SYSTEM, SYSTEM), Message(Role.USER, seed.question))
        draft = parse(row.completion)
        assert (draft.thought, draft.code, draft.text) == (seed.thought, seed.code, "")
        assert row.completion.endswith("\n</execute>")


@pytest.mark.parametrize(
    ("code", "problem"), [("print(41)", "gave '41'"), ("1 / 0", "ZeroDivisionError"), ("while 1: pass", "timed out")]
)
async def test_a_program_that_does_not_print_its_output_stops_everything(
    sandbox: Sandbox, tmp_path: Path, code: str, problem: str
) -> None:
    seeds = [json.loads(line) for line in SEED.read_text("utf-8").splitlines()]
    seeds[-1]["code"] = code
    (tmp_path / "seed.jsonl").write_text("\n".join(map(json.dumps, seeds)), "utf-8")
    (tmp_path / "train.jsonl").write_text("what was there before")
    with pytest.raises(TrainingError, match=f"(?s)'maximum' should print '42'.*{problem}"):
        await build_dataset(sandbox, tmp_path / "train.jsonl", tmp_path / "seed.jsonl")
    assert (tmp_path / "train.jsonl").read_text() == "what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed.jsonl", "train.jsonl"]


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", '{"name": "sum"}', json.dumps(dict.fromkeys(("name", "question", "thought", "code"), ""))]
)
def test_a_broken_seed_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "seed.jsonl"
    path.write_text(SEED.read_text("utf-8") + "\n" + line + "\n", "utf-8")
    with pytest.raises(BadRow) as refused:
        read_seeds(path)
    assert refused.value.line == 10


def test_a_missing_seed_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none\.jsonl cannot be read"):
        read_seeds(tmp_path / "none.jsonl")
