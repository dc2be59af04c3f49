"""Run a Python program as the user nobody, even where the interpreter lies in a home folder that is closed to others.

    python ordinary_user.py SCRIPT [ARGUMENT …]    started by root

The closed folder is covered by an empty one in a mount namespace of this process alone, and what is needed of it is
put back at its old place.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.sandbox.jail import kernel  # noqa: E402 (the path comes first)

USER = 65534


def closed_ancestor(path: Path) -> Path | None:
    """The first folder on the way to `path` that other users cannot pass."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)


def open_the_way(needed: list[Path]) -> None:
    """Make `needed` reachable for everyone, in this process and its children only."""
    closed = {folder for path in needed if (folder := closed_ancestor(path))}
    if not closed:
        return
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    inside = [path for path in dict.fromkeys(needed) if any(folder in path.parents for folder in closed)]
    copies = {path: kernel.copy_mount(str(path)) for path in inside}
    for folder in closed:
        kernel.mount("way", str(folder), "tmpfs", 0, "size=1m,mode=755")
    for path, copy in copies.items():
        path.mkdir(parents=True)
        kernel.attach_mount(copy, str(path))


if __name__ == "__main__":
    os.umask(0o022)
    open_the_way([Path(sys.base_prefix), Path(sys.prefix), ROOT])
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/nonexistent",
    }
    os.chdir("/")
    os.execve(sys.executable, [sys.executable, *sys.argv[1:]], environment)
