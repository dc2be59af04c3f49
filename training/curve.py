"""A loss curve for the terminal and as a picture."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def draw(losses: Sequence[float], *, width: int = 60, height: int = 6) -> str:
    """The curve as lines of text, one column for each of `width` equal parts of the training."""
    if not losses:
        return "(no loss was measured)"
    columns = _averages(losses, min(width, len(losses)))
    most, least = max(columns), min(columns)
    span = (most - least) or 1.0
    levels = [round((value - least) / span * (height * 8 - 1)) + 1 for value in columns]
    lines = []
    for row in range(height - 1, -1, -1):
        label = f"{most:8.3f} " if row == height - 1 else f"{least:8.3f} " if row == 0 else " " * 9
        lines.append(label + "".join(_EIGHTHS[max(0, min(8, level - 8 * row))] for level in levels).rstrip())
    return "\n".join(lines)


def save_picture(losses: Sequence[float], path: Path, title: str) -> None:
    """The curve as a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(range(1, len(losses) + 1), losses, color="#88a", linewidth=0.8, label="each step")
    if len(losses) > 20:
        smooth = _averages(losses, max(10, len(losses) // 20))
        width = len(losses) / len(smooth)
        axes.plot([(index + 0.5) * width for index in range(len(smooth))], smooth, color="#226", label="averaged")
        axes.legend()
    axes.set(xlabel="step", ylabel="loss", title=title, ylim=(0, None))
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _averages(values: Sequence[float], parts: int) -> list[float]:
    edges = [round(index * len(values) / parts) for index in range(parts + 1)]
    return [sum(values[low:high]) / (high - low) for low, high in pairwise(edges)]
