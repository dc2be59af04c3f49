"""The bot's end of a fork server: start it, ask it for programs, notice when it has died."""

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SandboxError

from .jail.config import ENVIRONMENT, JailConfig
from .program import Program
from .visible import interpreter

SPAWN = b"spawn"
_HERE = Path(__file__).resolve().parent
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from jail.server import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""
_START_SECONDS = 120.0
_END_SECONDS = 2.0
_MESSAGE_BYTES = 1 << 16
# macOS has no sequenced packets between processes of a machine; there the messages are one fixed word anyway.
_KIND = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM


@dataclass(frozen=True, slots=True)
class Started:
    """What a fork server says when it is ready.

    Landlock's version; the folder of the host that work folders are in, if they are on the host; which modules were
    imported, and which were not and why.
    """

    landlock: int
    folder: str | None
    loaded: tuple[str, ...]
    failed: dict[str, str]


class ForkServer:
    """One running fork server process. It belongs to no event loop.

    `token` is in the command line of the fork server and of everything it forks, so that they can be told from others.
    """

    def __init__(self, config: JailConfig) -> None:
        self._config = config
        self._owner = os.getpid()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, _KIND)
        self.token = secrets.token_hex(8)
        command = [interpreter(), "-I", "-S", "-B", "-c", _START, str(_HERE), str(theirs.fileno())]
        command += [str(os.getpid()), self.token]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env=ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,  # Control-C in the bot's terminal is for the bot
                )
        except OSError as error:
            self._socket.close()
            raise SandboxError(f"The interpreter {command[0]} cannot be started: {error.strerror}.") from error
        self._socket.setblocking(False)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def start(self) -> Started:
        """Give it its configuration and wait until it is ready. SandboxError says what was refused."""
        try:
            await asyncio.to_thread(self._configure)
            async with asyncio.timeout(_START_SECONDS):
                raw = await asyncio.get_running_loop().sock_recv(self._socket, _MESSAGE_BYTES)
        except (OSError, TimeoutError) as error:
            raise SandboxError(f"The fork server does not answer: {error}") from error
        if not raw:
            raise SandboxError("The fork server ended while it was starting.")
        answer: dict[str, Any] = json.loads(raw)
        if "problem" in answer:
            raise SandboxError(answer["problem"])
        return Started(answer["landlock"], answer["folder"], tuple(answer["loaded"]), answer["failed"])

    def spawn(self) -> Program:
        """Ask for one more program; it may still be in the making. OSError if the fork server has gone."""
        control, theirs = socket.socketpair()
        reading, writing = os.pipe()
        program = Program(control, reading)
        try:
            socket.send_fds(self._socket, [SPAWN], [theirs.fileno(), writing])
        except OSError:
            program.close()
            raise
        finally:
            theirs.close()
            os.close(writing)
        return program

    def is_alive(self) -> bool:
        """Does it still listen? Once it has started it says nothing more, so what can be read is its end."""
        try:
            ended = self._socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            ended = False
        except OSError:
            ended = True
        return not ended and self._process.poll() is None

    def close(self, *, at_once: bool = False) -> None:
        """Hang up and wait until it has ended; kill it if it does not, or `at_once`."""
        self._socket.close()
        if self._owner != os.getpid():  # a fork of the bot: it is not ours to end
            return
        try:
            self._process.wait(0 if at_once else _END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _configure(self) -> None:
        assert self._process.stdin is not None
        with self._process.stdin as file:
            file.write(self._config.to_json().encode())
