"""The update: Muon for matrices, AdamW for embeddings, norms and biases; each worker updates the parameters it owns.

Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") steps along the momentum with all
its singular values brought close to one, by five Newton-Schulz iterations with the published coefficients.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training.pretraining.arena import Arena, Rule, Slot

_QUINTIC = (3.4445, -4.7750, 2.0315)
_MOMENTUM = 0.95
_BETAS = (0.9, 0.95)
_EPSILON = 1e-8
_LONGEST_GRADIENT = 1.0  # of one parameter under AdamW


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates at their peak."""

    muon: float = 0.012
    adam: float = 3e-3


class Optimizer:
    """Updates some of an arena's parameters; the moments live in the arena."""

    def __init__(self, arena: Arena, owned: Iterable[Slot], rates: Rates) -> None:
        self._arena = arena
        self._owned = tuple(owned)
        self._rates = rates

    @torch.no_grad()
    def step(self, number: int, factor: float) -> None:
        """Take the step with this number (from 1); `factor` scales the rates. All workers' gradients must be there."""
        for slot in self._owned:
            gradient = slot.of(self._arena.gradients[0])
            for others in self._arena.gradients[1:]:
                gradient += slot.of(others)
            weight, first = slot.of(self._arena.weights), slot.of(self._arena.first)
            if slot.rule is Rule.MUON:
                self._muon(slot, weight, gradient, first, factor)
            else:
                self._adam(slot, weight, gradient, first, slot.of(self._arena.second), number, factor)

    def _muon(self, slot: Slot, weight: Tensor, gradient: Tensor, momentum: Tensor, factor: float) -> None:
        rate = self._rates.muon * slot.rate * factor
        momentum.mul_(_MOMENTUM).add_(gradient)
        ahead = gradient.add(momentum, alpha=_MOMENTUM)
        weight.mul_(1 - rate * slot.decay)
        for part, direction in zip(weight.chunk(slot.blocks), ahead.chunk(slot.blocks), strict=True):
            rows, columns = part.shape
            part.add_(orthogonal(direction), alpha=-rate * max(1.0, rows / columns) ** 0.5)

    def _adam(
        self, slot: Slot, weight: Tensor, gradient: Tensor, first: Tensor, second: Tensor, number: int, factor: float
    ) -> None:
        rate = self._rates.adam * slot.rate * factor
        gradient.mul_(torch.clamp(_LONGEST_GRADIENT / (gradient.norm() + 1e-6), max=1.0))
        first.lerp_(gradient, 1 - _BETAS[0])
        second.mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1 - _BETAS[1])
        unbiased = (second / (1 - _BETAS[1] ** number)).sqrt_().add_(_EPSILON)
        weight.mul_(1 - rate * slot.decay)
        weight.addcdiv_(first, unbiased, value=-rate / (1 - _BETAS[0] ** number))


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with its singular values brought to about one, computed in bfloat16."""
    a, b, c = _QUINTIC
    x: Tensor = matrix.bfloat16()
    is_tall = x.shape[0] > x.shape[1]
    x = x.T if is_tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    x = x.T if is_tall else x
    return x.to(matrix.dtype)


def share_out(slots: Sequence[Slot], workers: int) -> list[list[Slot]]:
    """Which worker updates which parameters, so that all take about as long."""
    shares: list[list[Slot]] = [[] for _ in range(workers)]
    loads = [0.0] * workers
    for slot in sorted(slots, key=_cost, reverse=True):
        lightest = loads.index(min(loads))
        shares[lightest].append(slot)
        loads[lightest] += _cost(slot)
    return shares


def _cost(slot: Slot) -> float:
    """About how long an update takes, in products of a multiplication."""
    if slot.rule is Rule.ADAM:
        return 200.0 * slot.size  # bound by memory
    rows, columns = slot.shape[0] // slot.blocks, slot.shape[1]
    low, high = sorted((rows, columns))
    return slot.blocks * 5.0 * (2 * low * low * high + low**3) / 10
