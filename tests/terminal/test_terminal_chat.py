"""The terminal chat, as a person at a real pseudo-terminal and as a pipe meet it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

PRIMES = "<thought>I list the primes up to 10.</thought>\n<execute>\nprint([2, 3, 5, 7])\n</execute>"
FIRST = "<thought>I count to ten primes.</thought>\n<execute>\nprint([2, 3, 5, 7, 11, 13, 17, 19, 23, 29])\n</execute>"
COMMAND = ["-m", "tests.terminal.scripted_chat"]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r")


class Terminal:
    """A chat at a pseudo-terminal of 100 columns."""

    def __init__(self, script: list[str], database: Path) -> None:
        self.database = database
        environment = os.environ | {"SCRIPT": json.dumps(script), "TERM": "xterm-256color", "PYTHONWARNINGS": "default"}
        self.process = pexpect.spawn(
            sys.executable,
            [*COMMAND, str(database)],
            env=environment,
            dimensions=(40, 100),
            encoding="utf-8",
            timeout=30,
        )

    def sees(self, text: str) -> str:
        """Wait until the words stand on the screen; what was printed before them, without escapes."""
        pattern = r"(?:\s|\x1b\[[0-9;?]*[a-zA-Z])+".join(re.escape(word) for word in text.split())
        self.process.expect(pattern)
        return ESCAPES.sub("", self.process.before)

    def types(self, line: str) -> None:
        self.process.send(line + "\r")

    def prompts(self) -> list[list[str]]:
        return json.loads(self.database.with_suffix(".prompts").read_text())

    def ends(self) -> int:
        self.process.expect(pexpect.EOF)
        self.process.wait()
        return self.process.exitstatus


@pytest.fixture
def at_terminal(tmp_path: Path) -> Iterator[Callable[[list[str]], Terminal]]:
    opened: list[Terminal] = []

    def open_one(script: list[str]) -> Terminal:
        opened.append(Terminal(script, tmp_path / "chat.sqlite3"))
        opened[-1].sees("You:")
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.process.close(force=True)


def test_an_answer_shows_thought_code_execution_and_output_and_asks_whether_it_is_right(at_terminal):
    terminal = at_terminal([PRIMES])
    terminal.types("give me first 10 prime numbers")
    terminal.sees("Thought: I list the primes up to 10.")
    terminal.sees("Code:")
    terminal.sees("Executing code…")
    terminal.sees("Output:")
    terminal.sees("[2, 3, 5, 7]")
    terminal.sees("Is this correct? (y/n/skip)")
    terminal.types("y")
    terminal.sees("Kept as correct.")
    terminal.types("quit")
    assert terminal.ends() == 0


def test_a_wrong_answer_is_told_to_the_model_with_the_next_question(at_terminal):
    terminal = at_terminal([PRIMES, FIRST])
    terminal.types("give me first 10 prime numbers")
    terminal.sees("(y/n/skip)")
    terminal.types("n")
    terminal.sees("the next answer will try to fix it")
    terminal.types("I want FIRST 10 primes, not primes till 10")
    terminal.sees("23, 29]")
    assert terminal.prompts()[1][-1] == (
        "Previous output: [2, 3, 5, 7] [USER MARKED AS INCORRECT]\n\nI want FIRST 10 primes, not primes till 10"
    )


def test_a_skipped_turn_is_no_part_of_the_conversation(at_terminal):
    terminal = at_terminal([PRIMES, FIRST])
    terminal.types("primes")
    terminal.sees("(y/n/skip)")
    terminal.types("skip")
    terminal.sees("Skipped")
    terminal.types("first ten primes")
    terminal.sees("(y/n/skip)")
    assert terminal.prompts()[1][1:] == ["first ten primes"]


def test_a_question_can_follow_without_a_judgement(at_terminal):
    terminal = at_terminal([PRIMES, FIRST])
    terminal.types("primes")
    terminal.sees("(y/n/skip)")
    terminal.types("and the first ten?")
    terminal.sees("23, 29]")
    assert terminal.prompts()[1][-1] == "Execution Output:\n[2, 3, 5, 7]\n\nand the first ten?"


def test_reset_clears_the_conversation(at_terminal):
    terminal = at_terminal([PRIMES, FIRST])
    terminal.types("primes")
    terminal.sees("(y/n/skip)")
    terminal.types("reset")
    terminal.sees("A new conversation")
    terminal.sees("You:")
    terminal.types("first ten primes")
    terminal.sees("(y/n/skip)")
    assert terminal.prompts()[1][1:] == ["first ten primes"]


def test_clear_empties_the_screen(at_terminal):
    terminal = at_terminal([])
    terminal.types("clear")
    terminal.process.expect(r"\x1b\[2J")


def test_ctrl_c_stops_the_answer_and_not_the_chat(at_terminal):
    terminal = at_terminal(["wait", PRIMES])
    terminal.types("think for ever")
    terminal.sees("wait")
    terminal.process.sendintr()
    terminal.sees("Stopped.")
    terminal.sees("You:")
    terminal.types("primes")
    terminal.sees("[2, 3, 5, 7]")


def test_ctrl_c_stops_a_running_program(at_terminal):
    terminal = at_terminal(["<execute>\nimport time\nprint('started', flush=True)\ntime.sleep(4)\n</execute>", PRIMES])
    terminal.types("wait")
    terminal.sees("Executing code…")
    terminal.process.sendintr()
    terminal.sees("Stopped.")
    terminal.sees("You:")
    terminal.types("primes")
    terminal.sees("[2, 3, 5, 7]")


@pytest.mark.parametrize("leave", ["exit", "QUIT", "ctrl-D"])
def test_there_are_three_ways_to_leave(at_terminal, leave: str):
    terminal = at_terminal([])
    if leave == "ctrl-D":
        terminal.process.sendeof()
    else:
        terminal.types(leave)
    assert terminal.ends() == 0


def test_questions_are_remembered_for_the_arrow_keys_across_starts(at_terminal):
    terminal = at_terminal([PRIMES])
    terminal.types("first question")
    terminal.sees("(y/n/skip)")
    terminal.process.sendeof()
    terminal.ends()
    again = at_terminal([])
    again.process.send("\x1b[A")
    again.sees("first question")


def test_escape_sequences_of_a_program_do_not_reach_the_terminal(at_terminal):
    terminal = at_terminal(["<execute>\nprint('\\x1b]0;owned\\x07' + '\\x1b[31m' + 'red')\n</execute>"])
    terminal.types("colour")
    terminal.sees("Output:")
    terminal.process.expect("(y/n/skip)")
    assert "red" in terminal.process.before
    assert "owned" not in terminal.process.before
    assert "\x1b[31mred" not in terminal.process.before


def piped(script: list[str], lines: str, database: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *COMMAND, str(database)],
        input=lines,
        capture_output=True,
        text=True,
        env=os.environ | {"SCRIPT": json.dumps(script)},
        timeout=60,
    )


def test_a_pipe_gets_answers_without_prompts_and_its_judgements_count(tmp_path: Path):
    database = tmp_path / "chat.sqlite3"
    result = piped([PRIMES, FIRST], "primes\nn\nfirst ten\ny\n", database)
    assert (result.returncode, result.stderr) == (0, "")
    assert "You:" not in result.stdout
    assert "y/n/skip" not in result.stdout
    assert "\x1b" not in result.stdout
    assert "[2, 3, 5, 7]" in result.stdout
    with sqlite3.connect(database) as rows:
        assert rows.execute("select count(*) from votes").fetchone() == (2,)


def test_a_pipe_with_an_unanswered_question_ends_with_status_1(tmp_path: Path):
    result = piped([], "primes\n", tmp_path / "chat.sqlite3")
    assert result.returncode == 1
    assert "no more completions" in result.stdout
