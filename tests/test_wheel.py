"""The whole turn of the wheel, offline: ask, ❌, ✅, export, fine-tune, evaluate, promote, ask again."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from datasets import load_dataset

from core.conversation import IncomingMessage, Sampling, Verdict
from core.engine.local import TransformersEngine
from core.engine.switching import SwitchingEngine
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from core.settings import ROOT
from tests.conftest import HERE


async def codeact(environment: dict[str, str], *arguments: str) -> str:
    """Run the command and give what it printed."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, str(ROOT / "codeact.py"), *arguments],
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.timeout(900)
async def test_feedback_becomes_a_model_that_answers_the_same_running_service(tmp_path: Path, sandbox: Sandbox):
    models = tmp_path / "models"
    shutil.copytree(ROOT / "models" / "codeact-mini", models / "codeact-mini")
    url = f"sqlite+aiosqlite:///{tmp_path / 'codeact.sqlite3'}"
    environment = os.environ | {
        "CODEACT_DATABASE_URL": url,
        "CODEACT_MODELS_FOLDER": str(models),
        "CODEACT_MODEL": "current",
        "HF_HUB_OFFLINE": "1",
    }
    memory = Memory(url)
    await memory.open()
    engine = SwitchingEngine(models, TransformersEngine)
    service = ChatService(engine, sandbox, memory, sampling=Sampling(max_new_tokens=200))

    async def ask(question: str):
        return await service.respond(IncomingMessage(HERE, "ada", question))

    wrong = await ask("give me first 10 prime numbers")
    assert await service.vote(wrong.turn_id, "ada", False) is Verdict.NEGATIVE
    right = await ask("I want FIRST 10 primes, not primes till 10")
    assert "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]" in right.output
    assert await service.vote(right.turn_id, "ada", True) is Verdict.POSITIVE
    assert {wrong.model, right.model} == {"codeact-mini"}

    for form, count in {"sft": 1, "kto": 2, "dpo": 1 if wrong.code != right.code else 0}.items():
        file = tmp_path / f"{form}.jsonl"
        await codeact(environment, "export", "--format", form, "--out", str(file))
        if count:
            assert (
                len(load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache")))
                == count
            )

    sft = str(tmp_path / "sft.jsonl")
    await codeact(environment, "finetune", "--data", sft, "--base", "codeact-mini", "--out", "second", "--epochs", "1")
    report = json.loads(await codeact(environment, "evaluate", "--model", "second", "--suite", "demo", "--json"))
    await codeact(environment, "promote", "second", "--force")
    assert report["model"] == "second"
    assert [
        model["name"] for model in json.loads(await codeact(environment, "models", "--json")) if model["current"]
    ] == ["second"]

    assert (await ask("give me first 5 prime numbers")).model == "second"
    await codeact(environment, "promote", "codeact-mini")
    assert (await ask("and the first 3?")).model == "codeact-mini"
    await memory.close()
