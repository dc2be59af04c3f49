"""Everything that decides the outcome of a pretraining, as one value that a card and a checkpoint can hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import TrainingError
from training.pretraining.optimizer import Rates
from training.pretraining.schedule import Schedule
from training.pretraining.shape import Shape


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run. The same recipe, rows, machine and number of workers give the same weights.

    `batch_tokens` is the size of one worker's batch, `short_share` the share of tokens in the beginning that come from
    rows with short values, on which copying starts. Rows longer than `row_tokens` are left out.
    """

    shape: Shape
    rates: Rates = field(default_factory=Rates)
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 0
    workers: int = 1
    batch_tokens: int = 3_072
    row_tokens: int = 640
    block_rows: int = 2_048
    short_share: float = 0.15
    evaluations: int = 12
    evaluation_rows: int = 300
    device: str = "cpu"
    precision: Literal["bfloat16", "float32"] = "bfloat16"

    def __post_init__(self) -> None:
        if self.workers < 1 or (self.workers > 1 and self.device != "cpu"):
            raise TrainingError(f"{self.workers} workers cannot train on {self.device}: several work on the CPU only.")
        if not 0 <= self.short_share < 1 or not 0 <= self.schedule.flat < 1:
            raise TrainingError("Shares of a training lie between 0 and 1.")
        if self.row_tokens > self.shape.context or self.batch_tokens < self.row_tokens:
            raise TrainingError(
                f"Rows of {self.row_tokens} tokens do not fit: the model reads {self.shape.context}, and a batch holds "
                f"{self.batch_tokens}."
            )
        if self.block_rows < 1 or self.evaluations < 0 or self.evaluation_rows < 0:
            raise TrainingError("A block needs rows, and there cannot be less than no evaluation.")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Recipe":
        """The inverse of `dataclasses.asdict`."""
        parts = {"shape": Shape(**data["shape"]), "rates": Rates(**data["rates"])}
        return cls(**{**data, **parts, "schedule": Schedule(**data["schedule"])})
