"""What a program may have left behind on the host: processes and folders that belong to nothing that still waits."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .local import LocalBackend

_LOOK_EVERY_SECONDS = 0.01


@contextlib.contextmanager
def adopting_orphans() -> Iterator[frozenset[int]]:
    """Processes that lose their parent become children of this one, so that none gets away; the children so far."""
    if sys.platform != "linux":
        yield frozenset()
        return
    from .jail import kernel

    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield _children(os.getpid())
    finally:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 0)


async def leftovers(backend: LocalBackend, seconds: float, children: frozenset[int] | None = None) -> list[str]:
    """What is still there after `seconds`, one sentence each; returns as soon as there is nothing.

    With `children`, every child of this process that is not among them counts, too: see `adopting_orphans`.
    """
    end = time.monotonic() + seconds
    while True:
        found = await _look(backend, children)
        if not found or time.monotonic() >= end:
            return found
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def _look(backend: LocalBackend, children: frozenset[int] | None) -> list[str]:
    expected = {profile.pid for profile in backend.profiles}
    waiting = backend.waiting
    for program in waiting:
        await program.meet()
        if program.processes is not None:
            expected |= {program.processes.supervisor, program.processes.program}
    tokens = {profile.token for profile in backend.profiles if profile.token}
    seen = _processes(tokens, expected)
    if children is not None:
        seen |= _children(os.getpid()) - children
    found = sorted(f"process {pid} is still there" for pid in seen - expected)
    folders = [folder for profile in backend.profiles if (folder := profile.host_folder)]
    places = _work_folders(folders)
    if len(places) > len(waiting):
        found.append(f"{len(places)} work folders for {len(waiting)} programs")
    return found


def _work_folders(folders: list[str]) -> list[Path]:
    return [path for folder in folders for path in Path(folder).glob("work-*")]


def _processes(tokens: set[str], roots: set[int | None]) -> set[int | None]:
    """Everything that carries a token, and everything that descends from a fork server whatever it calls itself."""
    parents: dict[int, int] = {}
    marked: set[int | None] = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[int(name)] = int(Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
            if tokens & {word.decode("utf-8", "replace") for word in words}:
                marked.add(int(name))
    below = [pid for pid in parents if pid not in roots and _descends(pid, parents, roots)]
    return marked | set(below)


def _children(process: int) -> frozenset[int]:
    """The direct children of a process that have not ended."""
    found = set()
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            state, parent = Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()[:2]
            if int(parent) == process and state != "Z":
                found.add(int(name))
    return frozenset(found)


def _descends(pid: int, parents: dict[int, int], roots: set[int | None]) -> bool:
    while pid in parents and parents[pid] != 0:
        pid = parents[pid]
        if pid in roots:
            return True
    return False
