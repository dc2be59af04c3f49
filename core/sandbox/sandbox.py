"""Programs in, results out: chooses the mode, keeps programs ready, keeps sessions, restarts what died."""

import asyncio
import logging
import re
import sys
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from core.errors import SandboxError

from .jail.config import JailConfig
from .profile import Profile
from .program import Program, ProgramLost, ProgramRefused
from .result import ExecutionResult, Limits, Mode, ProgramFile, Status
from .selftest import described, find_leak
from .verdict import Ending, output_of, status_of
from .visible import Visible, survey

log = logging.getLogger(__name__)

CHOICES = ("auto", "full", "lite", "seatbelt", "snekbox", "unsafe")
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 30.0
_AT_ONCE = 16  # programs that run at the same time; the next ones wait
_TRIES = 3
_WARM_UP_AFTER_SECONDS = 1.0
_LONGEST_CODE = 4 << 20


class Sandbox:
    """Runs untrusted programs. May be used from several event loops, one after the other."""

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        *,
        mode: str = "auto",
        packages: Sequence[str] = (),
        ready: int = 1,
        sessions: int = 32,
        session_idle_seconds: float = 600.0,
        snekbox_url: str = "",
    ) -> None:
        if mode not in CHOICES:
            raise SandboxError(f"Unknown sandbox mode {mode!r}; choose one of {', '.join(CHOICES)}.")
        self._limits = limits
        self._wish = mode
        self._packages = tuple(packages)
        self._ready = ready
        self._idle_seconds = session_idle_seconds
        self._mode = Mode.NONE
        self._reason = "not started yet"
        self._started = False
        self._plain: Profile | None = None
        self._visible: Visible | None = None
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()

    @property
    def mode(self) -> Mode:
        """What stands between programs and the host; `none` before the start and where nothing safe is possible."""
        return self._mode

    @property
    def reason(self) -> str:
        """Why it is this mode, in one sentence."""
        return self._reason

    async def start(self) -> Mode:
        """Choose the mode by a self-test, once. Never raises for what the system lacks: the mode is then `none`."""
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if not self._started:
                await self._choose()
                self._started = True
        return self._mode

    async def _choose(self) -> None:
        self._visible = await asyncio.to_thread(survey, self._packages)
        for mode in [Mode.FULL]:
            profile = Profile(self._config(mode, preload=False), self._ready)
            started = await profile.start()
            leak = await find_leak(await profile.take(), self._limits)
            if leak:
                self._reason = leak
                continue
            self._mode, self._plain = mode, profile
            self._reason = described(mode, started.landlock)
            profile.refill()

    def _config(self, mode: Mode, *, preload: bool) -> JailConfig:
        limits, visible = self._limits, self._visible
        assert visible is not None
        return JailConfig(
            mode=mode,
            memory=limits.memory_mib << 20,
            work=limits.work_mib << 20,
            inodes=limits.work_inodes,
            file=limits.file_mib << 20,
            open_files=limits.open_files,
            threads=limits.threads,
            files_back=limits.files_back,
            files_back_bytes=limits.files_back_mib << 20,
            idle_seconds=self._idle_seconds,
            paths=visible.paths,
            covered=visible.covered,
            links=visible.links,
            search=visible.search,
            preload=visible.preload if preload else (),
        )

    async def execute(
        self,
        code: str,
        *,
        files: Sequence[ProgramFile] = (),
        timeout_seconds: float | None = None,
        session: str | None = None,
    ) -> ExecutionResult:
        """Run one program; with `session`, in the variables that earlier programs of that session left."""
        await self.start()
        seconds = self._limits.wall_seconds if timeout_seconds is None else timeout_seconds
        seconds = min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
        if self._plain is None:
            return ExecutionResult(Status.UNAVAILABLE, self._reason)
        for _ in range(_TRIES):
            program = await self._plain.take()
            try:
                ending = await program.run(code, files, self._limits, seconds, session=False)
            except ProgramLost:
                continue
            except ProgramRefused as error:
                return ExecutionResult(Status.UNAVAILABLE, str(error), mode=self._mode)
            finally:
                program.close()
            self._plain.refill()
            return self._result(ending, seconds)
        return ExecutionResult(Status.UNAVAILABLE, "lost", mode=self._mode)

    def _result(self, ending: Ending, seconds: float) -> ExecutionResult:
        status = status_of(ending)
        output = output_of(ending, status, self._limits, seconds)
        return ExecutionResult(status, output, ending.files, ending.seconds, self._mode, ending.exit)

    async def end_session(self, session: str) -> None:
        """Forget the session's variables and files."""

    async def close(self) -> None:
        """End everything. The sandbox can be used again; it then starts anew."""
        if self._plain is not None:
            await asyncio.to_thread(self._plain.close)
        self._plain, self._started = None, False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
