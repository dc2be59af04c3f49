"""Work in order: one thing at a time in each conversation, and an end that waits for what has begun."""

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType

log = logging.getLogger(__name__)


class Turn:
    """A place in a line; `async with` it once to wait for those before it, or `leave` it unused."""

    def __init__(self, before: "asyncio.Future[None] | None") -> None:
        self._before = before
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> None:
        if self._before is not None:
            try:
                await asyncio.shield(self._before)  # those behind us wait on the same future
            except asyncio.CancelledError:
                self.leave()
                raise

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one go as soon as those before us are done."""
        if self._before is None or self._before.done():
            self._end(None)
        else:
            self._before.add_done_callback(self._end)

    def _end(self, _: object) -> None:
        if not self.over.done():
            self.over.set_result(None)


class Lanes:
    """A line per conversation, and the tasks that work there."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def stand_in(self, lane: str) -> Turn:
        """The next place in a line. It is taken at once, so that the order is that of the calls."""
        turn = Turn(self._last.get(lane))
        self._last[lane] = turn.over

        def tidy(over: asyncio.Future[None]) -> None:
            if self._last.get(lane) is over:
                del self._last[lane]

        turn.over.add_done_callback(tidy)
        return turn

    def start(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Do something in the background; a failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait for all that was started, and stop what takes longer; how many things were stopped."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._tasks and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        stopped = list(self._tasks)
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)
        return len(stopped)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("Background work failed", exc_info=error)
