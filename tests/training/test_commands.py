"""The learning commands, as a person types them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import codeact
from core.engine.pointer import current_model
from core.errors import CodeactError
from core.settings import ROOT
from tests.training.tiny import seed_rows, write_rows
from training.commands import register
from training.runs import read_model

FAST = ("--base", "codeact-mini", "--epochs", "1", "--batch-size", "8")


class Shell:
    """Types commands over a models folder."""

    def __init__(self, models: Path) -> None:
        self.app = typer.Typer()
        register(self.app, open_engine=codeact.open_engine, open_sandbox=codeact.open_sandbox, models=models)
        self.models = models

    def type(self, *words: object, status: int = 0) -> str:
        """Standard output; what the program explains is raised."""
        result = CliRunner().invoke(self.app, [str(word) for word in words])
        if isinstance(result.exception, CodeactError):
            raise result.exception
        assert result.exit_code == status, result.output
        return result.stdout


@pytest.fixture
def shell(models: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("CODEACT_MAX_NEW_TOKENS", "40")
    monkeypatch.setenv("CODEACT_MAX_STEPS", "1")
    return Shell(models)


def test_dataset_writes_the_eight_rows(shell: Shell, tmp_path: Path) -> None:
    said = shell.type("dataset", "--out", tmp_path / "rows.jsonl")
    assert said.startswith("Wrote 8 rows")
    assert (tmp_path / "rows.jsonl").read_text("utf-8").count("\n") == 8


def test_finetune_takes_several_files_and_says_what_comes_next(shell: Shell, tmp_path: Path) -> None:
    files = [
        write_rows(tmp_path / f"{name}.jsonl", {"prompt": name, "completion": f"It is {name}."}) for name in ("a", "b")
    ]
    said = shell.type("finetune", "--data", *files, *FAST, "--out", "mine", "--no-seed-rows")
    assert "mine: 2 rows, full" in said
    assert "codeact promote mine" in said
    card = read_model(shell.models / "runs" / "mine").card
    assert [data["file"] for data in card["data"]] == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize(
    "wrong",
    [("--method", "qlora"), ("--epochs", "0"), ("--batch-size", "0"), ("--learning-rate", "-1"), ("--seed", "x")],
)
def test_wrong_usage_is_status_2_and_starts_nothing(shell: Shell, tmp_path: Path, wrong: tuple[str, str]) -> None:
    shell.type("finetune", "--data", write_rows(tmp_path / "x.jsonl", *seed_rows()), *wrong, status=2)
    assert [path.name for path in (shell.models / "runs").iterdir()] == ["taught"]


def test_evaluate_shows_the_demo_and_keeps_its_report(shell: Shell) -> None:
    said = shell.type("evaluate", "--model", "latest", "--suite", "demo")
    assert "What is 12 factorial?" in said
    assert "all questions" in said
    assert len(list((shell.models / "runs" / "taught" / "reports").glob("demo-*.json"))) == 1


def test_evaluate_as_json_prints_one_object(shell: Shell) -> None:
    report = json.loads(shell.type("evaluate", "--model", "taught", "--limit", 2, "--json"))
    assert (report["model"], report["questions"]["of"], report["terms"]["half"]) == ("taught", 2, "development")
    assert not (shell.models / "runs" / "taught" / "reports").exists()


def test_the_final_half_shows_no_question(shell: Shell) -> None:
    said = shell.type("evaluate", "--model", "taught", "--limit", 3, "--final")
    assert "final half" in said
    assert "expected" not in said


def test_an_outside_suite_is_read_from_its_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"examples": [{"input": "What is the factorial of 5?", "target": "120"}]}))
    said = shell.type("evaluate", "--model", "taught", "--suite", "bbh", "--file", path)
    assert "1/1" in said


def test_only_our_own_suite_has_a_final_half(shell: Shell) -> None:
    shell.type("evaluate", "--model", "taught", "--suite", "demo", "--final", status=2)


def test_models_shows_what_promote_changed(shell: Shell) -> None:
    assert [model["current"] for model in json.loads(shell.type("models", "--json"))] == [True, False]
    assert shell.type("promote", "taught", "--force") == "taught is the current model (forced, without comparison).\n"
    assert current_model(shell.models).name == "taught"
    shown = {model["name"]: model for model in json.loads(shell.type("models", "--json"))}
    assert shown["taught"]["current"] is True
    assert shown["taught"]["base"] == "codeact-mini"
    assert "→" in shell.type("models")
    assert "it has been in its place before" in shell.type("promote", "codeact-mini")
    assert current_model(shell.models).name == "codeact-mini"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_fine_tuning_leaves_nothing(models: Path, tmp_path: Path, how: signal.Signals) -> None:
    data = write_rows(tmp_path / "rows.jsonl", *seed_rows())
    program = (
        "import codeact, typer, sys\nfrom pathlib import Path\nfrom training.commands import register\n"
        "app = typer.Typer()\n"
        "models = Path(sys.argv.pop(1))\n"
        "register(app, open_engine=codeact.open_engine, open_sandbox=codeact.open_sandbox, models=models)\n"
        "app()\n"
    )
    order = ["finetune", "--data", str(data), "--base", "codeact-mini", "--epochs", "1000", "--out", "mine"]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(models), *order],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        deadline = time.monotonic() + 90
        while not list((models / "runs").glob(".mine.*/.trainer")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "codeact: Stopped: nothing of this run was kept."
    assert [path.name for path in (models / "runs").iterdir()] == ["taught"]
