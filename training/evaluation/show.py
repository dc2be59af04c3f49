"""A report for people: a table, a picture, and what went wrong."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from training.evaluation.harness import Answer, Outcome
from training.evaluation.questions import UnitTests
from training.evaluation.report import Report, Score

_MOST_LINES = 12


def show_report(report: Report, console: Console) -> None:
    """Totals by group, level and form, with 95 % intervals."""
    console.print(Text(_title(report), style="bold"))
    table = Table(show_edge=False)
    table.add_column("")
    table.add_column("right", justify="right")
    table.add_column("share", justify="right")
    table.add_column("95 % interval", justify="right")
    parts = [report.forms, report.levels, report.groups]
    for part in parts:
        if len(part) > 1:
            for name, score in part.items():
                table.add_row(*_row(name, score))
            table.add_section()
    table.add_row(*_row("all questions", report.questions), style="bold")
    if report.answers.of != report.questions.of:
        table.add_row(*_row("all answers, each turn by itself", report.answers))
    console.print(table)
    console.print(
        f"{report.seconds_per_answer:.2f} s per answer (median), {report.seconds:.0f} s in all, "
        f"at most {report.terms.attempts} program{'s' * (report.terms.attempts > 1)} per answer, greedy"
    )


def show_answers(outcomes: Iterable[Outcome], console: Console) -> None:
    """Question, thought, code and output of every answer."""
    for outcome in outcomes:
        for answer in outcome.answers:
            console.print(_panel(outcome, answer))


def show_failures(report: Report, console: Console) -> None:
    """The answers that were wrong. Those of the final half are never shown."""
    if report.terms.half == "final":
        return
    for outcome in report.outcomes:
        for answer in outcome.answers:
            if not answer.right:
                console.print(_panel(outcome, answer))


def save_picture(report: Report, path: Path) -> None:
    """The share of each group with its interval, as a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    groups = sorted(report.groups.items(), key=lambda item: (item[1].share, item[0]))
    figure, axes = pyplot.subplots(figsize=(7, 1.2 + 0.28 * len(groups)), layout="constrained")
    for place, (_, score) in enumerate(groups):
        low, high = score.interval
        axes.plot([low, high], [place, place], color="#99a", linewidth=2, zorder=1)
        axes.scatter([score.share], [place], color="#226", zorder=2)
    axes.set_yticks(range(len(groups)), [f"{name} ({score.right}/{score.of})" for name, score in groups])
    axes.axvline(report.questions.share, color="#c55", linewidth=1, linestyle="--")
    axes.set(xlim=(-0.02, 1.02), xlabel="share of questions right, with 95 % interval", title=_title(report))
    axes.grid(alpha=0.3, axis="x")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _title(report: Report) -> str:
    half = f", {report.terms.half} half" if report.terms.half else ""
    return f"{report.model} on {report.terms.suite}{half}: {report.questions}"


def _row(name: str, score: Score) -> tuple[str, str, str, str]:
    low, high = score.interval
    return escape(name), f"{score.right}/{score.of}", f"{score.share:.0%}", f"{low:.0%} to {high:.0%}"


def _panel(outcome: Outcome, answer: Answer) -> Panel:
    """What a model or a program wrote is shown as text: it cannot style or steer the terminal."""
    before = [step.text for step in outcome.question.steps]
    before = before[: before.index(answer.question)]
    parts: list[RenderableType] = [Text(" … ".join(before), style="dim")] if before else []
    parts.append(Text(answer.question, style="bold"))
    if answer.thought:
        parts.append(Text(_plain(answer.thought), style="italic"))
    if answer.code:
        parts.append(Syntax(_plain(answer.code), "python", word_wrap=True, background_color="default"))
    parts.append(Text(f"→ {_plain(answer.output) or '(nothing)'}"))
    if not answer.right:
        parts.append(Text(f"expected: {_expected(outcome, answer)}; ended: {answer.status}", style="dim"))
    mark = "[green]right[/]" if answer.right else "[red]wrong[/]"
    return Panel(Group(*parts), title=f"{escape(outcome.question.id)} {mark}", title_align="left")


def _expected(outcome: Outcome, answer: Answer) -> str:
    expected = next((step.expected for step in outcome.question.steps if step.text == answer.question), None)
    if isinstance(expected, UnitTests):
        return expected.code
    if expected is None:
        return "?"
    return " | ".join(expected.accept) if expected.kind in ("free", "decline") else expected.answer


def _plain(text: str) -> str:
    lines = "".join(char if char == "\n" or char.isprintable() else "\ufffd" for char in text).strip("\n").split("\n")
    return "\n".join(lines[:_MOST_LINES] + ["…"] * (len(lines) > _MOST_LINES))
