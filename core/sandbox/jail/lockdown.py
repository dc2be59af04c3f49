"""The last steps of a process before it may read hostile text: it gives up everything it does not need, for good.

What is the same for every program is prepared once in the fork server, because each page of memory that a fresh child
writes to has to be copied first.
"""

import builtins
import io
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
from dataclasses import dataclass

from . import kernel, landlock, notices, root, seatbelt
from .attributes import forgive_attributes
from .cell import Notebook
from .config import ENVIRONMENT, JailConfig
from .report import ReportPage
from .seccomp import build_filter

LINE = 3  # the descriptor over which the program's text comes
_OURS = "jail"
_STACK_BYTES = 8 << 20
_THREAD_STACK_BYTES = 2 << 20  # the usual 8 MiB would make 60 threads take all the address space
_SIGNALS_WAITING = 64


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


class Interpreter:
    """Python as a program will find it, made once in the fork server."""

    def __init__(self, config: JailConfig) -> None:
        _set_environment(root.HOME)
        sys.argv[:] = [""]
        sys.executable = ""
        threading.stack_size(_THREAD_STACK_BYTES)
        _add_site_builtins()
        self._open_streams()
        # Kept here, out of a program's sight: freeing them would write to many pages.
        self._hidden = [sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)]
        self.notebook = Notebook()
        notices.watch()
        if config.mode in ("full", "lite"):
            _filter_for(config.mode, 1)  # from now on it is remembered

    @staticmethod
    def _open_streams() -> None:
        """Text streams over 0, 1 and 2, which stand for nothing and for a pipe here as they will in the program."""
        reading, writing = os.pipe()
        for number in (1, 2):
            os.dup2(writing, number)
        os.close(reading)
        os.close(writing)
        sys.stdin = os.fdopen(0, "r", encoding="utf-8", errors="replace", closefd=False)
        sys.stdout, sys.stderr = _unbuffered(1), _unbuffered(2)
        for name in ("stdin", "stdout", "stderr"):
            setattr(sys, f"__{name}__", getattr(sys, name))


def keep_descriptors(line: socket.socket, output: int) -> socket.socket:
    """The output on 1 and 2, the line on 3; the rest is closed when it is not needed any more."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    number = line.detach()
    if number != LINE:
        os.dup2(number, LINE, inheritable=False)
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=LINE)


def lock_down(config: JailConfig, place: Place, page: ReportPage) -> None:
    """Give up everything that a program does not need, for good. OSError says what was refused."""
    os.chdir(place.folder)
    if place.folder != root.HOME:
        _set_environment(place.folder)
    notices.write_to(page)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()  # the standard library seeds its own generator after a fork
    if config.mode == "full" and place.user is None:
        _count_threads_apart()
    _limit(config, place.threads_elsewhere)
    if place.ruleset is not None:
        _drop_rights(config, place, place.ruleset)
    kernel.close_from(LINE + 1)
    if config.mode == "seatbelt":
        seatbelt.enforce(config, place.folder)
    if config.mode == "lite":
        forgive_attributes(place.folder)
    if place.ruleset is not None:
        kernel.install_filter(_filter_for(config.mode, os.getpid()))


def _filter_for(mode: str, process: int) -> bytes:
    return build_filter(os.uname().machine, process, whole_host=mode == "lite")


def _drop_rights(config: JailConfig, place: Place, ruleset: int) -> None:
    """Linux: user, capabilities, Landlock, in the only order that works; the filter comes last of all."""
    if place.user is not None:
        if place.files_as_root:
            kernel.keep_capabilities()
        _become_user(place.user)
        if place.files_as_root:
            kernel.set_file_user(0)
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    # In lite mode the supervisor looks at the open files, to count those that have no name any more.
    kernel.prctl(kernel.PR_SET_DUMPABLE, int(config.mode == "lite"))
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user has cleared it
    landlock.enforce(ruleset)


def _become_user(user: int) -> None:
    if os.getgroups():  # in some containers nobody may change them, and there are none
        os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _count_threads_apart() -> None:
    """A user namespace of its own, only because the limit on threads is counted per user and namespace.

    It comes before the limit, which would otherwise become the one of all programs together.
    """
    try:
        kernel.unshare(kernel.CLONE_NEWUSER)
    except OSError:  # no more of them allowed: then all programs share one count
        return


def _set_environment(folder: str) -> None:
    os.environ.clear()
    os.environ.update(ENVIRONMENT | {"HOME": folder, "TMPDIR": folder, "MPLCONFIGDIR": f"{folder}/.matplotlib"})
    tempfile.tempdir = None


def _add_site_builtins() -> None:
    """`exit`, `quit` and `help`, which an interpreter without site-packages does not have."""
    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "the end of the program")
    builtins.quit = _sitebuiltins.Quitter("quit", "the end of the program")
    builtins.help = _sitebuiltins._Helper()


def _unbuffered(number: int) -> io.TextIOWrapper:
    """What was printed before a kill is never lost; what is no UTF-8 is shown as escapes instead of raising."""
    raw = io.FileIO(number, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def _is_ours(name: str) -> bool:
    return name == "__main__" or name.partition(".")[0] == _OURS


def _limit(config: JailConfig, threads_elsewhere: int) -> None:
    limits = {
        "RLIMIT_AS": config.memory,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": config.file,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NOFILE": config.open_files,
        "RLIMIT_NPROC": config.threads + threads_elsewhere,
        "RLIMIT_SIGPENDING": _SIGNALS_WAITING,
        "RLIMIT_STACK": _STACK_BYTES,
    }
    for name, value in limits.items():
        if hasattr(resource, name) and (name, sys.platform) != ("RLIMIT_AS", "darwin"):  # some are Linux alone
            resource.setrlimit(getattr(resource, name), (value, value))
