"""One fork server and its ready programs: with nothing but the standard library loaded, or with the packages."""

import asyncio
import logging
import weakref
from collections import deque

from core.errors import SandboxError

from .fork_server import ForkServer, Started
from .jail.config import JailConfig
from .program import Program

log = logging.getLogger(__name__)

_STARTS_IN_A_ROW = 3


class Profile:
    """Gives out programs and starts the fork server again when it has died."""

    def __init__(self, config: JailConfig, ready: int) -> None:
        self._config = config
        self._wanted = ready
        self._ready: deque[Program] = deque()
        self._server: ForkServer | None = None
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()
        self.started: Started | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the fork server, while there is one."""
        return None if self._server is None else self._server.pid

    @property
    def ready(self) -> tuple[Program, ...]:
        """The programs that wait."""
        return tuple(self._ready)

    async def start(self) -> Started:
        """Start the fork server if it does not run. SandboxError says what the system refused."""
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if self._server is None or self.started is None or not self._server.is_alive():
                await self._start()
            assert self.started is not None
            return self.started

    async def take(self) -> Program:
        """A program that waits for its text, made now if none is ready."""
        await self.start()
        while self._ready:
            program = self._ready.popleft()
            if not program.is_gone():
                return program
            program.close()
        for _ in range(_STARTS_IN_A_ROW):
            try:
                assert self._server is not None
                return self._server.spawn()
            except (OSError, AssertionError):
                await self.start()
        raise SandboxError("The fork server dies again and again.")

    def refill(self) -> None:
        """Have as many programs ready as were wished for; each is made while nobody waits."""
        while self._server is not None and self.started is not None and len(self._ready) < self._wanted:
            try:
                self._ready.append(self._server.spawn())
            except OSError:  # it has died; the next `take` starts it again
                return

    def close(self) -> None:
        """End the fork server and the programs that wait."""
        while self._ready:
            self._ready.popleft().close()
        if self._server is not None:
            self._server.close()
            self._server = None
            self.started = None

    async def _start(self) -> None:
        if self._server is not None and self.started is not None:
            log.warning("the fork server of the sandbox has died and is started again")
        await asyncio.to_thread(self.close)
        self._server = await asyncio.to_thread(ForkServer, self._config)
        try:
            self.started = await self._server.start()
        except BaseException:
            self.close()
            raise
        for module, reason in self.started.failed.items():
            log.warning("programs start without %s: %s", module, reason)
