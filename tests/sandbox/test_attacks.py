"""The attack list: as root and as an ordinary user, in full and in lite mode, in order, shuffled, and eight at once."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.errors import SandboxError
from core.sandbox import Sandbox, Status
from core.sandbox.attack import AttackCase, load_cases, run_attacks

from .conftest import needs_root

HERE = Path(__file__).resolve().parent

# A program can map native code from its work folder where no folder forbids execution: docs/sandbox.md says so.
KNOWN_MISSES_OF_LITE = {"write_then_exec_so"}


def drive(*words: str, as_user: bool = False) -> dict[str, Any]:
    """The list in a process of its own."""
    command = [sys.executable, *([str(HERE / "ordinary_user.py")] if as_user else []), str(HERE / "drive.py"), *words]
    environment = {"PYTHONPATH": str(HERE.parents[1]), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, env=environment, cwd="/", timeout=900, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any], mode: str) -> None:
    """Everything holds; in lite mode, all but what is known and documented."""
    assert found["mode"] == mode, found["reason"]
    assert found["cases"] >= 250
    unknown = set(found["problems"]) - (KNOWN_MISSES_OF_LITE if mode == "lite" else set())
    assert not unknown, {name: found["problems"][name] for name in unknown}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", ["full", "lite"])
def test_the_list_holds_one_after_the_other(mode: str):
    check(drive(mode, "1"), mode)


@pytest.mark.timeout(1200)
def test_the_list_holds_in_random_order_with_eight_at_once():
    check(drive("full", "8", "7"), "full")


@needs_root
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", ["full", "lite"])
def test_the_list_holds_for_an_ordinary_user_in_random_order_with_eight_at_once(mode: str):
    check(drive(mode, "8", "11", as_user=True), mode)


def test_every_known_miss_is_in_the_documentation():
    text = (HERE.parents[1] / "docs" / "sandbox.md").read_text()
    assert all(f"`{name}`" in text for name in KNOWN_MISSES_OF_LITE)


def test_the_list_is_large_and_its_names_are_unique():
    cases = load_cases()
    assert len(cases) >= 250
    assert [name for name, count in Counter(case.name for case in cases).items() if count > 1] == []
    assert len([case for case in cases if case.name.startswith("b_")]) >= 24


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        (AttackCase("", "print('leak')", (Status.OK,), must_not="leak"), "showed what matches 'leak'"),
        (AttackCase("", "print(1)", (Status.ERROR,)), "ended with ok instead of error"),
        (AttackCase("", "print(1)", (Status.OK,), must="2"), "did not show what matches '2'"),
    ],
)
async def test_the_harness_sees_what_is_wrong(sandbox: Sandbox, case: AttackCase, problem: str):
    [outcome] = await run_attacks(sandbox, [case])
    assert outcome.problems == (problem,)


async def test_the_harness_sees_a_sandbox_that_does_not_hold():
    """The bait is real: without a sandbox, programs reach all of it."""
    cases = [
        AttackCase("file", "print(open('{CANARYFILE}').read())", (Status.ERROR,), must_not="CANARY-7f3a"),
        AttackCase("change", "open('{CANARYFILE}', 'a').write('x')", (Status.ERROR,)),
        AttackCase("tcp", "import socket; socket.create_connection(('127.0.0.1', {PORT}))", (Status.ERROR,)),
        AttackCase("unix", "import socket; socket.socket(socket.AF_UNIX).connect('{SOCK}')", (Status.ERROR,)),
        AttackCase("datagram", "import socket; socket.socket(1, 2).sendto(b'x', '{DSOCK}')", (Status.ERROR,)),
        AttackCase("process", "import subprocess; subprocess.Popen(['/bin/sleep', '600'])", (Status.ERROR,)),
        AttackCase("victim", "import os, time; os.kill({VICTIM}, 9); time.sleep(0.1)", (Status.ERROR,)),
    ]
    async with Sandbox(mode="unsafe") as unsafe:
        outcomes = {outcome.case.name: " ".join(outcome.problems) for outcome in await run_attacks(unsafe, cases)}
    assert "gave away the secret" in outcomes["file"]
    assert "the secret file was changed" in outcomes["change"]
    assert all("something reached" in outcomes[name] for name in ("tcp", "unix", "datagram"))
    left = re.search(r"process (\d+) is still there", outcomes["process"])
    assert left
    os.kill(int(left[1]), signal.SIGKILL)
    assert "the other process is dead" in outcomes["victim"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"name": "x"}',
        '{"name": "x", "code": "", "expect": "fine"}',
        '{"name":"x","code":"","expect":"ok","must":"("}',
    ],
)
def test_a_broken_line_of_a_list_is_named(tmp_path: Path, line: str):
    path = tmp_path / "list.jsonl"
    path.write_text('{"name": "a", "code": "1", "expect": "ok"}\n' + line + "\n")
    with pytest.raises(SandboxError, match="line 2"):
        load_cases(path)


def test_a_missing_list_is_named(tmp_path: Path):
    with pytest.raises(SandboxError, match=r"nowhere\.jsonl"):
        load_cases(tmp_path / "nowhere.jsonl")
