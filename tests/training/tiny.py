"""A model of 120,000 parameters with our own tokenizer, and files to teach it with."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from training.dataset import Seed, read_seeds, to_json
from training.evaluation.judge import Expected, Kind
from training.evaluation.questions import Question, Step, Suite
from training.tokenizer import build, save

CONTEXT = 512
KINDS = {"list reversal": Kind.LIST, "sorting": Kind.LIST, "primes": Kind.LIST, "palindrome": Kind.YES_NO}


def make_model(folder: Path, *, seed: int = 0, **card: Any) -> Path:
    """An untrained model in a folder, with a card."""
    texts = " ".join(seed.question + " " + seed.thought + " " + seed.code for seed in read_seeds())
    tokenizer = build(Counter(re.findall("[a-z]+", texts.lower())), size=1024)
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    save(tokenizer, folder)
    described = {"name": folder.name, "context_tokens": CONTEXT, "prompt_version": 1} | card
    (folder / "card.json").write_text(json.dumps(described), "utf-8")
    return folder


def write_rows(path: Path, *rows: object) -> Path:
    """A training file."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def seed_rows() -> list[dict[str, Any]]:
    """The eight seed rows as a training file holds them."""
    return [to_json(seed) for seed in read_seeds()]


def seed_suite(name: str = "own") -> Suite:
    """A suite that asks what the seed rows teach."""
    return Suite(name, tuple(_question(seed) for seed in read_seeds()), (("seed", "0"),))


def _question(seed: Seed) -> Question:
    expected = Expected(seed.output, KINDS.get(seed.name, Kind.NUMBER))
    return Question(seed.name, seed.name, (Step(seed.question, expected=expected, solution=seed.code),), "easy")
