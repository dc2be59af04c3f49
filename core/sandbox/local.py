"""Programs on this machine: two fork servers, ready programs, sessions."""

import asyncio
import logging
import re
from collections.abc import Sequence

from core.errors import SandboxError

from .jail.config import JailConfig
from .loops import LoopSemaphore
from .profile import Profile
from .program import Program, ProgramLost
from .result import ExecutionResult, Limits, Mode, ProgramFile, Status
from .selftest import described, find_leak
from .sessions import Sessions
from .verdict import Ending, output_of, status_of
from .visible import Visible

log = logging.getLogger(__name__)

_AT_ONCE = 16  # programs that run at the same time; the next ones wait, and their time does not run
_TRIES = 3
_WARM_UP_AFTER_SECONDS = 1.0  # a command that runs one program has ended by then
_CLOSING = "The sandbox is being closed."
_ENDED = "The session was ended while its program ran."
_LOST = "The sandbox lost the program again and again."


class LocalBackend:
    """Runs programs in one of the modes full, lite, seatbelt and unsafe."""

    def __init__(
        self, mode: Mode, visible: Visible, limits: Limits, *, ready: int, sessions: int, idle_seconds: float
    ) -> None:
        self._mode = mode
        self._limits = limits
        self._ready = ready
        self._plain = Profile(_config(mode, visible, limits, idle_seconds, preload=False), ready)
        self._packages = self._plain
        if visible.preload:
            self._packages = Profile(_config(mode, visible, limits, idle_seconds, preload=True), ready)
        self._asks_for_packages = re.compile(rf"\b({'|'.join(map(re.escape, visible.modules)) or '(?!)'})\b")
        self._sessions = Sessions(sessions, idle_seconds)
        self._slots = LoopSemaphore(_AT_ONCE)
        self._running: set[Program] = set()
        self._warm_up: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def start(self) -> str:
        """Start and try to get out. Returns what the mode consists of; SandboxError says what is missing."""
        started = await self._plain.start()
        if self._mode is not Mode.UNSAFE:
            leak = await find_leak(await self._plain.take(), self._limits)
            if leak:
                raise SandboxError(leak)
        self._plain.refill()
        if self._ready and self._packages is not self._plain:
            self._timer = asyncio.get_running_loop().call_later(_WARM_UP_AFTER_SECONDS, self._start_warm_up)
        return described(self._mode, started.landlock)

    async def execute(
        self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, session: str | None
    ) -> ExecutionResult:
        """Run one program, or one turn of a session."""
        if session is None:
            return await self._run_alone(code, files, timeout_seconds)
        return await self._run_turn(code, files, timeout_seconds, session)

    def end_session(self, key: str) -> None:
        """Forget the variables and files of a session."""
        self._sessions.forget(key)

    def stop(self) -> None:
        """In the event loop: nothing new is begun, what runs is told to end."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._warm_up is not None and not self._warm_up.get_loop().is_closed():
            self._warm_up.cancel()
        for program in self._running:
            program.hang_up()
        self._sessions.close()

    def close(self) -> None:
        """End all processes. Blocks for a moment."""
        self._plain.close()
        self._packages.close()

    @property
    def profiles(self) -> list[Profile]:
        """One fork server without packages, and one with them where there are any."""
        return [self._plain] if self._packages is self._plain else [self._plain, self._packages]

    @property
    def sessions(self) -> list[Program]:
        """The programs of living sessions."""
        return self._sessions.programs()

    @property
    def waiting(self) -> list[Program]:
        """Programs that live without a text to run: ready ones and sessions."""
        return [*self._plain.ready, *self._packages.ready, *self._sessions.programs()]

    async def _run_alone(self, code: str, files: Sequence[ProgramFile], timeout_seconds: float) -> ExecutionResult:
        profile = self._profile(code)
        async with self._slots.here():
            for _ in range(_TRIES):
                if self._closed:
                    return self._unavailable(_CLOSING)
                program = await profile.take()
                try:
                    ending = await self._run(program, code, files, timeout_seconds, session=False)
                except ProgramLost as error:
                    log.warning("a program was lost: %s", error)
                    continue
                finally:
                    program.close()
                    profile.refill()
                return self._result(ending, timeout_seconds)
        return self._unavailable()

    async def _run_turn(
        self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, key: str
    ) -> ExecutionResult:
        session = self._sessions.get(key)
        session.busy += 1
        try:
            async with session.lock.here(), self._slots.here():
                lost = self._sessions.was_lost(key, session)
                for _ in range(_TRIES):
                    if session.ended or self._closed:
                        return self._unavailable(_CLOSING if self._closed else _ENDED)
                    if session.program is None:
                        session.program = await self._packages.take()
                    program = session.program
                    try:
                        ending = await self._run(program, code, files, timeout_seconds, session=True)
                    except ProgramLost as error:
                        log.warning("a session was lost: %s", error)
                        session.program, lost = None, True
                        continue
                    finally:
                        if program.closed:
                            session.program = None
                        self._packages.refill()
                    return self._result(ending, timeout_seconds, state_lost=lost or program.closed)
        finally:
            session.busy -= 1
        return self._unavailable()

    async def _run(
        self, program: Program, code: str, files: Sequence[ProgramFile], timeout_seconds: float, *, session: bool
    ) -> Ending:
        self._running.add(program)
        try:
            return await program.run(code, files, self._limits, timeout_seconds, session=session)
        finally:
            self._running.discard(program)

    def _profile(self, code: str) -> Profile:
        """Packages cost time in each fork, so a program gets them loaded only if it names one; all can import them."""
        return self._packages if self._asks_for_packages.search(code) else self._plain

    def _result(self, ending: Ending, timeout_seconds: float, *, state_lost: bool = False) -> ExecutionResult:
        status = status_of(ending)
        output = output_of(ending, status, self._limits, timeout_seconds)
        return ExecutionResult(
            status, output, ending.files, ending.seconds, self._mode, ending.exit, state_lost=state_lost
        )

    def _unavailable(self, why: str = _LOST) -> ExecutionResult:
        return ExecutionResult(Status.UNAVAILABLE, why, mode=self._mode)

    def _start_warm_up(self) -> None:
        self._warm_up = asyncio.get_running_loop().create_task(self._load_packages())

    async def _load_packages(self) -> None:
        try:
            await self._packages.start()
            self._packages.refill()
        except SandboxError as error:
            log.warning("packages cannot be loaded before programs need them: %s", error)


def _config(mode: Mode, visible: Visible, limits: Limits, idle_seconds: float, *, preload: bool) -> JailConfig:
    return JailConfig(
        mode=mode.value,
        memory=limits.memory_mib << 20,
        work=limits.work_mib << 20,
        inodes=limits.work_inodes,
        file=limits.file_mib << 20,
        open_files=limits.open_files,
        threads=limits.threads,
        files_back=limits.files_back,
        files_back_bytes=limits.files_back_mib << 20,
        idle_seconds=idle_seconds,
        paths=visible.paths,
        covered=visible.covered,
        links=visible.links,
        search=visible.search,
        packages=visible.packages,
        preload=visible.preload if preload else (),
    )
