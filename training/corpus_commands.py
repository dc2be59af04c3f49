"""The commands that make the bundled model: corpus → pretrain."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer


def register(app: typer.Typer, *, models: Path | None = None) -> None:
    """Add `corpus` and `pretrain` to an app. `models`: where models live, by default as the settings say."""

    @app.command()
    def corpus(
        rows: Annotated[int, typer.Option(help="How many.", min=1)],
        out: Annotated[Path, typer.Option(help="A JSON Lines file; it is replaced as a whole.")],
        seed: Annotated[int, typer.Option(help="Repeats a corpus.", min=0)] = 0,
        processes: Annotated[int, typer.Option(help="The rows do not depend on it.", min=1, max=256)] = 1,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    ) -> None:
        """Write synthetic training rows; each program is run and compared with a value known independently."""
        from rich.console import Console

        from training.corpus.generate import write_corpus

        summary = write_corpus(out, rows, seed=seed, processes=processes, progress=not as_json)
        if as_json:
            counts = {"rows": summary.rows, "repeated": summary.repeated, "mismatches": summary.mismatches.total()}
            parts: dict[str, Any] = {
                name: dict(getattr(summary, name)) for name in ("groups", "forms", "splits", "families")
            }
            print(json.dumps({"file": str(out)} | counts | parts))
            return
        summary.show(Console())
        print(f"Wrote {summary.rows:,} rows to {out}.")

    @app.command()
    def pretrain(
        context: typer.Context,
        tokens: Annotated[int | None, typer.Option(help="How long: so many tokens of rows …", min=1)] = None,
        minutes: Annotated[float | None, typer.Option(help="… or so many minutes.", min=0.01)] = None,
        out: Annotated[str | None, typer.Option(help="The run's name; by default the day and `pretrained`.")] = None,
        resume: Annotated[str | None, typer.Option(help="Go on with this run; only it is given then.")] = None,
        data: Annotated[
            list[Path] | None, typer.Option(help="Files of `codeact corpus`; without them rows are made on the way.")
        ] = None,
        generator: Annotated[str, typer.Option(help="The module that makes rows.")] = "training.corpus.generate",
        tokenizer: Annotated[str | None, typer.Option(help="A folder with a ready tokenizer.")] = None,
        word_vectors: Annotated[str | None, typer.Option(help="An .npz file of word vectors to start from.")] = None,
        normalise: Annotated[
            bool, typer.Option("--normalise/--no-normalise", help="Free questions of typos and capitals.")
        ] = True,
        seed: Annotated[int, typer.Option(help="Repeats a training.", min=0)] = 0,
        vocabulary: Annotated[int | None, typer.Option(help="Tokens of a new tokenizer.", min=512)] = None,
        hidden: Annotated[int | None, typer.Option(help="Width.", min=16)] = None,
        layers: Annotated[int | None, typer.Option(help="Depth.", min=1)] = None,
        heads: Annotated[int | None, typer.Option(help="Attention heads.", min=1)] = None,
        feed_forward: Annotated[int | None, typer.Option(help="Width of the feed-forward part.", min=16)] = None,
        theta: Annotated[float | None, typer.Option(help="Base of the rotary positions.", min=1)] = None,
        context_tokens: Annotated[int | None, typer.Option(help="The longest text the model reads.", min=256)] = None,
        muon_rate: Annotated[float | None, typer.Option(help="Learning rate of the matrices.", min=1e-8)] = None,
        adam_rate: Annotated[float | None, typer.Option(help="Learning rate of all else.", min=1e-8)] = None,
        warmup_steps: Annotated[int | None, typer.Option(help="Steps until the full rate.", min=0)] = None,
        flat: Annotated[
            float | None, typer.Option(help="The share of the training at full rate.", min=0, max=1)
        ] = None,
        fall: Annotated[str | None, typer.Option(metavar="cosine|linear", help="How the rate falls.")] = None,
        short_share: Annotated[
            float | None, typer.Option(help="The share of the training that begins with short rows.", min=0, max=1)
        ] = None,
        batch_tokens: Annotated[int | None, typer.Option(help="Tokens of a batch and worker.", min=64)] = None,
        row_tokens: Annotated[int | None, typer.Option(help="Longer rows are left out.", min=64)] = None,
        block_rows: Annotated[int | None, typer.Option(help="Rows that are sorted by length together.", min=1)] = None,
        evaluations: Annotated[int | None, typer.Option(help="How often it is measured.", min=0)] = None,
        evaluation_rows: Annotated[int | None, typer.Option(help="On how many rows of each split.", min=0)] = None,
        workers: Annotated[int | None, typer.Option(help="Processes; by default what fits the machine.", min=1)] = None,
        device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1.")] = "auto",
        precision: Annotated[
            str, typer.Option(metavar="bfloat16|float32", help="Of the multiplications.")
        ] = "bfloat16",
    ) -> None:
        """Train a small model from nothing, into a new run; ctrl-C saves it, and --resume goes on.

        The card of a model that was made like this has the command that made it.
        """
        _pretrain(models, dict(context.params))


def _pretrain(models: Path | None, asked: dict[str, Any]) -> None:
    """Train as asked: what is None is left to the recipe."""
    from core.settings import read_settings
    from training.pretrain import pretrain, resume
    from training.pretraining.options import Options
    from training.runs import RUNS, default_name, run_folder

    folder = models or read_settings().models
    out, going_on = asked.pop("out"), asked.pop("resume")
    if asked["fall"] not in (None, "cosine", "linear"):
        raise typer.BadParameter("choose cosine or linear", param_hint="--fall")
    if asked["precision"] not in ("bfloat16", "float32"):
        raise typer.BadParameter("choose bfloat16 or float32", param_hint="--precision")
    asked["data"] = tuple(map(str, asked["data"] or ()))

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if going_on is not None:
        made = resume(folder / RUNS / going_on, say=say)
    else:
        target = run_folder(folder, out or default_name(folder, "pretrained"))
        options = Options(**cast(dict[str, Any], {name: value for name, value in asked.items() if value is not None}))
        made = pretrain(options, target, say=say)
    print(f"{made.name}: in {made}")
    print(f"Next: codeact evaluate --model {made.name}")
