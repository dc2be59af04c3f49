"""A trained twin as a model folder: weights, tokenizer, word list, card and README."""

import importlib.metadata
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import GenerationConfig, PreTrainedTokenizerFast

from core.engine.encoding import end_of_turn
from core.prompt import VERSION
from training import tokenizer as tokenizers
from training.files import write_whole
from training.pretraining.checkpoint import Progress
from training.pretraining.model import Twin, to_qwen2
from training.pretraining.recipe import Recipe
from training.pretraining.report import ALL
from training.runs import write_card

WORDS = "words.txt"


def save_model(twin: Twin, tokenizer: PreTrainedTokenizerFast, folder: Path) -> int:
    """Write weights in bfloat16 and the tokenizer as transformers loads them; the number of parameters."""
    end = end_of_turn(tokenizer)
    pad = int(tokenizer.pad_token_id)
    model = to_qwen2(twin, end=end, pad=pad)
    parameters = int(model.num_parameters())
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=pad, do_sample=False)
    transformers.logging.disable_progress_bar()
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizers.save(tokenizer, folder)
    return parameters


def save_words(words: frozenset[str], folder: Path) -> str:
    """Write the list by which questions are freed of typos; its name for the card, empty where there is no list."""
    if not words:
        return ""
    write_whole(folder / WORDS, "\n".join(sorted(words)) + "\n")
    return WORDS


def command_line(order: Mapping[str, Any]) -> str:
    """The command that was asked for, from options and their values; lists are repeated options."""
    words = ["codeact", "pretrain"]
    for name, value in order.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, (list, tuple)):
            words += [part for item in value for part in (flag, str(item))]
        elif value is not None:
            words += [flag, str(value)]
    return shlex.join(words)


def make_card(
    *,
    name: str,
    recipe: Recipe,
    progress: Progress,
    parameters: int,
    data: Mapping[str, Any],
    command: str,
    normalise: str,
    scores: Mapping[str, Any],
) -> dict[str, Any]:
    """What `card.json` says. `scores` are teacher-forced; those of `codeact evaluate` are added by that command."""
    return {
        "name": name,
        "base": "none",
        "parameters": parameters,
        "prompt_version": VERSION,
        "context_tokens": recipe.shape.context,
        "closing_words": False,
        "normalise": normalise,
        "data": dict(data),
        "tokens": progress.position.tokens,
        "steps": progress.step,
        "flags": asdict(recipe),
        "command": command,
        "teacher_forced": dict(scores),
        "scores": {},
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(progress.seconds, 1),
        "versions": {
            package: importlib.metadata.version(package) for package in ("torch", "transformers", "tokenizers")
        },
    }


def save_card(card: Mapping[str, Any], folder: Path) -> None:
    """Write card.json and README.md."""
    write_card(folder, card)
    write_whole(folder / "README.md", readme(card))


def readme(card: Mapping[str, Any]) -> str:
    """The model card in words."""
    shape = card["flags"]["shape"]
    dimensions = ", ".join(
        f"{shape[name]} {name.replace('_', ' ')}" for name in ("layers", "hidden", "heads", "feed_forward")
    )
    return f"""\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [code, tiny, qwen2, from-scratch]
---

# {card["name"]}

A very small language model that answers questions by writing a short Python program. It was trained from nothing by
codeact-bot's own code, on programs that were run and checked when the rows were made; no other model, no text from the
internet and nobody's messages went into it. It is the bot's default, so that the bot works without network, GPU or
tokens.

| | |
|---|---|
| architecture | Qwen2ForCausalLM with tied embeddings: {dimensions} |
| parameters | {card["parameters"]:,} (bfloat16) |
| vocabulary | {shape["vocabulary"]:,}: known words whole, all else letter by letter and digit by digit |
| context | {shape["context"]:,} tokens |
| prompt format | CodeAct, version {card["prompt_version"]}, ChatML |
| trained on | {card["tokens"]:,} tokens in {card["steps"]:,} steps, {card["seconds"] / 60:.0f} minutes |

## Data

    {json.dumps(card["data"], ensure_ascii=False)}

Synthetic questions in English about numbers, lists, words, dates, units and the like, with follow-ups, corrections,
repairs and approved examples. The program of every row was executed and its output compared with a value computed in
another way.

## Scores while training

Teacher-forced exact match: the share of rows of which greedy decoding writes exactly the reference answer. What counts
for use is the outcome of the programs on questions by other hands: `scores` in `card.json`, by `codeact evaluate`.

{_score_table(card["teacher_forced"])}

## Limits

It knows the kinds of questions in its corpus and hardly anything else. It has no knowledge of the world, understands
new wording only as far as its words are known, copies long or unusual values with mistakes, and can be wrong with
confidence. English only. Look at the program before you trust its output; ✅ and ❌ teach the next model.

## Making it again

    {card["command"]}

On the same kind of machine and the versions in `card.json` this gives the same weights. Recipe: Muon for matrices,
AdamW for the rest, bfloat16 products, loss on the answer only, rows of similar length together, short values first.

## Licence

Apache-2.0, like the code that made it.
"""


def _score_table(scores: Mapping[str, Any]) -> str:
    lines = ["| rows | program chosen | values copied, given the program | both |", "|---|---|---|---|"]
    for split, groups in scores.items():
        score = groups[ALL]
        numbers = " | ".join(f"{100 * score[name]:.1f} %" for name in ("chosen", "copied", "both"))
        lines.append(f"| {split} ({score['rows']}) | {numbers} |")
    return "\n".join(lines)
