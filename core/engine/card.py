"""A model's card: what the folder says about itself, read with mistrust."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelNotFound

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The part of `card.json` that serving needs.

    `closing_words`: the model goes on in words once it has seen what its program printed. `normalise`: a file of words
    in the folder, by which questions are freed of typos and capitals before the model reads them.
    """

    name: str
    prompt_version: int | None = None
    context_tokens: int | None = None
    closing_words: bool = False
    normalise: str = ""


def read_card(folder: Path) -> ModelCard:
    """The card of a model folder, or one with the folder's name where it has none. Raises ModelNotFound."""
    name = folder.resolve().name
    try:
        data = json.loads((folder / CARD).read_text("utf-8"))
    except FileNotFoundError:
        return ModelCard(name)
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"{folder / CARD} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise ModelNotFound(f"{folder / CARD} is not a JSON object.")
    return ModelCard(
        name=_typed(data, "name", str, folder) or name,
        prompt_version=_typed(data, "prompt_version", int, folder),
        context_tokens=_typed(data, "context_tokens", int, folder),
        closing_words=bool(_typed(data, "closing_words", bool, folder)),
        normalise=_typed(data, "normalise", str, folder) or "",
    )


def _typed(data: dict[str, Any], key: str, kind: type, folder: Path) -> Any:
    value = data.get(key)
    if value is not None and not isinstance(value, kind):
        raise ModelNotFound(f"{folder / CARD}: {key} must be {kind.__name__}, and is {value!r}.")
    return value
