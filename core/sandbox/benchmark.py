"""How fast programs start, beside a bare interpreter and what else is installed; everything in one interleaved run."""

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.errors import SandboxError

from .local import LocalBackend
from .program import Program
from .result import Mode, Status
from .sandbox import Sandbox
from .visible import interpreter

BARE = "python -I -S -c pass"

_NOTHING = "pass"
_PACKAGES = "import numpy, pandas, matplotlib.pyplot"
_SETTLE_SECONDS = 0.03  # between two measurements: what was ended has ended, what shall be ready is ready
_KERNEL_REPETITIONS = 3
_SESSIONS = 8  # alive while their memory is measured
_KERNEL = """
import json, time
from jupyter_client import KernelManager
started = time.perf_counter()
manager = KernelManager()
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(60)
client.execute_interactive("print(1)", output_hook=lambda message: None, timeout=60)
print(json.dumps(time.perf_counter() - started))
client.stop_channels()
manager.shutdown_kernel(now=True)
"""

Runs = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One way to run a program: wall clock in milliseconds, and its median divided by that of the bare interpreter."""

    name: str
    median_ms: float
    fastest_ms: float
    ratio: float
    repetitions: int
    note: str = ""


async def benchmark(repetitions: int = 30, *, mode: str = "auto") -> list[BenchmarkRow]:
    """Measure. The first row is the bare interpreter. SandboxError if there is no safe mode or a program fails."""
    async with Sandbox(mode=mode, ready=1) as ready, Sandbox(mode=mode, ready=0) as cold:
        if ready.mode is Mode.NONE:
            raise SandboxError(f"There is nothing to measure: {ready.reason}.")
        loaded = await ready.execute(_PACKAGES, timeout_seconds=30.0)
        with_packages = loaded.status is Status.OK
        if with_packages:
            await _succeeds(cold, _PACKAGES)
        variants: dict[str, Runs] = {
            BARE: lambda: _command([interpreter(), "-I", "-S", "-c", "pass"]),
            "ready program": lambda: _waiting(ready, _NOTHING),
            "fork server": lambda: _succeeds(cold, _NOTHING),
        }
        if with_packages:
            variants["ready program, numpy + pandas + pyplot"] = lambda: _waiting(ready, _PACKAGES)
            variants["fork server, numpy + pandas + pyplot"] = lambda: _succeeds(cold, _PACKAGES)
        variants["session, first result"] = lambda: _first_turn(ready)
        variants["session, next turn"] = lambda: _next_turn(ready)
        if command := _bubblewrap():
            variants["bubblewrap + python -I -S"] = lambda: _command(command)
        times = await _interleaved(variants, repetitions)
        if find_spec("ipykernel") and find_spec("jupyter_client"):
            kernel = await _interleaved({"ipykernel, first result": _kernel}, min(repetitions, _KERNEL_REPETITIONS))
            times |= kernel
        note = await _session_memory(ready)
    bare = statistics.median(times[BARE])
    return [_row(name, taken, bare, note if name.startswith("session, next") else "") for name, taken in times.items()]


async def throughput(callers: int, programs: int, *, mode: str = "auto") -> float:
    """Programs per second with so many callers at once."""
    async with Sandbox(mode=mode) as sandbox:
        await _succeeds(sandbox, _NOTHING)
        left = iter(range(programs))

        async def call() -> None:
            for _ in left:
                await _succeeds(sandbox, _NOTHING)

        started = time.perf_counter()
        await asyncio.gather(*[call() for _ in range(callers)])
        return programs / (time.perf_counter() - started)


def as_table(rows: Iterable[BenchmarkRow]) -> str:
    """The rows for people."""
    lines = [f"{'':44}{'median ms':>10}{'fastest':>9}{'ratio':>8}"]
    lines += [f"{row.name:44}{row.median_ms:10.1f}{row.fastest_ms:9.1f}{row.ratio:8.2f}  {row.note}" for row in rows]
    return "\n".join(line.rstrip() for line in lines)


async def _interleaved(variants: dict[str, Runs], repetitions: int) -> dict[str, list[float]]:
    """Every variant once, then every variant again: what slows the machine down slows all of them down."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(repetitions):
        for name, run in variants.items():
            await asyncio.sleep(_SETTLE_SECONDS)
            times[name].append(await run())
    return times


async def _succeeds(sandbox: Sandbox, code: str, session: str | None = None) -> float:
    started = time.perf_counter()
    result = await sandbox.execute(code, timeout_seconds=30.0, session=session)
    taken = time.perf_counter() - started
    if result.status is not Status.OK:
        raise SandboxError(f"A program of the benchmark ended with {result.status}: {result.output}")
    return taken


async def _waiting(sandbox: Sandbox, code: str) -> float:
    """The time with a program that is ready, however long it took to get ready."""
    for program in _waiting_programs(sandbox):
        await program.meet()
    return await _succeeds(sandbox, code)


async def _first_turn(sandbox: Sandbox) -> float:
    await sandbox.end_session("benchmark")
    return await _succeeds(sandbox, "x = 1\nprint(x)", "benchmark")


async def _next_turn(sandbox: Sandbox) -> float:
    return await _succeeds(sandbox, "print(x)", "benchmark")


async def _command(command: list[str]) -> float:
    def run() -> float:
        started = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    return await asyncio.to_thread(run)


async def _kernel() -> float:
    def run() -> float:
        words = [sys.executable, "-c", _KERNEL]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return float(json.loads(done.stdout))

    return await asyncio.to_thread(run)


def _bubblewrap() -> list[str] | None:
    """The same interpreter in namespaces, but without a filter or limits; None where it is missing or refused."""
    path = shutil.which("bwrap")
    if path is None:
        return None
    seen = [
        word for folder in ("/usr", "/lib", "/lib64", sys.base_prefix) for word in ("--ro-bind-try", folder, folder)
    ]
    command = [path, "--unshare-all", "--die-with-parent", *seen, "--tmpfs", "/tmp", "--dev", "/dev", "--chdir", "/tmp"]
    command += [interpreter(), "-I", "-S", "-c", "pass"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return command if done.returncode == 0 else None


def _waiting_programs(sandbox: Sandbox) -> list[Program]:
    return sandbox.backend.waiting if isinstance(sandbox.backend, LocalBackend) else []


async def _session_memory(sandbox: Sandbox) -> str:
    """Proportional memory of a session, both of its processes, with several alive; empty where it is not told."""
    if not isinstance(sandbox.backend, LocalBackend):
        return ""
    keys = [f"benchmark {number}" for number in range(_SESSIONS)]
    for key in keys:
        await _succeeds(sandbox, "x = 1", key)
    try:
        pids = [
            (program.processes.supervisor, program.processes.program)
            for program in sandbox.backend.sessions
            if program.processes
        ]
        kib = sum(_proportional_kib(pid) for pair in pids for pid in pair) / len(pids)
    except OSError:
        return ""
    finally:
        for key in keys:
            await sandbox.end_session(key)
    return f"{kib / 1024:.1f} MiB proportional memory each"


def _proportional_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _row(name: str, taken: list[float], bare: float, note: str) -> BenchmarkRow:
    median = statistics.median(taken)
    return BenchmarkRow(name, median * 1000, min(taken) * 1000, median / bare, len(taken), note)
