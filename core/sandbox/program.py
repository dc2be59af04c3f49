"""The bot's end of one program: send its text, collect what it prints, learn how it ended."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .jail.frames import KILL, LENGTH, packed
from .names import distinct_names
from .result import Limits, ProgramFile
from .verdict import Ending

_CHUNK = 1 << 16
_READ_PAUSE_SECONDS = 0.005  # a program that prints single bytes must not keep the event loop busy
_PATIENCE_SECONDS = 10.0  # the supervisor keeps the time; this only bounds its own failure
_START_SECONDS = 120.0  # a fork server may still be importing packages


class ProgramLost(Exception):
    """The supervisor has gone without an answer: nothing is known about the program."""


class ProgramRefused(Exception):
    """The supervisor says why the program was not started."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Ids of the processes behind a program, as the host sees them."""

    supervisor: int
    program: int


class Program:
    """One process that waits for text; in a session, for one text after the other.

    It belongs to no event loop between two runs. Closing it kills what runs.
    """

    def __init__(self, control: socket.socket, output: int) -> None:
        self._closed = False
        self._control = control
        self._output = output
        self._received = bytearray()
        self.processes: Processes | None = None
        control.setblocking(False)
        os.set_blocking(output, False)

    async def run(
        self, code: str, files: Sequence[ProgramFile], limits: Limits, timeout_seconds: float, *, session: bool
    ) -> Ending:
        """Run one text. ProgramLost and ProgramRefused are raised; cancelling kills the program."""
        printed = _Printed(self._output, limits, self._stop_flood)
        try:
            printed.start()
            try:
                header, back = await self._converse(code, files, timeout_seconds, session)
            finally:
                printed.stop()
        except (OSError, TimeoutError, EOFError) as error:
            self.close()
            raise ProgramLost(str(error)) from error
        except BaseException:
            self.close()
            raise
        printed.read_rest()
        if header["exit"] is not None:
            self.close()
        return Ending(
            killed=header["killed"],
            exit=header["exit"],
            cpu_exceeded=header["cpu_exceeded"],
            seconds=header["seconds"],
            flags=header["flags"],
            text=header["text"],
            printed=bytes(printed.kept),
            total=printed.total,
            files=back,
        )

    def __del__(self) -> None:
        self.close()  # an event loop that was thrown away does not end its tasks

    @property
    def closed(self) -> bool:
        """No process stands behind it any more."""
        return self._closed

    def close(self) -> None:
        """Hang up: the supervisor kills the program and ends."""
        if not self._closed:
            self._closed = True
            self._control.close()
            os.close(self._output)

    def hang_up(self) -> None:
        """End it while somebody may still wait for its answer: that one gets ProgramLost."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)

    def is_gone(self) -> bool:
        """Has the supervisor ended by itself, for example because the session was idle for long?"""
        if self._closed:
            return True
        try:
            return self._control.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def _converse(
        self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, session: bool
    ) -> tuple[dict[str, Any], tuple[ProgramFile, ...]]:
        await self._send(code, files, timeout_seconds, session)
        if self.processes is None:
            async with asyncio.timeout(_START_SECONDS):
                await self._meet()
        async with asyncio.timeout(timeout_seconds + _PATIENCE_SECONDS):
            header = await self._header()
            return header, await self._files(header)

    async def meet(self) -> None:
        """Wait until the program is locked down. ProgramRefused tells why it could not be."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._meet()
        except (OSError, TimeoutError, EOFError) as error:
            raise ProgramLost(str(error)) from error

    async def _meet(self) -> None:
        if self.processes is None:
            header = await self._header()
            self.processes = Processes(header["supervisor"], header["program"])

    async def _send(self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, session: bool) -> None:
        raw = code.encode("utf-8", "surrogatepass")
        names = distinct_names(file.name for file in files)
        header = {
            "timeout": timeout_seconds,
            "session": session,
            "code": len(raw),
            "files": [[name, len(file.content)] for name, file in zip(names, files, strict=True)],
        }
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._control, packed(header) + raw)
        for file in files:
            await loop.sock_sendall(self._control, file.content)

    async def _header(self) -> dict[str, Any]:
        (size,) = LENGTH.unpack(await self._receive(LENGTH.size))
        header: dict[str, Any] = json.loads(await self._receive(size))
        if "problem" in header:
            raise ProgramRefused(header["problem"])
        return header

    async def _files(self, header: dict[str, Any]) -> tuple[ProgramFile, ...]:
        names = distinct_names(name for name, _ in header["files"])
        contents = [await self._receive(size) for _, size in header["files"]]
        return tuple(ProgramFile(name, content) for name, content in zip(names, contents, strict=True))

    async def _receive(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        while len(self._received) < size:
            chunk = await loop.sock_recv(self._control, _CHUNK)
            if not chunk:
                raise EOFError("the supervisor has gone")
            self._received += chunk
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _stop_flood(self) -> None:
        with contextlib.suppress(OSError):  # it has ended already
            self._control.send(KILL)


class _Printed:
    """Reads the output while the program runs: the first part is kept, the rest only counted."""

    def __init__(self, output: int, limits: Limits, on_flood: Any) -> None:
        self.kept = bytearray()
        self.total = 0
        self._output = output
        self._keep = limits.output_kept_kib << 10
        self._kill = limits.output_killed_kib << 10
        self._on_flood = on_flood
        self._flooded = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Listen, and forget what threads of a session printed after their turn."""
        self._take()
        self.kept.clear()
        self.total = 0
        self._listen()

    def stop(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._output)
        if self._timer is not None:
            self._timer.cancel()

    def read_rest(self) -> None:
        """What is in the pipe when the program has ended or stands still."""
        while self._take():
            pass

    def _listen(self) -> None:
        self._timer = None
        self._loop.add_reader(self._output, self._read)

    def _read(self) -> None:
        self._loop.remove_reader(self._output)
        if self._take():
            self._timer = self._loop.call_later(_READ_PAUSE_SECONDS, self._listen)

    def _take(self) -> int:
        try:
            chunk = os.read(self._output, _CHUNK)
        except (BlockingIOError, OSError):
            return 0
        self.total += len(chunk)
        self.kept += chunk[: max(0, self._keep - len(self.kept))]
        if self.total > self._kill and not self._flooded:
            self._flooded = True
            self._on_flood()
        return len(chunk)
