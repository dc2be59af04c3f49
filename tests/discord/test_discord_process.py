"""The unmodified process `codeact discord`, pointed at a Discord on this machine by its address settings."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from core.conversation import Verdict
from core.memory import Memory
from tests.discord.conftest import program
from tests.discord.loopback import ME, TOKEN, LoopbackDiscord

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0  # a loaded machine with two cores imports slowly


@asynccontextmanager
async def model(completion: str) -> AsyncIterator[str]:
    """An OpenAI-compatible server whose model always says the same; its address."""

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "tiny", "object": "model", "created": 0}]})

    async def complete(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta, finish in (({"content": completion}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
            await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    app = web.Application()
    app.add_routes([web.get("/v1/models", models), web.post("/v1/chat/completions", complete)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    await runner.cleanup()


@asynccontextmanager
async def bot(folder: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`codeact discord` with these settings; its log is kept in the folder."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CODEACT_", "DISCORD_", "SLACK_"))
    }
    database = f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}"
    environment = {**kept, "CODEACT_DATABASE_URL": database, "CODEACT_CLOSING_WORDS": "false", **settings}
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "codeact.py"), "discord", cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_the_process_answers_counts_votes_and_remembers_after_a_kill(
    loopback: LoopbackDiscord, tmp_path: Path
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with model(program("print(6 * 7)", "I multiply.")) as address:
        settings = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_BASE": loopback.api_base,
            "DISCORD_GATEWAY_URL": loopback.gateway_url,
            "CODEACT_MODEL": address,
        }
        async with bot(tmp_path, **settings) as process:
            await loopback.until(lambda: loopback.gateway.identified == 1, seconds=START_SECONDS)
            question = await loopback.say(place, ada, f"{ME} What is 6 times 7?")
            answer = await loopback.answer(question, seconds=START_SECONDS)
            assert "```text\n42\n```" in answer["content"]
            process.kill()
            await process.wait()
        async with bot(tmp_path, **settings) as process:
            await loopback.until(lambda: loopback.gateway.identified == 2, seconds=START_SECONDS)
            await loopback.repeat(question)
            await loopback.react(answer, ada, "✅")  # on a message of an earlier life
            second = await loopback.say(place, ada, f"{ME} And again?")
            await loopback.answer(second, seconds=START_SECONDS)
            assert len(loopback.answers(question)) == 1
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 30) == 0, (tmp_path / "log").read_text("utf-8")
    memory = Memory(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}")
    await memory.open()
    [judged] = await memory.judged()
    assert (judged.turn.question, await memory.verdict(judged.turn.id)) == ("What is 6 times 7?", Verdict.POSITIVE)
    assert len(await memory.recall(judged.turn.channel)) == 2
    assert await memory.unanswered("discord") == []
    await memory.close()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DISCORD_TOKEN": ""}, "DISCORD_TOKEN is not set"),
        ({"DISCORD_TOKEN": "wrong"}, "Discord refuses DISCORD_TOKEN"),
    ],
)
async def test_a_missing_or_wrong_token_is_one_clear_line(
    loopback: LoopbackDiscord, tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    async with model("hello") as address:
        addresses = {"DISCORD_API_BASE": loopback.api_base, "DISCORD_GATEWAY_URL": loopback.gateway_url}
        async with bot(tmp_path, CODEACT_MODEL=address, **addresses, **settings) as process:
            assert await asyncio.wait_for(process.wait(), START_SECONDS) == 1
    log = (tmp_path / "log").read_text("utf-8")
    assert sentence in log
    assert "Traceback" not in log
