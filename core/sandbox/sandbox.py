"""Programs in, results out: chooses the mode by a self-test and hands programs to what runs them."""

import asyncio
import logging
import os
import sys
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from core.errors import SandboxError

from .local import LocalBackend
from .loops import LoopLock
from .program import ProgramRefused
from .result import ExecutionResult, Limits, Mode, ProgramFile, Status
from .snekbox import SnekboxBackend
from .visible import interpreter, survey

log = logging.getLogger(__name__)

CHOICES = ("auto", "full", "lite", "seatbelt", "snekbox", "unsafe")
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 30.0
_LONGEST_CODE_MIB = 4
_NOT_STARTED = "the sandbox has not been started yet"
_UNSAFE_WARNING = "CODEACT_SANDBOX=unsafe: programs can read, change and send whatever the bot's user can"


class Backend(Protocol):
    """What runs programs: this machine, or a server."""

    async def start(self) -> str:
        """Make sure that it works. Returns what it consists of; SandboxError says why it does not."""

    async def execute(
        self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, session: str | None
    ) -> ExecutionResult:
        """Run one program."""

    def end_session(self, key: str) -> None:
        """Forget a session."""

    def stop(self) -> None:
        """In the event loop: begin nothing new, end what runs."""

    def close(self) -> None:
        """End everything. May block for a moment."""


class Sandbox:
    """Runs untrusted programs. It may be used from several event loops, one after the other.

    `limits` hold for each program; `mode` is one of CHOICES (SandboxError for another word); `packages` are installed
    packages that programs may import beside the usual ones; `ready` programs are kept waiting; at most `sessions` keep
    their variables, each until it was idle for `session_idle_seconds`.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 (a frozen value)
        *,
        mode: str = "auto",
        packages: Sequence[str] = (),
        ready: int = 1,
        sessions: int = 32,
        session_idle_seconds: float = 600.0,
        snekbox_url: str = "",
    ) -> None:
        if mode not in CHOICES:
            raise SandboxError(f"Unknown sandbox mode {mode!r}: choose one of {', '.join(CHOICES)}.")
        self._limits = limits
        self._wish = mode
        self._packages = tuple(packages)
        self._ready = ready
        self._sessions = sessions
        self._idle_seconds = session_idle_seconds
        self._snekbox_url = snekbox_url
        self._lock = LoopLock()
        self._backend: Backend | None = None
        self._end: weakref.finalize[[], Sandbox] | None = None
        self._mode, self._reason = Mode.NONE, _NOT_STARTED
        self._chosen = False

    @property
    def mode(self) -> Mode:
        """What stands between programs and the host; `none` before the start and where nothing safe is possible."""
        return self._mode

    @property
    def reason(self) -> str:
        """Why it is this mode: what it consists of, and what was refused."""
        return self._reason

    @property
    def backend(self) -> Backend | None:
        """What runs the programs, for those who look after it; None where nothing does."""
        return self._backend

    async def start(self) -> Mode:
        """Choose the mode by a self-test, once. What the system lacks is no exception: the mode is `none` then."""
        async with self._lock.here():
            if not self._chosen:
                await self._choose()
                self._chosen = True
        return self._mode

    async def execute(
        self,
        code: str,
        *,
        files: Sequence[ProgramFile] = (),
        timeout_seconds: float | None = None,
        session: str | None = None,
    ) -> ExecutionResult:
        """Run one program; with `session`, among the variables that earlier programs of that session left.

        `timeout_seconds` is clamped to 0.1 … 30. Cancelling kills the program. Never raises for what a program does.
        """
        await self.start()
        if self._backend is None:
            return ExecutionResult(Status.UNAVAILABLE, _sentence(self._reason))
        if len(code) > _LONGEST_CODE_MIB << 20:
            sentence = f"[The program is longer than {_LONGEST_CODE_MIB} MiB.]\n"
            return ExecutionResult(Status.ERROR, sentence, mode=self._mode)
        seconds = self._limits.wall_seconds if timeout_seconds is None else timeout_seconds
        seconds = min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
        try:
            return await self._backend.execute(code, files, seconds, session)
        except (SandboxError, ProgramRefused, OSError) as error:
            log.warning("a program could not be run: %s", error)
            return ExecutionResult(Status.UNAVAILABLE, _sentence(str(error)), mode=self._mode)

    async def end_session(self, session: str) -> None:
        """Forget the session's variables and files; a turn that runs is ended."""
        if self._backend is not None:
            self._backend.end_session(session)

    async def close(self) -> None:
        """End everything; what runs is reported as unavailable. A later `execute` starts anew."""
        backend, self._backend = self._backend, None
        self._mode, self._reason, self._chosen = Mode.NONE, _NOT_STARTED, False
        if self._end is not None:
            self._end.detach()
        if backend is not None:
            backend.stop()
            await asyncio.to_thread(backend.close)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _choose(self) -> None:
        """The first mode that starts and holds. A wish is not replaced by something weaker."""
        problems = []
        for mode in _candidates(self._wish):
            backend: Backend | None = None
            try:
                backend = await self._make(mode)
                reason = await backend.start()
            except (SandboxError, ProgramRefused, OSError) as error:
                if backend is not None:
                    await asyncio.to_thread(backend.close)
                problems.append(f"{mode} mode is not possible: {error}")
                continue
            except BaseException:
                if backend is not None:
                    backend.close()
                raise
            self._backend, self._mode = backend, mode
            self._reason = "; ".join([reason, *problems])
            self._end = weakref.finalize(self, backend.close)
            if mode is Mode.UNSAFE:
                log.warning(_UNSAFE_WARNING)
            return
        self._reason = "; ".join(problems) or f"there is no sandbox for {sys.platform}"
        log.warning("programs are not run: %s", self._reason)

    async def _make(self, mode: Mode) -> Backend:
        if mode is Mode.SNEKBOX:
            return SnekboxBackend(self._snekbox_url, self._limits)
        if sys.platform == "win32":
            raise SandboxError("there is no sandbox for Windows")
        if not os.access(interpreter(), os.R_OK | os.X_OK):
            raise SandboxError(f"the interpreter {interpreter()} is closed to the bot's user")
        visible = await asyncio.to_thread(survey, self._packages)
        return LocalBackend(
            mode,
            visible,
            self._limits,
            ready=self._ready,
            sessions=self._sessions,
            idle_seconds=self._idle_seconds,
        )


def _candidates(wish: str) -> list[Mode]:
    if wish != "auto":
        return [Mode(wish)]
    return {"linux": [Mode.FULL, Mode.LITE], "darwin": [Mode.SEATBELT]}.get(sys.platform, [])


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
