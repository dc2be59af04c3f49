"""Rows as token ids: exactly the ids that the engine gives the model, and a label for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.engine.encoding import encode_answer, encode_chat
from core.errors import BadRow
from training.rows import TrainingRow
from training.spoken import as_read

IGNORED = -100  # the label of a token that is read and not learned
Source = tuple[Path, Sequence[TrainingRow]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row: the prompt's ids, then the answer's, which end with the end of the turn. Only the answer is learned."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def input_ids(self) -> list[int]:
        """What the model reads."""
        return [*self.prompt, *self.answer]

    @property
    def labels(self) -> list[int]:
        """What it should have written."""
        return [*[IGNORED] * len(self.prompt), *self.answer]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def encode_rows(
    tokenizer: Any, sources: Sequence[Source], *, context_tokens: int, words: frozenset[str] = frozenset()
) -> list[Encoded]:
    """The rows of all files, each once. `words`: the list by which the model reads questions.

    Raises BadRow for the first row that is longer than the context: an answer cut off would teach never to end.
    """
    encoded: dict[Encoded, None] = {}
    for path, rows in sources:
        for index, row in enumerate(rows):
            one = encode_row(tokenizer, row, words)
            if len(one) > context_tokens:
                raise BadRow(
                    path,
                    line_of(path, index),
                    f"the row has {len(one):,} tokens, and the model reads {context_tokens:,}",
                )
            encoded[one] = None
    return list(encoded)


def encode_row(tokenizer: Any, row: TrainingRow, words: frozenset[str] = frozenset()) -> Encoded:
    """One row as it is served."""
    prompt = encode_chat(tokenizer, as_read(row.prompt, words))
    return Encoded(tuple(prompt), tuple(encode_answer(tokenizer, row.completion)))


def line_of(path: Path, index: int) -> int:
    """The line of the row with this index; empty lines hold no row."""
    with path.open("rb") as file:
        lines = [number for number, line in enumerate(file, start=1) if line.removeprefix(b"\xef\xbb\xbf").strip()]
    return lines[index]
