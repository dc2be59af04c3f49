"""Exact match without generating: greedy decoding writes an answer if and only if each of its tokens is the likeliest.

The thought tells which program was chosen; the rest of the answer, given the right thought, whether the values were
copied. One forward pass for each row gives both.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

from training.pretraining.batches import EncodedRow, batch
from training.pretraining.model import Twin

_SIDE_BY_SIDE = 24
_CHOSEN, _COPIED, _LOSS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Score:
    """Of so many rows: shares with the program chosen, the values copied given the program, both; loss per token."""

    rows: int
    chosen: float
    copied: float
    both: float
    loss: float

    def __str__(self) -> str:
        return f"{self.both:.2f} ({self.chosen:.2f} chosen, {self.copied:.2f} copied)"


def new_results(splits: Mapping[str, Sequence[EncodedRow]]) -> Tensor:
    """Room for the results of all rows: (rows, 3)."""
    return torch.zeros(max(1, sum(map(len, splits.values()))), 3)


@torch.no_grad()
def measure(
    model: Twin, splits: Mapping[str, Sequence[EncodedRow]], results: Tensor, *, worker: int, workers: int
) -> None:
    """Write this worker's share of the results: chosen, copied (0 or 1), loss per token."""
    device = next(model.parameters()).device
    places = sorted(enumerate(row for rows in splits.values() for row in rows), key=lambda placed: len(placed[1]))
    parts = [places[start : start + _SIDE_BY_SIDE] for start in range(0, len(places), _SIDE_BY_SIDE)]
    for part in parts[worker::workers]:
        rows = [row for _, row in part]
        ids, at, wanted = batch(rows).tensors(device)
        logits = model(ids, at).float()
        is_right = (logits.argmax(-1) == wanted).cpu()
        losses = F.cross_entropy(logits, wanted, reduction="none").cpu()
        for (place, row), right, loss in zip(part, _by_row(rows, is_right), _by_row(rows, losses), strict=True):
            thought = row.program - row.answer
            results[place] = torch.tensor([right[:thought].all(), right[thought:].all(), loss.mean()])


def scores(splits: Mapping[str, Sequence[EncodedRow]], results: Tensor) -> dict[str, dict[str, Score]]:
    """The scores of each split, in all (`"all"`) and by group."""
    found: dict[str, dict[str, Score]] = {}
    place = 0
    for name, rows in splits.items():
        groups: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows, start=place):
            groups["all"].append(number)
            if row.group:
                groups[row.group].append(number)
        place += len(rows)
        found[name] = {group: _score(results[numbers]) for group, numbers in sorted(groups.items())}
    return found


def _score(results: Tensor) -> Score:
    both = results[:, _CHOSEN] * results[:, _COPIED]
    means = [float(values.mean()) for values in (results[:, _CHOSEN], results[:, _COPIED], both, results[:, _LOSS])]
    return Score(len(results), *means)


def _by_row(rows: Sequence[EncodedRow], values: Tensor) -> Iterator[Tensor]:
    """Flat values of answer tokens, row by row."""
    return iter(torch.split(values, [len(row) - row.answer for row in rows]))
