"""The process above one program: waits with a deadline, kills, and tells the bot what the kernel says about the end."""

import os
import select
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any

from . import folder as work
from .config import JailConfig
from .frames import KILL, packed, receive_exactly, receive_header
from .inside import CELL, DONE, LOCKED, be_the_program
from .lockdown import Interpreter, Place
from .meter import Meter
from .report import Report, ReportPage

_INTERRUPT_GRACE_SECONDS = 1.0
_CPU_GRACE_SECONDS = 1
_WORD_BYTES = 4096


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
        self._files_fit = True
        self._meter = Meter(config, place.folder, self._process)
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
        word = self._line.recv(_WORD_BYTES)
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
                if self._files_fit:
                    work.place(self._place.folder, name, content, self._file_owner())
            except OSError:
                self._files_fit = False
        return header, code

    def _run(self, header: dict[str, Any], code: bytes) -> None:
        if not self._files_fit or self._meter.folder_is_full():
            self._kill()
            turn = _Turn(deadline=0.0, session=False, killed="files")
            self._answer(self._account(turn, Report(), 0.0), [])
            return
        before = work.files_in(self._place.folder)
        timeout = float(header["timeout"])
        cpu_limit = self._meter.start(timeout + _CPU_GRACE_SECONDS)
        started = time.monotonic()
        turn = _Turn(deadline=started + timeout, session=bool(header["session"]))
        self._page.clear()
        if self._turns:
            os.kill(self._process, signal.SIGCONT)
        self._turns += 1
        self._hand_over(code, turn, 0 if turn.session else int(cpu_limit) + 1)
        self._watch(turn)
        seconds = time.monotonic() - started
        if self._ended is None:
            self._freeze()
        if turn.killed is None and self._meter.folder_is_full():
            turn.killed = "folder"
        report = self._page.read()
        files = work.bring_back(self._place.folder, before, self._config.files_back, self._config.files_back_bytes)
        self._answer(self._account(turn, report, seconds), files)

    def _account(self, turn: _Turn, report: Report, seconds: float) -> dict[str, Any]:
        return {
            "killed": turn.killed,
            "exit": None if self._ended is None else os.waitstatus_to_exitcode(self._ended),
            "cpu_exceeded": self._meter.cpu_is_exceeded(),
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

    def _hand_over(self, code: bytes, turn: _Turn, cpu_seconds: int) -> None:
        """Send the text; a session that does not read it runs into its deadline here."""
        self._line.setblocking(False)
        view = memoryview(CELL.pack(cpu_seconds, len(code)) + code)
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
            watched = [self._control.fileno()] if turn.killed is None else []
            if turn.session and self._line_open:
                watched.append(self._line.fileno())
            ready = self._poll(watched, min(left, self._meter.pause()))
            if self._check_exit():
                return
            if self._line.fileno() in ready:
                self._listen(turn)
            if self._control.fileno() in ready:
                self._obey(turn)
            elif turn.killed is None and (excess := self._meter.excess()):
                self._stop(turn, excess)

    def _listen(self, turn: _Turn) -> None:
        """One word can come: the cell is done. A program that says it too early harms only its own session."""
        try:
            word = self._line.recv(_WORD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            word = b""
        turn.done = word.startswith(DONE)
        self._line_open = turn.done

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
            self._note_end(status)

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
                self._note_end(status)
        return self._ended is not None

    def _kill(self) -> None:
        if self._ended is None:
            os.kill(self._process, signal.SIGKILL)
            self._note_end(os.waitpid(self._process, 0)[1])

    def _note_end(self, status: int) -> None:
        self._ended = status
        self._meter.ended()

    def _file_owner(self) -> int | None:
        return None if self._place.files_as_root else self._place.user
