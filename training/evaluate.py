"""Evaluation: a model through a suite of questions, to a report.

suite ──► real service, greedy, real sandbox ──► strict judge ──► models/…/reports/*.json, *.png
"""

import time
from collections.abc import Callable
from pathlib import Path

from core.engine import Engine
from core.sandbox import Sandbox
from training.evaluation import report as reports
from training.evaluation.harness import Outcome, examination
from training.evaluation.questions import Half, Suite
from training.evaluation.report import Report, Score, Terms
from training.evaluation.show import save_picture
from training.evaluation.suites import OWN
from training.runs import REPORTS, RUNS, is_run, read_model, update_card, weights_sha256

OnOutcome = Callable[[int, int, Outcome], None]


async def evaluate(
    engine: Engine,
    sandbox: Sandbox,
    suite: Suite,
    *,
    half: Half | None = None,
    attempts: int = 3,
    max_new_tokens: int = 400,
    weights: str = "",
    on_outcome: OnOutcome | None = None,
) -> Report:
    """Ask every question of a suite, or of one half of it.

    `weights` is the SHA-256 of the model's weights where they are here. `on_outcome` is told how many questions are
    done, of how many, and the last outcome. Raises EngineError where there is no model to ask, SandboxError where
    programs cannot be run.
    """
    questions = suite.half(half).questions if half else suite.questions
    started = time.monotonic()
    outcomes: list[Outcome] = []
    await engine.ready()
    async with examination(engine, sandbox, attempts=attempts, max_new_tokens=max_new_tokens) as examiner:
        for question in questions:
            outcomes.append(await examiner.ask(question))
            if on_outcome is not None:
                on_outcome(len(outcomes), len(questions), outcomes[-1])
    terms = Terms.of(suite, half, attempts)
    return reports.new_report(engine.name, weights, terms, outcomes, time.monotonic() - started)


def keep(report: Report, models: Path, folder: Path, *, beside: bool = False) -> Path:
    """Save a report with its picture.

    That of a run lies beside its weights, with the totals in its card. Other models stay untouched, unless `beside`
    says so: their reports lie in models/runs/.reports.
    """
    beside = beside or is_run(models, folder)
    path = reports.save(report, folder / REPORTS if beside else _aside(models, folder))
    save_picture(report, path.with_suffix(".png"))
    if beside:
        scores = dict(read_model(folder).scores) | {report.terms.key: report.summary()}
        update_card(folder, scores=scores)
    return path


def kept(models: Path, folder: Path, terms: Terms) -> Score | None:
    """What the saved report of this folder's very weights says, or None."""
    weights = weights_sha256(folder)
    for place in (folder / REPORTS, _aside(models, folder)):
        if saved := reports.find(place, terms, weights):
            return Score(saved["questions"]["right"], saved["questions"]["of"])
    return None


def _aside(models: Path, folder: Path) -> Path:
    return models / RUNS / ".reports" / folder.resolve().name


def default_half(suite: Suite, final: bool) -> Half | None:
    """Our own suite is asked by halves, the others as a whole."""
    if suite.name != OWN:
        return None
    return "final" if final else "development"
