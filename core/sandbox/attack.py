"""The attack list against a sandbox: each program must end as it should and leave the host as it was."""

import asyncio
import json
import os
import random
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import SandboxError

from .bait import TOKEN, Bait, laid
from .leftovers import adopting_orphans, leftovers
from .local import LocalBackend
from .result import ExecutionResult, Mode, Status
from .sandbox import Sandbox

LIST = Path(__file__).resolve().parents[2] / "tests" / "sandbox" / "attacks.jsonl"

_SECONDS_OF_ENDLESS = 0.8
_SECONDS_OF_OTHERS = 30.0  # none of them needs more than two, but the machine may be busy
_GONE_AFTER_SECONDS = 0.1
_SWEPT_AFTER_SECONDS = 1.0  # in lite mode the work folder lies on the disk, and thousands of files have to be removed


@dataclass(frozen=True, slots=True)
class AttackCase:
    """One program and what must be true of its end.

    `expect` are the statuses that are right; `must_not` and `must` are regular expressions on the output (empty:
    anything goes).
    """

    name: str
    code: str
    expect: tuple[Status, ...]
    must_not: str = ""
    must: str = ""
    note: str = ""

    @property
    def seconds(self) -> float:
        """The time-out it is run with."""
        return _SECONDS_OF_ENDLESS if Status.TIMEOUT in self.expect else _SECONDS_OF_OTHERS


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """How one case went. `problems` is empty if everything was as it must be."""

    case: AttackCase
    status: Status
    seconds: float
    problems: tuple[str, ...]
    output: str = ""

    @property
    def passed(self) -> bool:
        """Did the sandbox hold?"""
        return not self.problems

    @property
    def was_slow(self) -> bool:
        """Did it fail because time ran out?"""
        return bool(self.problems) and self.status is Status.TIMEOUT and Status.TIMEOUT not in self.case.expect


def load_cases(path: Path = LIST) -> list[AttackCase]:
    """The cases of a JSON Lines file. SandboxError with the line number for one that cannot be used."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise SandboxError(f"The attack list {path} cannot be read: {error.strerror}.") from error
    return [_case(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


async def run_attacks(
    sandbox: Sandbox, cases: Iterable[AttackCase], *, concurrency: int = 1, shuffle_seed: int | None = None
) -> list[AttackOutcome]:
    """Run the cases, in the given order or a random one, `concurrency` at a time. Outcomes come in the given order.

    The sandbox is closed first and starts again among the bait. With one case at a time, everything is looked at after
    each; with several, what cannot be told apart is looked at after the last and counts against the last. A case that
    ran out of time, and should not have, is tried once more at the end and alone: a machine that is busy elsewhere is
    no hole.
    """
    ordered = list(cases)
    waiting = list(enumerate(ordered))
    if shuffle_seed is not None:
        random.Random(shuffle_seed).shuffle(waiting)
    outcomes: dict[int, AttackOutcome] = {}
    await sandbox.close()
    with laid() as bait, adopting_orphans() as children:
        await sandbox.start()
        watch = _Watch(sandbox, bait, children)

        async def work() -> None:
            while waiting:
                index, case = waiting.pop(0)
                outcomes[index] = await _run(sandbox, case, bait, watch if concurrency == 1 else None)

        await asyncio.gather(*[work() for _ in range(concurrency)])
        for index, outcome in outcomes.items():
            if outcome.was_slow:
                outcomes[index] = await _run(sandbox, outcome.case, bait, watch)
        late = await watch.problems()
        if late and outcomes:
            last = max(outcomes)
            outcomes[last] = _worse(outcomes[last], late)
    return [outcomes[index] for index in range(len(ordered))]


class _Watch:
    """Looks at the host and at the sandbox itself between two cases."""

    def __init__(self, sandbox: Sandbox, bait: Bait, children: frozenset[int]) -> None:
        self._sandbox = sandbox
        self._bait = bait
        self._children = children
        self._servers = self._running_servers()

    async def problems(self) -> list[str]:
        """Everything that is not as it was."""
        problems = self._bait.harm()
        backend = self._sandbox.backend
        if isinstance(backend, LocalBackend):
            seconds = _GONE_AFTER_SECONDS if self._sandbox.mode is Mode.FULL else _SWEPT_AFTER_SECONDS
            problems += await leftovers(backend, seconds * _business(), self._children)
            running = self._running_servers()
            if not self._servers <= running:
                problems.append("a fork server has died")
            self._servers = running
        after = await self._sandbox.execute("print(6 * 7)", timeout_seconds=20.0)
        if (after.status, after.output) != (Status.OK, "42\n"):
            problems.append(f"the next program ended with {after.status}: {after.output[:200]}")
        return problems

    def _running_servers(self) -> set[int]:
        backend = self._sandbox.backend
        profiles = backend.profiles if isinstance(backend, LocalBackend) else []
        return {profile.pid for profile in profiles if profile.pid is not None}


async def _run(sandbox: Sandbox, case: AttackCase, bait: Bait, watch: _Watch | None) -> AttackOutcome:
    started = time.monotonic()
    result = await sandbox.execute(bait.filled(case.code), timeout_seconds=case.seconds)
    seconds = time.monotonic() - started
    problems = _judge(case, result)
    if watch is not None:
        problems += await watch.problems()
    return AttackOutcome(case, result.status, seconds, tuple(problems), result.output)


def _judge(case: AttackCase, result: ExecutionResult) -> list[str]:
    problems = []
    if result.status not in case.expect:
        problems.append(f"ended with {result.status} instead of {' or '.join(case.expect)}")
    if case.must_not and re.search(case.must_not, result.output):
        problems.append(f"showed what matches {case.must_not!r}")
    if TOKEN in result.output or any(TOKEN.encode() in file.content for file in result.files):
        problems.append("gave away the secret")
    if case.must and not re.search(case.must, result.output):
        problems.append(f"did not show what matches {case.must!r}")
    return problems


def _business() -> float:
    """How many times longer everything may take, because others use the processors as well; 1 on an idle machine."""
    return max(1.0, 8 * os.getloadavg()[0] / (os.cpu_count() or 1) - 7)


def _worse(outcome: AttackOutcome, problems: Sequence[str]) -> AttackOutcome:
    return AttackOutcome(outcome.case, outcome.status, outcome.seconds, (*outcome.problems, *problems), outcome.output)


def _case(path: Path, number: int, line: str) -> AttackCase:
    try:
        row = json.loads(line)
        expect = [row["expect"]] if isinstance(row["expect"], str) else row["expect"]
        for pattern in (row.get("must_not", ""), row.get("must", "")):
            re.compile(pattern)
        return AttackCase(
            name=str(row["name"]),
            code=str(row["code"]),
            expect=tuple(Status(status) for status in expect),
            must_not=row.get("must_not", ""),
            must=row.get("must", ""),
            note=row.get("note", ""),
        )
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise SandboxError(f"{path}, line {number} is no attack: {error}") from error
