"""An evaluation measures what people get: the real service, real programs, honest reports."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from core.conversation import Completion, Message, Sampling
from core.engine import ScriptedEngine
from core.engine.local import TransformersEngine
from core.engine.protocol import OnText
from core.errors import EngineBusy, EngineError
from core.prompt import write
from core.sandbox import Sandbox
from tests.training.tiny import seed_suite
from training.dataset import read_seeds
from training.evaluate import default_half, evaluate, keep, kept
from training.evaluation.judge import Expected, Kind
from training.evaluation.questions import Given, Question, Step, Suite, UnitTests
from training.evaluation.report import Report, Score, Terms
from training.evaluation.show import show_answers, show_failures, show_report
from training.evaluation.suites import read_suite
from training.finetune import Run
from training.runs import read_model, weights_sha256

FOUR = Expected("4", Kind.NUMBER)


def asked(*steps: Step, half: str = "development") -> Suite:
    question = Question("q", "sums", steps, "easy", half)  # type: ignore[arg-type]  # a test says any half
    return Suite("own", (question,), (("f", "0"),))


def shown(report: Report) -> str:
    console = Console(file=StringIO(), width=100)
    show_failures(report, console)
    show_report(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO


async def test_a_model_that_knows_the_answers_gets_full_marks(school: tuple[Path, Run], sandbox: Sandbox) -> None:
    models, run = school
    taught = await evaluate(TransformersEngine(run.folder), sandbox, seed_suite())
    untaught = await evaluate(TransformersEngine(models / "codeact-mini"), sandbox, seed_suite(), max_new_tokens=40)
    assert (taught.questions, taught.answers) == (Score(8, 8), Score(8, 8))
    assert untaught.questions == Score(0, 8)
    assert taught.model == "taught"


async def test_given_turns_are_run_remembered_and_marked(sandbox: Sandbox) -> None:
    engine = ScriptedEngine([write("I add.", "print(2 + 2)")], closes=False)
    suite = asked(
        Step("one", Given("I try.", "print(1 + 2)")),
        Step("two", Given("I fail.", "print(1 / 0)", marked_wrong=True)),
        Step("no, 2 + 2", expected=FOUR),
    )
    report = await evaluate(engine, sandbox, suite)
    [prompt] = engine.prompts
    assert [message.content for message in prompt[1:4]] == [
        "one",
        write("I try.", "print(1 + 2)"),
        "Execution Output:\n3\n\ntwo",
    ]
    assert prompt[-1].content.startswith("Previous output: Traceback")
    assert prompt[-1].content.endswith("ZeroDivisionError: division by zero [USER MARKED AS INCORRECT]\n\nno, 2 + 2")
    assert report.questions == Score(1, 1)
    assert report.forms == {"correction": Score(1, 1), "multi-turn in all": Score(1, 1)}


async def test_earlier_turns_without_a_script_are_the_models_own(sandbox: Sandbox) -> None:
    engine = ScriptedEngine([write("I guess.", "print(5)"), write("I add.", "print(2 + 2)")], closes=False)
    suite = asked(Step("2 + 2", expected=FOUR), Step("sure?", expected=FOUR))
    report = await evaluate(engine, sandbox, suite)
    assert engine.prompts[1][-1].content == "Execution Output:\n5\n\nsure?"
    assert (report.questions, report.answers) == (Score(0, 1), Score(1, 2))


async def test_questions_do_not_know_of_each_other(sandbox: Sandbox) -> None:
    code = "try:\n    x += 1\nexcept NameError:\n    x = 4\nprint(x)"
    engine = ScriptedEngine([write("I count.", code)] * 2, closes=False)
    questions = tuple(Question(name, "g", (Step("4?", expected=FOUR),)) for name in "ab")
    report = await evaluate(engine, sandbox, Suite("own", questions, ()))
    assert report.questions == Score(2, 2)
    assert len(engine.prompts[1]) == 2


@pytest.mark.parametrize(("attempts", "right"), [(1, 0), (2, 1), (3, 1)])
async def test_self_repair_counts_only_where_attempts_allow_it(sandbox: Sandbox, attempts: int, right: int) -> None:
    engine = ScriptedEngine([write("I err.", "print(2 + )"), write("I add.", "print(2 + 2)")], closes=False)
    report = await evaluate(engine, sandbox, asked(Step("2 + 2", expected=FOUR)), attempts=attempts)
    assert report.questions.right == right
    assert report.outcomes[0].answers[0].attempts == min(attempts, 2)


async def test_an_answer_printed_before_a_crash_is_no_answer(sandbox: Sandbox) -> None:
    engine = ScriptedEngine([write("I err.", "print(4)\n1 / 0\nprint(4)")], closes=False)
    report = await evaluate(engine, sandbox, asked(Step("2 + 2", expected=FOUR)), attempts=1)
    assert report.questions.right == 0


async def test_programs_are_judged_by_their_unit_tests(sandbox: Sandbox) -> None:
    tests = UnitTests("assert double(2) == 4")
    for code, right in (("def double(x):\n    return 2 * x", 1), ("def double(x):\n    return x", 0)):
        engine = ScriptedEngine([write("I define.", code)], closes=False)
        report = await evaluate(engine, sandbox, asked(Step("double", expected=tests)), attempts=1)
        assert report.questions.right == right
    words = await evaluate(ScriptedEngine(["I cannot."]), sandbox, asked(Step("double", expected=tests)))
    assert words.questions.right == 0


async def test_what_the_model_cannot_read_is_wrong_and_the_rest_goes_on(sandbox: Sandbox) -> None:
    engine = ScriptedEngine([write("I add.", "print(2 + 2)")], closes=False, context_tokens=1000)
    questions = (
        Question("long", "g", (Step("2 + 2 " * 5_000, expected=FOUR),)),
        Question("short", "g", (Step("2 + 2", expected=FOUR),)),
    )
    report = await evaluate(engine, sandbox, Suite("own", questions, ()))
    assert [outcome.right for outcome in report.outcomes] == [False, True]
    assert "tokens" in report.outcomes[0].answers[0].output


class Down(ScriptedEngine):
    """A model that fails in its own way."""

    def __init__(self, error: EngineError) -> None:
        super().__init__([])
        self.error = error

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        raise self.error


async def test_a_server_that_is_down_ends_the_evaluation(sandbox: Sandbox) -> None:
    with pytest.raises(EngineBusy):
        await evaluate(Down(EngineBusy("down")), sandbox, asked(Step("2 + 2", expected=FOUR)))
    report = await evaluate(Down(EngineError("once")), sandbox, asked(Step("2 + 2", expected=FOUR)))
    assert report.questions == Score(0, 1)


async def test_the_report_of_a_run_lies_beside_its_weights(models: Path, sandbox: Sandbox) -> None:
    folder = models / "runs" / "taught"
    weights = weights_sha256(folder)
    report = await evaluate(
        TransformersEngine(folder), sandbox, seed_suite(), half="development", weights=weights, attempts=1
    )
    path = keep(report, models, folder)
    assert path.parent == folder / "reports"
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    saved = json.loads(path.read_text("utf-8"))
    assert saved["questions"] == {"right": 8, "of": 8, "share": 1.0, "low": 0.6756, "high": 1.0}
    assert (saved["weights_sha256"], saved["model"], saved["terms"]["attempts"]) == (weights, "taught", 1)
    assert set(saved["groups"]) == {seed.name for seed in read_seeds()}
    assert saved["outcomes"][0]["answers"][0]["code"] == read_seeds()[0].code
    assert read_model(folder).score == "8/8"
    assert kept(models, folder, report.terms) == Score(8, 8)
    assert kept(models, folder, Terms.of(seed_suite(), "development", 3)) is None


async def test_other_models_stay_untouched_unless_asked(models: Path, sandbox: Sandbox) -> None:
    folder = models / "codeact-mini"
    before = sorted(path.name for path in folder.iterdir())
    engine = ScriptedEngine(["words"] * 16)
    report = await evaluate(engine, sandbox, seed_suite(), weights=weights_sha256(folder))
    keep(report, models, folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert kept(models, folder, report.terms) == Score(0, 8)
    keep(report, models, folder, beside=True)
    assert (folder / "reports").is_dir()
    assert len(read_model(folder).scores) == 1


async def test_a_saved_report_counts_for_its_weights_and_terms_only(models: Path, sandbox: Sandbox) -> None:
    folder = models / "runs" / "taught"
    report = await evaluate(ScriptedEngine(["x"] * 8), sandbox, seed_suite(), weights=weights_sha256(folder))
    path = keep(report, models, folder)
    changed = Suite("own", seed_suite().questions, (("seed", "1"),))
    assert kept(models, folder, Terms.of(changed, None, 3)) is None
    path.write_text("{")
    assert kept(models, folder, report.terms) is None
    keep(report, models, folder)
    (folder / "model.safetensors").write_bytes(b"others")
    assert kept(models, folder, report.terms) is None


async def test_of_the_final_half_only_totals_are_shown_and_kept(models: Path, sandbox: Sandbox) -> None:
    secret = "what is the secret sum of 2 and 2"
    engine = ScriptedEngine([write("I leak.", "print('leaked output')")], closes=False)
    suite = asked(Step(secret, expected=FOUR), half="final")
    report = await evaluate(engine, sandbox, suite, half="final")
    text = shown(report) + keep(report, models, models / "runs" / "taught").read_text("utf-8")
    assert report.questions == Score(0, 1)
    assert "0/1" in text
    for part in (secret, "I leak.", "leaked output"):
        assert part not in text


async def test_of_the_development_half_failures_are_shown_whole(sandbox: Sandbox) -> None:
    engine = ScriptedEngine([write("I multiply \x1b[31m.", "print('a\\x1b[2Jb')")], closes=False)
    report = await evaluate(engine, sandbox, asked(Step("2 + 2", expected=FOUR)), half="development")
    text = shown(report)
    for part in ("2 + 2", "I multiply", "print(", "expected: 4"):
        assert part in text
    assert "\x1b[2J" not in text  # a program cannot steer the terminal


async def test_only_the_asked_half_is_asked(sandbox: Sandbox) -> None:
    suite = read_suite("own")
    few = Suite("own", suite.half("development").questions[:2] + suite.half("final").questions[:3], suite.files)
    counts: list[tuple[int, int]] = []
    report = await evaluate(
        ScriptedEngine(["no idea"] * 50), sandbox, few, half="final", on_outcome=lambda *now: counts.append(now[:2])
    )
    assert {outcome.question.half for outcome in report.outcomes} == {"final"}
    assert counts == [(1, 3), (2, 3), (3, 3)]
    assert default_half(suite, final=False) == "development"
    assert default_half(Suite("mbpp", (), ()), final=False) is None


async def test_the_demo_shows_every_answer(sandbox: Sandbox) -> None:
    suite = read_suite("demo")
    engine = ScriptedEngine([write("I know.", step.solution) for asked in suite.questions for step in asked.steps])
    engine.closes = False
    report = await evaluate(engine, sandbox, suite)
    console = Console(file=StringIO(), width=100)
    show_answers(report.outcomes, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO
    assert report.questions == Score(5, 5)
    assert "479001600" in text
    assert text.count("I know.") == 5
