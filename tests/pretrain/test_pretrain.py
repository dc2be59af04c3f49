"""A whole training on a tiny corpus: it ends in a model, it can be repeated, it can be interrupted."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.conversation import Message, Role
from core.engine.card import read_card
from core.engine.encoding import encode_chat
from core.errors import BadRow, TrainingError
from tests.pretrain import tiny_corpus
from training.pretrain import METRICS, pretrain, resume, unfinished
from training.pretraining.options import Options
from training.pretraining.report import read_log

TINY = Options(
    tokens=60_000,
    generator="tests.pretrain.tiny_corpus",
    vocabulary=1000,
    hidden=32,
    layers=2,
    heads=2,
    feed_forward=64,
    context_tokens=256,
    row_tokens=128,
    warmup_steps=10,
    batch_tokens=256,
    block_rows=256,
    evaluations=3,
    evaluation_rows=40,
    workers=2,
)


def quiet(line: str) -> None:
    """For runs whose progress nobody reads."""


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_file(folder / "model.safetensors"))


def losses(folder: Path) -> list[tuple[int, float]]:
    return [(entry["step"], entry["loss"]) for entry in read_log(folder / METRICS) if "loss" in entry]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    lines: list[str] = []
    return pretrain(TINY, tmp_path_factory.mktemp("runs") / "tiny", say=lines.append), lines


def test_it_ends_in_a_model_that_plain_transformers_loads(trained: tuple[Path, list[str]]) -> None:
    folder, _ = trained

    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    assert model.config.architectures == ["Qwen2ForCausalLM"]
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert model.get_input_embeddings().weight.shape == (len(tokenizer), 32)
    assert {path.name for path in folder.iterdir()} == {
        *("README.md", "card.json", "chat_template.jinja", "config.json", "curve.png", "generation_config.json"),
        *("metrics.jsonl", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "words.txt"),
    }
    assert not unfinished(folder).exists()


def test_the_loss_falls_and_a_person_sees_it(trained: tuple[Path, list[str]]) -> None:
    folder, lines = trained

    falling = [loss for _, loss in losses(folder)]

    assert falling[-1] < 0.5 * falling[0]
    assert any("tokens/s" in line and "min left" in line for line in lines)
    assert any("seen patterns" in line and "copied" in line for line in lines)


def test_the_card_says_how_to_make_it_again(trained: tuple[Path, list[str]]) -> None:
    folder, _ = trained

    card = json.loads((folder / "card.json").read_text("utf-8"))

    assert read_card(folder).normalise == "words.txt"
    assert {"sum", "largest", "numbers"} <= set((folder / "words.txt").read_text("utf-8").split())
    assert card["base"] == "none"
    assert card["prompt_version"] == 1
    assert card["tokens"] >= 60_000
    assert card["data"]["generator"] == TINY.generator
    assert set(card["teacher_forced"]) == {"seen patterns", "unseen patterns"}
    assert "--tokens 60000" in card["command"]
    assert "--workers 2" in card["command"]
    assert card["command"] in (folder / "README.md").read_text("utf-8")


def test_exact_match_is_what_greedy_decoding_writes(trained: tuple[Path, list[str]]) -> None:
    folder, _ = trained
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    score = json.loads((folder / "card.json").read_text("utf-8"))["teacher_forced"]["seen patterns"]["all"]
    from training.pretraining.sources import GeneratedRows

    rows = GeneratedRows(0, TINY.block_rows, TINY.generator).held_out(40)["seen patterns"]
    thoughts = 0
    torch.set_num_threads(1)  # more would only wait for each other
    for row in rows:
        prompt = encode_chat(tokenizer, [Message(Role(said["role"]), said["content"]) for said in row["prompt"]])
        written = model.generate(torch.tensor([prompt]), max_new_tokens=20, do_sample=False)[0, len(prompt) :]
        wanted = row["completion"][0]["content"]
        thoughts += tokenizer.decode(written).split("</thought>")[0] == wanted.split("</thought>")[0]

    assert thoughts / len(rows) == pytest.approx(score["chosen"], abs=0.08)  # weights are rounded at the end


def test_the_same_seed_gives_the_same_weights(trained: tuple[Path, list[str]], tmp_path: Path) -> None:
    again = pretrain(TINY, tmp_path / "again", say=quiet)

    assert same(weights(again), weights(trained[0]))
    assert losses(again) == losses(trained[0])


def test_another_seed_gives_other_weights(trained: tuple[Path, list[str]], tmp_path: Path) -> None:
    other = pretrain(replace(TINY, seed=1, tokens=5_000, evaluations=0), tmp_path / "other", say=quiet)

    assert not same(weights(other), weights(trained[0]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed_is_as_if_nothing_had_happened(
    trained: tuple[Path, list[str]], tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "tiny"

    def interrupt(line: str) -> None:
        if line.startswith("  seen patterns"):
            for child in multiprocessing.active_children():  # as a terminal and `timeout` do
                os.kill(child.pid or 0, number)
            os.kill(os.getpid(), number)

    with pytest.raises(TrainingError, match="--resume tiny"):
        pretrain(TINY, folder, say=interrupt)
    assert not folder.exists()
    with pytest.raises(TrainingError, match="--resume tiny"):
        pretrain(TINY, folder, say=quiet)
    resume(folder, say=quiet)

    assert same(weights(folder), weights(trained[0]))
    assert losses(folder)[-1] == losses(trained[0])[-1]


def test_one_process_and_word_vectors_work_too(tmp_path: Path) -> None:
    import numpy as np

    words = sorted(tiny_corpus.template_words())
    vectors = np.random.default_rng(0).normal(size=(len(words), 24)).astype(np.float32)
    np.savez(tmp_path / "words.npz", words=np.array(words), vectors=vectors)
    options = replace(TINY, workers=1, tokens=20_000, word_vectors=str(tmp_path / "words.npz"), normalise=False)

    folder = pretrain(options, tmp_path / "one", say=quiet)

    assert losses(folder)[-1][1] < losses(folder)[0][1]
    assert not (folder / "words.txt").exists()
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() < 60_000


def test_minutes_become_tokens_that_repeat_the_run(tmp_path: Path) -> None:
    lines: list[str] = []
    options = replace(TINY, tokens=None, minutes=0.03, evaluations=0, evaluation_rows=0)

    folder = pretrain(options, tmp_path / "timed", say=lines.append)
    card = json.loads((folder / "card.json").read_text("utf-8"))
    tokens = int(card["command"].split("--tokens ")[1].split()[0])
    again = pretrain(replace(options, tokens=tokens, minutes=None), tmp_path / "again", say=quiet)

    assert "--minutes" not in card["command"]
    assert any("are about" in line for line in lines)
    assert same(weights(folder), weights(again))


def write_rows(path: Path, rows: int, change: Callable[[dict[str, Any]], None] = lambda row: None) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number, split in enumerate(tiny_corpus.SPLITS):
            for row in tiny_corpus.generate(rows // (1 + number), seed=number, split=split):
                change(row)
                file.write(json.dumps(row) + "\n")
    return path


def test_rows_can_come_from_files(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "corpus.jsonl", 900)
    options = replace(TINY, data=(str(path),), tokens=40_000)

    folder = pretrain(options, tmp_path / "from-file", say=quiet)

    card = json.loads((folder / "card.json").read_text("utf-8"))
    assert card["data"]["files"][0]["file"] == "corpus.jsonl"
    assert card["data"]["rows"] == 896  # one in 200 is kept for measuring
    assert set(card["teacher_forced"]) == {"seen patterns", "unseen patterns"}
    assert losses(folder)[-1][1] < losses(folder)[0][1]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda row: row.pop("prompt"), "prompt"),
        (lambda row: row.update(completion="x"), "completion"),
        (lambda row: row["completion"][0].update(role="user"), "assistant"),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_left(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    path = write_rows(tmp_path / "corpus.jsonl", 3, change)

    with pytest.raises(BadRow, match=f"corpus.jsonl, line 1: .*{problem}"):
        pretrain(replace(TINY, data=(str(path),)), tmp_path / "runs" / "x", say=quiet)
    assert not list((tmp_path / "runs").iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(TrainingError, match="never overwritten"):
        pretrain(TINY, tmp_path / "taken", say=quiet)


def test_what_was_not_begun_cannot_go_on(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to go on with"):
        resume(tmp_path / "none")


def test_a_failing_generator_is_told_at_once(tmp_path: Path) -> None:
    options = replace(TINY, generator="tests.pretrain.failing_corpus", evaluation_rows=0)

    with pytest.raises(TrainingError, match="the corpus is broken"):
        pretrain(options, tmp_path / "x", say=quiet)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["worker 1", "supply"])
def test_a_process_that_dies_ends_the_training(tmp_path: Path, name: str) -> None:
    def kill(line: str) -> None:
        if line.startswith("  seen patterns"):
            for child in multiprocessing.active_children():
                if child.name == name:
                    child.kill()

    endless = replace(TINY, tokens=100_000_000, evaluations=20_000, evaluation_rows=4)

    with pytest.raises(TrainingError, match="has died"):
        pretrain(endless, tmp_path / "x", say=kill)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    "wrong",
    [{"tokens": None}, {"minutes": 1.0}, {"tokens": -5}],
)
def test_how_long_must_be_said_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(TrainingError):
        replace(TINY, **wrong)
