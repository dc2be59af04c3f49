"""The state of a training in one file, replaced in one step, from which it goes on as if nothing had happened."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.errors import TrainingError
from training.pretraining.arena import Arena
from training.pretraining.recipe import Recipe
from training.pretraining.supply import Position

_ARRAYS = ("weights", "first", "second")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training has come. `seconds` counts all its parts, `budget` is 0 while it is not known."""

    step: int = 0
    position: Position = field(default_factory=Position)
    seconds: float = 0.0
    budget: int = 0
    loss: float = 0.0


def save_checkpoint(path: Path, arena: Arena, progress: Progress, recipe: Recipe, order: Mapping[str, Any]) -> None:
    """Write weights, moments and everything that decides how it goes on. `order` is what was asked for.

    There is no state of random numbers beside it: the order of rows follows from recipe and position, and nothing else
    in a training is drawn. Raises TrainingError where it cannot be written.
    """
    content = {name: getattr(arena, name).cpu() for name in _ARRAYS}
    content |= {"progress": asdict(progress), "recipe": asdict(recipe), "order": dict(order)}
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise TrainingError(f"The checkpoint {path} cannot be written: {error.strerror or error}.") from error


@dataclass(frozen=True, eq=False, slots=True)
class Checkpoint:
    """What `save_checkpoint` wrote."""

    progress: Progress
    recipe: Recipe
    order: Mapping[str, Any]
    arrays: Mapping[str, torch.Tensor]

    def restore(self, arena: Arena) -> None:
        """Put weights and moments back. Raises TrainingError where they are of another model."""
        for name, array in self.arrays.items():
            target = getattr(arena, name)
            if target.shape != array.shape:
                raise TrainingError(f"The checkpoint has {len(array):,} {name}, and the model {len(target):,}.")
            target.copy_(array)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises TrainingError where it is missing or broken."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        progress = content["progress"]
        progress = Progress(**{**progress, "position": Position(**progress["position"])})
        arrays = {name: content[name] for name in _ARRAYS}
        return Checkpoint(progress, Recipe.from_dict(content["recipe"]), content["order"], arrays)
    except FileNotFoundError:
        raise TrainingError(f"There is no checkpoint {path}: nothing to go on with.") from None
    except Exception as error:  # whatever a broken file leads to
        raise TrainingError(f"The checkpoint {path} cannot be read: {error}") from error
