"""Fine-tuning: approved answers into a new run. TRL trains; the text is encoded exactly as it is served.

rows ──► encoded ──► SFTTrainer ──► models/runs/<name>: weights, tokenizer, card.json, loss.png
"""

import importlib.metadata
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.engine.card import ModelCard, read_card
from core.engine.local import looks_like_a_folder
from core.errors import BadRow, ModelNotFound, TrainingError
from core.prompt import VERSION
from training.curve import save_picture
from training.dataset import SEED, read_seeds
from training.encoded import Source, encode_row, encode_rows, line_of
from training.files import sha256
from training.replay import Replay, make_replay
from training.rows import TrainingRow, read_rows
from training.runs import default_name, find_model, new_run, read_model, run_folder, weights_sha256, write_card
from training.tuning import OnStep, Recipe, learning_rate, load, save, tune

DEFAULT_BASE = "Qwen/Qwen2-0.5B"
LONGEST_CONTEXT = 8_192  # what a base without a card is given
REPLAY_EACH, REPLAY_MOST = 12, 400  # rows of the corpus for each row of the data, where the base was made from it


@dataclass(frozen=True, slots=True)
class Flags:
    """What one run does.

    `learning_rate` and `batch_size` None: what fits the method and the number of rows. `replay`: how many rows of the
    corpus are learned again beside the data, each once; None: some where the base was made from it, else none.
    """

    epochs: float = 3.0
    learning_rate: float | None = None
    batch_size: int | None = None
    method: Literal["auto", "full", "lora"] = "auto"
    seed: int = 0
    seed_rows: bool = True
    replay: int | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What is tuned: a folder here, or a name on the hub."""

    source: str
    card: ModelCard
    folder: Path | None

    @property
    def knows_corpus(self) -> bool:
        """Whether the corpus is what it was made from, by itself or through the runs before it."""
        card = read_model(self.folder).card if self.folder else {}
        return bool(card.get("knows_corpus")) or str(card.get("command", "")).startswith("codeact pretrain")

    @property
    def words(self) -> frozenset[str]:
        """The list by which it reads questions; empty where it has none."""
        if self.folder is None or not self.card.normalise:
            return frozenset()
        return frozenset((self.folder / self.card.normalise).read_text("utf-8").split())


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path
    rows: int
    recipe: Recipe
    losses: tuple[float, ...]
    seconds: float

    @property
    def name(self) -> str:
        """As `codeact models` lists it."""
        return self.folder.name


def finetune(
    files: Sequence[Path],
    *,
    models: Path,
    base: str = DEFAULT_BASE,
    out: str | None = None,
    flags: Flags | None = None,
    device: str = "auto",
    on_step: OnStep | None = None,
) -> Run:
    """Tune a base on the rows of these files, as a new run under `models`.

    Raises BadRow where a line cannot be used or is longer than the base reads, ModelNotFound and TrainingError; nothing
    is left of a run that did not come to its end.
    """
    flags = flags or Flags()
    tuned = find_base(models, base)
    folder = run_folder(models, out or default_name(models, tuned.card.name))
    sources = read_sources(files, with_seeds=flags.seed_rows)
    started = time.monotonic()
    model, tokenizer, method = load(tuned.source, flags.method)
    context = _context(tuned, model)
    rows = encode_rows(tokenizer, sources, context_tokens=context, words=tuned.words)
    usual = min(REPLAY_MOST, REPLAY_EACH * len(rows)) if tuned.knows_corpus else 0
    replay = make_replay(usual if flags.replay is None else flags.replay, flags.seed)
    again = [encode_row(tokenizer, row, tuned.words) for row in replay.rows]
    again = [row for row in again if len(row) <= context]
    recipe = Recipe(
        method,
        flags.epochs,
        flags.learning_rate or learning_rate(method, model.num_parameters()),
        flags.batch_size or max(1, min(8, len(rows) // 8)),  # few rows still make a few steps
        flags.seed,
        device,
    )
    with new_run(folder) as part:
        model, losses = tune(model, tokenizer, rows, again, recipe, part / ".trainer", on_step)
        run = Run(folder, len(rows), recipe, tuple(losses), time.monotonic() - started)
        shutil.rmtree(part / ".trainer", ignore_errors=True)
        save(model, tokenizer, part)
        if tuned.folder is not None and tuned.card.normalise:
            shutil.copyfile(tuned.folder / tuned.card.normalise, part / tuned.card.normalise)
        save_picture(losses, part / "loss.png", f"{folder.name}: {len(rows)} rows")
        write_card(part, _card(run, tuned, sources, replay, flags, context, model.num_parameters()))
    return run


def find_base(models: Path, base: str) -> Base:
    """A base by the name of a run, a folder, or a name on the hub, which is looked up when it is loaded.

    Raises ModelNotFound where a folder is meant and is not there.
    """
    try:
        folder = find_model(models, base)
    except ModelNotFound:
        if looks_like_a_folder(base):
            raise
        return Base(base, ModelCard(base), None)
    return Base(str(folder), read_card(folder), folder)


def read_sources(files: Sequence[Path], *, with_seeds: bool) -> list[Source]:
    """The rows of each file, and the seed rows, which every run repeats unless they are left out.

    Raises BadRow for a line that cannot be used or shows an answer marked wrong, TrainingError where there is no row.
    """
    sources: list[Source] = [(path, _liked(path, read_rows(path))) for path in files]
    if with_seeds:
        sources.append((SEED, [seed.row for seed in read_seeds()]))
    if not any(rows for _, rows in sources):
        raise TrainingError(f"There is nothing to learn in {', '.join(map(str, files))}: no row.")
    return sources


def _liked(path: Path, rows: list[TrainingRow]) -> list[TrainingRow]:
    for index, row in enumerate(rows):
        if row.label is False:
            problem = "it shows an answer that was marked wrong and would be imitated; export with --format sft"
            raise BadRow(path, line_of(path, index), problem)
    return rows


def _context(base: Base, model: Any) -> int:
    most = getattr(model.config, "max_position_embeddings", None) or LONGEST_CONTEXT
    return min(base.card.context_tokens or LONGEST_CONTEXT, most)


def _data(path: Path, rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """A file in the card; with the turns of its rows, so that a person can be told which models learned from them."""
    turn_ids = sorted({row.turn_id for row in rows if row.turn_id})
    return {"file": path.name, "sha256": sha256(path), "rows": len(rows), "turn_ids": turn_ids}


def _card(
    run: Run, base: Base, sources: Sequence[Source], replay: Replay, flags: Flags, context: int, parameters: int
) -> dict[str, Any]:
    return {
        "name": run.name,
        "base": {"name": base.card.name, "weights_sha256": weights_sha256(base.folder) if base.folder else None},
        "data": [_data(path, rows) for path, rows in sources],
        "replay": {"rows": len(replay.rows), "seed": replay.seed, "sha256": replay.sha256} if replay.rows else None,
        "knows_corpus": base.knows_corpus,
        "rows": run.rows,
        "flags": asdict(flags) | {key: value for key, value in asdict(run.recipe).items() if key != "device"},
        "loss": {"first": round(run.losses[0], 4), "last": round(run.losses[-1], 4), "steps": len(run.losses)},
        "scores": {},
        "prompt_version": VERSION,
        "context_tokens": context,
        "closing_words": base.card.closing_words,
        "normalise": base.card.normalise,
        "parameters": parameters,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 1),
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "trl", "peft")},
    }
