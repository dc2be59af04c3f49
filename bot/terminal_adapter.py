"""The terminal: a line in, thought, code and output out, then the question whether that was right."""

import asyncio
import signal
import sys
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from bot.terminal.lines import KeyboardLines, Lines, PipedLines
from bot.terminal.screen import Screen
from core.conversation import Channel, IncomingMessage, Reply
from core.errors import CodeactError
from core.service import ChatService

T = TypeVar("T")

_LEAVE = ("quit", "exit")
_JUDGE = "Is this correct? (y/n/skip)"


async def run(
    service: ChatService,
    *,
    channel: Channel,
    author: str,
    history_file: Path | None = None,
    files: Path = Path("data/files"),
    lines: Lines | None = None,
    console: Console | None = None,
) -> bool:
    """Talk until `quit`, ctrl-D or the end of the pipe. Returns whether every question got an answer."""
    lines = lines or (KeyboardLines(history_file) if sys.stdin.isatty() else PipedLines())
    console = console or Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    return await _Chat(service, channel, author, lines, Screen(console, files=files)).talk()


class _Chat:
    """One conversation at one terminal."""

    def __init__(self, service: ChatService, channel: Channel, author: str, lines: Lines, screen: Screen) -> None:
        self._service = service
        self._channel = channel
        self._author = author
        self._lines = lines
        self._screen = screen
        self._all_answered = True

    async def talk(self) -> bool:
        if self._lines.interactive:
            self._screen.welcome(self._service.about())
        unjudged: Reply | None = None
        while (line := await self._lines.next(_JUDGE if unjudged else "You")) is not None:
            word = line.strip()
            if word.lower() in _LEAVE:
                break
            if word.lower() == "clear":
                self._screen.clear()
            elif not word or await self._judged(unjudged, word.lower()) or await self._reset(word.lower()):
                unjudged = None  # Enter alone: no judgement
            else:
                unjudged = await self._ask(line)
        return self._all_answered

    async def _ask(self, question: str) -> Reply | None:
        incoming = IncomingMessage(self._channel, self._author, question)
        try:
            with self._screen.working() as working:
                reply = await _until_ctrl_c(self._service.respond(incoming, working.tell))
        except CodeactError as error:
            self._screen.say(str(error), "red")
            self._all_answered = False
            return None
        if reply is None:
            self._screen.say("Stopped.", "yellow")
            return None
        self._screen.reply(reply)
        return reply

    async def _judged(self, reply: Reply | None, word: str) -> bool:
        """Whether the line was a judgement on the answer; it is carried out."""
        if reply is None:
            return False
        if word in ("y", "yes"):
            await self._service.vote(reply.turn_id, self._author, True)
            self._screen.say("Kept as correct.", "green")
        elif word in ("n", "no"):
            await self._service.vote(reply.turn_id, self._author, False)
            self._screen.say(
                "Marked as wrong. Say what should be different: the next answer will try to fix it.", "yellow"
            )
        elif word in ("skip", "s"):
            await self._service.skip(reply.turn_id)
            self._screen.say("Skipped: this turn is not part of the conversation.", "dim")
        else:
            return False
        return True

    async def _reset(self, word: str) -> bool:
        """Whether the line asked for a new conversation."""
        if word != "reset":
            return False
        await self._service.reset(self._channel)
        self._screen.say("A new conversation; judged answers stay stored.", "dim")
        return True


async def _until_ctrl_c(work: Awaitable[T]) -> T | None:
    """The result, or None where ctrl-C stopped the work; the chat goes on."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    with suppress(NotImplementedError):  # Windows has no such handlers: there ctrl-C ends the chat
        loop.add_signal_handler(signal.SIGINT, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not stopped:
            raise
        return None
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
