"""A model that says what it was told to say: for tests and for trying the bot without one."""

from collections.abc import Sequence

from core.conversation import Completion, Message, Sampling
from core.engine.protocol import Engine, OnText
from core.errors import EngineError


class ScriptedEngine:
    """Gives the completions in order and keeps the prompts it saw."""

    def __init__(
        self,
        completions: Sequence[str],
        *,
        closes: bool = True,
        name: str = "scripted",
        context_tokens: int = 4096,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.closes = closes
        self.prompts: list[tuple[Message, ...]] = []
        self._completions = list(completions)

    async def ready(self) -> Engine:
        """Always ready."""
        return self

    def count(self, messages: Sequence[Message]) -> int:
        """One token per four bytes, and four for the frame of each message."""
        return sum(len(message.content.encode("utf-8", "replace")) // 4 + 4 for message in messages)

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        """The next completion; EngineError when there is none left."""
        self.prompts.append(tuple(messages))
        if not self._completions:
            raise EngineError("The script has no more completions.")
        text = self._completions.pop(0)
        if on_text is not None:
            for line in text.splitlines(keepends=True):
                on_text(line)
        return Completion(text, "stop", self.name)

    async def close(self) -> None:
        """Nothing to give back."""
