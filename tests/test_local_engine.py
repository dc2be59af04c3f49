"""A model in this process: loaded from a folder, stopped at the end of a program, switched while it serves."""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from core.conversation import IncomingMessage, Message, Role, Sampling
from core.engine.card import read_card
from core.engine.local import TransformersEngine, looks_like_a_folder
from core.engine.pointer import BUNDLED, current_model, point_to
from core.engine.switching import SwitchingEngine
from core.errors import EngineError, ModelNotFound
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from tests.conftest import HERE
from training.tokenizer import build, save

ASKED = [Message(Role.SYSTEM, "Answer."), Message(Role.USER, "what is 6 times 7")]
GREEDY = Sampling(max_new_tokens=24)


def make_model(folder: Path, *, seed: int = 0, always: str = "", **card) -> Path:
    """A model of a few thousand parameters. `always`: it writes this one token for ever."""
    tokenizer = build({"what": 2, "print": 2}, size=1200, context_tokens=512)
    save(tokenizer, folder)
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen2ForCausalLM(config)
    if always:
        _write_only(model, tokenizer.convert_tokens_to_ids(always))
    model.save_pretrained(folder)
    (folder / "card.json").write_text(json.dumps({"prompt_version": 1, "context_tokens": 512} | card))
    return folder


def _write_only(model: Qwen2ForCausalLM, token: int) -> None:
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.model.norm.weight.fill_(1)
        model.model.embed_tokens.weight.fill_(1)
        model.lm_head.weight[token].fill_(1)


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    return lambda name="tiny", **more: make_model(tmp_path / "models" / name, **more)


async def test_greedy_answers_are_always_the_same_and_stream_as_they_come(model):
    engine = TransformersEngine(model())
    pieces: list[str] = []
    first = await engine.complete(ASKED, GREEDY, pieces.append)
    await asyncio.sleep(0)
    again = await engine.complete(ASKED, GREEDY)
    assert first == again
    assert first.model == "tiny"
    assert "".join(pieces) == first.text


async def test_a_seed_repeats_a_sampled_answer(model):
    engine = TransformersEngine(model())
    texts = [(await engine.complete(ASKED, Sampling(24, 1.0, 1.0, seed))).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


async def test_writing_stops_at_the_end_of_a_program(model):
    engine = TransformersEngine(model(always="</execute>"))
    completion = await engine.complete(ASKED, GREEDY)
    assert (completion.text, completion.finish_reason) == ("</execute>", "stop")


async def test_writing_stops_at_the_end_of_the_answer(model):
    engine = TransformersEngine(model(always="<|im_end|>"))
    completion = await engine.complete(ASKED, GREEDY)
    assert (completion.text, completion.finish_reason) == ("", "stop")


async def test_endless_text_ends_at_the_token_limit(model):
    engine = TransformersEngine(model(always="<thought>"))
    completion = await engine.complete(ASKED, GREEDY)
    assert (completion.text, completion.finish_reason) == ("<thought>" * 24, "length")


async def test_a_prompt_and_its_answer_never_exceed_the_context(model):
    engine = TransformersEngine(model(always="<thought>", context_tokens=300))
    await engine.ready()
    words = [Message(Role.USER, "x" * 240)]
    completion = await engine.complete(words, Sampling(max_new_tokens=400))
    assert engine.count(words) + completion.text.count("<thought>") == 300
    with pytest.raises(EngineError, match="reads 300"):
        await engine.complete([Message(Role.USER, "x" * 600)], GREEDY)


async def test_a_cancelled_answer_stops_the_model(model):
    engine = TransformersEngine(model(always="<thought>"))
    await engine.ready()
    started = asyncio.Event()
    task = asyncio.create_task(engine.complete(ASKED, Sampling(400), lambda text: started.set()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await engine.complete(ASKED, GREEDY)).text == "<thought>" * 24  # free for the next one


async def test_what_a_person_types_is_freed_of_typos_where_the_card_asks_for_it(model):
    folder = model(normalise="words.txt")
    (folder / "words.txt").write_text("what\nis\ntimes\n")
    engine = TransformersEngine(folder)
    await engine.ready()
    typed = "WHAT IS 6 TIMES 7"
    spoken = Message(Role.USER, typed, (0, len(typed)))
    assert engine.count([spoken]) == engine.count([Message(Role.USER, "what is 6 times 7")])
    assert engine.count([Message(Role.USER, typed)]) > engine.count([spoken])  # printed text stays as it is


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"broken"), "cannot be loaded"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be loaded"),
        (lambda folder: (folder / "card.json").write_text("{"), "card.json cannot be read"),
        (lambda folder: (folder / "card.json").write_text('{"context_tokens": "many"}'), "must be int"),
        (lambda folder: (folder / "card.json").write_text('{"normalise": "../secret"}'), "must be a file name"),
    ],
)
async def test_a_broken_model_folder_is_explained(model, damage: Callable[[Path], object], words: str):
    folder = model()
    damage(folder)
    with pytest.raises(ModelNotFound, match=words):
        await TransformersEngine(folder).ready()


async def test_a_missing_folder_is_named():
    with pytest.raises(ModelNotFound, match="no model folder models/none"):
        await TransformersEngine("models/none").ready()


async def test_a_hub_model_without_network_names_the_bundled_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFound, match="models/codeact-mini"):
        await TransformersEngine("codeact-bot/no-such-model").ready()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Qwen/Qwen2-0.5B", False),
        ("gpt2", False),
        ("./here", True),
        ("/abs", True),
        ("models/x", True),
        ("a/b/c", True),
    ],
)
def test_hub_names_and_folders_are_told_apart(name: str, folder: bool):
    assert looks_like_a_folder(name) is folder


def test_a_card_is_optional(tmp_path: Path):
    assert read_card(tmp_path).name == tmp_path.name


def test_the_pointer_names_the_bundled_model_until_another_is_promoted(tmp_path: Path):
    assert current_model(tmp_path) == tmp_path / BUNDLED
    point_to(tmp_path, tmp_path / "runs" / "second")
    assert current_model(tmp_path) == tmp_path / "runs" / "second"


async def test_a_promoted_model_answers_the_next_turn_without_a_restart(model, memory: Memory, sandbox: Sandbox):
    models = model(BUNDLED).parent
    model("runs/second", seed=1)
    service = ChatService(SwitchingEngine(models, TransformersEngine), sandbox, memory, sampling=GREEDY)
    before = await service.respond(IncomingMessage(HERE, "ada", "hi"))
    point_to(models, models / "runs" / "second")
    after = await service.respond(IncomingMessage(HERE, "ada", "hi"))
    assert (before.model, after.model) == (BUNDLED, "second")


async def test_a_turn_keeps_the_model_it_began_with(model):
    models = model(BUNDLED).parent
    model("runs/second", seed=1)
    engine = SwitchingEngine(models, TransformersEngine)
    held = await engine.ready()
    point_to(models, models / "runs" / "second")
    assert (await engine.ready()).name == "second"
    assert (await held.complete(ASKED, GREEDY)).model == BUNDLED


async def test_a_broken_promotion_leaves_the_old_model_in_use_and_says_so(model, caplog: pytest.LogCaptureFixture):
    models = model(BUNDLED).parent
    engine = SwitchingEngine(models, TransformersEngine)
    await engine.ready()
    point_to(models, models / "runs" / "gone")
    with caplog.at_level(logging.ERROR):
        assert (await engine.ready()).name == BUNDLED
        assert (await engine.ready()).name == BUNDLED
    assert len(caplog.records) == 1
