"""Noise changes what people say around values, and never a value."""

from random import Random

import pytest

from training.corpus.noise import add_noise
from training.corpus.phrases import Piece
from training.corpus.values import Numbers, Taste, Words
from training.corpus.writing import in_words, write_list

VALUES = ("[3, -5, 8.5]", "'Hello There'", "QuArTz", "1,234", "the quick brown fox")


@pytest.mark.parametrize("value", VALUES)
def test_a_value_stays_as_it_is(value: str):
    rng = Random(value)
    pieces = [Piece("could you please tell me the average of "), Piece(value, True), Piece(" right now?")]
    for _ in range(500):
        assert value in add_noise(rng, pieces, greetings=("hi,",), goodbyes=("please", ", thanks", ". thank you!"))


def test_noise_makes_many_messages_of_one():
    rng = Random(2)
    pieces = [Piece("what is the average of "), Piece("3, 4", True), Piece("?")]
    said = {add_noise(rng, pieces, greetings=("hi,",), goodbyes=("please",)) for _ in range(500)}
    assert len(said) > 40
    assert {"What is the average of 3, 4?", "what is the average of 3, 4"} <= said
    assert "WHAT IS THE AVERAGE OF 3, 4?" in said


def test_about_one_message_in_twelve_has_a_typing_error():
    rng = Random(3)
    pieces = [Piece("number elements sequence ordering")]
    wrong = sum(add_noise(rng, pieces).lower().rstrip(".!") != "number elements sequence ordering" for _ in range(4000))
    assert 0.05 < wrong / 4000 < 0.11


def test_a_typing_error_never_makes_another_known_word():
    rng = Random(4)
    said = {add_noise(rng, [Piece("even")], known={"eve", "seven", "eveen"}.__contains__).lower() for _ in range(3000)}
    assert not {"eve", "eveen", "eve."} & said


def test_nothing_follows_a_text_without_quotation_marks():
    rng = Random(5)
    pieces = [Piece("count the words: "), Piece("the quick brown fox", True)]
    for _ in range(500):
        assert add_noise(rng, pieces, goodbyes=("please", ", thanks")).endswith("the quick brown fox")


def test_empty_alternatives_leave_no_gaps():
    said = add_noise(
        Random(7), [Piece("take "), Piece("5", True), Piece(" "), Piece(" from "), Piece("9", True), Piece(" ,ok")]
    )
    assert "  " not in said


def test_lists_are_written_in_many_forms():
    rng = Random(6)
    forms = {write_list(rng, ["3", "5", "8"], bare=True) for _ in range(3000)}
    assert len(forms) >= 14
    assert {"3, 5, 8", "[3, 5, 8]", "3, 5 and 8", "3 5 8", "3,5,8", "\n3\n5\n8"} <= forms


@pytest.mark.parametrize(("number", "words"), [(0, "zero"), (21, "twenty-one"), (40, "forty"), (99, "ninety-nine")])
def test_numbers_in_words(number: int, words: str):
    assert in_words(number) == words


def test_short_values_are_short():
    rng = Random(8)
    assert all(len(Numbers().draw(rng, Taste(tiny=True), {})) <= 4 for _ in range(100))
    assert all(len(word) <= 5 for _ in range(100) for word in Words().draw(rng, Taste(tiny=True), {}))
