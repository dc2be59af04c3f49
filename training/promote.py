"""Promotion: the pointer moves to a model that is at least as good as the current one.

Both are asked the same questions under the same terms: the development half of our own suite. A model that won its
place before, and the bundled one, may come back without being asked again: going back is one command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.engine import Engine
from core.engine.pointer import current_model, point_to
from core.errors import TrainingError
from core.sandbox import Sandbox
from training.evaluate import OnOutcome, default_half, evaluate, keep, kept
from training.evaluation.questions import Suite
from training.evaluation.report import Score, Terms
from training.runs import Model, find_model, is_run, read_model, update_card, weights_sha256

OnStart = Callable[[Model], None]


@dataclass(frozen=True, slots=True)
class Promotion:
    """The model that is current now, the one it replaced, and why."""

    model: str
    over: str
    why: str
    score: Score | None = None
    over_score: Score | None = None
    forced: bool = False

    def __str__(self) -> str:
        if self.score and self.over_score:
            why = f"{self.score.right} of {self.score.of} right, {self.over} {self.over_score.right}"
            why = f"forced; {why}" if self.forced else why
        else:
            why = self.why
        return f"{self.model} is the current model ({why})."


class Promoter:
    """Compares models and moves the pointer."""

    def __init__(
        self,
        models: Path,
        open_model: Callable[[Path], Engine],
        sandbox: Sandbox,
        suite: Suite,
        *,
        attempts: int = 3,
        max_new_tokens: int = 400,
        on_start: OnStart | None = None,
        on_outcome: OnOutcome | None = None,
    ) -> None:
        """`on_start` is told whose evaluation begins; `attempts` and `max_new_tokens` are those of serving."""
        self._models = models
        self._open = open_model
        self._sandbox = sandbox
        self._suite = suite
        self._attempts = attempts
        self._max_new_tokens = max_new_tokens
        self._on_start = on_start
        self._on_outcome = on_outcome
        self._half = default_half(suite, final=False)
        self._terms = Terms.of(suite, self._half, attempts)

    async def promote(self, name: str, *, force: bool = False) -> Promotion:
        """Make a model the current one.

        Raises TrainingError where it has fewer right than the current model, unless `force`; ModelNotFound and
        EngineError where it cannot be used.
        """
        new = read_model(find_model(self._models, name))
        old = read_model(current_model(self._models))
        if new.folder.resolve() == old.folder.resolve():
            return Promotion(new.name, old.name, "it is the current model already")
        await self._loads(new)
        promotion = await self._compared(new, old, force)
        point_to(self._models, new.folder)
        if is_run(self._models, new.folder):
            self._record(new, promotion)
        return promotion

    async def _compared(self, new: Model, old: Model, force: bool) -> Promotion:
        if force:
            scores = kept(self._models, new.folder, self._terms), self._kept_if_there(old)
            return Promotion(new.name, old.name, "forced, without comparison", *scores, forced=True)
        if new.was_promoted:
            return Promotion(new.name, old.name, "it has been in its place before")
        if not _is_whole(old):
            return Promotion(new.name, old.name, "the current model is not there any more")
        score, over = await self._score(new), await self._score(old)
        if score.right < over.right:
            raise TrainingError(
                f"{new.name} has {score.right} of {score.of} right, {old.name} has {over.right}: not promoted. "
                "--force overrules this."
            )
        return Promotion(new.name, old.name, "it has at least as many right", score, over)

    async def _score(self, model: Model) -> Score:
        """From the saved report of these weights under these terms; else the model is asked."""
        if found := kept(self._models, model.folder, self._terms):
            return found
        if self._on_start is not None:
            self._on_start(model)
        engine = self._open(model.folder)
        try:
            report = await evaluate(
                engine,
                self._sandbox,
                self._suite,
                half=self._half,
                attempts=self._attempts,
                max_new_tokens=self._max_new_tokens,
                weights=weights_sha256(model.folder),
                on_outcome=self._on_outcome,
            )
        finally:
            await engine.close()
        keep(report, self._models, model.folder)
        return report.questions

    async def _loads(self, model: Model) -> None:
        engine = self._open(model.folder)
        try:
            await engine.ready()
        finally:
            await engine.close()

    def _kept_if_there(self, model: Model) -> Score | None:
        return kept(self._models, model.folder, self._terms) if _is_whole(model) else None

    def _record(self, new: Model, promotion: Promotion) -> None:
        score, over = promotion.score, promotion.over_score
        record = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "over": promotion.over,
            "why": promotion.why,
            "forced": promotion.forced,
            "right": score.right if score else None,
            "over_right": over.right if over else None,
            "of": score.of if score else None,
        }
        # the card may have got scores meanwhile
        earlier = read_model(new.folder).card.get("promoted")
        update_card(new.folder, promoted=[*(earlier if isinstance(earlier, list) else []), record])


def _is_whole(model: Model) -> bool:
    return (model.folder / "config.json").is_file() and any(model.folder.glob("*.safetensors"))
