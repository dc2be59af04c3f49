"""Exported training rows on the disk, and the models that learned from them: what forgetting has to reach outside of
the database.

A row belongs to a turn by its `turn_id` or `chosen_turn_id`. A model's card names its data by SHA-256 and, where
fine-tuning wrote them down, the ids of the turns (`turn_ids`, of the card or of one of its data files).
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.engine.card import CARD
from core.errors import StorageError

_IDS = ("turn_id", "chosen_turn_id")


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of rows: its SHA-256 now and without the rows that are to be deleted, and how many these are."""

    path: Path
    sha256: str
    sha256_without: str
    rows: int


def find_rows(folder: Path, turn_ids: Collection[str]) -> list[ExportFile]:
    """The JSON lines files under a folder that have rows of these turns. Raises StorageError."""
    found = []
    try:
        for path in sorted(folder.rglob("*.jsonl")) if turn_ids and folder.is_dir() else ():
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if not _is_of(line, turn_ids)]
            if rows := len(lines) - len(kept):
                found.append(ExportFile(path, _sha256(lines), _sha256(kept), rows))
    except OSError as error:
        raise StorageError(f"The exported rows in {folder} cannot be read: {error.strerror}.") from error
    return found


def delete_rows(path: Path, turn_ids: Collection[str]) -> None:
    """Write a file anew without the rows of these turns. Raises StorageError."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        lines = [line for line in path.read_bytes().splitlines(keepends=True) if not _is_of(line, turn_ids)]
        try:
            with new.open("wb") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"The rows in {path} cannot be deleted: {error.strerror}.") from error


def models_trained_on(models: Path, hashes: Collection[str], turn_ids: Collection[str]) -> tuple[str, ...]:
    """The models in a folder that learned from files of these hashes or from these turns, or are based on such a one.

    By name, in alphabetical order. Cards that cannot be read are passed over.
    """
    cards = list(_cards(models))
    names = {name for name, card in cards if _learned_from(card, hashes, turn_ids)}
    while heirs := {name for name, card in cards if _base(card) in names} - names:
        names |= heirs
    return tuple(sorted(names))


def _is_of(line: bytes, turn_ids: Collection[str]) -> bool:
    if b"turn_id" not in line:
        return False
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and any(_text(row.get(name)) in turn_ids for name in _IDS)


def _cards(models: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(models.rglob(CARD)) if models.is_dir() else ():
        try:
            card = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(card, dict):
            yield _text(card.get("name")) or path.parent.name, card


def _learned_from(card: Mapping[str, Any], hashes: Collection[str], turn_ids: Collection[str]) -> bool:
    data = card.get("data")
    files = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    learned = {_text(turn_id) for each in (card, *files) for turn_id in _sequence(each.get("turn_ids"))}
    return not learned.isdisjoint(turn_ids) or any(_text(each.get("sha256")) in hashes for each in files)


def _base(card: Mapping[str, Any]) -> str:
    base = card.get("base")
    return _text(base.get("name") if isinstance(base, dict) else base)


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sha256(lines: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(lines)).hexdigest()
