"""Pretraining: from nothing to a small model that plain transformers loads.

words ──► tokenizer ─┐
rows  ──► supply ────┴─► workers ──► a model folder: weights, tokenizer, card.json, README.md, metrics.jsonl, curve.png

While it is under way everything lies in a hidden folder beside the model's, which gets its name at the end.
"""

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import transformers

from core.errors import TrainingError
from training import tokenizer as tokenizers
from training.pretraining.checkpoint import Checkpoint, Progress, load_checkpoint
from training.pretraining.encoder import Encoder
from training.pretraining.export import command_line, make_card, save_card, save_model, save_words
from training.pretraining.lead import Desk, Leader
from training.pretraining.options import Options
from training.pretraining.recipe import Recipe
from training.pretraining.report import Log, read_log, save_curve, scores_as_dict
from training.pretraining.schedule import Budget
from training.pretraining.scoring import new_results
from training.pretraining.sources import FileRows, GeneratedRows, Source
from training.pretraining.supply import SharedBudget, SupplyOrder, received, supply
from training.pretraining.word_vectors import WordVectors, read_word_vectors
from training.pretraining.workers import Crew, helpers, model_of, work

CHECKPOINT = "checkpoint.pt"
METRICS = "metrics.jsonl"
CURVE = "curve.png"

Say = Callable[[str], None]


def pretrain(options: Options, folder: Path, *, checkpoint_minutes: float = 5.0, say: Say = print) -> Path:
    """Train a model into a new folder; ctrl-C and SIGTERM save it, and `resume` goes on with it.

    Raises BadRow, and TrainingError where the folder exists, the options contradict each other or there are no rows.
    """
    if folder.exists():
        raise TrainingError(f"{folder} exists, and models are never overwritten: choose another name.")
    part = unfinished(folder)
    if part.exists():
        raise TrainingError(f"{folder.name} is begun: go on with --resume {folder.name}, or remove {part}.")
    try:
        part.mkdir(parents=True)
        source = _source(options)
        _tokenizer(options).save_pretrained(str(part / "tokenizer"))
        recipe = options.recipe(len(_load_tokenizer(part)))
        _train(_Job(options, folder, recipe, source, None), checkpoint_minutes, say)
    except BaseException:
        if not (part / CHECKPOINT).exists():
            shutil.rmtree(part, ignore_errors=True)
        raise
    return folder


def resume(folder: Path, *, checkpoint_minutes: float = 5.0, say: Say = print) -> Path:
    """Go on with an interrupted training to its end. Raises TrainingError where there is none."""
    checkpoint = load_checkpoint(unfinished(folder) / CHECKPOINT)
    options = Options.from_said(checkpoint.order)
    _train(_Job(options, folder, checkpoint.recipe, _source(options), checkpoint), checkpoint_minutes, say)
    return folder


def unfinished(folder: Path) -> Path:
    """Where a training lies until it is finished."""
    return folder.with_name(f".{folder.name}.training")


@dataclass(frozen=True, eq=False)
class _Job:
    """One training, all decided; `checkpoint` where it goes on."""

    options: Options
    folder: Path
    recipe: Recipe
    source: Source
    checkpoint: Checkpoint | None

    @property
    def part(self) -> Path:
        return unfinished(self.folder)

    @property
    def progress(self) -> Progress:
        return self.checkpoint.progress if self.checkpoint else Progress()


def _train(job: _Job, checkpoint_minutes: float, say: Say) -> None:
    tokenizer = _load_tokenizer(job.part)
    known = tokenizers.known_words(tokenizer)
    words = frozenset(known) if job.options.normalise else frozenset()
    vectors = read_word_vectors(Path(job.options.word_vectors), known) if job.options.word_vectors else None
    crew = _crew(job, Encoder(tokenizer, most_tokens=job.recipe.row_tokens, words=words), vectors)
    progress = job.progress
    budget = Budget(job.options.tokens or progress.budget or None, job.options.minutes)
    shared = SharedBudget(budget.tokens)
    log = Log(job.part / METRICS, step=progress.step)
    desk = Desk(job.part / CHECKPOINT, log, say, 60 * checkpoint_minutes, job.options.said())
    order = SupplyOrder(job.source, job.part / "tokenizer", words, job.recipe, shared, progress.position)
    say(_first_line(crew, job))
    with _signals() as stop, _one_thread_each(job.recipe), supply(order) as connections:
        lead = Leader(crew, budget, shared, progress, desk, stop)
        with helpers(crew, connections, progress.step) as host:
            work(crew, 0, received(connections[0]), host, step=progress.step, lead=lead)
    if lead.interrupted:
        raise TrainingError(f"Interrupted and saved after {lead.progress.step:,} steps: --resume {job.folder.name}")
    _finish(job, crew, lead, tokenizer, words, say)


