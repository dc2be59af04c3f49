"""Run a program's text like a notebook cell: the last expression is echoed, an exception is described."""

import ast
import builtins
import linecache
import mmap
import signal
import sys
import threading
import time
from types import CodeType, ModuleType

from . import figures, notices
from .report import FAILED, MEMORY, PROCESS, ReportPage
from .traces import describe, last_line

NAME = "<execute>"
_FAILURE = 1
_RESERVE_BYTES = 4 << 20  # given back when memory is exhausted, so that the end can still be told
_THREADS_GRACE_SECONDS = 1.0  # for threads that the program started and did not wait for
_ATTEMPTS = 20  # a program's signal handlers and trace functions may interrupt us at any line


class Notebook:
    """One `__main__` module, in which one cell (a program) or several (a session) are run.

    It is made in the fork server; what is run in it stays in the child. There, `page` is set first.
    """

    page: ReportPage

    def __init__(self) -> None:
        self._sources: dict[str, list[str]] = {}
        self._builtins = dict(builtins.__dict__)
        self._sys = {name: getattr(sys, name) for name in ("settrace", "setprofile", "setrecursionlimit")}
        self._exc_info = sys.exc_info
        self._reserve: mmap.mmap | None = _reserve()
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        threading.excepthook = self._tell_of_thread
        self._main = ModuleType("__main__")
        self._main.__dict__["__builtins__"] = builtins
        sys.modules["__main__"] = self._main

    def run(self, code: str) -> int:
        """Run one cell. Returns the exit status that a script would have."""
        self._reserve = self._reserve or _reserve()
        error: BaseException | None = None
        try:
            self._execute(code)
        except:  # noqa: E722 (the program may have removed the name BaseException)
            self._restore()
            error = self._exc_info()[1]
            self._give_back_reserve()
        return self._finish(error)

    def run_to_the_end(self, code: str) -> int:
        """Run the only cell of a program, and wait a moment for its threads."""
        status = self.run(code)
        self._wait_for_threads()
        return status

    def _restore(self) -> None:
        """Python's own names, whatever the program has done to them."""
        builtins.__dict__.update(self._builtins)
        sys.__dict__.update(self._sys)

    def _give_back_reserve(self) -> None:
        reserve, self._reserve = self._reserve, None
        if reserve is not None:
            reserve.close()

    def _execute(self, code: str) -> None:
        name = NAME if not self._sources else f"<execute {len(self._sources) + 1}>"
        lines = code.splitlines(keepends=True)
        self._sources[name] = lines
        linecache.cache[name] = (len(code), None, lines, name)
        body, last = _parsed(code, name)
        evaluate, sys_module = eval, sys  # the program may take the names away
        _listen_to_interrupts()
        try:
            exec(body, self._main.__dict__)  # noqa: S102 (this is what the page is for)
            if last is not None:
                sys_module.displayhook(evaluate(last, self._main.__dict__))
            figures.save_open()
        finally:
            self._restore()
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))

    def _finish(self, error: BaseException | None) -> int:
        """Tell how it ended, through whatever the program left behind."""
        status = 0 if error is None else _exit_status(error)
        for _ in range(_ATTEMPTS):
            try:
                self._disarm()
                self._tell(error, status)
                break
            except BaseException:  # noqa: S112 (raised by the program's own handlers: again, until they are used up)
                continue
        return status

    def _disarm(self) -> None:
        """Take our interpreter back: names, tracing, streams."""
        self._restore()
        sys.settrace(None)
        sys.setprofile(None)
        sys.setrecursionlimit(1000)
        for stream in (sys.stdout, sys.stderr, *self._streams[1:]):
            try:
                stream.flush()
            except BaseException:  # noqa: S112 (closed, replaced, broken: the program's own affair)
                continue
        sys.stdin, sys.stdout, sys.stderr = self._streams

    def _tell(self, error: BaseException | None, status: int) -> None:
        if error is None or status == 0:
            return
        self.page.note(FAILED)
        if isinstance(error, MemoryError):
            self.page.note(MEMORY)
        if notices.came_from_processes(error):
            self.page.note(PROCESS)
        if isinstance(error, SystemExit):
            self.page.write("" if isinstance(error.code, int) else _exit_text(error))
            return
        try:
            text = describe(error, self._sources)
        except BaseException:  # not enough memory or stack for more
            text = last_line(error)
        self.page.write(text)

    def _tell_of_thread(self, end: threading.ExceptHookArgs) -> None:
        """An exception that ended one of the program's own threads, in the same form."""
        if end.exc_value is not None and not isinstance(end.exc_value, SystemExit):
            name = end.thread.name if end.thread else "a thread"
            print(f"Exception in {name}:\n{describe(end.exc_value, self._sources)}", end="", file=sys.stderr)

    def _wait_for_threads(self) -> None:
        """Give the threads that the program started a moment: a script would wait for them without end."""
        end = time.monotonic() + _THREADS_GRACE_SECONDS
        try:
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join(max(0.0, end - time.monotonic()))
        except BaseException:  # a program may have replaced any of this
            return


def _reserve() -> mmap.mmap:
    """Address space alone: no page of it is ever touched."""
    return mmap.mmap(-1, _RESERVE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _parsed(code: str, name: str) -> tuple[CodeType, CodeType | None]:
    """The program, and apart from it the expression at its end, if there is one."""
    try:
        tree = ast.parse(code, name)
        if not tree.body or not isinstance(tree.body[-1], ast.Expr):
            return compile(tree, name, "exec"), None
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        return compile(tree, name, "exec"), compile(last, name, "eval")
    except RecursionError:  # deeply nested, but the compiler alone can go deeper than its tree as objects
        return compile(code, name, "exec"), None


def _exit_status(error: BaseException) -> int:
    if not isinstance(error, SystemExit):
        return _FAILURE
    code = error.code
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else _FAILURE


def _exit_text(error: SystemExit) -> str:
    """What `sys.exit("message")` prints."""
    try:
        return f"{error.code}\n"
    except BaseException:
        return ""


def _listen_to_interrupts() -> None:
    """Only while a cell runs; an interrupt that came too late for the cell before is thrown away."""
    interrupt = (signal.SIGINT,)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "sigtimedwait"):
        signal.sigtimedwait(interrupt, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, interrupt)
