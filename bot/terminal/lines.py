"""Where the chat's lines come from: a person at a terminal, or a pipe."""

import asyncio
import sys
from pathlib import Path
from typing import Protocol, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, InMemoryHistory


class Lines(Protocol):
    """Gives one line after the other."""

    interactive: bool

    async def next(self, prompt: str) -> str | None:
        """The next line, `""` where ctrl-C dropped it, None at the end (ctrl-D, the end of the pipe)."""


class KeyboardLines:
    """Line editing, and a history that lasts; answers to the judging question do not enter it."""

    interactive = True

    def __init__(self, history_file: Path | None) -> None:
        self._questions: PromptSession[str] = PromptSession(history=_history(history_file))
        self._judgements: PromptSession[str] = PromptSession(history=InMemoryHistory())

    async def next(self, prompt: str) -> str | None:
        session = self._questions if prompt == "You" else self._judgements
        try:
            return await session.prompt_async(HTML("<b>{}:</b> ").format(prompt))
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None


class PipedLines:
    """Lines of a pipe or file: no prompts."""

    interactive = False

    def __init__(self, source: TextIO | None = None) -> None:
        self._source = source or sys.stdin

    async def next(self, prompt: str) -> str | None:
        line = await asyncio.to_thread(self._source.readline)
        return line.rstrip("\n") if line else None


def _history(file: Path | None) -> FileHistory | InMemoryHistory:
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:  # a read-only place: the chat works, only its history does not last
        return InMemoryHistory()
    return FileHistory(str(file))
