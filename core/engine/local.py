"""A model in this process, with transformers: a local folder or a name on the hub; CPU, CUDA or MPS."""

import asyncio
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.generation.stopping_criteria import StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from core.conversation import Completion, Message, Sampling
from core.engine.card import ModelCard, read_card
from core.engine.encoding import encode_chat
from core.engine.protocol import Engine, OnText
from core.errors import EngineError, ModelNotFound
from core.normalise import normalise

log = logging.getLogger(__name__)

_STOP = "</execute>"
_ONE_THREAD_BELOW = 50_000_000  # parameters; a second thread only waits at barriers for models this small
_LONGEST_CONTEXT = 8_192  # what a hub model is given where its card sets nothing: memory grows with it


class TransformersEngine:
    """One causal language model. Generation runs in a thread, one completion at a time."""

    def __init__(
        self,
        model: str | Path,
        *,
        device: str = "auto",
        dtype: str = "auto",
        context_tokens: int | None = None,
        closes: bool | None = None,
    ) -> None:
        self._source = str(model)
        self._folder = Path(model) if looks_like_a_folder(model) else None
        self._device = device
        self._dtype = dtype
        self._context_wish = context_tokens
        self._closes_wish = closes
        self._card = ModelCard(self._folder.resolve().name if self._folder else self._source)
        self._model: Any = None
        self._tokenizer: Any = None
        self._words: frozenset[str] = frozenset()
        self._turnstile = asyncio.Lock()
        self._loading = asyncio.Lock()

    @property
    def name(self) -> str:
        """The card's name, else the folder's or the hub's."""
        return self._card.name

    @property
    def context_tokens(self) -> int:
        """As set, else as the card says, else as the model's configuration says within reason."""
        most = getattr(getattr(self._model, "config", None), "max_position_embeddings", None) or _LONGEST_CONTEXT
        wish = self._context_wish or self._card.context_tokens or _LONGEST_CONTEXT
        return int(min(wish, most))

    @property
    def closes(self) -> bool:
        """As set, else as the card says."""
        return self._card.closing_words if self._closes_wish is None else self._closes_wish

    async def ready(self) -> Engine:
        """Load weights and tokenizer, once. Raises ModelNotFound where they are missing or broken."""
        async with self._loading:
            if self._model is None:
                await asyncio.to_thread(self._load)
        return self

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the messages, with the opening of the answer."""
        return len(encode_chat(self._tokenizer, self._cleaned(messages)))

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        """Generate in a thread; cancelling waits until the thread has noticed."""
        await self.ready()
        loop = asyncio.get_running_loop()
        cancelled = threading.Event()

        def emit(text: str) -> None:
            if on_text is not None:
                loop.call_soon_threadsafe(on_text, text)

        async with self._turnstile:
            job = loop.run_in_executor(None, self._generate, tuple(messages), sampling, emit, cancelled)
            try:
                return await asyncio.shield(job)
            except asyncio.CancelledError:
                cancelled.set()
                await asyncio.wait([job])
                raise

    async def close(self) -> None:
        """Let go of the weights."""
        self._model = self._tokenizer = None

    def _load(self) -> None:
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        if self._folder is not None:
            _check_folder(self._folder)
            self._card = read_card(self._folder)
            self._words = _words(self._folder, self._card)
        device = _device(self._device)
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(self._source)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                self._source, dtype=_dtype(self._dtype, device), use_safetensors=True
            )
        except Exception as error:  # transformers raises whatever a broken file leads to
            raise ModelNotFound(_why_not(self._source, self._folder, error)) from error
        model.generation_config = transformers.GenerationConfig(
            eos_token_id=_end_ids(model, self._tokenizer), pad_token_id=self._tokenizer.pad_token_id
        )
        if device == "cpu" and model.num_parameters() < _ONE_THREAD_BELOW:
            torch.set_num_threads(1)
        self._model = model.to(device).eval()
        log.info("loaded %s on %s", self.name, device)

    def _generate(
        self, messages: Sequence[Message], sampling: Sampling, emit: OnText, cancelled: threading.Event
    ) -> Completion:
        prompt = encode_chat(self._tokenizer, self._cleaned(messages))
        room = self.context_tokens - len(prompt)
        if room <= 0:
            raise EngineError(f"The prompt has {len(prompt):,} tokens; {self.name} reads {self.context_tokens:,}.")
        ids = torch.tensor([prompt], device=self._model.device)
        stream = _Stream(self._tokenizer, self._model.generation_config.eos_token_id, emit)
        torch.manual_seed(sampling.seed)
        try:
            with torch.inference_mode():
                output = self._model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=min(sampling.max_new_tokens, room),
                    streamer=stream,
                    stopping_criteria=StoppingCriteriaList([_Stop(stream, cancelled)]),
                    **_sampling(sampling),
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise EngineError(f"{self.name} failed while writing: {str(error)[:300]}") from error
        ended = int(output[0, -1]) in stream.end_ids or stream.stopped
        return Completion(stream.text, "stop" if ended else "length", self.name)

    def _cleaned(self, messages: Sequence[Message]) -> Sequence[Message]:
        return [_clean(message, self._words) for message in messages] if self._words else messages


class _Stream(BaseStreamer):  # type: ignore[misc]  # transformers is not typed
    """The text so far; each new piece goes out as soon as its characters are whole."""

    def __init__(self, tokenizer: Any, end_ids: Sequence[int], emit: OnText) -> None:
        self.end_ids = frozenset(end_ids)
        self.text = ""
        self._tokenizer = tokenizer
        self._emit = emit
        self._ids: list[int] | None = None

    @property
    def stopped(self) -> bool:
        return _STOP in self.text

    def put(self, value: Any) -> None:
        if self._ids is None:  # the first value is the prompt
            self._ids = []
            return
        self._ids += [token for token in value.flatten().tolist() if token not in self.end_ids]
        text = self._tokenizer.decode(self._ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if _STOP in text:
            text = text[: text.index(_STOP) + len(_STOP)]
        if not text.endswith("\ufffd") and len(text) > len(self.text):
            self._emit(text[len(self.text) :])
            self.text = text

    def end(self) -> None:
        """Nothing is held back."""


class _Stop(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    """Stops at the end of a program, and when nobody waits any more."""

    def __init__(self, stream: _Stream, cancelled: threading.Event) -> None:
        self._stream = stream
        self._cancelled = cancelled

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs: Any) -> Any:
        done = self._stream.stopped or self._cancelled.is_set()
        return torch.full((input_ids.shape[0],), done, device=input_ids.device, dtype=torch.bool)


def looks_like_a_folder(model: str | Path) -> bool:
    """Whether a model is meant as a folder here: it is one, or it is written like one and is no hub name."""
    text = str(model)
    if isinstance(model, Path) or Path(text).is_dir():
        return True
    return text.startswith((".", "/", "~", "models/")) or "\\" in text or text.count("/") > 1


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelNotFound(f"There is no model folder {folder}. `codeact models` lists those that are here.")
    for needed in ("config.json", "tokenizer_config.json"):
        if not (folder / needed).is_file():
            raise ModelNotFound(f"{folder} is not a whole model: {needed} is missing.")


def _clean(message: Message, words: frozenset[str]) -> Message:
    """The message with a person's own words freed of typos and capitals; what programs said stays as it is."""
    if message.spoken is None:
        return message
    start, end = message.spoken
    content = message.content
    return Message(message.role, content[:start] + normalise(content[start:end], words) + content[end:])


