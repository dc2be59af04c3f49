"""A corpus that a tiny model learns in seconds: two operations on a few numbers, in two wordings each."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from core.prompt import SYSTEM, write

_WORDINGS = {
    "sum": ("what is the sum of {}", "add {}", "total of {}"),
    "max": ("what is the largest of {}", "maximum of {}", "biggest of {}"),
}
_THOUGHTS = {"sum": "I add up the numbers.", "max": "I take the largest."}


SPLITS = ("train", "unseen patterns")


def generate(rows: int, *, seed: int, short: float = 0.0, split: str = "train") -> Iterator[dict[str, Any]]:
    """Rows; the last wording of each operation is held out."""
    random = Random(seed)
    for _ in range(rows):
        operation = random.choice(sorted(_WORDINGS))
        numbers = [random.randrange(10) for _ in range(2 if short else random.randrange(2, 4))]
        wording = random.randrange(2) if split == "train" else 2
        question = _WORDINGS[operation][wording].format(", ".join(map(str, numbers)))
        yield {
            "prompt": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
            "completion": [
                {"role": "assistant", "content": write(_THOUGHTS[operation], f"print({operation}({numbers}))")}
            ],
            "family": operation,
            "group": "lists",
            "form": "single",
            "split": split,
        }


def template_words() -> Counter[str]:
    """The words of all wordings and thoughts."""
    texts = [*_THOUGHTS.values(), *(text for wordings in _WORDINGS.values() for text in wordings)]
    return Counter(" ".join(texts).lower().replace(".", "").replace("{}", "").split())
