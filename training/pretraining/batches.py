"""Rows as token ids, and rows of about the same length together, so that little is padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class EncodedRow:
    """Token ids of prompt and answer: the answer begins at `answer`, its program at `program`.

    What is before `program` – the thought – tells which program was chosen, the rest whether its values were copied.
    """

    ids: NDArray[np.int32]
    answer: int
    program: int
    group: str = ""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Rows side by side: `ids` (rows, longest) is filled up with zeros, `answers` and `lengths` are (rows,)."""

    ids: NDArray[np.int32]
    answers: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @property
    def tokens(self) -> int:
        """Tokens without filling."""
        return int(self.lengths.sum())

    @property
    def targets(self) -> int:
        """Tokens that are to be learned: the answers."""
        return int((self.lengths - self.answers).sum())

    def tensors(self, device: torch.device | str) -> tuple[Tensor, Tensor, Tensor]:
        """Input ids (rows, longest - 1), flat positions that predict an answer's token, and those tokens."""
        places = np.arange(self.ids.shape[1] - 1)
        predicts = (places >= self.answers[:, None] - 1) & (places < self.lengths[:, None] - 1)
        at = torch.from_numpy(np.flatnonzero(predicts))
        wanted = torch.from_numpy(self.ids[:, 1:][predicts].astype(np.int64))
        ids = torch.from_numpy(self.ids[:, :-1].astype(np.int64))
        return ids.to(device), at.to(device), wanted.to(device)


def batch(rows: Sequence[EncodedRow]) -> Batch:
    """These rows side by side."""
    ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int32)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row.ids
    answers = np.array([row.answer for row in rows], dtype=np.int32)
    return Batch(ids, answers, np.array([len(row) for row in rows], dtype=np.int32))


def plan(rows: Sequence[EncodedRow], *, batch_tokens: int, workers: int, random: Random) -> list[tuple[Batch, ...]]:
    """Steps of one batch for each worker, at most `batch_tokens` with filling each, in random order.

    Rows that do not fill a last step are left out.
    """
    ordered = sorted(rows, key=len)
    batches: list[Batch] = []
    current: list[EncodedRow] = []
    for row in ordered:
        if current and len(row) * (len(current) + 1) > batch_tokens:
            batches.append(batch(current))
            current = []
        current.append(row)
    if current:
        batches.append(batch(current))
    random.shuffle(batches)
    whole = len(batches) - len(batches) % workers
    return [tuple(batches[place : place + workers]) for place in range(0, whole, workers)]