def _words(folder: Path, card: ModelCard) -> frozenset[str]:
    if not card.normalise:
        return frozenset()
    if Path(card.normalise).name != card.normalise:
        raise ModelNotFound(f"{folder}: normalise must be a file name, and is {card.normalise!r}.")
    try:
        return frozenset((folder / card.normalise).read_text("utf-8").split())
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"{folder / card.normalise} cannot be read: {error}") from error


def _device(wish: str) -> str:
    if wish != "auto":
        return wish
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(wish: str, device: str) -> torch.dtype:
    if wish == "auto":
        return torch.bfloat16 if device.startswith("cuda") else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[wish]


def _end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Every token that ends an answer: the model's own, the tokenizer's, and ChatML's."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    ids = set(configured if isinstance(configured, list) else [configured])
    ids |= {tokenizer.eos_token_id, tokenizer.get_added_vocab().get("<|im_end|>")}
    return sorted(token for token in ids if token is not None)


def _sampling(sampling: Sampling) -> dict[str, Any]:
    if sampling.temperature <= 0:
        return {"do_sample": False}
    return {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}


def _why_not(source: str, folder: Path | None, error: Exception) -> str:
    if folder is not None:
        return f"The model in {folder} cannot be loaded: {_first_line(error)}"
    offline = os.environ.get("HF_HUB_OFFLINE") or isinstance(error, OSError)
    hint = "It is not in the local cache and the hub cannot be reached, or has no such model." if offline else ""
    return (
        f"The model {source} cannot be loaded. {hint or _first_line(error)} "
        "Offline, use the bundled one: models/codeact-mini."
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"[
        :300
    ]