def _crew(job: _Job, encoder: Encoder, vectors: WordVectors | None) -> Crew:
    held_out = job.source.held_out(job.recipe.evaluation_rows) if job.recipe.evaluation_rows else {}
    splits = {name: encoded for name, rows in held_out.items() if (encoded := encoder.rows(rows))}
    crew = Crew.gather(job.recipe, vectors, splits, new_results(splits))
    if job.checkpoint:
        job.checkpoint.restore(crew.arena)
    return crew


def _finish(job: _Job, crew: Crew, lead: Leader, tokenizer: Any, words: frozenset[str], say: Say) -> None:
    part = job.part
    parameters = save_model(model_of(crew, 0), tokenizer, part)
    said = job.options.said()
    said.pop("minutes", None)  # the number of tokens says the same exactly
    card = make_card(
        name=job.folder.name,
        recipe=job.recipe,
        progress=lead.progress,
        parameters=parameters,
        data=job.source.card(),
        command=command_line({**said, "tokens": lead.progress.budget, "workers": job.recipe.workers}),
        normalise=save_words(words, part),
        scores=scores_as_dict(lead.scores),
    )
    save_card(card, part)
    save_curve(part / CURVE, read_log(part / METRICS), f"{job.folder.name}: {parameters:,} parameters")
    shutil.rmtree(part / "tokenizer")
    (part / CHECKPOINT).unlink(missing_ok=True)
    try:
        part.rename(job.folder)
    except OSError as error:
        raise TrainingError(f"{part} cannot become {job.folder}: {error.strerror}.") from error
    say(f"{job.folder}: {parameters:,} parameters, {lead.progress.seconds / 60:.1f} minutes")


def _source(options: Options) -> Source:
    if options.data:
        paths = [Path(path) for path in options.data]
        return FileRows.read(paths, seed=options.seed, block_rows=options.block_rows)
    return GeneratedRows(options.seed, options.block_rows, options.generator)


def _tokenizer(options: Options) -> Any:
    if options.tokenizer is None:
        corpus = import_module(options.generator)
        return tokenizers.build(corpus.template_words(), size=options.vocabulary, context_tokens=options.context_tokens)
    try:
        return transformers.AutoTokenizer.from_pretrained(options.tokenizer)
    except Exception as error:  # transformers raises whatever a broken file leads to
        raise TrainingError(f"The tokenizer {options.tokenizer} cannot be loaded: {error}") from error


def _load_tokenizer(part: Path) -> Any:
    return transformers.PreTrainedTokenizerFast.from_pretrained(str(part / "tokenizer"))


def _first_line(crew: Crew, job: _Job) -> str:
    shape, recipe = job.recipe.shape, job.recipe
    held_out = ", ".join(f"{len(rows)} {name}" for name, rows in crew.splits.items())
    return (
        f"{len(crew.arena.weights):,} parameters ({shape.layers} layers x {shape.hidden}), {recipe.workers} worker(s) "
        f"on {recipe.device}; measured on: {held_out or 'nothing'}"
    )


@contextlib.contextmanager
def _one_thread_each(recipe: Recipe) -> Iterator[None]:
    """On the CPU, more workers are faster than more threads, which spend their time waiting for each other."""
    before = torch.get_num_threads()
    if recipe.device == "cpu":
        # batches have hundreds of shapes, and a kernel kept for each took two gigabytes more than one for the latest
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """Set when someone wants the training to stop; a second ctrl-C stops it without saving."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
