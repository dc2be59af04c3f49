"""Model folders: `models/codeact-mini` is bundled, `models/runs/<name>` are our own, and appear whole or not at all."""

import json
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.engine.card import CARD, read_card
from core.engine.pointer import BUNDLED, POINTER, current_model
from core.errors import ModelNotFound, TrainingError
from training.files import sha256, write_whole

RUNS = "runs"
REPORTS = "reports"
LATEST = "latest"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Model:
    """A model folder and what its card says; `card` is empty where it has none."""

    folder: Path
    name: str
    card: Mapping[str, Any]
    is_current: bool = False

    @property
    def base(self) -> str:
        """What it was trained from; empty where the card does not say."""
        base = self.card.get("base")
        return str(base.get("name", "") if isinstance(base, dict) else base or "")

    @property
    def scores(self) -> Mapping[str, Any]:
        """What `evaluate` wrote into the card, by suite and half."""
        scores = self.card.get("scores")
        return scores if isinstance(scores, dict) else {}

    @property
    def score(self) -> str:
        """The latest score on the development half of our own suite, such as 95/220; empty where there is none."""
        scores = [score for score in self.scores.values() if isinstance(score, dict)]
        own = [score for score in scores if score.get("suite") == "own" and score.get("half") == "development"]
        latest = max(own, key=lambda score: str(score.get("when", "")), default=None)
        return f"{latest.get('right')}/{latest.get('of')}" if latest else ""

    @property
    def was_promoted(self) -> bool:
        """Whether it won its place in a comparison; the bundled one always counts as such."""
        promotions = self.card.get("promoted")
        records = [record for record in promotions if isinstance(record, dict)] if isinstance(promotions, list) else []
        return self.folder.name == BUNDLED or any(
            record.get("forced") is False and record.get("right") is not None for record in records
        )

    def to_json(self) -> dict[str, Any]:
        """What scripts want to know."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "base": self.base,
            "when": self.card.get("when"),
            "current": self.is_current,
            "scores": dict(self.scores),
        }


def default_name(models: Path, base: str, today: datetime | None = None) -> str:
    """A free name for a run: the day and the base, with a number where that is taken."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(base).name).strip("-.") or "model"
    stem = re.sub(r"^\d{4}-\d\d-\d\d-", "", stem)  # the base may be a run itself
    name = wish = f"{today or datetime.now(UTC):%Y-%m-%d}-{stem}"[:90]
    number = 1
    while (models / RUNS / name).exists():
        number += 1
        name = f"{wish}-{number}"
    return name


def run_folder(models: Path, out: str) -> Path:
    """The folder of a new run, by name or as models/runs/NAME.

    Raises TrainingError where the name cannot be one or is taken: runs are never overwritten.
    """
    name = out.removeprefix(f"{models}/{RUNS}/").removeprefix(f"{models.name}/{RUNS}/").rstrip("/")
    if not _NAME.fullmatch(name) or name in (BUNDLED, POINTER, LATEST):
        raise TrainingError(
            f"{out!r} cannot name a run: letters, digits, dots, dashes and underscores, without folders."
        )
    folder = models / RUNS / name
    if folder.exists():
        raise TrainingError(f"There is a run {name} already, and runs are never overwritten: choose another --out.")
    return folder


@contextmanager
def new_run(folder: Path) -> Iterator[Path]:
    """A folder to write a run into; it gets its name at the end, and is gone where anything went wrong before."""
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(folder)  # fails where another process took the name meanwhile
    except OSError as error:
        raise TrainingError(f"The run {folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def find_model(models: Path, name: str) -> Path:
    """A model folder by the name of a run, codeact-mini, current, latest (the newest run), or a path.

    Raises ModelNotFound.
    """
    if name == POINTER:
        return current_model(models)
    if name == LATEST and (runs := _runs(models)):
        return runs[-1]
    named = [models / RUNS / name, models / name] if _NAME.fullmatch(name) else []
    for folder in (*named, models.parent / name, Path(name)):
        if (folder / "config.json").is_file():
            return folder
    raise ModelNotFound(f"There is no model {name!r}. `codeact models` lists those that are here.")


def list_models(models: Path) -> list[Model]:
    """The bundled model, the runs by when they were made, and the current model where it is neither.

    Folders that cannot be read are left out, broken cards count as empty.
    """
    current = current_model(models).resolve()
    found = [models / BUNDLED, *_runs(models)]
    if current not in (folder.resolve() for folder in found):
        found.append(current)
    return [_model(folder, folder.resolve() == current) for folder in found if folder.is_dir()]


def is_run(models: Path, folder: Path) -> bool:
    """Whether a folder is one of our runs, which may be written to; other models are left as they are."""
    return folder.resolve().parent == (models / RUNS).resolve()


def read_model(folder: Path) -> Model:
    """One folder and its card."""
    return _model(folder, False)


def update_card(folder: Path, **changes: Any) -> None:
    """Put fields into a folder's card, in one step. Raises ModelNotFound where the card is broken, TrainingError."""
    read_card(folder)  # a broken card is not replaced by a whole one
    write_card(folder, {**_card(folder), **changes})


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write a folder's card as a whole."""
    write_whole(folder / CARD, json.dumps(card, ensure_ascii=False, indent=2) + "\n")


def weights_sha256(folder: Path) -> str:
    """One hash for all weight files of a folder; it says whether a report is about these weights."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelNotFound(f"{folder} is not a whole model: there are no weights (*.safetensors).")
    hashes = [sha256(file) for file in files]
    return hashes[0] if len(hashes) == 1 else "-".join(digest[:16] for digest in hashes)


def _runs(models: Path) -> list[Path]:
    runs = sorted(path for path in (models / RUNS).glob("*") if path.is_dir() and not path.name.startswith("."))
    return sorted(runs, key=_when)


def _when(folder: Path) -> str:
    when = _card(folder).get("when")
    return when if isinstance(when, str) else ""


def _model(folder: Path, is_current: bool) -> Model:
    card = _card(folder)
    name = card.get("name")
    return Model(folder, name if isinstance(name, str) and name else folder.resolve().name, card, is_current)


def _card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}
