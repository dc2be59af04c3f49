"""A placeholder that shows where an answer is, changed at most once per second."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.words import working
from core.conversation import Progress, Stage

EDIT_SECONDS = 1.0  # between two changes of one post

Edit = Callable[[str], Awaitable[object]]


class Ticker:
    """Feed it the service's signs of life with `tell`; `run` keeps the placeholder up to date until `stop`.

    The post changes when the stage changes, and every few seconds for the time that is shown.
    """

    def __init__(self, edit: Edit, *, every_seconds: float = EDIT_SECONDS) -> None:
        self._edit = edit
        self._every_seconds = every_seconds
        self._progress = Progress(Stage.QUEUED)
        self._since = time.monotonic()
        self._stopped = asyncio.Event()
        self.begun = asyncio.Event()  # it is no longer queued
        self.shown = self.text

    @property
    def text(self) -> str:
        """What the placeholder should say now."""
        return working(self._progress, time.monotonic() - self._since)

    def tell(self, progress: Progress) -> None:
        """A sign of life; call it on the event loop."""
        stage = Stage.THINKING if progress.stage in (Stage.WRITING, Stage.RAN) else progress.stage
        if stage is not self._progress.stage:
            self._progress = Progress(stage)
            self._since = time.monotonic()
        if stage is not Stage.QUEUED:
            self.begun.set()

    def stop(self) -> None:
        """End `run`, after a change that is under way: an overtaken one must not replace the answer."""
        self._stopped.set()

    async def run(self) -> None:
        """Change the post whenever it should say something else; a change that fails is not tried again."""
        while not self._stopped.is_set():
            try:
                await asyncio.wait_for(self._stopped.wait(), self._every_seconds)
            except TimeoutError:
                if (text := self.text) != self.shown:
                    self.shown = text
                    await self._edit(text)
