"""What a person sees of a training: a line now and then, a log in JSON lines, and a curve as a picture."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.pretraining.scoring import Score

ALL = "all"


def progress_line(
    *, step: int, tokens: int, budget: int, loss: float, factor: float, tokens_per_second: float, minutes_left: float
) -> str:
    """One line: how far, how fast, how well, how long still (0 minutes: not known)."""
    whole = f" of {budget / 1e6:.2f} M ({100 * tokens / budget:.0f} %)" if budget else " M"
    left = f", {minutes_left:.0f} min left" if minutes_left else ""
    return (
        f"step {step:,}: {tokens / 1e6:.2f}{whole} tokens, loss {loss:.3f}, rate x{factor:.2f}, "
        f"{tokens_per_second:,.0f} tokens/s{left}"
    )


def score_lines(scores: Mapping[str, Mapping[str, Score]]) -> list[str]:
    """Exact match by split, and by group within each."""
    lines = []
    for split, groups in scores.items():
        lines.append(f"  {split}: {groups[ALL]} of {groups[ALL].rows} rows, loss {groups[ALL].loss:.3f}")
        if parts := [f"{group} {score}" for group, score in groups.items() if group != ALL]:
            lines.append("    " + "; ".join(parts))
    return lines


def scores_as_dict(scores: Mapping[str, Mapping[str, Score]]) -> dict[str, Any]:
    """For logs and cards, rounded."""
    return {
        split: {group: {name: round(value, 4) for name, value in asdict(score).items()} for group, score in of.items()}
        for split, of in scores.items()
    }


class Log:
    """The metrics of a run, one JSON object a line; what lies behind the point where a run goes on is cut off."""

    def __init__(self, path: Path, *, step: int = 0) -> None:
        self._path = path
        kept = [entry for entry in read_log(path) if entry["step"] <= step]
        path.write_text("".join(json.dumps(entry) + "\n" for entry in kept), "utf-8")

    def add(self, **entry: Any) -> None:
        """Add one entry with `step` and `tokens`."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """All whole entries of a log; none where there is no file."""
    if not path.exists():
        return []
    entries = []
    for line in path.read_text("utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:  # the last line, where the machine went down
            continue
    return entries


def save_curve(path: Path, entries: Iterable[Mapping[str, Any]], title: str) -> None:
    """Loss and exact match over tokens, as a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    listed = list(entries)
    steps = [entry for entry in listed if "loss" in entry]
    measured = [entry for entry in listed if "scores" in entry]
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(8, 7), sharex=True, layout="constrained")
    above.plot([entry["tokens"] / 1e6 for entry in steps], [entry["loss"] for entry in steps], color="#226")
    above.set(ylabel="loss per answer token", title=title, ylim=(0, None))
    for split in dict.fromkeys(split for entry in measured for split in entry["scores"]):
        points = [(entry["tokens"] / 1e6, entry["scores"][split][ALL]) for entry in measured]
        [line] = below.plot([x for x, _ in points], [score["both"] for _, score in points], marker="o", label=split)
        chosen = [score["chosen"] for _, score in points]
        below.plot([x for x, _ in points], chosen, color=line.get_color(), linestyle=":", linewidth=1)
    below.set(xlabel="million tokens", ylabel="exact match (dotted: program chosen)", ylim=(0, 1))
    if measured:
        below.legend()
    for axes in (above, below):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
