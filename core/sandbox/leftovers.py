"""What a program may have left behind on the host: processes and folders that belong to nothing that still waits."""

import asyncio
import contextlib
import os
import time
from pathlib import Path

from .local import LocalBackend

_LOOK_EVERY_SECONDS = 0.01


async def leftovers(backend: LocalBackend, seconds: float) -> list[str]:
    """What is still there after `seconds`, one sentence each; returns as soon as there is nothing."""
    end = time.monotonic() + seconds
    while True:
        found = await _look(backend)
        if not found or time.monotonic() >= end:
            return found
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def _look(backend: LocalBackend) -> list[str]:
    expected = {profile.pid for profile in backend.profiles}
    waiting = backend.waiting
    for program in waiting:
        await program.meet()
        if program.processes is not None:
            expected |= {program.processes.supervisor, program.processes.program}
    tokens = {profile.token for profile in backend.profiles if profile.token}
    found = [f"process {pid} is still there" for pid in _processes(tokens, expected) if pid not in expected]
    folders = [folder for profile in backend.profiles if (folder := profile.host_folder)]
    places = [path for folder in folders for path in Path(folder).glob("work-*")]
    if len(places) > len(waiting):
        found.append(f"{len(places)} work folders for {len(waiting)} programs")
    return found


def _processes(tokens: set[str], roots: set[int | None]) -> list[int]:
    """Everything that carries a token, and everything that descends from a fork server whatever it calls itself."""
    parents: dict[int, int] = {}
    marked = []
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            status = Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()
            parents[int(name)] = int(status[1])
            words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
            if tokens & {word.decode("utf-8", "replace") for word in words}:
                marked.append(int(name))
    below = [pid for pid in parents if pid not in roots and _descends(pid, parents, roots)]
    return sorted({*marked, *below})


def _descends(pid: int, parents: dict[int, int], roots: set[int | None]) -> bool:
    while pid in parents and parents[pid] != 0:
        pid = parents[pid]
        if pid in roots:
            return True
    return False
