"""The CodeAct format, frozen: what the model reads, and what is read from it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import (
    Attempt,
    Channel,
    Finish,
    Message,
    PromptReference,
    Role,
    Status,
    Turn,
)
from core.errors import PromptTooLong
from core.prompt import (
    NO_OUTPUT,
    SYSTEM,
    Example,
    ask,
    build,
    close,
    digest,
    observe,
    parse,
    render,
    write,
)

HERE = Channel("terminal", "", "tests")


def count(messages):
    return sum(len(message.content) for message in messages)


def ran(thought: str, code: str, output: str, status: Status = Status.OK) -> Attempt:
    return Attempt(write(thought, code), thought, code, status, output, observe(output))


def turn(number: int, question: str, *attempts: Attempt, label: bool | None = None, finish=Finish.EXECUTION) -> Turn:
    return Turn(f"t{number}", HERE, "ada", question, attempts, finish, "m", PromptReference(1, ""), label=label)


def test_the_format_of_version_1_is_exactly_that_of_the_design():
    failed = ran(
        "I list the primes up to 10.",
        "print([n for n in range(2, 10) if is_prime(n)])",
        "Traceback (most recent call last):\n  line 1, in <module>\n"
        "    print([n for n in range(2, 10) if is_prime(n)])\nNameError: name 'is_prime' is not defined",
        Status.ERROR,
    )
    repaired = ran("I define what is missing.", "def is_prime(n):\n    return n > 1", "[2, 3, 5, 7]")
    history = [turn(1, "give me first 10 prime numbers", failed, repaired, label=False)]
    example = Example("e1", "what is 17 minus 5", write("I subtract 5 from 17.", "print(17 - 5)"))

    messages = render(history, "I want FIRST 10 primes, not primes till 10", examples=[example])

    assert "".join(f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in messages) == (
        "<|im_start|>system\nYou answer by writing and running Python. "
        "Think inside <thought></thought>, then write one program inside <execute></execute> "
        "that prints the answer.<|im_end|>\n"
        "<|im_start|>user\nApproved example:\nwhat is 17 minus 5<|im_end|>\n"
        "<|im_start|>assistant\n<thought>I subtract 5 from 17.</thought>\n"
        "<execute>\nprint(17 - 5)\n</execute><|im_end|>\n"
        "<|im_start|>user\ngive me first 10 prime numbers<|im_end|>\n"
        "<|im_start|>assistant\n<thought>I list the primes up to 10.</thought>\n<execute>\n"
        "print([n for n in range(2, 10) if is_prime(n)])\n</execute><|im_end|>\n"
        "<|im_start|>user\nExecution Output:\nTraceback (most recent call last):\n  line 1, in <module>\n"
        "    print([n for n in range(2, 10) if is_prime(n)])\nNameError: name 'is_prime' is not defined<|im_end|>\n"
        "<|im_start|>assistant\n<thought>I define what is missing.</thought>\n<execute>\ndef is_prime(n):\n"
        "    return n > 1\n</execute><|im_end|>\n"
        "<|im_start|>user\nPrevious output: [2, 3, 5, 7] [USER MARKED AS INCORRECT]\n\n"
        "I want FIRST 10 primes, not primes till 10<|im_end|>\n"
    )


def test_files_end_the_message():
    assert ask("sum it", files=[("sales.csv", 2150), ("names.txt", 88)]) == (
        "sum it\n\nFiles: sales.csv (2.1 KB), names.txt (88 B)"
    )


def test_the_words_of_a_person_are_marked_in_the_message_and_nothing_else_is():
    history = [turn(1, "say hi", ran("I print.", "print('hi hi')", "hi hi"))]
    [_, first, _, last] = render(history, "hi", files=[("hi.txt", 2)])
    assert first.content[slice(*first.spoken)] == "say hi"
    assert last.spoken == (len("Execution Output:\nhi hi\n\n"), len("Execution Output:\nhi hi\n\nhi"))


def test_closing_words_are_not_told_again_unless_they_were_wrong():
    words = Attempt("It is 42.", output="It is 42.")
    answered = turn(1, "6 times 7", ran("", "print(6 * 7)", "42"), words, finish=Finish.MODEL)
    assert render([answered], "and now?")[-1].content == "and now?"
    wrong = render([replace(answered, label=False)], "no")[-1].content
    assert wrong == "Previous output: It is 42. [USER MARKED AS INCORRECT]\n\nno"


@pytest.mark.parametrize(
    ("completion", "thought", "code", "text"),
    [
        ("<thought>I add.</thought>\n<execute>\nprint(1)\n</execute>", "I add.", "print(1)", ""),
        ("<thought>I add.</thought>\n<execute>\nprint(1)", "I add.", "print(1)", ""),
        ("<execute>print(1)</execute> and <execute>print(2)</execute>", "", "print(1)", ""),
        ("<thought>open <execute>\nprint(1)\n</execute>", "open", "print(1)", ""),
        ("It is 42.", "", "", "It is 42."),
        ("<thought>Done.</thought>\nIt is 42.", "Done.", "", "It is 42."),
        ("<thought>only a thought", "only a thought", "", "only a thought"),
        ("<execute>\n\n</execute>", "", "", ""),
        ("", "", "", ""),
        ("<execute>\n    indented = 1\n</execute>", "", "    indented = 1", ""),
    ],
)
def test_what_is_read_from_a_completion(completion: str, thought: str, code: str, text: str):
    draft = parse(completion)
    assert (draft.thought, draft.code, draft.text) == (thought, code, text)


@pytest.mark.parametrize(
    ("completion", "closed"),
    [
        ("<execute>\nprint(1)", "<execute>\nprint(1)\n</execute>"),
        ("<execute>\nprint(1)\n</execute> It prints <execute>2</execute>", "<execute>\nprint(1)\n</execute>"),
        ("It is 42.", "It is 42."),
    ],
)
def test_a_kept_completion_ends_with_its_first_program(completion: str, closed: str):
    assert close(completion) == closed


plain = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<>")).map(str.strip)


@given(plain, plain.filter(bool))
def test_what_is_written_is_read_back(thought: str, code: str):
    code = code.strip("\n")
    draft = parse(write(thought, code))
    assert (draft.thought, draft.code) == (thought, code)


@given(st.text())
def test_any_completion_can_be_read(completion: str):
    parse(completion)
    assert parse(close(completion)).code == parse(completion).code


def test_long_output_keeps_its_start_and_end():
    observed = observe("a" * 1500 + "b" * 10_000 + "c" * 400)
    assert observed == "a" * 1500 + "\n… [10,000 characters]\n" + "c" * 400
    assert observe("\n \n") == NO_OUTPUT
    assert observe("x" * 2000) == "x" * 2000


def test_the_oldest_turns_leave_first_and_the_budget_holds():
    history = [turn(n, f"question {n}", ran("I print.", f"print({n})", str(n))) for n in range(20)]
    example = Example("e1", "q", write("t", "print(1)"))
    whole = count(render(history, "last", examples=[example]))
    for budget in range(count(render([], "last")), whole + 1, 37):
        prompt = build(history, "last", budget=budget, count=count, examples=[example])
        kept = list(prompt.reference.turn_ids)
        assert count(prompt.messages) <= budget
        assert kept == [f"t{n}" for n in range(20 - len(kept), 20)]
        assert prompt.messages[0] == Message(Role.SYSTEM, SYSTEM)
        assert prompt.messages[-1].content.endswith("last")
    assert len(build(history, "last", budget=whole, count=count, examples=[example]).reference.turn_ids) == 20


def test_a_question_that_cannot_fit_is_refused_with_advice():
    with pytest.raises(PromptTooLong, match="fewer words"):
        build([], "x" * 50_000, budget=1000, count=count)


def test_a_prompt_can_be_rendered_again_to_the_same_hash():
    history = [turn(1, "one", ran("", "print(1)", "1"), label=False), turn(2, "two", ran("", "print(2)", "2"))]
    prompt = build(history, "three", budget=10_000, count=count)
    assert prompt.reference.sha256 == digest(render(history, "three"))
    assert prompt.reference.marked_turn_ids == ("t1",)
    assert digest(render(history, "four")) != prompt.reference.sha256
