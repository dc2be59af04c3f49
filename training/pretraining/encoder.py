"""From a row of the corpus to token ids, exactly as the model is served."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from core.conversation import Message, Role
from core.engine.encoding import encode_answer, encode_chat
from core.errors import TrainingError
from training.pretraining.batches import EncodedRow
from training.pretraining.sources import Row

_THOUGHT_ENDS = "</thought>"


class Encoder:
    """Encodes rows with one tokenizer; `words`, where given, is the list by which the model reads questions."""

    def __init__(self, tokenizer: Any, *, most_tokens: int, words: frozenset[str] = frozenset()) -> None:
        self._tokenizer = tokenizer
        self._words = words
        self._most = most_tokens
        self._thought_ends = tokenizer.convert_tokens_to_ids(_THOUGHT_ENDS)

    def rows(self, rows: Iterable[Row]) -> list[EncodedRow]:
        """All rows that are short enough. Raises TrainingError where none is."""
        encoded = [self.row(row) for row in rows]
        fitting = [row for row in encoded if len(row) <= self._most]
        if encoded and not fitting:
            raise TrainingError(f"No row has at most {self._most} tokens.")
        return fitting

    def row(self, row: Row) -> EncodedRow:
        """One row."""
        messages = [Message(Role(message["role"]), message["content"]) for message in row["prompt"]]
        prompt = encode_chat(self._tokenizer, self._as_read(messages))
        answer = encode_answer(self._tokenizer, row["completion"][0]["content"])
        program = answer.index(self._thought_ends) + 1 if self._thought_ends in answer else len(answer)
        ids = np.array([*prompt, *answer], dtype=np.int32)
        return EncodedRow(ids, len(prompt), len(prompt) + program, str(row.get("group", "")))

    def _as_read(self, messages: list[Message]) -> Sequence[Message]:
        if not self._words:
            return messages
        from training.spoken import as_read

        return as_read(messages, self._words)
