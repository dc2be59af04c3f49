"""The first worker's part: when to measure, to save and to stop, and what a person is told."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from training.pretraining.checkpoint import Progress, save_checkpoint
from training.pretraining.report import Log, progress_line, score_lines, scores_as_dict
from training.pretraining.schedule import Budget
from training.pretraining.scoring import Score, scores
from training.pretraining.supply import Portion, SharedBudget
from training.pretraining.workers import Command, Crew

_LOGGED_STEPS = 20
_LINE_SECONDS = 30.0
_SMOOTHING = 0.97


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the lead writes, and how often it saves; `order` is what was asked for."""

    checkpoint: Path
    log: Log
    say: Callable[[str], None]
    checkpoint_seconds: float
    order: Mapping[str, Any]


class Leader:
    """Sees every step of a training, from `progress` on."""

    def __init__(
        self, crew: Crew, budget: Budget, shared: SharedBudget, progress: Progress, desk: Desk, stop: threading.Event
    ) -> None:
        self.progress = progress
        self.scores: dict[str, dict[str, Score]] = {}
        self.interrupted = False
        self._crew = crew
        self._budget = budget
        self._shared = shared
        self._desk = desk
        self._stop = stop
        self._earlier_seconds = progress.seconds
        self._started = self._saved = self._told = 0.0  # set when the first rows are there
        self._told_tokens = progress.position.tokens
        self._losses: list[float] = []
        self._factor = 0.0

    def factor(self, step: int, tokens: int) -> float:
        """The factor on the learning rates for the step with this number, which ends after so many tokens."""
        if not self._started:
            self._started = self._saved = self._told = time.monotonic()
        self._factor = self._crew.recipe.schedule.factor(step, self._budget.share(tokens))
        return self._factor

    def decide(self, step: int, portion: Portion, loss: float) -> Command:
        """What to do after this step. Raises TrainingError where the loss is no number any more."""
        if not math.isfinite(loss):
            raise TrainingError(f"The loss is not a number after {step:,} steps: try lower rates.")
        before, tokens = self.progress.position.tokens, portion.position.tokens
        smooth = loss if self.progress.step == 0 else _SMOOTHING * self.progress.loss + (1 - _SMOOTHING) * loss
        seconds = self._earlier_seconds + time.monotonic() - self._started
        self.progress = Progress(step, portion.position, seconds, self._budget.tokens or 0, smooth)
        self._losses.append(loss)
        self._fix_budget()
        if self._budget.tokens and tokens >= self._budget.tokens:
            return Command.MEASURE_AND_STOP
        if self._stop.is_set():
            self.interrupted = True
            return Command.STOP
        marks = self._crew.recipe.evaluations
        was, is_now = (math.floor(self._budget.share(count) * marks) for count in (before, tokens))
        return Command.MEASURE if is_now > was else Command.LEARN

    def measured(self) -> None:
        """Tell and log the scores."""
        self.scores = scores(self._crew.splits, self._crew.results)
        if self.scores:
            self._desk.log.add(**self._place(), scores=scores_as_dict(self.scores))
            self._tell()
            for line in score_lines(self.scores):
                self._desk.say(line)

    def stepped(self) -> None:
        """Log, tell and save when it is time."""
        if self.progress.step % _LOGGED_STEPS == 0:
            loss = sum(self._losses) / len(self._losses)
            self._losses.clear()
            self._desk.log.add(**self._place(), loss=round(loss, 5), factor=round(self._factor, 4))
        now = time.monotonic()
        if now - self._told >= _LINE_SECONDS:
            self._tell()
        if self.interrupted or now - self._saved >= self._desk.checkpoint_seconds:
            self._save()

    def _fix_budget(self) -> None:
        if self._budget.tokens is not None:
            return
        with self._shared.lock():
            share = self._crew.recipe.short_share
            done, seconds = self.progress.position.tokens, self.progress.seconds
            if not self._budget.fix(done, seconds, self._shared.planned, share):
                return
            assert self._budget.tokens is not None  # noqa: S101 (fix has just set it)
            self._shared.fix(self._budget.tokens)
        self.progress = replace(self.progress, budget=self._budget.tokens)
        self._desk.say(f"{self._budget.minutes:g} minutes are about {self._budget.tokens:,} tokens here.")

    def _place(self) -> dict[str, Any]:
        progress = self.progress
        return {"step": progress.step, "tokens": progress.position.tokens, "seconds": round(progress.seconds, 1)}

    def _tell(self) -> None:
        now, tokens, budget = time.monotonic(), self.progress.position.tokens, self._budget.tokens or 0
        speed = (tokens - self._told_tokens) / max(1e-6, now - self._told)
        average = tokens / max(1e-6, self.progress.seconds)
        left = max(0, budget - tokens) / average / 60 if budget else 0.0
        self._desk.say(
            progress_line(
                step=self.progress.step,
                tokens=tokens,
                budget=budget,
                loss=self.progress.loss,
                factor=self._factor,
                tokens_per_second=speed,
                minutes_left=left,
            )
        )
        self._told, self._told_tokens = now, tokens

    def _save(self) -> None:
        save_checkpoint(self._desk.checkpoint, self._crew.arena, self.progress, self._crew.recipe, self._desk.order)
        self._saved = time.monotonic()
