"""One fork server and its ready programs: with nothing but the standard library loaded, or with the packages."""

import asyncio
import logging
from collections import deque

from core.errors import SandboxError

from .fork_server import ForkServer, Started
from .jail.config import JailConfig
from .loops import LoopLock
from .program import Program

log = logging.getLogger(__name__)

_TRIES = 3


class Profile:
    """Gives out programs and starts the fork server again when it has died."""

    def __init__(self, config: JailConfig, ready: int) -> None:
        self._config = config
        self._wanted = ready
        self._ready: deque[Program] = deque()
        self._server: ForkServer | None = None
        self._started: Started | None = None
        self._lock = LoopLock()

    @property
    def pid(self) -> int | None:
        """The process id of the fork server, while there is one."""
        return None if self._server is None else self._server.pid

    @property
    def token(self) -> str | None:
        """What marks the processes of the fork server, while there is one."""
        return None if self._server is None else self._server.token

    @property
    def host_folder(self) -> str | None:
        """Where on the host the work folders are, in modes that have them there."""
        return None if self._started is None else self._started.folder

    @property
    def ready(self) -> tuple[Program, ...]:
        """The programs that wait."""
        return tuple(self._ready)

    async def start(self) -> Started:
        """Start the fork server if it does not run. SandboxError says what the system refused."""
        async with self._lock.here():
            if self._server is not None and self._started is not None and self._server.is_alive():
                return self._started
            return await self._start_anew()

    async def take(self) -> Program:
        """A program that waits for its text, or one in the making if none is ready."""
        for _ in range(_TRIES):
            await self.start()
            while self._ready:
                program = self._ready.popleft()
                if not program.is_gone():
                    return program
                program.close()
            if self._server is not None:
                try:
                    return self._server.spawn()
                except OSError:  # it has died since we looked
                    await asyncio.to_thread(self.close, at_once=True)
        raise SandboxError("The fork server of the sandbox dies again and again.")

    def refill(self) -> None:
        """Have as many programs ready as were wished for. Each is made while nobody waits for it."""
        while self._server is not None and self._started is not None and len(self._ready) < self._wanted:
            try:
                self._ready.append(self._server.spawn())
            except OSError:  # it has died; the next `take` starts it again
                return

    def close(self, *, at_once: bool = False) -> None:
        """End the fork server and the programs that wait; `at_once` does not let it clean up."""
        while self._ready:
            self._ready.popleft().close()
        server, self._server, self._started = self._server, None, None
        if server is not None:
            server.close(at_once=at_once)

    async def _make_server(self) -> ForkServer:
        making = asyncio.ensure_future(asyncio.to_thread(ForkServer, self._config))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:  # the thread goes on all the same
            making.add_done_callback(_end)
            raise

    async def _start_anew(self) -> Started:
        if self._started is not None:
            log.warning("the fork server of the sandbox has died and is started again")
        await asyncio.to_thread(self.close)
        self._server = await self._make_server()
        try:
            self._started = await self._server.start()
        except BaseException:
            self.close(at_once=True)
            raise
        for module, reason in self._started.failed.items():
            log.warning("programs start without %s: %s", module, reason)
        return self._started


def _end(making: asyncio.Future[ForkServer]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().close(at_once=True)
