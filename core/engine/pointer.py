"""The pointer to the current model: `models/current`, one line that names a folder beside it.

A file instead of a link, so that it works on every system and is replaced in one step.
"""

import os
from pathlib import Path

POINTER = "current"
BUNDLED = "codeact-mini"


def current_model(models: Path) -> Path:
    """The folder of the promoted model, or that of the bundled one where none was promoted."""
    try:
        named = (models / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        named = ""
    return models / (named or BUNDLED)


def point_to(models: Path, folder: Path) -> None:
    """Make `folder` the current model."""
    target = os.path.relpath(folder.resolve(), models.resolve())
    new = models / f"{POINTER}.{os.getpid()}.new"
    new.write_text(Path(target).as_posix() + "\n", "utf-8")
    new.replace(models / POINTER)
