"""Several processes learn one model, each with one thread: on two cores twice as fast as one process with two threads.

Weights, gradients and moments lie in shared memory. A step is: everyone's gradient – meeting – everyone updates the
parameters it owns – meeting. The first worker is the process that was started; it alone decides, saves and reports.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from multiprocessing.connection import Connection
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor
from torch import multiprocessing as torch_multiprocessing

from core.errors import TrainingError
from training.pretraining.arena import Arena, slots
from training.pretraining.batches import EncodedRow
from training.pretraining.meeting import Guest, Host, Meeting
from training.pretraining.model import Twin
from training.pretraining.optimizer import Optimizer, share_out
from training.pretraining.recipe import Recipe
from training.pretraining.scoring import measure
from training.pretraining.supply import Portion, received, stand_behind_parent
from training.pretraining.word_vectors import WordVectors, WordVectorTable


class Command(IntEnum):
    """What all workers do after a step."""

    LEARN = 0
    MEASURE = 1
    STOP = 2
    MEASURE_AND_STOP = 3


class Lead(Protocol):
    """The first worker's part: it sees every step."""

    def factor(self, step: int, tokens: int) -> float:
        """The factor on the learning rates for the step with this number, which ends after so many tokens."""

    def decide(self, step: int, portion: Portion, loss: float) -> Command:
        """What to do after this step."""

    def measured(self) -> None:
        """All results are there."""

    def stepped(self) -> None:
        """The weights are those after the step, and stay until this returns."""


@dataclass(frozen=True, eq=False)
class Crew:
    """What all workers share. `said` holds, for each worker, the loss of its last batch, then factor and command."""

    recipe: Recipe
    word_vectors: WordVectors | None
    arena: Arena
    splits: Mapping[str, Sequence[EncodedRow]]
    results: Tensor
    said: Tensor

    @classmethod
    def gather(
        cls,
        recipe: Recipe,
        word_vectors: WordVectors | None,
        splits: Mapping[str, Sequence[EncodedRow]],
        results: Tensor,
    ) -> "Crew":
        """A crew with a fresh model."""
        shared = recipe.workers > 1
        arena = Arena.around(new_model(recipe, word_vectors), recipe.workers, device=recipe.device, share=shared)
        said = torch.zeros(recipe.workers + 2)
        if shared:
            for array in (said, results):
                array.share_memory_()  # type: ignore[no-untyped-call]  # torch has no type for it
        return cls(recipe, word_vectors, arena, splits, results, said)


def new_model(recipe: Recipe, word_vectors: WordVectors | None) -> Twin:
    """The untrained model of a recipe."""
    table = WordVectorTable(recipe.shape, word_vectors, seed=recipe.seed + 1) if word_vectors is not None else None
    return Twin(recipe.shape, seed=recipe.seed, embedding=table, dtype=getattr(torch, recipe.precision))


def model_of(crew: Crew, worker: int) -> Twin:
    """The crew's model, with the gradients of one worker."""
    model = new_model(crew.recipe, crew.word_vectors).to(crew.recipe.device)
    crew.arena.carry(model, worker)
    return model


def work(
    crew: Crew,
    worker: int,
    portions: Iterable[Portion],
    meeting: Meeting,
    *,
    step: int = 0,
    lead: Lead | None = None,
) -> None:
    """Learn until the lead says stop; `step` steps were taken before, and `lead` is the first worker's alone."""
    recipe, arena = crew.recipe, crew.arena
    model = model_of(crew, worker)
    owned = share_out(slots(model), recipe.workers)[worker]
    optimizer = Optimizer(arena, owned, recipe.rates)
    for portion in portions:
        step += 1
        crew.said[worker] = _gradient(model, portion, recipe.device)
        if lead is not None:
            crew.said[-2] = lead.factor(step, portion.position.tokens)
        meeting.meet()
        optimizer.step(step, float(crew.said[-2]))
        if lead is not None:
            crew.said[-1] = lead.decide(step, portion, float(crew.said[: recipe.workers].sum()))
        meeting.meet()
        arena.gradients[worker].zero_()
        command = Command(int(crew.said[-1]))
        if command in (Command.MEASURE, Command.MEASURE_AND_STOP):
            measure(model, crew.splits, crew.results, worker=worker, workers=recipe.workers)
            meeting.meet()
            if lead is not None:
                lead.measured()
        if lead is not None:
            lead.stepped()
        if command in (Command.STOP, Command.MEASURE_AND_STOP):
            return


def _gradient(model: Twin, portion: Portion, device: str) -> float:
    """Add the portion's gradient to the worker's; its part of the loss per target of the whole step."""
    ids, at, wanted = portion.batch.tensors(device)
    loss = F.cross_entropy(model(ids, at).float(), wanted, reduction="sum") / portion.targets
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
    return float(loss.detach())


@contextlib.contextmanager
def helpers(crew: Crew, portions: Sequence[Connection], step: int) -> Iterator[Host]:
    """The other workers of the crew, each reading from its connection, and where to meet them."""
    context = torch_multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(1, crew.recipe.workers)]
    processes = [
        context.Process(
            name=f"worker {worker}", target=_help, args=(crew, worker, portions[worker], pipe[1], step), daemon=True
        )
        for worker, pipe in enumerate(pipes, start=1)
    ]
    for process, (_, guest) in zip(processes, pipes, strict=True):
        process.start()
        guest.close()  # so that the end of the process is noticed
    try:
        yield Host([host for host, _ in pipes])
    except BaseException:
        for process in processes:
            process.kill()
        raise
    finally:
        for process in processes:
            process.join()


def _help(crew: Crew, worker: int, portions: Connection, host: Connection, step: int) -> None:
    stand_behind_parent()
    torch.set_num_threads(1)
    guest = Guest(host)
    try:
        work(crew, worker, received(portions), guest, step=step)
    except TrainingError as error:
        guest.excuse(str(error))
