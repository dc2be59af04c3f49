"""What a person can ask of a pretraining, and how it becomes a recipe."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import torch

from core.errors import TrainingError
from training.pretraining.optimizer import Rates
from training.pretraining.recipe import Recipe
from training.pretraining.schedule import Schedule
from training.pretraining.shape import Shape

_MOST_WORKERS = 4
_BATCH_TOKENS = {"cpu": 3_072, "cuda": 32_768}


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `codeact pretrain`, with their defaults. Either `tokens` or `minutes` says how long.

    `data` are files of `codeact corpus`; without them `generator` makes new rows all the time. `tokenizer` is a folder
    with a ready one; else one is made with the words of the generator. `word_vectors` is an .npz file. `workers` and
    `batch_tokens` None: what fits the machine. `normalise`: questions are read freed of typos and capitals.
    """

    tokens: int | None = None
    minutes: float | None = None
    data: tuple[str, ...] = ()
    generator: str = "training.corpus.generate"
    tokenizer: str | None = None
    word_vectors: str | None = None
    normalise: bool = True
    seed: int = 0
    vocabulary: int = 4096
    hidden: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 704
    theta: float = 1000.0
    context_tokens: int = 1024
    muon_rate: float = 0.012
    adam_rate: float = 3e-3
    warmup_steps: int = 60
    flat: float = 0.2
    fall: Literal["cosine", "linear"] = "cosine"
    short_share: float = 0.15
    batch_tokens: int | None = None
    row_tokens: int = 640
    block_rows: int = 2_048
    evaluations: int = 12
    evaluation_rows: int = 300
    workers: int | None = None
    device: str = "auto"
    precision: Literal["bfloat16", "float32"] = "bfloat16"

    def __post_init__(self) -> None:
        if (self.tokens is None) == (self.minutes is None):
            raise TrainingError("Say how long to train: either --tokens or --minutes.")
        if (self.tokens or self.minutes or 0) <= 0:
            raise TrainingError("A training needs more than no tokens and no minutes.")

    def recipe(self, vocabulary: int) -> Recipe:
        """The recipe for a tokenizer with so many tokens. Raises TrainingError where options contradict each other."""
        device = self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        workers = self.workers or (min(_MOST_WORKERS, os.cpu_count() or 1) if device == "cpu" else 1)
        shape = Shape(
            vocabulary,
            hidden=self.hidden,
            layers=self.layers,
            heads=self.heads,
            feed_forward=self.feed_forward,
            theta=self.theta,
            context=self.context_tokens,
        )
        return Recipe(
            shape,
            Rates(self.muon_rate, self.adam_rate),
            Schedule(self.warmup_steps, self.flat, self.fall),
            seed=self.seed,
            workers=workers,
            batch_tokens=self.batch_tokens or _BATCH_TOKENS.get(device.partition(":")[0], _BATCH_TOKENS["cpu"]),
            row_tokens=min(self.row_tokens, self.context_tokens),
            block_rows=self.block_rows,
            short_share=self.short_share,
            evaluations=self.evaluations,
            evaluation_rows=self.evaluation_rows,
            device=device,
            precision=self.precision,
        )

    def said(self) -> dict[str, Any]:
        """The options that differ from their defaults."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    @classmethod
    def from_said(cls, said: Mapping[str, Any]) -> "Options":
        """The inverse of `said`."""
        options: dict[str, Any] = {name: tuple(value) if name == "data" else value for name, value in said.items()}
        return cls(**options)
