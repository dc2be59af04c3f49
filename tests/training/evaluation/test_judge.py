"""The judge is strict about the last value and generous about its spelling."""

import pytest

from training.evaluation.judge import Expected, Kind, is_right, last_value


def judged(output: str, answer: str, kind: str, decimals: int | None = None, accept: tuple[str, ...] = ()) -> bool:
    return is_right(output, Expected(answer, Kind(kind), decimals, accept), "what is it, please?")


@pytest.mark.parametrize(
    ("output", "answer", "right"),
    [
        ("42\n", "42", True),
        ("42.0", "42", True),
        ("0.30000000000000004", "0.3", True),
        ("1,234,567", "1234567", True),
        ("12,34", "1234", False),
        ("$1,234.50", "1234.5", True),
        ("€ 5", "5", True),
        ("42 km", "42", True),
        ("100 km/h", "100", True),
        ("25%", "25", True),
        ("25%", "0.25", False),
        ("-7", "-7", True),
        ("−7", "-7", True),
        ("-7", "7", False),
        ("--7", "7", False),
        ("-$7", "-7", True),
        ("6e3", "6000", True),
        ("3 hours 20 minutes", "3", False),
        ("4 8 15", "15", False),
        ("4, 8, 15", "15", False),
        ("[15]", "15", False),
        ("1/2", "0.5", False),
        ("10:30", "30", False),
        ("4\n8\n15", "15", True),
        ("15\n8\n4", "15", False),
        ("Sum: 15", "15", True),
        ("Factorial of 5: 120", "120", True),
        ("Factorial of 5: 120", "5", False),
        ("x = 15", "15", True),
        ("The answer is 15.", "15", True),
        ("The answer is 15...", "15", False),
        ("True", "1", False),
        ("nan", "15", False),
        ("inf", "15", False),
        ("", "15", False),
        ("  \n\n", "0", False),
        ("9" * 100_000, "15", False),
        ("9e999", "15", False),
    ],
)
def test_numbers_compare_as_numbers(output: str, answer: str, right: bool) -> None:
    assert judged(output, answer, "number") is right


@pytest.mark.parametrize(
    ("output", "right"), [("3.42", True), ("3.4175", True), ("3.425", True), ("3.4251", False), ("3.4", False)]
)
def test_asked_decimals_allow_half_a_unit(output: str, right: bool) -> None:
    assert judged(output, "3.42", "number", decimals=2) is right


@pytest.mark.parametrize(
    ("output", "answer", "right"),
    [
        ("desserts", "desserts", True),
        ("'desserts'", "desserts", True),
        ("Desserts", "desserts", False),
        ("Reversed: desserts", "desserts", True),
        ("The day is Sunday.", "Sunday", True),
        ("stressed desserts", "desserts", False),
        ("desserts\nstressed", "desserts", False),
        ("13:25", "13:25", True),
        ("Arrival: 13:25", "13:25", True),
        ("0b101101", "101101", False),
        ("19/24", "19/24", True),
        ("ab\ncd", "ab\ncd", True),
    ],
)
def test_text_is_the_same_characters(output: str, answer: str, right: bool) -> None:
    assert judged(output, answer, "text") is right


def test_text_may_have_further_right_answers() -> None:
    assert judged("4:30", "04:30", "text", accept=("4:30",))


@pytest.mark.parametrize(
    ("output", "answer", "right"),
    [
        ("[1, 2, 3]", "[1, 2, 3]", True),
        ("(1, 2.0, 3)", "[1, 2, 3]", True),
        ("1, 2, 3", "[1, 2, 3]", True),
        ("1 2 3", "[1, 2, 3]", True),
        ("1\n2\n3", "[1, 2, 3]", True),
        ("0\n1\n2\n3", "[1, 2, 3]", False),
        ("Primes: [1, 2, 3]", "[1, 2, 3]", True),
        ("[3, 2, 1]", "[1, 2, 3]", False),
        ("[1, 2]", "[1, 2, 3]", False),
        ("[1, 2, 3, 3]", "[1, 2, 3]", False),
        ("{1, 2, 3}", "[1, 2, 3]", False),
        ("[1, 2, '3']", "[1, 2, 3]", True),
        ("['a', 'b']", "['a', 'b']", True),
        ("a, b", "['a', 'b']", True),
        ("a b", "['a', 'b']", True),
        ("['A', 'b']", "['a', 'b']", False),
        ("[[1, 2], [3]]", "[[1, 2], [3]]", True),
        ("[[1, 2], 3]", "[[1, 2], [3]]", False),
        ("[1, 2, 3", "[1, 2, 3]", False),
        ("[" * 5_000, "[1, 2, 3]", False),
        ("[True, False]", "[True, False]", True),
        ("[1, 0]", "[True, False]", False),
    ],
)
def test_lists_keep_their_order(output: str, answer: str, right: bool) -> None:
    assert judged(output, answer, "list") is right


@pytest.mark.parametrize(
    ("output", "right"),
    [
        ("{7, 2, 5}", True),
        ("[2, 5, 7]", True),
        ("7 2 5", True),
        ("[2, 5]", False),
        ("[2, 5, 7, 8]", False),
        ("[2, 2, 5, 7]", False),
        ("{2, 5, 5, 7}", False),
        ("{2: 1, 5: 1, 7: 1}", False),
    ],
)
def test_sets_do_not(output: str, right: bool) -> None:
    assert judged(output, "[2, 5, 7]", "set") is right


@pytest.mark.parametrize(
    ("output", "right"),
    [
        ("True", True),
        ("yes", True),
        ("Yes.", True),
        ("Yes, it is.", True),
        ("Is prime: True", True),
        ("False", False),
        ("No, it is not. Yes!", False),
        ("yesterday", False),
        ("true or false", False),
        ("1", False),
        ("prime", False),
    ],
)
def test_yes_and_no_are_words(output: str, right: bool) -> None:
    assert judged(output, "True", "yes_no") is right
    assert not (judged(output, "True", "yes_no") and judged(output, "False", "yes_no"))


@pytest.mark.parametrize(
    ("output", "right"),
    [
        ("Sorry, I can’t look that up.", True),
        ("I CANNOT do that yet", True),
        ("I can do that", False),
        ("a recant't", False),
        ("cannots", False),
    ],
)
def test_accepted_words_are_whole_words(output: str, right: bool) -> None:
    assert judged(output, "I cannot", "decline", accept=("cannot", "can't")) is right


def test_can_is_not_said_in_cant() -> None:
    assert not judged("I can't", "I can count", "free", accept=("can",))


@pytest.mark.parametrize("kind", ["free", "text", "number", "list"])
@pytest.mark.parametrize("question", ["hey there, good morning!", "repeat the word: 7", "put in order: 7"])
def test_the_question_said_back_is_no_answer(kind: str, question: str) -> None:
    expected = Expected("[7]" if kind == "list" else "7", Kind(kind), accept=("hey",) if kind == "free" else ())
    for echo in (question, question.upper(), f"You asked: {question}", f"'{question}'"):
        assert not is_right(echo, expected, question)


def test_the_last_value_is_the_last_line_with_ink() -> None:
    assert last_value("1\n2\n\n  \n") == "2"
