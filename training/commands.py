"""The learning commands of `codeact`: dataset, finetune, evaluate, promote, models.

Each stage reads files, calls its core and writes files; heavy libraries are imported when a stage runs.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import typer

from core.errors import ModelNotFound
from training import corpus_commands

if TYPE_CHECKING:
    from core.engine import Engine
    from core.sandbox import Sandbox
    from core.settings import Settings
    from training.evaluation.harness import Outcome
    from training.evaluation.report import Report

    OpenEngine = Callable[[Settings, str | None], Engine]
    OpenSandbox = Callable[[Settings], Sandbox]

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def register(
    app: typer.Typer, *, open_engine: "OpenEngine", open_sandbox: "OpenSandbox", models: Path | None = None
) -> None:
    """Add the commands to an app. `models`: where models live, by default as the settings say."""
    commands = _Commands(open_engine, open_sandbox, models)
    for command in (commands.dataset, commands.finetune, commands.evaluate, commands.promote, commands.models):
        app.command()(command)
    corpus_commands.register(app, models=models)


class _Commands:
    """The commands, with what builds their parts."""

    def __init__(self, open_engine: "OpenEngine", open_sandbox: "OpenSandbox", models: Path | None) -> None:
        self._open_engine = open_engine
        self._open_sandbox = open_sandbox
        self._models_folder = models

    @property
    def _models(self) -> Path:
        return self._models_folder or _settings().models

    def dataset(
        self,
        out: Annotated[
            Path | None, typer.Option(help="A JSON Lines file; data/codeact_train.jsonl without it.")
        ] = None,
    ) -> None:
        """Write the eight seed rows; each program is run, and its output checked."""
        from training.dataset import DATASET, build_dataset

        settings, target = _settings(), out or DATASET

        async def main() -> int:
            async with self._open_sandbox(settings) as sandbox:
                return len(await build_dataset(sandbox, target))

        print(f"Wrote {_run(main())} rows to {target}; every program printed what it should.")

    def finetune(
        self,
        data: Annotated[list[Path], typer.Option(help="Training rows, JSON Lines; several files may follow.")],
        more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Further files.")] = None,
        base: Annotated[
            str, typer.Option(help="A hub name, a folder, the name of a run, codeact-mini or current.")
        ] = "Qwen/Qwen2-0.5B",
        out: Annotated[str | None, typer.Option(help="The run's name; by default the day and the base.")] = None,
        epochs: Annotated[float, typer.Option(help="How often each row is seen.", min=0.01, max=1000)] = 3.0,
        learning_rate: Annotated[
            float | None, typer.Option(help="Peak, after warm-up; by default what fits the method.", min=1e-8, max=1.0)
        ] = None,
        batch_size: Annotated[
            int | None, typer.Option(help="Rows per step; by default 1 to 8, by the number of rows.", min=1, max=1024)
        ] = None,
        method: Annotated[
            str,
            typer.Option(metavar="auto|full|lora", help="auto: LoRA in bf16, and full below 100 M parameters."),
        ] = "auto",
        seed: Annotated[int, typer.Option(help="Repeats a run.", min=0)] = 0,
        seed_rows: Annotated[
            bool, typer.Option("--seed-rows/--no-seed-rows", help="Learn the eight seed rows again.")
        ] = True,
        replay: Annotated[
            int | None,
            typer.Option(
                help="Rows of the corpus to learn again; if the base was made from it, 12 for each row, at most 400.",
                min=0,
            ),
        ] = None,
    ) -> None:
        """Tune a base on training rows, as a new run in models/runs."""
        if method not in ("auto", "full", "lora"):
            raise typer.BadParameter("choose one of auto, full, lora", param_hint="--method")
        settings = _settings()
        with _stoppable("Stopped: nothing of this run was kept."):
            from training.curve import draw
            from training.finetune import Flags, finetune
            from training.progress import Bar

            chosen = cast(Literal["auto", "full", "lora"], method)
            with Bar("fine-tuning") as bar:
                run = finetune(
                    [*data, *(more or [])],
                    models=self._models,
                    base=base,
                    out=out,
                    flags=Flags(epochs, learning_rate, batch_size, chosen, seed, seed_rows, replay),
                    device=settings.device,
                    on_step=lambda step: bar.show(step.number, step.of, f"loss {step.loss:.3f}"),
                )
        print(f"loss, {len(run.losses)} steps")
        print(draw(run.losses))
        rows = f"{run.rows} rows, {run.recipe.method}, learning rate {run.recipe.learning_rate:g}"
        print(f"\n{run.name}: {rows}, {run.seconds:.0f} s; in {run.folder}")
        print(f"Next: codeact evaluate --model {run.name}, then codeact promote {run.name}")

    def evaluate(
        self,
        model: Annotated[
            str, typer.Option(help="current, latest, codeact-mini, a run, a folder, a hub name or a server's URL.")
        ] = "current",
        suite: Annotated[
            str, typer.Option(metavar="own|demo|grammar|mbpp|humaneval|svamp|bbh", help="What is asked.")
        ] = "own",
        file: Annotated[
            list[Path] | None, typer.Option(help="The original file of an outside suite; may be given several times.")
        ] = None,
        final: Annotated[
            bool, typer.Option("--final", help="Ask the final half of our own suite, and show totals only.")
        ] = False,
        attempts: Annotated[
            int | None, typer.Option(help="Programs per answer; by default as many as are served.", min=1, max=10)
        ] = None,
        limit: Annotated[
            int | None, typer.Option(help="Ask only this many questions; the report is not kept.", min=1)
        ] = None,
        save: Annotated[
            bool, typer.Option("--save", help="Keep the report beside a model that is not a run, and in its card.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Ask a model a suite of questions, run its programs, and judge what they print."""
        settings = _settings()
        with _stoppable("Stopped: no report was kept."):
            report, path = _run(self._evaluated(settings, model, suite, file or [], final, attempts, limit, save))
        if as_json:
            print(json.dumps(report.to_json(), ensure_ascii=False))
            return
        _show(report)
        if path is not None:
            print(f"report: {path}")

    async def _evaluated(
        self,
        settings: "Settings",
        model: str,
        suite_name: str,
        files: list[Path],
        final: bool,
        attempts: int | None,
        limit: int | None,
        save: bool,
    ) -> tuple["Report", Path | None]:
        from dataclasses import replace

        from training.evaluate import default_half, evaluate, keep
        from training.evaluation.suites import OWN, read_suite
        from training.progress import Bar
        from training.runs import weights_sha256

        if final and suite_name != OWN:
            raise typer.BadParameter("only our own suite has a final half", param_hint="--final")
        suite = read_suite(suite_name, files)
        half = default_half(suite, final)
        if limit is not None:
            asked = suite.half(half) if half else suite
            suite = replace(asked, questions=asked.questions[:limit])
        folder = self._folder(model)
        engine = self._open_engine(settings, str(folder) if folder else model)
        async with self._open_sandbox(settings) as sandbox:
            with Bar("asking") as bar:
                right = 0

                def tell(done: int, of: int, outcome: "Outcome") -> None:
                    nonlocal right
                    right += outcome.right
                    bar.show(done, of, f"{right} right")

                report = await evaluate(
                    engine,
                    sandbox,
                    suite,
                    half=half,
                    attempts=attempts or settings.max_steps,
                    max_new_tokens=settings.max_new_tokens,
                    weights=weights_sha256(folder) if folder else "",
                    on_outcome=tell,
                )
        await engine.close()
        path = keep(report, self._models, folder, beside=save) if folder and limit is None else None
        return report, path

    def promote(
        self,
        name: Annotated[str, typer.Argument(help="A run, latest, a folder, or codeact-mini to go back to it.")],
        force: Annotated[
            bool, typer.Option("--force", help="Without comparison; the model's card will say so.")
        ] = False,
    ) -> None:
        """Make a model the current one, if it has at least as many questions right as the one before.

        The running bot takes it between two requests. A model that won its place before comes back without being asked
        again.
        """
        settings = _settings()
        with _stoppable("Stopped: the current model stays."):
            from training.evaluation.suites import OWN, read_suite
            from training.progress import Bar
            from training.promote import Promoter

            async def main() -> str:
                async with self._open_sandbox(settings) as sandbox:
                    with Bar("asking") as bar:
                        promoter = Promoter(
                            self._models,
                            lambda folder: self._open_engine(settings, str(folder)),
                            sandbox,
                            read_suite(OWN),
                            attempts=settings.max_steps,
                            max_new_tokens=settings.max_new_tokens,
                            on_start=lambda model: print(f"{model.name} is asked", file=sys.stderr),
                            on_outcome=lambda done, of, _: bar.show(done, of),
                        )
                        return str(await promoter.promote(name, force=force))

            print(_run(main()))

    def models(self, as_json: Json = False) -> None:
        """List the models that are here, their scores, and which one is current."""
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        from training.runs import list_models

        found = list_models(self._models)
        if as_json:
            print(json.dumps([model.to_json() for model in found], ensure_ascii=False))
            return
        table = Table("", "name", "base", "when", "right", show_edge=False)
        for model in found:
            mark = "→" if model.is_current else ""
            when = str(model.card.get("when", ""))[:16].replace("T", " ")
            table.add_row(mark, escape(model.name), escape(model.base), when, escape(model.score))
        Console().print(table)
        if not any(model.is_current for model in found):
            print("The current model is not there any more: codeact promote codeact-mini", file=sys.stderr)

    def _folder(self, model: str) -> Path | None:
        """The folder of a model that is here; None for a hub name or a server."""
        from training.runs import find_model

        if model.startswith(("http://", "https://")):
            return None
        try:
            return find_model(self._models, model)
        except ModelNotFound:
            if "/" in model and not model.startswith((".", "/", "models/")):
                return None
            raise


def _show(report: "Report") -> None:
    from rich.console import Console

    from training.evaluation.show import show_answers, show_failures, show_report

    console = Console()
    if report.terms.suite == "demo":
        show_answers(report.outcomes, console)
    else:
        show_failures(report, console)
    show_report(report, console)


def _settings() -> "Settings":
    from core.settings import read_settings

    settings = read_settings()
    level = "ERROR" if settings.log_level == "INFO" else settings.log_level
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return settings


def _run(main: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(main)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


@contextmanager
def _stoppable(said: str) -> Iterator[None]:
    """ctrl-C and SIGTERM end a long job in order, with the status that shells expect."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    # also ctrl-C: a job that was started in the background was told to ignore it
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        print(f"codeact: {said}", file=sys.stderr)
        raise typer.Exit(130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
