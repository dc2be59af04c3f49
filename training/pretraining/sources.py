"""Where rows come from: files that `codeact corpus` wrote, or the generator itself, block by block.

A block is a pure function of its number, so a training that goes on later sees the rows that it would have seen.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadRow, TrainingError
from training.files import sha256

Row = Mapping[str, Any]
TRAIN = "train"
_SEEN = "seen patterns"
_SEEN_EVERY = 200  # one training row of a file in so many is kept for measuring


class Source(Protocol):
    """Rows to learn from and rows to measure with."""

    def block(self, number: int, *, short: bool) -> list[Row]:
        """The training rows of a block; `short` asks for rows with short values."""

    def held_out(self, most: int) -> dict[str, list[Row]]:
        """At most so many rows for each split that is never trained, and for the trained patterns with other values."""

    def card(self) -> dict[str, Any]:
        """What a model's card says about the data."""


@dataclass(frozen=True, slots=True)
class GeneratedRows:
    """Ever new rows from `module`'s `generate(rows, seed=, short=, split=)`; `SPLITS` there names all splits."""

    seed: int
    block_rows: int
    module: str = "training.corpus.generate"

    def block(self, number: int, *, short: bool) -> list[Row]:
        """Rows of a seed of their own."""
        return self._generate(self.block_rows, number, short=float(short), split=TRAIN)

    def held_out(self, most: int) -> dict[str, list[Row]]:
        """From a seed that training never uses."""
        splits: Sequence[str] = import_module(self.module).SPLITS
        names = {_SEEN if split == TRAIN else split: split for split in splits}
        return {name: self._generate(most, -1, short=0.0, split=split) for name, split in names.items()}

    def card(self) -> dict[str, Any]:
        """The generator, its seed, and a hash of its sources."""
        folder = Path(str(import_module(self.module).__file__)).parent
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256(path)}\n".encode())
        return {"generator": self.module, "seed": self.seed, "sources_sha256": digest.hexdigest()}

    def _generate(self, rows: int, number: int, *, short: float, split: str) -> list[Row]:
        generate: Callable[..., Iterable[Row]] = import_module(self.module).generate
        return list(generate(rows, seed=_seed(self.seed, number), short=short, split=split))


@dataclass(frozen=True, eq=False, slots=True)
class FileRows:
    """Rows of files, shuffled anew in every round; rows with `short` set are for the beginning.

    `lines` says where each usable line begins: (file, byte) pairs, by kind of row.
    """

    paths: tuple[Path, ...]
    seed: int
    block_rows: int
    train: NDArray[np.int64]
    short: NDArray[np.int64]
    splits: Mapping[str, NDArray[np.int64]]
    hashes: tuple[str, ...]

    @classmethod
    def read(cls, paths: Sequence[Path], *, seed: int, block_rows: int) -> "FileRows":
        """Look through the files. Raises BadRow for a line that is no row, TrainingError where no row is trained."""
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, path in enumerate(paths):
            start = 0
            try:
                with path.open("rb") as file:
                    for line_number, line in enumerate(file, start=1):
                        if line.strip():
                            row = parse(path, line_number, line)
                            places[_kind(row, sum(map(len, places.values())))].append((number, start))
                        start += len(line)
            except OSError as error:
                raise TrainingError(f"The rows {path} cannot be read: {error.strerror}.") from error
        if not places[TRAIN]:
            raise TrainingError(f"There is no training row in {', '.join(map(str, paths))}.")
        arrays = {kind: np.array(found, dtype=np.int64).reshape(-1, 2) for kind, found in sorted(places.items())}
        train, short = arrays.pop(TRAIN), arrays.pop("short", np.empty((0, 2), dtype=np.int64))
        return cls(tuple(paths), seed, block_rows, train, short, arrays, tuple(map(sha256, paths)))

    def block(self, number: int, *, short: bool) -> list[Row]:
        """The next rows of the files' order in this round."""
        lines = self.short if short and len(self.short) else self.train
        size = min(self.block_rows, len(lines))
        blocks = len(lines) // size
        order = np.random.default_rng(_seed(self.seed, number // blocks)).permutation(len(lines))
        return self._read(lines[order[number % blocks * size :][:size]])

    def held_out(self, most: int) -> dict[str, list[Row]]:
        """The first rows of each split."""
        return {name: self._read(lines[:most]) for name, lines in self.splits.items()}

    def card(self) -> dict[str, Any]:
        """Names, hashes and numbers of rows."""
        files = [{"file": path.name, "sha256": digest} for path, digest in zip(self.paths, self.hashes, strict=True)]
        return {"files": files, "rows": len(self.train) + len(self.short), "seed": self.seed}

    def _read(self, lines: NDArray[np.int64]) -> list[Row]:
        rows: list[Row | None] = [None] * len(lines)
        for number, path in enumerate(self.paths):
            with path.open("rb") as file:
                for place in sorted(np.flatnonzero(lines[:, 0] == number), key=lambda place: int(lines[place, 1])):
                    file.seek(int(lines[place, 1]))
                    rows[place] = json.loads(file.readline())
        return [row for row in rows if row is not None]


def parse(path: Path, number: int, line: bytes) -> Row:
    """One line of a corpus file: `prompt` (messages), `completion` (one message), `group`, `split`, `short`."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadRow(path, number, f"it is not valid JSON ({error})") from None
    if not isinstance(row, dict):
        raise BadRow(path, number, "it must be a JSON object")
    for name in ("prompt", "completion"):
        messages = row.get(name)
        if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
            raise BadRow(path, number, f"{name} must be a list of messages with role and content")
    if len(row["completion"]) != 1 or row["completion"][0]["role"] != "assistant":
        raise BadRow(path, number, "completion must be exactly one message of the assistant")
    return row


def _is_message(message: object) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in ("system", "user", "assistant")
        and isinstance(message.get("content"), str)
    )


def _kind(row: Row, number: int) -> str:
    if (split := _split(row)) != TRAIN:
        return split
    if row.get("short"):
        return "short"
    return _SEEN if number % _SEEN_EVERY == _SEEN_EVERY - 1 else TRAIN


def _split(row: Row) -> str:
    return str(row.get("split", TRAIN))


def _seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:6])
