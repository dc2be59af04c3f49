"""What the person who starts the adapter is told, and what it gets over by itself."""

import asyncio

import pytest

from bot import slack_adapter
from bot.slack.web import base_address
from core.engine import ScriptedEngine
from core.errors import AdapterError
from core.memory import Memory
from core.service import ChatService
from tests.slack.conftest import Adapter, taking
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.web_api import APP_TOKEN, BOT_TOKEN, Fault

QUESTION = f"{ME} What is 6 times 7?"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN is missing"),
        ({"bot_token": BOT_TOKEN}, "SLACK_APP_TOKEN is missing"),
        ({"bot_token": "xoxb-wrong", "app_token": APP_TOKEN}, r"refuses SLACK_BOT_TOKEN \(invalid_auth\)"),
        ({"bot_token": BOT_TOKEN, "app_token": "xapp-wrong"}, r"refuses SLACK_APP_TOKEN \(invalid_auth\)"),
    ],
)
async def test_tokens_that_do_not_work_are_named(
    slack: LoopbackSlack, service: ChatService, settings: dict, sentence: str
):
    with pytest.raises(AdapterError, match=sentence) as refusal:
        await asyncio.wait_for(slack_adapter.run(service, api_base=slack.api_base, **settings), 60)
    assert "\n" not in str(refusal.value)
    assert "https://api.slack.com/apps" in str(refusal.value)
    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "https://slack.com/api/"),
        ("http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"),
        ("http://127.0.0.1:9/api/", "http://127.0.0.1:9/api/"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/api/"),
        ("http://127.0.0.1:9/slack/", "http://127.0.0.1:9/slack/"),
    ],
)
def test_the_address_of_another_server_may_be_given_with_or_without_its_path(given: str, address: str):
    assert base_address(given) == address


async def test_a_token_refused_later_ends_the_adapter_and_keeps_the_question(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory
):
    async with adapter() as running:
        slack.api.bot_token = "xoxb-another"
        slack.say(QUESTION)
        with pytest.raises(AdapterError, match="SLACK_BOT_TOKEN"):
            await asyncio.wait_for(running, 60)
    assert [incoming.text for incoming in await memory.unanswered("slack")] == ["What is 6 times 7?"]


async def test_missing_scopes_are_told_at_the_start(
    adapter: Adapter, slack: LoopbackSlack, caplog: pytest.LogCaptureFixture
):
    slack.api.scopes -= {"reactions:write", "files:write"}
    async with adapter():
        assert "lacks the scopes files:write, reactions:write" in caplog.text
        await slack.word(slack.say(QUESTION), "42")  # what can be done is done


async def test_it_waits_for_a_slack_that_is_down(adapter: Adapter, slack: LoopbackSlack):
    down = {"auth.test": 2, "apps.connections.open": 2}
    slack.api.faults = lambda method, number: Fault(status=503) if number <= down.get(method, 0) else None
    async with adapter():
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))


async def test_a_question_accepted_before_a_crash_is_answered_at_the_next_start(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine
):
    with taking(engine, seconds=30):
        async with adapter(drain_seconds=0.0):
            question = slack.say(QUESTION)
            await slack.until(lambda: question["reactions"].get("eyes"))
            await slack.delivered()
    assert len(await memory.unanswered("slack")) == 1

    async with adapter():
        assert "42" in shown(await slack.answer(question))
    assert await memory.unanswered("slack") == []


async def test_a_crash_in_mid_answer_does_not_double_the_placeholder(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    with taking(engine, seconds=30):
        async with adapter(drain_seconds=0.0):
            question = slack.say(QUESTION)
            await slack.word(question, "thinking")
    async with adapter():
        assert "42" in shown(await slack.answer(question))
    assert len(slack.workspace.of_bot("C0001", question["ts"])) == 1


async def test_files_of_a_question_survive_a_crash(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    with taking(engine, seconds=30):
        async with adapter(drain_seconds=0.0):
            question = slack.say(QUESTION, subtype="file_share", files=[slack.share("n.csv", b"1\n")])
            await slack.until(lambda: question["reactions"].get("eyes"))
            await slack.delivered()
    async with adapter():
        await slack.answer(question)
    assert "Files: n.csv (2 B)" in engine.prompts[-1][-1].content


async def test_stopping_finishes_what_has_begun(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, memory: Memory
):
    with taking(engine, seconds=1):
        async with adapter():
            question = slack.say(QUESTION)
            await slack.until(lambda: question["reactions"].get("eyes"))
            await slack.delivered()
    assert "42" in shown(await slack.word(question, "42"))
    assert await memory.unanswered("slack") == []
