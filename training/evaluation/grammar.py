"""Questions from the corpus grammar that no model is trained on: what has been learned beyond the rows.

The prompts are made by the generator, examples included, and are given to the model as they are. An answer is right
where it prints what the row's own program printed.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from core.conversation import Message
from core.prompt import Example, show
from training.corpus.generate import Row, Split, generate
from training.evaluation.judge import Expected, Kind
from training.evaluation.questions import Question, Step, Suite
from training.spoken import with_spans

EACH = 200
_SEED = 710_000_017  # no training uses it


def read_grammar(each: int = EACH) -> Suite:
    """The suite `grammar`: `each` questions of seven kinds."""
    seen, pattern = _single("train", each), _single("held_out_pattern", each)
    family = list(islice(_usable("held_out_family", 2 * each), each))
    kinds: dict[str, list[tuple[tuple[Message, ...], str]]] = {
        "seen patterns": _asked(seen),
        "unseen patterns": _asked(pattern),
        "unseen patterns, an irrelevant example": [
            (_with_example(row, other), row["output"]) for row, other in zip(pattern, seen, strict=False)
        ],
        "unseen words": _asked(_single("held_out_word", each)),
        "unseen compositions": _asked(_single("held_out_composition", each)),
        "unknown families, a helpful example": _asked(family),
        "unknown families, no example": [(_without_examples(row), row["output"]) for row in family],
    }
    questions = tuple(
        _question(group, number, prompt, output)
        for group, asked in kinds.items()
        for number, (prompt, output) in enumerate(asked, start=1)
    )
    content = json.dumps([[message.content for message in question.steps[0].prompt] for question in questions])
    return Suite("grammar", questions, (("generated", hashlib.sha256(content.encode()).hexdigest()),))


def _question(group: str, number: int, prompt: tuple[Message, ...], output: str) -> Question:
    start, end = prompt[-1].spoken or (0, 0)
    step = Step(prompt[-1].content[start:end], expected=_expected(output.strip()), prompt=prompt)
    return Question(f"{group}/{number}", group, (step,))


def _expected(output: str) -> Expected:
    """What a program printed, as what it looks like."""
    if output in ("True", "False"):
        return Expected(output, Kind.YES_NO)
    if re.fullmatch(r"-?\d+(\.\d+)?", output):
        return Expected(output, Kind.NUMBER)
    try:
        is_list = isinstance(ast.literal_eval(output), list)
    except (ValueError, SyntaxError):
        is_list = False
    return Expected(output, Kind.LIST if is_list else Kind.TEXT)


def _single(split: Split, count: int) -> list[Row]:
    """Rows that are one question without examples."""
    rows = (row for row in _usable(split, 4 * count) if len(row["prompt"]) == 2)
    return list(islice(rows, count))


def _usable(split: Split, count: int) -> Iterator[Row]:
    """Rows that need no files."""
    return (
        row for row in generate(count, seed=_SEED, split=split) if "\n\nFiles: " not in row["prompt"][-1]["content"]
    )


def _asked(rows: Sequence[Row]) -> list[tuple[tuple[Message, ...], str]]:
    return [(with_spans(row["prompt"]), row["output"]) for row in rows]


def _without_examples(row: Row) -> tuple[Message, ...]:
    prompt = with_spans(row["prompt"])
    return prompt[0], prompt[-1]


def _with_example(row: Row, other: Row) -> tuple[Message, ...]:
    system, question = with_spans(row["prompt"])
    example = Example("", with_spans(other["prompt"])[-1].content, other["completion"][0]["content"])
    return system, *show(example), question
