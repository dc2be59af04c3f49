"""What the service asks of a language model."""

from collections.abc import Callable, Sequence
from typing import Protocol

from core.conversation import Completion, Message, Sampling

OnText = Callable[[str], None]


class Engine(Protocol):
    """A language model that continues a prompt with one completion."""

    @property
    def name(self) -> str:
        """The model, as replies and stored turns name it."""

    @property
    def context_tokens(self) -> int:
        """The most tokens of prompt and completion together."""

    @property
    def closes(self) -> bool:
        """Whether the model writes closing words once it has seen what its program printed."""

    async def ready(self) -> "Engine":
        """The model to use for one whole turn, loaded; a turn keeps it even if another is promoted meanwhile.

        Raises ModelNotFound or EngineError.
        """

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as the model reads them. The model must be ready."""

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        """Continue the prompt until `</execute>`, the end of the answer or the token limit.

        `on_text` gets each new piece of text on the event loop's thread. Cancelling the call stops the model.
        Raises EngineError where there is no completion.
        """

    async def close(self) -> None:
        """Give back what the model holds."""
