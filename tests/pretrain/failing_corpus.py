"""A generator that fails."""

from typing import Any

from tests.pretrain.tiny_corpus import SPLITS, template_words

__all__ = ["SPLITS", "generate", "template_words"]


def generate(rows: int, *, seed: int, short: float = 0.0, split: str = "train") -> Any:
    """Never gives a row."""
    raise RuntimeError("the corpus is broken")
