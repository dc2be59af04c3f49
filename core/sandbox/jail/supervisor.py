"""The process above one program: waits with a deadline, kills, and tells the bot what the kernel says about the end."""

import os
import resource
import select
import signal
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from . import folder as work
from . import seatbelt
from .cell import Notebook
from .config import JailConfig
from .frames import KILL, packed, reason, receive_exactly, receive_header
from .lockdown import Interpreter, Place, keep_descriptors, lock_down
from .report import Report, ReportPage

LOCKED = b"L"
DONE = b"D"
_CELL = struct.Struct("!II")  # processor seconds for a program, 0 for a cell of a session; length of the text
_INTERRUPT_GRACE_SECONDS = 1.0
_CPU_GRACE_SECONDS = 1
_CPU_CLOCK = 2  # the process clock, in the kernel's encoding of a clock and a process in one number
_GLANCE_SECONDS = 0.02
_GLANCES_PER_LOOK = 5
_LOOK_SECONDS = 0.1  # how often a folder without limits of its own, or memory without them, is measured
_RUNNER_FAILED = 70


@dataclass(slots=True)
class _Turn:
    """One cell while it runs."""

    deadline: float
    session: bool
    killed: str | None = None
    done: bool = False  # the session says so; the process lives on


class Supervisor:
    """Owns one program process. `control` is the line to the bot: when it closes, everything ends."""

    def __init__(
        self, config: JailConfig, place: Place, interpreter: Interpreter, control: socket.socket, output: int
    ) -> None:
        self._config = config
        self._place = place
        self._control = control
        self._page = ReportPage()
        self._line, line = socket.socketpair()
        self._process = os.fork()
        if self._process == 0:
            be_the_program(config, place, interpreter, self._page, line, output)
        line.close()
        os.close(output)
        self._ended: int | None = None  # the wait status
        self._line_open = True
        self._turns = 0
        self._cpu_limit = 0.0
        self._problem = ""
        self._glances = 0
        self._disk_before = (0, 0)  # free blocks, free inodes
        self._exit = os.pidfd_open(self._process) if hasattr(os, "pidfd_open") else None

    def serve(self) -> None:
        """Run what the bot sends, one cell after the other, until it hangs up or the program ends."""
        try:
            self._wait_until_locked()
            while self._ended is None and self._wait_for_request():
                self._control.setblocking(True)
                header, code = self._receive()
                self._run(header, code)
        except (EOFError, BrokenPipeError, ConnectionResetError):  # the bot has gone, or gave this one up
            pass
        finally:
            self._kill()

    def _wait_until_locked(self) -> None:
        word = self._line.recv(4096)
        if word != LOCKED:
            problem = word.decode("utf-8", "replace") or "the program process ended while it was locked down"
            self._control.sendall(packed({"problem": problem}))
            raise EOFError
        self._control.sendall(packed({"supervisor": os.getpid(), "program": self._process}))

    def _wait_for_request(self) -> bool:
        """False when the bot hangs up, the program ends by itself, or a session has been idle for too long."""
        end = time.monotonic() + self._config.idle_seconds if self._turns else None
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            ready = self._poll([self._control.fileno()], left)
            if self._check_exit():
                return False
            if self._control.fileno() in ready:
                return True

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        header = receive_header(self._control)
        code = receive_exactly(self._control, header["code"])
        for name, size in header["files"]:
            content = receive_exactly(self._control, size)
            try:
                if not self._problem:
                    work.place(self._place.folder, name, content, self._file_owner())
            except OSError as error:
                self._problem = f"{error.strerror}"
        return header, code

    def _run(self, header: dict[str, Any], code: bytes) -> None:
        if self._problem:
            self._kill()
            turn = _Turn(deadline=0.0, session=False, killed="files")
            self._answer(self._account(turn, Report(), 0.0), [])
            return
        before = work.files_in(self._place.folder)
        timeout = float(header["timeout"])
        disk = os.statvfs(self._place.folder)
        self._disk_before = (disk.f_bfree, disk.f_ffree)
        started = time.monotonic()
        turn = _Turn(deadline=started + timeout, session=bool(header["session"]))
        self._page.clear()
        self._cpu_limit = self._cpu_used() + timeout + _CPU_GRACE_SECONDS
        if self._turns:
            os.kill(self._process, signal.SIGCONT)
        self._turns += 1
        self._hand_over(code, turn)
        self._watch(turn)
        seconds = time.monotonic() - started
        if self._ended is None:
            self._freeze()
        if turn.killed is None and self._measures_folder() and self._folder_is_full():
            turn.killed = "folder"
        report = self._page.read()
        files = work.bring_back(self._place.folder, before, self._config.files_back, self._config.files_back_bytes)
        self._answer(self._account(turn, report, seconds), files)

    def _account(self, turn: _Turn, report: Report, seconds: float) -> dict[str, Any]:
        return {
            "killed": turn.killed,
            "exit": None if self._ended is None else os.waitstatus_to_exitcode(self._ended),
            "cpu_exceeded": self._cpu_used() >= self._cpu_limit,
            "seconds": seconds,
            "flags": report.flags,
            "text": report.text,
        }

    def _answer(self, header: dict[str, Any], files: list[tuple[str, bytes]]) -> None:
        header["files"] = [[name, len(content)] for name, content in files]
        self._control.sendall(packed(header))
        for _, content in files:
            self._control.sendall(content)

    # -- while it runs

    def _hand_over(self, code: bytes, turn: _Turn) -> None:
        """Send the text; a session that does not read it runs into its deadline here."""
        self._line.setblocking(False)
        cpu_seconds = 0 if turn.session else int(self._cpu_limit) + 1
        view = memoryview(_CELL.pack(cpu_seconds, len(code)) + code)
        while view and not self._check_exit():
            if time.monotonic() >= turn.deadline:
                self._stop(turn, "timeout")
                return
            try:
                view = view[self._line.send(view) :]
            except BlockingIOError:
                self._poll([], 0.001)
            except OSError:  # it has closed its end
                return

    def _watch(self, turn: _Turn) -> None:
        """Until the program ends, a session's cell is done, or one of them is made to end."""
        while self._ended is None and not turn.done:
            left = turn.deadline - time.monotonic()
            if left <= 0:
                self._stop(turn, "timeout")
                continue
            pause = self._pause()
            watched = [self._control.fileno()] if turn.killed is None else []
            if turn.session and self._line_open:
                watched.append(self._line.fileno())
            ready = self._poll(watched, min(left, pause))
            if self._check_exit():
                return
            if self._line.fileno() in ready:
                self._listen(turn)
            if self._control.fileno() in ready:
                self._obey(turn)
            elif turn.killed is None and (excess := self._excess()):
                self._stop(turn, excess)

    def _listen(self, turn: _Turn) -> None:
        try:
            word = self._line.recv(1)
        except BlockingIOError:
            return
        except OSError:
            word = b""
        turn.done = word == DONE
        self._line_open = bool(word)

    def _obey(self, turn: _Turn) -> None:
        if self._control.recv(1) != KILL:
            raise EOFError
        self._stop(turn, "output")

    def _stop(self, turn: _Turn, why: str) -> None:
        """A session gets a moment to stop by itself, so that its variables survive; everything else is killed."""
        if turn.session and self._line_open and turn.killed is None:
            turn.killed = why
            turn.deadline = time.monotonic() + _INTERRUPT_GRACE_SECONDS
            os.kill(self._process, signal.SIGINT)
            return
        turn.killed = turn.killed or why
        self._kill()

    def _freeze(self) -> None:
        """Between its turns a session stands still: threads that it left behind use no processor time."""
        os.kill(self._process, signal.SIGSTOP)
        _, status = os.waitpid(self._process, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self._ended = status

    # -- what the kernel says

    def _poll(self, descriptors: list[int], seconds: float | None) -> set[int]:
        """Wait until one is readable, the program ends, or the time is over."""
        poll = select.poll()
        for descriptor in descriptors:
            poll.register(descriptor, select.POLLIN)
        if self._exit is not None:
            poll.register(self._exit, select.POLLIN)
        return {descriptor for descriptor, _ in poll.poll(None if seconds is None else max(0.0, seconds) * 1000)}

    def _check_exit(self) -> bool:
        if self._ended is None:
            process, status = os.waitpid(self._process, os.WNOHANG)
            if process:
                self._ended = status
        return self._ended is not None

    def _kill(self) -> None:
        if self._ended is None:
            os.kill(self._process, signal.SIGKILL)
            self._ended = os.waitpid(self._process, 0)[1]

    # -- what is measured

    def _cpu_used(self) -> float:
        if self._ended is not None:
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            return usage.ru_utime + usage.ru_stime
        try:
            return time.clock_gettime((~self._process << 3) | _CPU_CLOCK)
        except OSError:  # not Linux
            return 0.0

    def _pause(self) -> float:
        """How long nothing can go wrong unseen: no program uses more processor time than there are processors."""
        if self._measures_folder():
            return _GLANCE_SECONDS
        return max(_LOOK_SECONDS, (self._cpu_limit - self._cpu_used()) / (os.cpu_count() or 1))

    def _excess(self) -> str | None:
        if self._cpu_used() >= self._cpu_limit:
            return "timeout"
        if self._measures_folder():
            self._glances += 1
            due = self._glances % _GLANCES_PER_LOOK == 0
            if (due or self._disk_is_shrinking()) and self._folder_is_full():
                return "folder"
        if self._config.mode == "seatbelt" and seatbelt.resident_bytes(self._process) > self._config.memory:
            return "memory"
        return None

    def _measures_folder(self) -> bool:
        return self._config.mode != "full"

    def _folder_is_full(self) -> bool:
        size, entries = work.usage(self._place.folder, self._config.inodes, self._process)
        return size > self._config.work or entries > self._config.inodes

    def _disk_is_shrinking(self) -> bool:
        """Has the whole file system lost as much as the work folder may take? Then it is time for a close look."""
        now = os.statvfs(self._place.folder)
        blocks, inodes = self._disk_before
        lost = (blocks - now.f_bfree) * now.f_frsize
        return lost > self._config.work or inodes - now.f_ffree > self._config.inodes

    def _file_owner(self) -> int | None:
        return None if self._place.files_as_root else self._place.user


def be_the_program(
    config: JailConfig,
    place: Place,
    interpreter: Interpreter,
    page: ReportPage,
    line: socket.socket,
    output: int,
) -> NoReturn:
    """Lock this process down, then run what comes over the line. Never returns."""
    status, leave = _RUNNER_FAILED, os._exit
    try:
        line = keep_descriptors(line, output)
        try:
            lock_down(config, place, page)
        except BaseException as error:
            line.sendall(reason(error).encode("utf-8", "replace")[:4000])
            raise
        interpreter.notebook.page = page
        line.sendall(LOCKED)
        status = _run_cells(interpreter.notebook, line)
    finally:
        leave(status)  # in no case back into the code of the supervisor


def _run_cells(notebook: Notebook, line: socket.socket) -> int:
    """The cells of a session one after the other, or one program; its exit status."""
    while True:
        cpu_seconds, size = _CELL.unpack(receive_exactly(line, _CELL.size))
        code = receive_exactly(line, size).decode("utf-8", "surrogatepass")
        if cpu_seconds:
            line.close()
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            return notebook.run_to_the_end(code)
        try:
            notebook.run(code)
        except KeyboardInterrupt:  # it came between two of our own lines
            pass
        line.sendall(DONE)
