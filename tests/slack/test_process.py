"""The unmodified process on Slack: it answers, remembers after a kill, ends when it is told to, and says what lacks."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from core.conversation import Verdict
from core.memory import Memory
from tests.openai_server import Served, serving
from tests.slack.conftest import free_port, listens
from tests.slack.delivery import SIGNING_SECRET, SignedRequests
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.process import START_SECONDS, bot, connected, log_of

PROGRAM = "<thought>I multiply.</thought>\n<execute>\nprint(6 * 7)\n</execute>"


async def open_memory(folder: Path) -> Memory:
    memory = Memory(f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}")
    await memory.open()
    return memory


async def test_it_answers_counts_votes_and_remembers_after_a_kill(slack: LoopbackSlack, tmp_path: Path):
    served = Served([PROGRAM] * 9)
    async with serving(served) as model:
        async with bot(slack, tmp_path, model) as process:
            await connected(slack, 1)
            question = slack.say(f"{ME} What is 6 times 7?")
            answer = await slack.answer(question, seconds=START_SECONDS)
            assert "42" in shown(answer)
            process.kill()
            await process.wait()
        async with bot(slack, tmp_path, model) as process:
            await connected(slack, 2)
            slack.react(answer, "white_check_mark")  # on an answer of an earlier life
            await slack.answer(slack.say("And again?", thread=question["ts"]), 2, seconds=START_SECONDS)
            await slack.delivered()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 60) == 0, log_of(tmp_path)
    memory = await open_memory(tmp_path)
    [judged] = await memory.judged()
    assert (judged.turn.question, await memory.verdict(judged.turn.id)) == ("What is 6 times 7?", Verdict.POSITIVE)
    assert len(await memory.recall(judged.turn.channel)) == 2
    assert await memory.unanswered("slack") == []
    await memory.close()


async def test_kills_at_any_moment_lose_and_double_nothing(slack: LoopbackSlack, tmp_path: Path):
    dice, served = random.Random(3), Served([PROGRAM] * 200)
    slack.sockets.ack_seconds = 1.0
    questions, kills = [], 3
    async with serving(served) as model:
        for life in range(1, kills + 1):
            async with bot(slack, tmp_path, model) as process:
                before = slack.sockets.connections
                for number in range(4):
                    channel = ("C0001", "C0002", "D0001")[number % 3]
                    questions.append(slack.say(f"{ME} {life}.{number}", channel=channel))
                await connected(slack, before + 1)
                await asyncio.sleep(dice.uniform(0.05, 1.0))
                process.kill()
                await process.wait()
        async with bot(slack, tmp_path, model) as process:
            for question in questions:
                await slack.answer(question, seconds=START_SECONDS)
            await slack.delivered()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 60) == 0, log_of(tmp_path)
    for question in questions:
        assert len(slack.workspace.of_bot(question["channel"], question["ts"])) == 1, question
    memory = await open_memory(tmp_path)
    assert await memory.unanswered("slack") == []
    await memory.close()


async def test_http_mode_by_settings(slack: LoopbackSlack, tmp_path: Path):
    port = free_port()
    settings = {"CODEACT_SLACK_MODE": "http", "CODEACT_SLACK_PORT": str(port), "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    slack.http = SignedRequests(f"http://127.0.0.1:{port}/slack/events")
    async with serving(Served([PROGRAM])) as model, bot(slack, tmp_path, model, **settings):
        await slack.until(lambda: listens(port) or None, START_SECONDS)
        assert "42" in shown(await slack.answer(slack.say(f"{ME} 6 times 7?"), seconds=START_SECONDS))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN"),
        ({"CODEACT_SLACK_MODE": "http"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack refuses SLACK_BOT_TOKEN (invalid_auth)"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack refuses SLACK_APP_TOKEN (invalid_auth)"),
    ],
)
async def test_what_lacks_is_one_clear_line(slack: LoopbackSlack, tmp_path: Path, settings: dict, sentence: str):
    async with serving(Served()) as model, bot(slack, tmp_path, model, **settings) as process:
        assert await asyncio.wait_for(process.wait(), START_SECONDS) == 1
    log = log_of(tmp_path)
    assert sentence in log
    assert "Traceback" not in log
    assert "wrong" not in log
