"""/forget_me, to the end: memory, exported rows, and the models that learned from them."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.conversation import Forgotten, IncomingMessage
from core.engine import ScriptedEngine
from core.errors import Withdrawn
from core.memory import Memory
from core.prompt import write
from core.sandbox import Sandbox
from core.service import ChatService
from tests.conftest import HERE
from tests.memory.material import make_turn
from training.export import collect, export_rows


def card(models: Path, name: str, **values: object) -> None:
    folder = models / "runs" / name
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"name": name} | values), "utf-8")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def asked_by(service: ChatService, *authors: str) -> list[str]:
    ids = []
    for author in authors:
        reply = await service.respond(IncomingMessage(HERE, author, f"the question of {author}"))
        await service.vote(reply.turn_id, author, True)
        ids.append(reply.turn_id)
    return ids


async def test_forgetting_reaches_exported_rows_and_names_the_models(memory: Memory, sandbox: Sandbox, tmp_path: Path):
    exports, models = tmp_path / "exports", tmp_path / "models"
    engine = ScriptedEngine([write("I say.", f"print({n})") for n in range(4)], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096, exports=exports, models=models)
    [_zoe] = await asked_by(service, "zoe")
    await service.reset(HERE)
    ada, bob = await asked_by(service, "ada", "bob")  # the prompt of bob shows the question of ada
    await export_rows(memory, "sft", exports / "deep" / "all.jsonl")
    (exports / "strange.jsonl").write_bytes(b'\xff not json "turn_id"\n[1]\n')
    await asked_by(service, "eve")  # never exported
    card(models, "by-hash", data=[{"file": "all.jsonl", "sha256": sha256(exports / "deep" / "all.jsonl"), "rows": 3}])
    card(models, "heir", base={"name": "by-hash"})
    card(models, "by-ids", data=[{"sha256": "0", "turn_ids": [ada]}])
    card(models, "innocent", data=[{"sha256": "0" * 64}], base="codeact-mini")
    card(models, "broken", data={"turn_ids": 3}, turn_ids=ada)

    forgotten = await service.forget("terminal", "ada")

    assert forgotten == Forgotten(0, 1, 1, 2, ("by-hash", "by-ids", "heir"))
    rows = (exports / "deep" / "all.jsonl").read_text("utf-8")
    assert [json.loads(line)["turn_id"] for line in rows.splitlines()] == [_zoe]
    assert "ada" not in rows
    assert (exports / "strange.jsonl").read_bytes() == b'\xff not json "turn_id"\n[1]\n'
    assert await service.turn(ada) is None and await service.turn(bob) is not None
    assert [row["turn_id"] for row in await collect(memory)] == [_zoe]  # bob's and eve's prompts showed her
    # the file has another hash now, and the model that learned from it is still found
    assert (await service.forget("terminal", "zoe")).models == ("by-hash", "heir")
    assert await service.forget("terminal", "ada") == Forgotten()


async def test_a_person_who_is_forgotten_while_waiting_gets_no_stored_turn(memory: Memory, sandbox: Sandbox, tmp_path):
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedEngine):
        async def complete(self, messages, sampling, on_text=None):
            begun.set()
            await go_on.wait()
            return await super().complete(messages, sampling, on_text)

    service = ChatService(Slow(["42"]), sandbox, memory, budget=2048, exports=tmp_path, models=tmp_path)
    answering = asyncio.create_task(service.respond(IncomingMessage(HERE, "ada", "6 * 7?")))
    await begun.wait()
    await service.forget("terminal", "ada")
    go_on.set()
    with pytest.raises(Withdrawn):
        await answering
    assert await service.conversation(HERE) == []


async def test_retention_of_0_days_keeps_everything(memory: Memory, sandbox: Sandbox, tmp_path: Path):
    service = ChatService(ScriptedEngine(["42"]), sandbox, memory, budget=2048, exports=tmp_path, models=tmp_path)
    [turn_id] = await asked_by(service, "ada")
    assert await service.forget_older_than(0) == Forgotten()
    assert await service.forget_older_than(1) == Forgotten()
    assert await service.turn(turn_id) is not None


async def test_variables_of_a_forgotten_person_are_gone(memory: Memory, sandbox: Sandbox, tmp_path: Path):
    script = [write("", "x = 'secret of ada'"), write("", "print('x' in globals())")]
    engine = ScriptedEngine(script, closes=False)
    service = ChatService(engine, sandbox, memory, budget=2048, exports=tmp_path, models=tmp_path)
    await service.respond(IncomingMessage(HERE, "ada", "keep my secret"))
    await service.forget("terminal", "ada")
    assert (await service.respond(IncomingMessage(HERE, "bob", "is there an x?"))).output == "False"


async def test_what_is_too_old_leaves_at_the_start_of_a_bot_with_retention(
    memory: Memory, sandbox: Sandbox, tmp_path: Path
):
    service = ChatService(ScriptedEngine([]), sandbox, memory, budget=2048, exports=tmp_path, models=tmp_path)
    await memory.remember(make_turn("old", created_at=datetime.now(UTC) - timedelta(days=3)))
    await memory.remember(make_turn("new"))
    await service.keep_retention(0)
    assert await service.turn("old") is not None
    keeping = asyncio.create_task(service.keep_retention(2))
    async with asyncio.timeout(30):
        while await service.turn("old") is not None:
            await asyncio.sleep(0.01)
    keeping.cancel()
    assert await service.turn("new") is not None
