"""Only a model that is at least as good takes the place of the current one, and the running bot follows."""

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.conversation import Channel, IncomingMessage
from core.engine import Engine
from core.engine.local import TransformersEngine
from core.engine.pointer import current_model
from core.engine.switching import SwitchingEngine
from core.errors import ModelNotFound, TrainingError
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from tests.training.tiny import make_model, seed_suite
from training.promote import Promoter
from training.runs import read_model, write_card

MINI, TAUGHT = "codeact-mini", "taught"
SHORT = ("sum", "factorial", "maximum")
THREE = replace(seed_suite(), questions=tuple(asked for asked in seed_suite().questions if asked.id in SHORT))


def promoter(models: Path, sandbox: Sandbox, asked: list[str] | None = None) -> Promoter:
    """One that asks what the seed rows teach, with one attempt and short answers; `asked` gets who had to answer."""

    def open_model(folder: Path) -> Engine:
        return TransformersEngine(folder)

    return Promoter(
        models,
        open_model,
        sandbox,
        THREE,
        attempts=1,
        max_new_tokens=60,
        on_start=lambda model: asked.append(model.name) if asked is not None else None,
    )


def dunce(models: Path, name: str = "dunce") -> Path:
    """A run that knows nothing."""
    return make_model(models / "runs" / name, seed=1, base={"name": MINI}, scores={})


def card(models: Path, name: str) -> dict[str, object]:
    return dict(read_model(models / "runs" / name).card)


async def test_a_better_model_becomes_current(models: Path, sandbox: Sandbox) -> None:
    asked: list[str] = []
    promotion = await promoter(models, sandbox, asked).promote(TAUGHT)
    assert asked == [TAUGHT, MINI]
    assert promotion.score is not None
    assert promotion.over_score is not None
    assert promotion.score.right == 3 > promotion.over_score.right
    assert current_model(models).resolve() == (models / "runs" / TAUGHT).resolve()
    assert str(promotion) == "taught is the current model (3 of 3 right, codeact-mini 0)."


async def test_a_worse_model_does_not(models: Path, sandbox: Sandbox) -> None:
    await promoter(models, sandbox).promote(TAUGHT)
    dunce(models)
    with pytest.raises(TrainingError, match=r"dunce has 0 of 3 right, taught has 3: not promoted.*--force"):
        await promoter(models, sandbox).promote("dunce")
    assert current_model(models).name == TAUGHT
    assert "promoted" not in card(models, "dunce")


async def test_an_equal_model_does(models: Path, sandbox: Sandbox) -> None:
    dunce(models)
    promotion = await promoter(models, sandbox).promote("dunce")
    assert promotion.score == promotion.over_score
    assert current_model(models).name == "dunce"


async def test_force_overrules_and_the_card_says_so(models: Path, sandbox: Sandbox) -> None:
    await promoter(models, sandbox).promote(TAUGHT)
    dunce(models)
    asked: list[str] = []
    promotion = await promoter(models, sandbox, asked).promote("dunce", force=True)
    assert (promotion.forced, asked) == (True, [])
    assert current_model(models).name == "dunce"
    [record] = card(models, "dunce")["promoted"]  # type: ignore[misc]  # a list, as the next line says
    assert (record["forced"], record["over"]) == (True, TAUGHT)


async def test_going_back_is_one_command(models: Path, sandbox: Sandbox) -> None:
    await promoter(models, sandbox).promote(TAUGHT)
    asked: list[str] = []
    await promoter(models, sandbox, asked).promote(MINI)
    assert current_model(models).name == MINI
    await promoter(models, sandbox, asked).promote(TAUGHT)
    assert current_model(models).name == TAUGHT
    assert asked == []
    assert [record["why"] for record in card(models, TAUGHT)["promoted"]] == [  # type: ignore[attr-defined]  # a list
        "it has at least as many right",
        "it has been in its place before",
    ]


async def test_a_model_that_was_only_forced_is_compared_again(models: Path, sandbox: Sandbox) -> None:
    await promoter(models, sandbox).promote(TAUGHT)
    dunce(models)
    await promoter(models, sandbox).promote("dunce", force=True)
    await promoter(models, sandbox).promote(TAUGHT)
    with pytest.raises(TrainingError, match="not promoted"):
        await promoter(models, sandbox).promote("dunce")


async def test_saved_reports_are_used_and_new_weights_are_asked_again(models: Path, sandbox: Sandbox) -> None:
    dunce(models)
    await promoter(models, sandbox).promote("dunce")
    await promoter(models, sandbox).promote(MINI)
    asked: list[str] = []
    await promoter(models, sandbox, asked).promote(TAUGHT)
    assert asked == [TAUGHT]
    shutil.copyfile(models / "runs" / "dunce" / "model.safetensors", models / "runs" / TAUGHT / "model.safetensors")
    write_card(models / "runs" / TAUGHT, {"name": TAUGHT, "context_tokens": 512})
    await promoter(models, sandbox).promote(MINI)
    await promoter(models, sandbox, asked).promote(TAUGHT)
    assert asked == [TAUGHT, TAUGHT]


@pytest.mark.parametrize("force", [False, True])
async def test_a_model_that_cannot_be_loaded_is_never_promoted(models: Path, sandbox: Sandbox, force: bool) -> None:
    (models / "runs" / TAUGHT / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelNotFound, match="cannot be loaded"):
        await promoter(models, sandbox).promote(TAUGHT, force=force)
    with pytest.raises(ModelNotFound, match="no model 'none'"):
        await promoter(models, sandbox).promote("none", force=force)
    assert current_model(models).name == MINI
    assert not (models / "current").exists()


async def test_where_the_current_model_is_gone_there_is_nothing_to_beat(models: Path, sandbox: Sandbox) -> None:
    dunce(models)
    (models / "current").write_text("runs/deleted\n")
    promotion = await promoter(models, sandbox).promote("dunce")
    assert promotion.why == "the current model is not there any more"
    assert current_model(models).name == "dunce"


async def test_promoting_the_current_model_changes_nothing(models: Path, sandbox: Sandbox) -> None:
    before = json.dumps(dict(read_model(models / MINI).card))
    promotion = await promoter(models, sandbox).promote(MINI)
    assert promotion.why == "it is the current model already"
    assert json.dumps(dict(read_model(models / MINI).card)) == before


async def test_a_running_service_answers_with_the_new_model_without_a_restart(
    models: Path, sandbox: Sandbox, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    service = ChatService(SwitchingEngine(models, TransformersEngine), sandbox, memory, max_steps=1)
    question = IncomingMessage(Channel("terminal", "", "x"), "ada", "What is the factorial of 5?")
    before = await service.respond(question)
    await service.reset(question.channel)
    await promoter(models, sandbox).promote(TAUGHT)
    with caplog.at_level(logging.INFO):
        after = await service.respond(question)
    assert (before.model, after.model) == (MINI, TAUGHT)
    assert after.output.strip() == "120"
    assert "switched from codeact-mini to taught" in caplog.text
