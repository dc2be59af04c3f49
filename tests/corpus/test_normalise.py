"""Typos and capitals leave a question; values stay as they are."""

import re
import time
from random import Random

import pytest

from core.normalise import normalise
from training.corpus.generate import generate
from training.corpus.vocabulary import known_words

WORDS = frozenset(
    {"what", "is", "the", "sum", "of", "average", "mean", "reverse", "word", "letter", "letters", "puzzle", "in", "and"}
    | {"for", "first", "numbers"}
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("waht is teh averge of 3, 4 and 5", "what is teh average of 3, 4 and 5"),  # three letters are too few
        ("what is the avreage for 3 and 4", "what is the average for 3 and 4"),
        ("WHAT IS THE SUM OF 3 AND 4", "what is the sum of 3 and 4"),
        ("WHAT'S THE AVERAGE OF 1 AND 2", "what's the average of 1 and 2"),
        ("REVERSE THE WORD QUARTZ", "reverse the word QUARTZ"),  # an unknown word could be the value
        ("reverse the word 'lettre'", "reverse the word 'lettre'"),
        ('reverse "AVERGE LETTRE"', 'reverse "AVERGE LETTRE"'),
        ("the first lettre of “numbrs”", "the first letter of “numbrs”"),
        ("sum of numbrs.csv", "sum of numbrs.csv"),
        ("Averge of 3 and 4", "Averge of 3 and 4"),  # it could be a name
        ("sum for puzzles: 3, lettre: 4", "sum for puzzles: 3, lettre: 4"),
        ("reverse lettre, numbrs and [averge]", "reverse lettre, numbrs and [averge]"),
        ("the puzzles and the average", "the puzzles and the average"),
        ("letter1 x_lettre", "letter1 x_lettre"),
        ("", ""),
        ("42", "42"),
        ("A", "A"),
    ],
)
def test_what_is_read_of_what_is_typed(typed: str, read: str):
    assert normalise(typed, WORDS) == read


def test_without_words_nothing_changes_but_single_shouted_letters():
    assert normalise("waht is the averge", frozenset()) == "waht is the averge"


@pytest.mark.parametrize("word", ["maen", "meaan", "mea", "meam"])
def test_one_edit_leads_to_the_only_known_word(word: str):
    longer = word if len(word) > 3 else word + "n"
    assert normalise(f"the {longer} is", WORDS).split()[1] == "mean"


def test_two_near_words_change_nothing():
    assert normalise("the meax is", WORDS | {"meal", "mean"}) == "the meax is"


def test_normalising_twice_changes_nothing_more():
    for row in generate(300, seed=3):
        text = row["prompt"][-1]["content"]
        once = normalise(text, known_words())
        assert normalise(once, known_words()) == once


def test_values_of_rows_survive():
    """At most one row in five hundred loses a value, and only a column or a name that looks like a mistyped word."""
    lost = seen = 0
    for row in generate(1500, seed=8):
        if row["form"] not in ("single", "copy"):
            continue
        question = row["prompt"][-1]["content"]
        read = normalise(question, known_words())
        values = re.findall(r"'([A-Za-z]{2,}(?: [A-Za-z ]+)?)'", row["completion"][0]["content"])
        seen += 1
        lost += any(value in question and value not in read for value in values)
    assert seen > 500
    assert lost <= seen / 500


def test_a_long_message_is_read_quickly():
    rng = Random(1)
    text = " ".join(rng.choice(("qwertz", "averge", "(", "word,", "  ")) for _ in range(20_000))
    started = time.monotonic()
    normalise(text, WORDS)
    assert time.monotonic() - started < 5
