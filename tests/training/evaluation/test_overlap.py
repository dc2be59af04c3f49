"""Questions that a corpus has seen are found."""

from core.prompt import tell
from training.corpus.generate import generate
from training.evaluation.judge import Expected, Kind
from training.evaluation.overlap import overlap, said
from training.evaluation.questions import Given, Question, Step
from training.evaluation.suites import read_suite

ANY = Expected("1", Kind.NUMBER)
LONG = "please tell me how many of the numbers 4, 9 and 15 are divisible by 3"
QUESTIONS = [
    Question("sum", "g", (Step("What is 17 + 25?", expected=ANY),)),
    Question("long", "g", (Step(LONG, expected=ANY),)),
    Question("two", "g", (Step("first of these", Given("", "")), Step("and squared?", expected=ANY))),
]


def test_a_question_in_the_corpus_is_found_whatever_its_capitals_and_points() -> None:
    found = overlap(QUESTIONS, ["what is 17 + 25", "something else"])
    assert found.verbatim == ("sum",)
    assert (found.questions, found.messages) == (3, 2)
    assert found.verbatim_share == 1 / 3


def test_other_values_are_another_question() -> None:
    assert overlap(QUESTIONS, ["What is 17 + 26?", "What is 17 - 25?"]).verbatim == ()


def test_a_run_of_eight_words_is_found_inside_another_text() -> None:
    found = overlap(QUESTIONS, ["Hi! Tell me how many of the numbers 4, 9, 16 are even"])
    assert (found.verbatim, found.runs) == ((), ("long",))
    assert overlap(QUESTIONS, ["how many of the numbers 4 and 8"]).runs == ()


def test_scripted_turns_and_two_words_belong_to_nobody() -> None:
    found = overlap(QUESTIONS, ["first of these", "and squared?"])
    assert (found.verbatim, found.runs) == ((), ())


def test_nothing_asked_shares_nothing() -> None:
    assert overlap([], ["x"]).run_share == overlap([], []).verbatim_share == 0.0


def test_only_what_people_say_is_compared() -> None:
    prompt = [
        {"role": "system", "content": "You answer by writing Python."},
        {"role": "user", "content": "Approved example:\nadd 1 and 2"},
        {"role": "assistant", "content": "print(1 + 2)"},
        {"role": "user", "content": tell("3") + "\n\nand 4?"},
        {"role": "user", "content": tell("NameError: x")},
    ]
    assert list(said(prompt)) == ["add 1 and 2", "and 4?"]


def test_the_corpus_has_not_seen_our_questions() -> None:
    suite = read_suite("own")
    rows = generate(4_000, seed=20_261_122)
    found = overlap(suite.questions, (text for row in rows for text in said(row["prompt"])))
    assert found.messages > 4_000
    groups = {question.id: question.group for question in suite.questions}
    # a greeting has few words to choose from
    assert [name for name in found.verbatim if groups[name] not in ("small_talk", "decline")] == []
    assert found.run_share <= 0.02, found.runs
