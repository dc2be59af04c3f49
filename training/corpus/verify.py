"""Running programs while rows are made: in this process, under a time limit, with files that exist only for them.

The programs are the corpus's own; programs of models run in the sandbox, never here.
"""

import io
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from core.sandbox.jail.traces import describe
from training.corpus.clock import BUILTINS

SECONDS = 2.0
_FILE = "<execute>"


class ProgramTooSlow(BaseException):
    """A program ran longer than its limit; not an Exception, so that no program can swallow it."""


class ProgramFailed(Exception):
    """A program ended with an exception; the message is what the sandbox shows: printed lines, then the traceback."""


def run(code: str, files: Mapping[str, str] | None = None) -> str:
    """What the program prints. Raises ProgramFailed with what is shown of the exception, ProgramTooSlow.

    `files` are the texts of the files that it may open, by name.
    """
    printed: list[str] = []

    def write(*values: object, sep: str = " ", end: str = "\n") -> None:
        printed.append(sep.join(map(str, values)) + end)

    def open_file(name: str) -> io.StringIO:
        if files is None or name not in files:
            raise FileNotFoundError(2, "No such file or directory", name)
        return io.StringIO(files[name])

    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": BUILTINS, "print": write, "open": open_file}
    try:
        _execute(code, space)
    except Exception as error:
        lines = {_FILE: code.splitlines()}
        raise ProgramFailed("".join(printed) + describe(error, lines)) from error
    return "".join(printed)


@contextmanager
def time_limits() -> Iterator[None]:
    """Inside, every `run` is interrupted after SECONDS; in threads other than the main one there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    _limited.append(True)
    try:
        yield
    finally:
        _limited.pop()
        signal.signal(signal.SIGALRM, before)


_limited: list[bool] = []


def _execute(code: str, space: dict[str, Any]) -> None:
    if not _limited:
        with time_limits():
            _timed(code, space, SECONDS if _limited else 0)
    else:
        _timed(code, space, SECONDS)


def _timed(code: str, space: dict[str, Any], seconds: float) -> None:
    if seconds:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        exec(compile(code, _FILE, "exec", dont_inherit=True), space)  # noqa: S102 - the corpus's own programs
    finally:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(number: int, frame: FrameType | None) -> None:
    raise ProgramTooSlow
