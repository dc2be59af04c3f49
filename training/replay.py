"""Rows of the corpus that are learned again, so that a model that was made from it does not forget the rest."""

import hashlib
from dataclasses import dataclass

from core.prompt import parse
from training.corpus.generate import generate
from training.rows import TrainingRow
from training.spoken import with_spans

_FIRST_SEED = 430_000_000  # apart from the seeds that people choose


@dataclass(frozen=True, slots=True)
class Replay:
    """Generated rows; the same number and seed give the same rows as long as the corpus stays."""

    rows: tuple[TrainingRow, ...]
    seed: int

    @property
    def sha256(self) -> str:
        """What the rows say, as one hash."""
        digest = hashlib.sha256()
        for row in self.rows:
            for text in (*(message.content for message in row.prompt), row.completion):
                digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return digest.hexdigest()


def make_replay(count: int, seed: int) -> Replay:
    """So many rows of the corpus that a model may learn from."""
    made = generate(count, seed=_FIRST_SEED + seed) if count else ()
    rows = (TrainingRow(with_spans(row["prompt"]), row["completion"][0]["content"]) for row in made)
    return Replay(tuple(row for row in rows if parse(row.completion).code), _FIRST_SEED + seed)
