"""The corpus: seeded, verified, deduplicated rows, as a stream or as a file."""

import json
import os
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from core.errors import TrainingError
from training.corpus.rows import SPLITS, Maker, Row, Split
from training.corpus.verify import time_limits
from training.corpus.vocabulary import template_words

_CHUNK = 400
_REMEMBERED = 1_000_000  # fingerprints in each of two generations
_HELD_OUT = 0.04  # the share of rows of a file that are of the splits that are never trained


@dataclass
class Summary:
    """What a corpus holds.

    `mismatches` counts programs that did not print the known answer; their rows were dropped.
    """

    rows: int = 0
    repeated: int = 0
    families: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    mismatches: Counter[str] = field(default_factory=Counter)

    def count(self, row: Row) -> None:
        """Take one row into account."""
        self.rows += 1
        self.groups[row["group"]] += 1
        self.forms[row["form"]] += 1
        self.splits[row["split"]] += 1
        if row["group"] not in ("compositions", "made up"):
            self.families[row["family"]] += 1

    def show(self, console: Console) -> None:
        """Print the rows by group and form, the rarest families, and what went wrong."""
        table = Table(title=f"{self.rows:,} rows of {len(self.families)} families")
        for title in ("group", "rows", "form", "rows", "split", "rows"):
            table.add_column(title, justify="right" if title == "rows" else "left")
        columns = [counts.most_common() for counts in (self.groups, self.forms, self.splits)]
        for line in range(max(map(len, columns))):
            cells = [column[line] if line < len(column) else ("", "") for column in columns]
            table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for pair in cells for cell in pair))
        console.print(table)
        rare = ", ".join(f"{name} {count}" for name, count in self.families.most_common()[:-9:-1])
        console.print(f"rarest families: {rare}; repeated prompts left out: {self.repeated:,}")
        console.print(f"programs that did not print the known answer: {self.mismatches.total()}")


class Deduplicator:
    """Knows prompts that were there before, the last million or two of them."""

    def __init__(self) -> None:
        self._new: Counter[int] = Counter()
        self._old: Counter[int] = Counter()
        self._seen = 0

    def is_new(self, row: Row) -> bool:
        """Whether the normalised prompt was not there before; a prompt without values may come again now and then."""
        self._seen += 1
        prompt = "\0".join(" ".join(message["content"].lower().split()) for message in row["prompt"][1:])
        key = hash_of(prompt)
        times = self._new[key] + self._old[key]
        if times >= (1 + self._seen // 4_000 if row["group"] in ("smalltalk", "declines") else 1):
            return False
        self._new[key] += 1
        if len(self._new) >= _REMEMBERED:
            self._new, self._old = Counter(), self._new
        return True


def generate(rows: int, *, seed: int, short: float = 0.0, split: Split = "train") -> Iterator[Row]:
    """`rows` different rows; the same seed gives the same rows.

    `short` is the share of rows with short words and lists, for the start of training. Raises ValueError for a split
    that does not exist.
    """
    if split not in SPLITS:
        raise ValueError(f"{split} is none of the splits {', '.join(SPLITS)}")
    known = Deduplicator()
    left = rows
    for chunk in _chunk_numbers():
        for row in _chunk(seed, chunk, float(short), split)[0]:
            if left and known.is_new(row):
                left -= 1
                yield row
        if not left:
            return


def write_corpus(path: Path | str, rows: int, *, seed: int, processes: int = 1, progress: bool = True) -> Summary:
    """Write `rows` rows to a JSON lines file, a few of them of each split that is never trained.

    The file appears when it is whole. The rows depend on the seed alone, not on the number of processes. Raises
    TrainingError where the file cannot be written.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    summary = Summary()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file, _shown(progress, rows) as advance:
            for row in _mixed(rows, seed, processes, summary):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                summary.count(row)
                advance()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise TrainingError(f"The corpus {path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return summary


def _mixed(rows: int, seed: int, processes: int, summary: Summary) -> Iterator[Row]:
    """Training rows and, in a fixed share, rows of the other splits, without repetitions."""
    held_out = {split: round(rows * _HELD_OUT / (len(SPLITS) - 1)) for split in SPLITS[1:]}
    wanted: dict[Split, int] = {"train": rows - sum(held_out.values()), **held_out}
    known = Deduplicator()
    with _mapped(processes) as mapped:
        for split, left in wanted.items():
            if not left:
                continue
            for made, mismatches in mapped(_work, ((seed, chunk, 0.0, split) for chunk in _chunk_numbers())):
                summary.mismatches += mismatches
                for row in made:
                    if not left:
                        break
                    if known.is_new(row):
                        left -= 1
                        yield row
                    else:
                        summary.repeated += 1
                if not left:
                    break


Order = tuple[int, int, float, Split]
Mapped = Callable[
    [Callable[[Order], tuple[list[Row], Counter[str]]], Iterable[Order]], Iterator[tuple[list[Row], Counter[str]]]
]


@contextmanager
def _mapped(processes: int) -> Iterator[Mapped]:
    """A `map` over this process or over several, in order, without running far ahead."""
    if processes < 2:
        yield map
        return
    with get_context("spawn").Pool(processes) as pool:

        def ahead(
            work: Callable[[Order], tuple[list[Row], Counter[str]]], orders: Iterable[Order]
        ) -> Iterator[tuple[list[Row], Counter[str]]]:
            orders = iter(orders)
            waiting = [pool.apply_async(work, (next(orders),)) for _ in range(2 * processes)]
            while True:
                yield waiting.pop(0).get()
                waiting.append(pool.apply_async(work, (next(orders),)))

        yield ahead


def _work(order: Order) -> tuple[list[Row], Counter[str]]:
    return _chunk(*order)


def _chunk(seed: int, number: int, short: float, split: Split) -> tuple[list[Row], Counter[str]]:
    """The rows of one chunk, which depend on nothing but its number and the seed."""
    maker = _maker()
    key = f"{seed}/{number}/{split}/{short}"
    maker.begin(key)
    before = random.getstate()
    random.seed(key)  # what programs draw by chance is seeded too
    try:
        with time_limits():
            rows = [row for _ in range(_CHUNK) if (row := maker.row(short=short, split=split))]
    finally:
        random.setstate(before)
    return rows, maker.asker.mismatches


@lru_cache(maxsize=1)
def _maker() -> Maker:
    """The maker of this process: building one takes longer than making a row."""
    return Maker(Random(0))


def _chunk_numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


@contextmanager
def _shown(progress: bool, rows: int) -> Iterator[Callable[[], None]]:
    if not progress:
        yield lambda: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("rows", total=rows)
        yield lambda: bar.advance(task)


def hash_of(text: str) -> int:
    """A number for a text, the same in every process."""
    data = text.encode("utf-8", "surrogatepass")
    return zlib.crc32(data) << 32 | zlib.adler32(data)


__all__ = ["SPLITS", "Row", "Split", "Summary", "generate", "template_words", "write_corpus"]
