"""Long runs: nothing leaks in ten thousand programs, and the goals of speed on a quiet machine."""

import asyncio
import os
from pathlib import Path

import pytest

from core.sandbox import Sandbox, Status
from core.sandbox.benchmark import as_table, benchmark, throughput
from core.sandbox.leftovers import leftovers
from core.sandbox.local import LocalBackend

PROGRAMS = 10_000
MIX = [
    ("print(1)", Status.OK),
    ("1 / 0", Status.ERROR),
    ("x = bytearray(2**40)", Status.MEMORY),
    ("import os; os._exit(3)", Status.ERROR),
    ("open('f.txt', 'w').write('x')", Status.OK),
    ("print('x' * 100_000)", Status.OUTPUT_TRUNCATED),
]


def resident_kib(pid: int) -> int:
    """The memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", ["full", "lite"])
async def test_ten_thousand_programs_leak_nothing(mode: str):
    async with Sandbox(mode=mode) as sandbox:
        assert isinstance(sandbox.backend, LocalBackend)
        left = iter(range(PROGRAMS))

        async def caller() -> None:
            for number in left:
                code, status = MIX[number % len(MIX)]
                session = f"session {number % 7}" if number % 11 == 0 else None
                result = await sandbox.execute(code, timeout_seconds=30, session=session)
                assert result.status is status, result

        await asyncio.gather(*[caller() for _ in range(8)])
        server = sandbox.backend.profiles[0].pid or 0
        before = (len(os.listdir("/proc/self/fd")), resident_kib(os.getpid()), resident_kib(server))
        left = iter(range(1000))
        await asyncio.gather(*[caller() for _ in range(8)])
        after = (len(os.listdir("/proc/self/fd")), resident_kib(os.getpid()), resident_kib(server))
        assert after[0] <= before[0] + 20
        assert after[1] - before[1] < 4096
        assert after[2] - before[2] < 2048
        assert await leftovers(sandbox.backend, 5) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_the_goals_of_speed_hold_on_a_quiet_machine():
    rows = {row.name: row for row in await benchmark(30)}
    print(as_table(rows.values()))
    assert rows["ready program"].ratio <= 0.5
    assert rows["fork server"].ratio <= 1.0
    assert rows["fork server, numpy + pandas + pyplot"].ratio <= 2.5
    if "ipykernel, first result" in rows:
        assert rows["ipykernel, first result"].median_ms >= 20 * rows["session, first result"].median_ms
    if "bubblewrap + python -I -S" in rows:
        assert rows["fork server"].median_ms < rows["bubblewrap + python -I -S"].median_ms
    one, eight = await throughput(1, 200), await throughput(8, 400)
    assert eight >= 1.5 * one
