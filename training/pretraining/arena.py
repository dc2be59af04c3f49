"""All numbers of a training in a few flat arrays, which several processes can share and a checkpoint can hold.

The model's parameters are views into `weights`, and their gradients views into one row of `gradients` for each worker;
`first` and `second` hold the optimizer's moments. So nothing is ever copied between workers.
"""

from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn

_EMBEDDING = "embedding."


class Rule(StrEnum):
    """Which update a parameter gets."""

    MUON = "muon"
    ADAM = "adam"


@dataclass(frozen=True, slots=True)
class Slot:
    """One parameter's place: `blocks` matrices above each other are orthogonalised apart (query, key and value)."""

    name: str
    start: int
    shape: tuple[int, ...]
    rule: Rule
    blocks: int = 1
    rate: float = 1.0
    decay: float = 0.0

    @property
    def stop(self) -> int:
        """Where the next parameter begins."""
        return self.start + self.size

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return torch.Size(self.shape).numel()

    def of(self, flat: Tensor) -> Tensor:
        """This parameter's part of a flat array, in its own shape."""
        return flat[self.start : self.stop].view(self.shape)


@dataclass(frozen=True, eq=False, slots=True)
class Arena:
    """Flat float32 arrays of one size; `gradients` has a row for each worker."""

    weights: Tensor
    gradients: Tensor
    first: Tensor
    second: Tensor

    @classmethod
    def around(cls, model: nn.Module, workers: int, *, device: str = "cpu", share: bool = False) -> "Arena":
        """The model's weights and room for everything else, in memory that processes share if `share`."""
        weights = torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).to(device)
        gradients = torch.zeros(workers, len(weights), device=device)
        arena = cls(weights, gradients, torch.zeros_like(weights), torch.zeros_like(weights))
        if share:
            for array in (arena.weights, arena.gradients, arena.first, arena.second):
                array.share_memory_()  # type: ignore[no-untyped-call]  # torch has no type for it
        return arena

    def carry(self, model: nn.Module, worker: int) -> None:
        """Make the model's parameters views into these arrays, with the gradients of one worker."""
        for slot, parameter in zip(slots(model), model.parameters(), strict=True):
            parameter.data = slot.of(self.weights)
            parameter.grad = slot.of(self.gradients[worker])


def slots(model: nn.Module) -> list[Slot]:
    """Where each parameter of a twin lies, in the order of `model.parameters()`, and how it is updated."""
    found: list[Slot] = []
    start = 0
    for name, parameter in model.named_parameters():
        slot = _slot(name, start, tuple(parameter.shape))
        found.append(slot)
        start = slot.stop
    return found


def _slot(name: str, start: int, shape: tuple[int, ...]) -> Slot:
    if name == _EMBEDDING + "turn":  # moves all words at once
        return Slot(name, start, shape, Rule.ADAM, rate=0.1)
    if name == _EMBEDDING + "correction":  # what the words' vectors explain need not be learned for each
        return Slot(name, start, shape, Rule.ADAM, decay=0.3)
    if name.startswith(_EMBEDDING) or len(shape) != 2:
        return Slot(name, start, shape, Rule.ADAM)
    blocks = 3 if name.endswith(".qkv") else 2 if name.endswith(".gate_up") else 1
    return Slot(name, start, shape, Rule.MUON, blocks=blocks, decay=0.01)
