"""Fine-tuning really teaches, and leaves a whole run or none."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.conversation import Sampling
from core.engine.local import TransformersEngine
from core.errors import BadRow, ModelNotFound, TrainingError
from core.prompt import write
from tests.training.tiny import CONTEXT, make_model, seed_rows, write_rows
from training.dataset import SEED, read_seeds
from training.files import sha256
from training.finetune import Flags, Run, finetune
from training.rows import read_rows
from training.tuning import Step

ONCE = Flags(epochs=1, learning_rate=1e-3, batch_size=4)


async def remembered(folder: Path) -> int:
    """How many of the eight seed rows a model writes word for word, and then stops."""
    engine = await TransformersEngine(folder).ready()
    known = 0
    for seed in read_seeds():
        completion = await engine.complete(seed.row.prompt, Sampling(150))
        known += completion.text == seed.row.completion and completion.finish_reason == "stop"
    await engine.close()
    return known


def leftovers(models: Path) -> list[str]:
    """What lies in the folder of runs, also hidden."""
    return sorted(path.name for path in (models / "runs").iterdir()) if (models / "runs").is_dir() else []


async def test_full_tuning_learns_eight_rows_by_heart(school: tuple[Path, Run]) -> None:
    models, run = school
    assert run.recipe.method == "full"
    assert run.losses[-1] < 0.2 < 5 < run.losses[0]
    assert await remembered(models / "codeact-mini") == 0
    assert await remembered(run.folder) == 8


async def test_lora_learns_a_row_by_heart_too_and_leaves_a_plain_folder(models: Path) -> None:
    other = write("I take the smallest of the numbers.", "print(min([3, 17, 8, 42, 5]))")
    data = write_rows(models.parent / "train.jsonl", {"prompt": "Find the minimum of 3 and 17", "completion": other})
    alone = Flags(40, 1e-2, 1, "lora", seed_rows=False)
    run = finetune([data], models=models, base="taught", flags=alone)
    engine = await TransformersEngine(run.folder).ready()
    completion = await engine.complete(read_rows(data)[0].prompt, Sampling(100))
    assert (completion.text, completion.finish_reason) == (other, "stop")
    assert run.recipe.method == "lora"
    assert run.losses[-1] < 0.3 < run.losses[0]
    assert not list(run.folder.glob("adapter*"))
    plain = AutoModelForCausalLM.from_pretrained(run.folder)
    assert plain.dtype is torch.bfloat16
    assert plain.get_input_embeddings().weight is plain.get_output_embeddings().weight  # as in the base


async def test_the_end_of_the_answer_is_learned_behind_the_closing_tag(school: tuple[Path, Run]) -> None:
    folder = school[1].folder
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    seed = read_seeds()[0]
    text = tokenizer.apply_chat_template(
        [{"role": message.role.value, "content": message.content} for message in seed.row.prompt],
        tokenize=False,
        add_generation_prompt=True,
    )
    ids = tokenizer(text + seed.row.completion, add_special_tokens=False, return_tensors="pt").input_ids
    after = model(ids).logits[0, -1].argmax().item()
    assert tokenizer.convert_ids_to_tokens(after) == "<|im_end|>"


def test_the_card_says_what_the_model_was_made_of(school: tuple[Path, Run]) -> None:
    models, run = school
    card = json.loads((run.folder / "card.json").read_text("utf-8"))
    assert card["name"] == "taught"
    assert card["base"]["name"] == "codeact-mini"
    assert card["base"]["weights_sha256"] == sha256(models / "codeact-mini" / "model.safetensors")
    data = models.parent / "train.jsonl"
    assert card["data"] == [
        {"file": "train.jsonl", "sha256": sha256(data), "rows": 8, "turn_ids": []},
        {"file": "seed.jsonl", "sha256": sha256(SEED), "rows": 8, "turn_ids": []},
    ]
    assert card["rows"] == 8  # the same rows, once
    assert card["flags"]["epochs"] == 60
    assert card["flags"]["method"] == "full"
    assert card["loss"]["last"] < card["loss"]["first"]
    assert (card["prompt_version"], card["context_tokens"], card["closing_words"]) == (1, CONTEXT, False)
    assert card["scores"] == {}
    assert set(card["versions"]) == {"torch", "transformers", "trl", "peft"}
    assert (run.folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert not list(run.folder.glob(".*"))


def test_the_word_list_of_the_base_goes_along(tmp_path: Path) -> None:
    models = tmp_path / "models"
    base = make_model(models / "wordy", normalise="words.txt", closing_words=True)
    (base / "words.txt").write_text("what factorial")
    data = write_rows(tmp_path / "train.jsonl", *seed_rows()[:1])
    run = finetune([data], models=models, base="wordy", flags=ONCE)
    card = json.loads((run.folder / "card.json").read_text("utf-8"))
    assert (run.folder / "words.txt").read_text() == "what factorial"
    assert (card["normalise"], card["closing_words"]) == ("words.txt", True)


def test_the_same_seed_gives_the_same_model(models: Path) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    runs = [finetune([data], models=models, base="codeact-mini", flags=ONCE) for _ in range(2)]
    assert runs[0].losses == runs[1].losses
    assert runs[0].folder != runs[1].folder


def test_a_run_is_never_overwritten(models: Path) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    before = sha256(models / "runs" / "taught" / "model.safetensors")
    with pytest.raises(TrainingError, match="never overwritten"):
        finetune([data], models=models, base="codeact-mini", out="taught", flags=ONCE)
    assert sha256(models / "runs" / "taught" / "model.safetensors") == before


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError, RuntimeError])
def test_an_interrupted_run_leaves_nothing(models: Path, interruption: type[BaseException]) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    part: list[str] = []

    def interrupt(step: Step) -> None:
        part.extend(leftovers(models))
        raise interruption("stop")

    with pytest.raises(TrainingError if interruption is OSError else interruption):
        finetune([data], models=models, base="codeact-mini", out="mine", flags=ONCE, on_step=interrupt)
    assert any(name.startswith(".mine.") for name in part)
    assert leftovers(models) == ["taught"]


def test_seed_rows_are_repeated_unless_they_are_left_out(models: Path) -> None:
    data = write_rows(models.parent / "one.jsonl", {"prompt": "what is 2 + 2", "completion": "It is 4."})
    assert finetune([data], models=models, base="codeact-mini", flags=ONCE).rows == 9
    alone = Flags(1, 1e-3, 4, seed_rows=False)
    assert finetune([data], models=models, base="codeact-mini", flags=alone).rows == 1


def test_each_step_is_told_with_its_loss_and_what_is_left(models: Path) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    steps: list[Step] = []
    run = finetune([data], models=models, base="codeact-mini", flags=ONCE, on_step=steps.append)
    assert [(step.number, step.of) for step in steps] == [(1, 2), (2, 2)]
    assert tuple(step.loss for step in steps) == run.losses
    assert steps[-1].left_seconds == 0 < steps[0].left_seconds


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{", "not valid JSON"),
        (json.dumps({"prompt": "x"}), "completion"),
        (json.dumps({"prompt": "x", "completion": "y", "label": False}), "marked wrong"),
        (json.dumps({"prompt": "x", "chosen": "y", "rejected": "z"}), "pair"),
        (json.dumps({"prompt": "x" * 2_000, "completion": "y"}), "tokens, and the model reads 512"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_nothing_is_written(models: Path, row: str, problem: str) -> None:
    data = models.parent / "train.jsonl"
    data.write_text(json.dumps({"prompt": "x", "completion": "y"}) + "\n\n" + row + "\n", "utf-8")
    with pytest.raises(BadRow, match=problem) as refused:
        finetune([data], models=models, base="codeact-mini", flags=ONCE)
    assert refused.value.line == 3
    assert leftovers(models) == ["taught"]


def test_nothing_to_learn_is_said(models: Path) -> None:
    data = write_rows(models.parent / "empty.jsonl")
    with pytest.raises(TrainingError, match="nothing to learn"):
        finetune([data], models=models, base="codeact-mini", flags=Flags(seed_rows=False))


def test_a_loss_that_is_no_number_is_no_model(models: Path) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    with pytest.raises(TrainingError, match="learning-rate"):
        finetune([data], models=models, base="codeact-mini", flags=Flags(4, 1e30, 4))
    assert leftovers(models) == ["taught"]


def test_a_missing_or_broken_base_is_said(models: Path) -> None:
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    with pytest.raises(ModelNotFound, match="no model 'models/none'"):
        finetune([data], models=models, base="models/none")
    shutil.copytree(models / "codeact-mini", models / "broken")
    (models / "broken" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(TrainingError, match="broken cannot be loaded"):
        finetune([data], models=models, base="broken")
    assert leftovers(models) == ["taught"]


def test_without_the_hub_the_bundled_model_is_named(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    data = write_rows(models.parent / "train.jsonl", *seed_rows())
    with pytest.raises(ModelNotFound, match=r"hub cannot be reached.*BASE=models/codeact-mini"):
        finetune([data], models=models, base="somebody/who-has-no-model")


def test_a_model_that_was_made_from_the_corpus_learns_some_of_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.finetune.REPLAY_MOST", 10)
    models = tmp_path / "models"
    make_model(models / "mini", command="codeact pretrain --minutes 1")
    make_model(models / "other")
    data = write_rows(tmp_path / "train.jsonl", *seed_rows())
    cards = []
    for base in ("mini", "first", "other"):  # the second goes on with the first's result
        run = finetune([data], models=models, base=base, out="first" if base == "mini" else None, flags=ONCE)
        cards.append(json.loads((run.folder / "card.json").read_text("utf-8")))
        assert len(run.losses) == (5 if base != "other" else 2)  # 8 rows and 10 others, or 8 alone
    assert [card["knows_corpus"] for card in cards] == [True, True, False]
    assert [card["replay"] and card["replay"]["rows"] for card in cards] == [10, 10, None]
    assert cards[0]["replay"] == cards[1]["replay"]


def test_replay_is_left_out_where_it_is_not_wanted(tmp_path: Path) -> None:
    models = tmp_path / "models"
    make_model(models / "mini", command="codeact pretrain --minutes 1")
    data = write_rows(tmp_path / "train.jsonl", *seed_rows())
    run = finetune([data], models=models, base="mini", flags=Flags(1, 1e-3, 4, replay=0))
    assert len(run.losses) == 2


def test_parts_of_epochs_count_also_beside_a_replay(tmp_path: Path) -> None:
    models = tmp_path / "models"
    make_model(models / "mini")
    data = write_rows(tmp_path / "train.jsonl", *seed_rows())
    run = finetune([data], models=models, base="mini", flags=Flags(1.5, 1e-3, 4, replay=4))
    assert len(run.losses) == 4  # 8 and 4 of the rows, 4 others
