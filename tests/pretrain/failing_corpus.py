"""A generator that fails."""

from typing import Any

from tests.pretrain.tiny_corpus import template_words

__all__ = ["generate", "template_words"]


def generate(rows: int, *, seed: int, short: bool = False) -> Any:
    """Never gives a row."""
    raise RuntimeError("the corpus is broken")
