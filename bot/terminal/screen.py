"""What the terminal chat shows: the model's words as they come, its program, what the program printed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.text import Text

from bot.defuse import file_name, plain
from core.conversation import Attempt, Progress, Reply, Stage, Status
from core.service import About

_TAIL = 12  # lines of a running completion that are shown
_OUTPUT_LINES = 200
_STYLES = {Status.OK: "green", Status.UNAVAILABLE: "red"}


class Screen:
    """Prints to one console. Everything that a model, a program or a person wrote is shown as plain text."""

    def __init__(self, console: Console, *, files: Path) -> None:
        self._console = console
        self._files = files

    def welcome(self, about: About) -> None:
        """The first lines: what answers here, and how to get a larger model."""
        lines = Text.assemble(("codeact", "bold"), f" – {about.model}, programs run in sandbox mode {about.sandbox}.\n")
        if about.bundled:
            lines.append(
                "This is the bundled model: trained from scratch for small questions about numbers, lists, words and "
                "dates.\nFor a larger one set CODEACT_MODEL to a hub name, a folder or an OpenAI-compatible URL.\n",
                "dim",
            )
        lines.append("reset: a new conversation · clear: the screen · quit: leave · ctrl-C: stop an answer\n", "dim")
        self._console.print(lines)

    @contextmanager
    def working(self) -> Iterator["Working"]:
        """The place where an answer comes into being; it vanishes at the end."""
        working = Working(self)
        if not self._console.is_terminal:
            yield working
            return
        with Live(working, console=self._console, refresh_per_second=12, transient=True) as live:
            working.live = live
            yield working

    def attempt(self, attempt: Attempt) -> None:
        """A program that is about to run."""
        if attempt.thought:
            self._console.print(Text(f"Thought: {plain(attempt.thought)}", "italic cyan"))
        self._console.print("Code:", style="bold")
        self._console.print(Syntax(plain(attempt.code), "python", theme="ansi_dark", word_wrap=True), soft_wrap=False)
        self._console.print("Executing code…", style="dim")

    def ran(self, attempt: Attempt) -> None:
        """What it printed."""
        lines = plain(attempt.observation).splitlines()
        left_out = len(lines) - _OUTPUT_LINES
        shown = "\n".join(lines[:_OUTPUT_LINES]) + (f"\n… {left_out:,} more lines" if left_out > 0 else "")
        self._console.print("Output:", style="bold")
        self._console.print(Text(shown, _STYLES.get(attempt.status, "yellow")))

    def reply(self, reply: Reply) -> None:
        """The words of an answer, its files and what it took."""
        if (reply.text and reply.text != reply.output) or not reply.code:
            self._console.print(Text(plain(reply.text)))
        for file in reply.files:
            self._keep(reply, file.name, file.content)
        if reply.state_lost:
            self._console.print(
                "The program was ended by force: the variables of this conversation are lost.", style="dim"
            )
        if reply.mode == "unsafe":
            self.say("The program ran without a sandbox (CODEACT_SANDBOX=unsafe).", "bold red")
        took = f"{reply.model} · {reply.timings.total_seconds:.1f} s · turn {reply.turn_id}"
        self._console.print(Text(took, "dim"))

    def say(self, text: str, style: str = "") -> None:
        """A line of our own."""
        self._console.print(Text(plain(text), style))

    def clear(self) -> None:
        """An empty screen."""
        self._console.clear()

    def _keep(self, reply: Reply, name: str, content: bytes) -> None:
        path = self._files / reply.turn_id / file_name(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            self.say(f"{file_name(name)} could not be kept: {error.strerror}", "red")
            return
        self.say(f"File: {path} ({len(content):,} bytes)")


class Working:
    """The moving part: a spinner with the elapsed time, and the model's text as it comes."""

    def __init__(self, screen: Screen) -> None:
        self.live: Live | None = None
        self._screen = screen
        self._text = ""
        self._stage = Stage.QUEUED
        self._spinner = Spinner("dots")
        self._since = time.monotonic()

    def tell(self, progress: Progress) -> None:
        """A sign of life of the service."""
        self._stage = progress.stage
        if progress.stage is Stage.WRITING:
            self._text += progress.text
        elif progress.stage is Stage.RUNNING and progress.attempt:
            self._text = ""
            self._screen.attempt(progress.attempt)
        elif progress.stage is Stage.RAN and progress.attempt:
            self._screen.ran(progress.attempt)

    def __rich__(self) -> RenderableType:
        word = {Stage.QUEUED: "Waiting", Stage.RUNNING: "Running"}.get(self._stage, "Thinking")
        self._spinner.update(text=Text(f"{word}… {time.monotonic() - self._since:.1f} s", "dim"))
        tail = plain(self._text).splitlines()[-_TAIL:]
        return Group(Text("\n".join(tail), "dim"), self._spinner) if tail else self._spinner
