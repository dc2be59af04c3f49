"""The benchmark's rows, its goals in a small form, and that a crowd is served."""

import os
from pathlib import Path

import pytest

from core.sandbox import Sandbox
from core.sandbox.benchmark import BARE, as_table, benchmark, throughput
from core.sandbox.local import LocalBackend

from .conftest import needs_root


async def test_every_row_is_measured_against_the_bare_interpreter():
    rows = {row.name: row for row in await benchmark(2)}
    assert list(rows)[:3] == [BARE, "ready program", "fork server"]
    assert rows[BARE].ratio == 1
    assert {"session, first result", "session, next turn"} <= set(rows)
    assert all(row.median_ms >= row.fastest_ms > 0 and row.ratio > 0 for row in rows.values())
    assert as_table(rows.values()).count("\n") == len(rows)


@pytest.mark.timeout(300)
async def test_a_ready_program_starts_faster_than_a_bare_interpreter():
    """The goals are ratios of medians on an idle machine; here the fastest of a few are compared, with room."""
    rows = {row.name: row for row in await benchmark(8)}
    bare = rows[BARE].fastest_ms
    assert rows["ready program"].fastest_ms < 0.8 * bare
    assert rows["fork server"].fastest_ms < 2.5 * bare
    assert rows["session, next turn"].fastest_ms < 0.5 * bare
    if "fork server, numpy + pandas + pyplot" in rows:
        assert rows["fork server, numpy + pandas + pyplot"].fastest_ms < 6 * bare


async def test_a_crowd_is_served_faster_than_one_after_the_other():
    if (os.cpu_count() or 1) == 1:
        assert await throughput(4, 8) > 0
        return
    assert max([await throughput(8, 40) / await throughput(1, 20) for _ in range(2)]) > 1.0


@needs_root
async def test_a_session_takes_little_memory(sandbox: Sandbox):
    for number in range(6):
        await sandbox.execute("import numpy\nx = 1", session=f"memory {number}", timeout_seconds=20)
    assert isinstance(sandbox.backend, LocalBackend)
    sizes = []
    for program in sandbox.backend.sessions:
        assert program.processes is not None
        pids = (program.processes.supervisor, program.processes.program)
        lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
        sizes.append(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")))
    for number in range(6):
        await sandbox.end_session(f"memory {number}")
    assert sum(sizes) / len(sizes) < 25 * 1024
