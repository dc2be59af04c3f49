"""What an evaluation came to: totals with intervals, kept beside the weights that they are about."""

import hashlib
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.prompt import VERSION
from training.evaluation.harness import HARNESS, Outcome, answered
from training.evaluation.interval import wilson
from training.evaluation.questions import Half, Suite
from training.files import write_whole


@dataclass(frozen=True, slots=True)
class Score:
    """So many right of so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1; nothing asked is 0."""
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the true share."""
        return wilson(self.right, self.of)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.right}/{self.of} = {self.share:.0%} ({low:.0%} to {high:.0%})"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a score was got; scores are compared only where these are equal."""

    suite: str
    half: Half | None
    files: tuple[tuple[str, str], ...]
    attempts: int
    harness: int = HARNESS
    prompt_version: int = VERSION

    @property
    def key(self) -> str:
        """A name for files and cards; the end tells terms apart that look alike."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]
        return "-".join([self.suite, *([self.half] if self.half else []), f"{self.attempts}x", digest])

    @classmethod
    def of(cls, suite: Suite, half: Half | None, attempts: int) -> "Terms":
        """The terms of asking this suite now; `half` None: all of it."""
        return cls(suite.name, half, suite.files, attempts)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes of one model under some terms. `weights` is their SHA-256, empty where they are not here."""

    model: str
    weights: str
    terms: Terms
    outcomes: tuple[Outcome, ...]
    seconds: float
    when: datetime

    @property
    def questions(self) -> Score:
        """Whole conversations."""
        return _score(self.outcomes)

    @property
    def answers(self) -> Score:
        """Single answers, also those in conversations."""
        answers = answered(self.outcomes)
        return Score(sum(answer.right for answer in answers), len(answers))

    @property
    def seconds_per_answer(self) -> float:
        """The median."""
        return statistics.median([answer.seconds for answer in answered(self.outcomes)] or [0.0])

    def by(self, key: Callable[[Outcome], str]) -> dict[str, Score]:
        """Scores of parts, in the order of the suite."""
        parts: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            parts.setdefault(key(outcome), []).append(outcome)
        return {name: _score(part) for name, part in parts.items()}

    @property
    def groups(self) -> dict[str, Score]:
        """By what is asked about."""
        return self.by(lambda outcome: outcome.question.group)

    @property
    def levels(self) -> dict[str, Score]:
        """By difficulty, where the suite has levels."""
        return {name: score for name, score in self.by(lambda outcome: outcome.question.level).items() if name}

    @property
    def forms(self) -> dict[str, Score]:
        """Single turns, and everything that needs what went before."""
        forms: dict[str, Score] = self.by(lambda outcome: outcome.question.form)
        several = [outcome for outcome in self.outcomes if outcome.question.form != "single turn"]
        return forms | ({"multi-turn in all": _score(several)} if several else {})

    def summary(self) -> dict[str, Any]:
        """The line that a card keeps."""
        return {
            "right": self.questions.right,
            "of": self.questions.of,
            "answers_right": self.answers.right,
            "answers_of": self.answers.of,
            "suite": self.terms.suite,
            "half": self.terms.half,
            "attempts": self.terms.attempts,
            "when": self.when.isoformat(timespec="seconds"),
        }

    def to_json(self) -> dict[str, Any]:
        """All of it; of the final half, totals only."""
        return {
            "model": self.model,
            "weights_sha256": self.weights,
            "terms": asdict(self.terms),
            "when": self.when.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "seconds_per_answer": round(self.seconds_per_answer, 3),
            "questions": _shown(self.questions),
            "answers": _shown(self.answers),
            "groups": {name: _shown(score) for name, score in self.groups.items()},
            "levels": {name: _shown(score) for name, score in self.levels.items()},
            "forms": {name: _shown(score) for name, score in self.forms.items()},
            "outcomes": [] if self.terms.half == "final" else [_outcome(outcome) for outcome in self.outcomes],
        }


def new_report(model: str, weights: str, terms: Terms, outcomes: Sequence[Outcome], seconds: float) -> Report:
    """A report of now."""
    return Report(model, weights, terms, tuple(outcomes), seconds, datetime.now(UTC))


def save(report: Report, folder: Path) -> Path:
    """Write the report into a folder of reports, by its terms; an older one with the same terms is replaced."""
    path = folder / f"{report.terms.key}.json"
    write_whole(path, json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n")
    return path


def find(folder: Path, terms: Terms, weights: str) -> Mapping[str, Any] | None:
    """The saved report of these very weights under these terms, or None; a broken file counts as none."""
    try:
        saved = json.loads((folder / f"{terms.key}.json").read_text("utf-8"))
        same = saved["weights_sha256"] == weights and 0 <= saved["questions"]["right"] <= saved["questions"]["of"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return saved if same else None


def _score(outcomes: Sequence[Outcome]) -> Score:
    return Score(sum(outcome.right for outcome in outcomes), len(outcomes))


def _shown(score: Score) -> dict[str, Any]:
    low, high = score.interval
    rounded = {"share": round(score.share, 4), "low": round(low, 4), "high": round(high, 4)}
    return {"right": score.right, "of": score.of, **rounded}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    answers = [
        asdict(answer) | {"status": answer.status.value, "seconds": round(answer.seconds, 3)}
        for answer in outcome.answers
    ]
    return {"id": outcome.question.id, "right": outcome.right, "answers": answers}
