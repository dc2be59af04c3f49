"""Progress of long jobs on stderr: a bar in a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LINES = 10  # where there is no terminal
_SILENT_SECONDS = 60.0


class Bar:
    """One job of a known length; `about` is what changes while it runs, such as a loss."""

    def __init__(self, what: str, console: Console | None = None) -> None:
        self._what = what
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[about]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(what, total=None, about="")
        self._started = self._told = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def show(self, done: int, of: int, about: str = "") -> None:
        """So many steps are done."""
        self._progress.update(self._task, completed=done, total=of, about=about)
        if not self._console.is_terminal and self._is_due(done, of):
            self._told = time.monotonic()
            elapsed = self._told - self._started
            left = elapsed / done * (of - done)
            print(f"{self._what}: {done}/{of} {about}, {elapsed:.0f} s, {left:.0f} s left", file=self._console.file)

    def _is_due(self, done: int, of: int) -> bool:
        every = max(1, of // _LINES)
        return done % every == 0 or done == of or time.monotonic() - self._told > _SILENT_SECONDS
