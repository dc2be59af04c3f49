"""A process of its own makes, encodes and groups rows while the workers learn, and hands each worker its batches.

The order of all batches follows from the recipe alone. What the workers took is known by a `Position`, from which
another process can go on.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

from core.errors import TrainingError
from training.pretraining.batches import Batch, plan
from training.pretraining.encoder import Encoder
from training.pretraining.recipe import Recipe
from training.pretraining.sources import Source


@dataclass(frozen=True, slots=True)
class Position:
    """How far a training has come: `step` steps of block `block`, which began after `block_tokens` tokens."""

    block: int = 0
    step: int = 0
    block_tokens: int = 0
    tokens: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Portion:
    """What one worker learns from in one step; `targets` counts those of all workers, `position` is that after it."""

    batch: Batch
    targets: int
    position: Position


class SharedBudget:
    """The number of tokens to learn from, known to the workers and to the supply; 0 while it is not known.

    `planned` is where the last block of short rows begins that was planned without knowing it.
    """

    def __init__(self, tokens: int | None) -> None:
        self._values = multiprocessing.get_context("spawn").Array("d", [float(tokens or 0), 0.0])

    @property
    def tokens(self) -> int:
        """0: not known yet."""
        return int(self._values[0])

    @property
    def planned(self) -> int:
        """Tokens before the last block that was planned as short."""
        return int(self._values[1])

    def fix(self, tokens: int) -> None:
        """Make the number known."""
        self._values[0] = tokens

    def lock(self) -> Any:
        """While held, no block is planned."""
        return self._values.get_lock()

    def is_short(self, tokens: int, share: float) -> bool:
        """Whether a block that begins after so many tokens lies in the part for short rows; notes that it was asked."""
        with self.lock():
            if self._values[0]:
                return bool(tokens < share * self._values[0])
            self._values[1] = tokens
            return share > 0


def portions(
    source: Source, encoder: Encoder, recipe: Recipe, budget: SharedBudget, start: Position
) -> Iterator[tuple[Portion, ...]]:
    """The steps from a position on, without end: one portion for each worker."""
    position = start
    while True:
        is_short = budget.is_short(position.block_tokens, recipe.short_share)
        rows = encoder.rows(source.block(position.block, short=is_short))
        random = Random(f"{recipe.seed}/{position.block}")
        steps = plan(rows, batch_tokens=recipe.batch_tokens, workers=recipe.workers, random=random)
        if not steps and position.block > start.block + 100:
            raise TrainingError("There are too few rows for a single step.")
        for step in steps[position.step :]:
            tokens = position.tokens + sum(batch.tokens for batch in step)
            position = replace(position, step=position.step + 1, tokens=tokens)
            targets = sum(batch.targets for batch in step)
            yield tuple(Portion(batch, targets, position) for batch in step)
        position = Position(position.block + 1, 0, position.tokens, position.tokens)


@dataclass(frozen=True, eq=False, slots=True)
class SupplyOrder:
    """What a supply process needs to know."""

    source: Source
    tokenizer: Path
    words: frozenset[str]
    recipe: Recipe
    budget: SharedBudget
    start: Position

    def portions(self) -> Iterator[tuple[Portion, ...]]:
        """The steps, made in this process."""
        from transformers import PreTrainedTokenizerFast

        tokenizer = PreTrainedTokenizerFast.from_pretrained(str(self.tokenizer))
        encoder = Encoder(tokenizer, most_tokens=self.recipe.row_tokens, words=self.words)
        return portions(self.source, encoder, self.recipe, self.budget, self.start)


@contextlib.contextmanager
def supply(order: SupplyOrder) -> Iterator[list[Connection]]:
    """A process that makes the portions; one receiving end for each worker, to be read by `received`."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in range(order.recipe.workers)]
    process = context.Process(name="supply", target=_serve, args=(order, [sender for _, sender in pipes]), daemon=True)
    process.start()
    for _, sender in pipes:
        sender.close()  # so that a receiver notices the end of the process
    try:
        yield [receiver for receiver, _ in pipes]
    finally:
        process.kill()
        process.join()
        for receiver, _ in pipes:
            receiver.close()


def received(connection: Connection) -> Iterator[Portion]:
    """The portions of one worker. Raises TrainingError where the supply failed or died."""
    while True:
        try:
            portion = connection.recv()
        except (EOFError, ConnectionError):
            raise TrainingError("The process that makes the training rows has died.") from None
        if isinstance(portion, str):
            raise TrainingError(portion)
        yield portion


def _serve(order: SupplyOrder, senders: Sequence[Connection]) -> None:
    stand_behind_parent()
    with contextlib.suppress(BrokenPipeError):
        try:
            for step in order.portions():
                for sender, portion in zip(senders, step, strict=True):
                    sender.send(portion)
        except Exception as error:  # whatever a generator raises, the workers are to say it
            for sender in senders:
                sender.send(f"No training rows: {type(error).__name__}: {error}")


def stand_behind_parent() -> None:
    """For a child process: leave ctrl-C and SIGTERM to the parent, who may want to save, and end when it has ended."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
