"""The last steps of a process before it may read hostile text: it gives up everything it does not need, for good."""

import io
import os
import resource
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass

from . import kernel, landlock, notices, seatbelt
from .config import ENVIRONMENT, JailConfig
from .report import ReportPage
from .seccomp import build_filter

LINE = 3  # the descriptor over which the program's text comes
_OURS = frozenset({"jail", "__main__"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program will run: its folder, its own user (None: the user we are), Landlock's ruleset or None.

    `files_as_root` keeps root's view of the files that are shown, where they are readable by root alone.
    """

    folder: str
    user: int | None = None
    files_as_root: bool = False
    ruleset: int | None = None
    threads_elsewhere: int = 0  # of the same user, outside of the program


def keep_descriptors(line: socket.socket, output: int) -> socket.socket:
    """Nothing readable on 0, the output on 1 and 2, the line on 3; the rest is closed when it is not needed any more."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    number = line.detach()
    if number != LINE:
        os.dup2(number, LINE, inheritable=False)
    return socket.socket(fileno=LINE)


def become_program(config: JailConfig, place: Place, page: ReportPage) -> None:
    """Turn this process, whose descriptors are kept in place already, into a locked-down interpreter."""
    os.chdir(place.folder)
    os.umask(0o022)
    _close_environment(place.folder)
    _restore_python(config)
    notices.watch(page)
    _limit(config, place.threads_elsewhere)
    if place.ruleset is not None:
        _lock(config, place, place.ruleset)
    kernel.close_from(LINE + 1)
    if config.mode == "seatbelt":
        seatbelt.enforce(config, place.folder)
    if place.ruleset is not None:
        kernel.install_filter(build_filter(os.uname().machine, os.getpid()))


def _lock(config: JailConfig, place: Place, ruleset: int) -> None:
    """Linux: user, capabilities, Landlock, in the only order that works; the filter comes last of all."""
    if place.user is not None:
        _become_user(place.user)
        if place.files_as_root:
            kernel.set_file_user(0)
    elif config.mode == "full":
        _count_threads_apart()
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user has cleared it
    landlock.enforce(ruleset)


def _become_user(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _count_threads_apart() -> None:
    """A user namespace of its own, only because the limit on threads is counted per user and namespace."""
    try:
        kernel.unshare(kernel.CLONE_NEWUSER)
    except OSError:  # no more of them allowed: then all programs share one count
        return


def _close_environment(folder: str) -> None:
    os.environ.clear()
    os.environ.update(ENVIRONMENT | {"HOME": folder, "TMPDIR": folder, "MPLCONFIGDIR": f"{folder}/.matplotlib"})
    tempfile.tempdir = None


def _restore_python(config: JailConfig) -> None:
    """The interpreter as a script finds it, and nothing of ours by name."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv[:] = [""]
    sys.executable = ""
    sys.path[:] = config.search
    sys.stdin = os.fdopen(0, "r", encoding="utf-8", errors="replace", closefd=False)
    sys.stdout, sys.stderr = _unbuffered(1), _unbuffered(2)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()  # the standard library seeds its own generator after a fork


def _unbuffered(number: int) -> io.TextIOWrapper:
    """What was printed before a kill is never lost; what is no UTF-8 is shown as escapes instead of raising."""
    raw = io.FileIO(number, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)  # type: ignore[type-var]


def _limit(config: JailConfig, threads_elsewhere: int) -> None:
    limits = {
        resource.RLIMIT_AS: config.memory,
        resource.RLIMIT_FSIZE: config.file,
        resource.RLIMIT_NOFILE: config.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_STACK: 8 << 20,
        resource.RLIMIT_NPROC: config.threads + threads_elsewhere,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for name in ("RLIMIT_MSGQUEUE", "RLIMIT_SIGPENDING"):  # Linux only
        if hasattr(resource, name):
            limits[getattr(resource, name)] = 0 if name == "RLIMIT_MSGQUEUE" else 64
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))
