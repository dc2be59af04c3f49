"""The harness itself is right: solutions that are known to be right pass, and wrong answers do not.

A harness that fails good programs would make every score a lie.
"""

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.sandbox import Sandbox
from training.evaluation.harness import passes, solves
from training.evaluation.judge import is_right
from training.evaluation.questions import Question, Step, Suite, UnitTests
from training.evaluation.suites import read_suite

AT_ONCE = 2


def answered_steps(suite: Suite) -> Iterator[tuple[Question, Step]]:
    for question in suite.questions:
        for step in question.steps:
            if step.given is None:
                yield question, step


async def unsolved(sandbox: Sandbox, steps: Sequence[tuple[Question, Step]]) -> list[str]:
    """The questions whose own solution is judged wrong."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def check(question: Question, step: Step) -> str:
        async with turnstile:
            return "" if await solves(sandbox, step) else f"{question.id}: {step.text}"

    return [fault for fault in await asyncio.gather(*(check(*pair) for pair in steps)) if fault]


@pytest.mark.parametrize("name", ["own", "demo"])
async def test_every_solution_of_our_own_questions_is_judged_right(sandbox: Sandbox, name: str) -> None:
    steps = list(answered_steps(read_suite(name)))
    assert steps
    assert await unsolved(sandbox, steps) == []


async def test_every_given_program_of_our_own_questions_runs(sandbox: Sandbox) -> None:
    given = [step.given for question in read_suite("own").questions for step in question.steps if step.given]
    assert len(given) > 50
    results = [await sandbox.execute(answer.code) for answer in given]
    assert {result.status.value for result in results} <= {"ok", "error"}
    assert all(result.output.strip() for result in results)


def test_wrong_answers_to_our_own_questions_are_judged_wrong() -> None:
    for question, step in answered_steps(read_suite("own")):
        assert step.expected is not None
        assert not isinstance(step.expected, UnitTests)
        numbers = re.findall(r"-?\d+(?:\.\d+)?", step.text)
        wrong = [step.text, step.text.upper(), f"You asked: {step.text}", f"{step.text}\n\n", "", "None", "42 or 43"]
        if len(numbers) > 1:  # all inputs
            wrong += [" ".join(numbers), ", ".join(numbers), f"[{', '.join(numbers)}]", f"{{{', '.join(numbers)}}}"]
        judged_right = [text for text in wrong if is_right(text, step.expected, step.text)]
        assert judged_right == [], question.id


@pytest.mark.timeout(180)
async def test_all_427_reference_solutions_of_sanitized_mbpp_pass(sandbox: Sandbox) -> None:
    place = os.environ.get("CODEACT_MBPP")
    if not place:
        pytest.skip("CODEACT_MBPP does not say where sanitized-mbpp.json is")
    steps = list(answered_steps(read_suite("mbpp", [Path(place)])))
    assert len(steps) == 427
    assert await unsolved(sandbox, steps) == []


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("def double(x):\n    return 2 * x", True),
        ("def double(x):\n    return x", False),
        ("def half(x):\n    return x / 2", False),
        ("import sys\nsys.exit(0)", False),
        ("import os\nos._exit(0)", False),
        ("print('all tests passed')\nraise SystemExit", False),
        ("def double(x:\n", False),
        ("def double(x):\n    while True: pass", False),
    ],
)
async def test_unit_tests_must_run_to_the_very_end(sandbox: Sandbox, code: str, right: bool) -> None:
    tests = UnitTests("assert double(2) == 4\nassert double(0) == 0")
    assert await passes(sandbox, code, tests, seconds=1) is right
