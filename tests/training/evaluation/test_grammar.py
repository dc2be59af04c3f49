"""The grammar's questions: never trained, in seven kinds, shown to the model with their examples."""

import pytest

from core.engine import ScriptedEngine
from core.prompt import parse
from core.sandbox import Sandbox
from training.corpus.generate import generate
from training.evaluate import evaluate
from training.evaluation.grammar import read_grammar
from training.evaluation.judge import Kind
from training.evaluation.questions import Suite, UnitTests
from training.evaluation.report import Score

EACH = 12


@pytest.fixture(scope="module")
def grammar() -> Suite:
    return read_grammar(EACH)


def test_there_are_as_many_of_each_kind_and_they_are_the_same_each_time(grammar: Suite) -> None:
    groups = [question.group for question in grammar.questions]
    assert len(set(groups)) == 7
    assert {groups.count(group) for group in set(groups)} == {EACH}
    assert read_grammar(EACH) == grammar


def test_examples_stand_where_the_kind_says(grammar: Suite) -> None:
    for question in grammar.questions:
        messages = len(question.steps[0].prompt)
        assert messages == (4 if question.group.endswith(("helpful example", "irrelevant example")) else 2)


def test_the_same_questions_are_asked_with_and_without_examples(grammar: Suite) -> None:
    asked = {
        group: [question.steps[0].text for question in grammar.questions if question.group == group]
        for group in {question.group for question in grammar.questions}
    }
    assert asked["unseen patterns"] == asked["unseen patterns, an irrelevant example"]
    assert asked["unknown families, a helpful example"] == asked["unknown families, no example"]


async def test_the_rows_own_programs_are_right(sandbox: Sandbox) -> None:
    for split in ("held_out_pattern", "held_out_composition", "held_out_word"):
        for row in generate(EACH, seed=5, split=split):
            code = parse(row["completion"][0]["content"]).code
            if "open(" in code:  # its file is not part of the row
                continue
            result = await sandbox.execute(code)
            assert result.output.strip() == row["output"].strip()


async def test_a_given_prompt_is_what_the_model_reads_also_when_it_repairs(grammar: Suite, sandbox: Sandbox) -> None:
    question = next(asked for asked in grammar.questions if asked.group.endswith("a helpful example"))
    step = question.steps[0]
    assert step.expected is not None
    assert not isinstance(step.expected, UnitTests)
    answer = f"<execute>\nprint({step.expected.answer!r})\n</execute>"
    engine = ScriptedEngine(["<execute>\n1 / 0\n</execute>", answer], closes=False)
    report = await evaluate(engine, sandbox, Suite("grammar", (question,), grammar.files))
    assert report.questions == Score(1, 1)
    assert engine.prompts[0] == step.prompt
    assert engine.prompts[1][: len(step.prompt)] == step.prompt
    assert "ZeroDivisionError" in engine.prompts[1][-1].content


def test_answers_are_compared_as_what_they_look_like(grammar: Suite) -> None:
    kinds = set()
    for question in grammar.questions:
        expected = question.steps[0].expected
        assert expected is not None
        assert not isinstance(expected, UnitTests)
        kinds.add(expected.kind)
        assert (expected.kind is Kind.LIST) <= expected.answer.startswith("[")
    assert {Kind.NUMBER, Kind.TEXT} <= kinds
