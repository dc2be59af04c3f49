"""The promoted model, whichever that is: a change of the pointer is noticed between two turns."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from core.conversation import Completion, Message, Sampling
from core.engine.pointer import current_model
from core.engine.protocol import Engine, OnText
from core.errors import EngineError

log = logging.getLogger(__name__)


class SwitchingEngine:
    """Follows `models/current`. A turn keeps the model it began with; the next one gets the new model."""

    def __init__(self, models: Path, open_model: Callable[[Path], Engine]) -> None:
        self._models = models
        self._open = open_model
        self._folder: Path | None = None
        self._refused: Path | None = None
        self._engine: Engine | None = None
        self._swap = asyncio.Lock()

    @property
    def name(self) -> str:
        """The model in use, or the one that will be."""
        return self._engine.name if self._engine else current_model(self._models).name

    @property
    def context_tokens(self) -> int:
        """That of the model in use."""
        return self._in_use().context_tokens

    @property
    def closes(self) -> bool:
        """That of the model in use."""
        return self._in_use().closes

    async def ready(self) -> Engine:
        """The promoted model, loaded. Where the new one cannot be loaded, the old one stays and the log says why."""
        async with self._swap:
            folder = current_model(self._models)
            if self._engine is None or folder not in (self._folder, self._refused):
                await self._switch(folder)
            return self._in_use()

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens as the model in use reads them."""
        return self._in_use().count(messages)

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        """A completion of the promoted model."""
        return await (await self.ready()).complete(messages, sampling, on_text)

    async def close(self) -> None:
        """Give back the model in use."""
        if self._engine is not None:
            await self._engine.close()

    async def _switch(self, folder: Path) -> None:
        try:
            engine = await self._open(folder).ready()
        except EngineError:
            if self._engine is None:
                raise
            self._refused = folder  # said once, tried again when the pointer moves
            log.exception("%s stays in use: the promoted model cannot be loaded", self._engine.name)
            return
        if self._engine is not None:
            log.info("switched from %s to %s", self._engine.name, engine.name)
        # turns that still hold the old model finish with it; the last of them lets go of it
        self._engine, self._folder, self._refused = engine, folder, None

    def _in_use(self) -> Engine:
        if self._engine is None:
            raise EngineError("The model is not loaded yet.")
        return self._engine
