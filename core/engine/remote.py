"""A model behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama, OpenVINO Model Server and others."""

import re
from collections.abc import Sequence
from typing import Any

import openai

from core.conversation import Completion, Message, Sampling
from core.engine.protocol import Engine, OnText
from core.errors import EngineBusy, EngineError, ModelNotFound

_STOP = "</execute>"
_SPECIAL = re.compile(r"<(?=\|)")  # opens <|im_start|>, <|endoftext|> and their kin
_BYTES_PER_TOKEN = 2.5  # on the safe side for English, code and digits; the server has the last word


class RemoteEngine:
    """One model of one server, over the chat completions interface."""

    def __init__(
        self,
        base_url: str,
        model: str = "",
        *,
        api_key: str = "",
        context_tokens: int = 4096,
        closes: bool = True,
        timeout_seconds: float = 60.0,
        retries: int = 2,
    ) -> None:
        self.name = model
        self.context_tokens = context_tokens
        self.closes = closes
        self._url = base_url
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_seconds, max_retries=retries
        )
        self._asked = False

    async def ready(self) -> Engine:
        """Ask the server once which models it has; without a name its first one is taken."""
        if self._asked:
            return self
        try:
            served = [model.id async for model in self._client.models.list()]
        except openai.OpenAIError as error:
            raise self._explained(error) from error
        if not self.name:
            if not served:
                raise ModelNotFound(f"The server at {self._url} serves no model.")
            self.name = served[0]
        elif served and self.name not in served:
            raise ModelNotFound(f"The server at {self._url} does not serve {self.name}; it has: {', '.join(served)}.")
        self._asked = True
        return self

    def count(self, messages: Sequence[Message]) -> int:
        """An estimate on the safe side, for the server's tokenizer is not known here."""
        return sum(
            int(len(_harmless(message).encode("utf-8", "replace")) / _BYTES_PER_TOKEN) + 8 for message in messages
        )

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        """Stream one completion. The server cuts the stop text off, so it is put back."""
        await self.ready()
        pieces: list[str] = []
        reason = None
        try:
            stream = await self._client.chat.completions.create(
                model=self.name,
                messages=_payload(messages),
                max_tokens=sampling.max_new_tokens,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                seed=sampling.seed,
                stop=[_STOP],
                stream=True,
            )
            async with stream:
                async for chunk in stream:
                    for choice in chunk.choices[:1]:
                        if piece := choice.delta.content:
                            pieces.append(piece)
                            if on_text is not None:
                                on_text(piece)
                        reason = choice.finish_reason or reason
        except openai.OpenAIError as error:
            raise self._explained(error) from error
        text = "".join(pieces)
        if not text.strip():
            raise EngineError(f"The model {self.name} at {self._url} wrote nothing.")
        if "<execute>" in text and _STOP not in text and reason != "length":
            text = text.rstrip("\n") + "\n" + _STOP
        return Completion(text, "length" if reason == "length" else "stop", self.name)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _explained(self, error: openai.OpenAIError) -> EngineError:
        where = f"the model server at {self._url}"
        if isinstance(error, openai.APITimeoutError):
            return EngineBusy(f"No answer in time from {where}.")
        if isinstance(error, openai.APIConnectionError):
            return EngineBusy(f"Cannot reach {where}; is it running, and is CODEACT_MODEL right?")
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return EngineError(f"Refused by {where}; check CODEACT_API_KEY.")
        if isinstance(error, openai.NotFoundError):
            return ModelNotFound(f"Not found: {where} has no such address or model; the address usually ends in /v1.")
        if isinstance(error, openai.RateLimitError | openai.InternalServerError):
            return EngineBusy(f"Overloaded: {where} answered {error.status_code}. Please try again.")
        if isinstance(error, openai.APIStatusError):
            return EngineError(f"Status {error.status_code} from {where}: {str(error.message)[:200]}")
        return EngineError(f"An answer that cannot be read came from {where}: {str(error)[:200]}")


def _payload(messages: Sequence[Message]) -> list[Any]:
    return [{"role": message.role.value, "content": _harmless(message)} for message in messages]


def _harmless(message: Message) -> str:
    """The content, with a zero-width space in what a server's tokenizer would take for a special token."""
    content = message.content.encode("utf-8", "replace").decode("utf-8")
    return _SPECIAL.sub("<\u200b", content)
