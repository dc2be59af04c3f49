"""Files written as a whole or not at all."""

import hashlib
import os
from pathlib import Path

from core.errors import TrainingError


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody ever reads half of it. Raises TrainingError."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.write_text(text, "utf-8")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror}.") from error


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises TrainingError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
