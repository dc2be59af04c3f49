"""The process that a program runs in: it locks itself down, then runs what comes over the line."""

import contextlib
import os
import resource
import socket
import struct
from typing import NoReturn

from .cell import Notebook
from .config import JailConfig
from .frames import reason, receive_exactly
from .lockdown import Interpreter, Place, keep_descriptors, lock_down
from .report import ReportPage

LOCKED = b"L"
DONE = b"D"
CELL = struct.Struct("!II")  # processor seconds for a program, 0 for a cell of a session; length of the text
_RUNNER_FAILED = 70


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
        cpu_seconds, size = CELL.unpack(receive_exactly(line, CELL.size))
        code = receive_exactly(line, size).decode("utf-8", "surrogatepass")
        if cpu_seconds:
            line.close()
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            return notebook.run_to_the_end(code)
        with contextlib.suppress(KeyboardInterrupt):  # it came between two of our own lines
            notebook.run(code)
        line.sendall(DONE)
