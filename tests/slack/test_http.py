"""HTTP mode believes only what Slack has signed, and only for five minutes."""

import pytest

from bot import slack_adapter
from core.errors import AdapterError
from core.memory import Memory
from core.service import ChatService
from tests.slack.conftest import Adapter, free_port
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.web_api import BOT_TOKEN
from tests.slack.workspace import TEAM

MENTION = {
    "type": "event_callback",
    "team_id": TEAM,
    "event": {"type": "app_mention", "user": "UADA", "text": f"{ME} 6 times 7?", "ts": "1.000001", "channel": "C0001"},
}


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("events_api", {"signature": "v0=" + "0" * 64}),
        ("events_api", {"signature": "nonsense"}),
        ("events_api", {"age_seconds": 600}),
        ("events_api", {"age_seconds": -600}),
        ("slash_commands", {"signature": "v0=" + "0" * 64}),
    ],
)
async def test_forged_and_stale_requests_are_refused(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, kind: str, how: dict
):
    async with adapter("http"):
        assert slack.http
        status, _ = await slack.http.send(kind, MENTION, **how)
        assert status == 401
        assert await memory.unanswered("slack") == []
        assert "42" in shown(await slack.answer(slack.say(f"{ME} 6 times 7?")))


async def test_the_address_is_verified_as_slack_asks(adapter: Adapter, slack: LoopbackSlack):
    async with adapter("http"):
        assert slack.http
        status, body = await slack.http.send("events_api", {"type": "url_verification", "challenge": "abc"})
        assert (status, "abc" in body) == (200, True)


@pytest.mark.parametrize("payload", [{}, {"type": "event_callback"}, {"type": "event_callback", "event": {}}])
async def test_a_signed_request_without_sense_does_no_harm(adapter: Adapter, slack: LoopbackSlack, payload: dict):
    async with adapter("http") as running:
        assert slack.http
        await slack.http.send("events_api", payload)
        assert "42" in shown(await slack.answer(slack.say(f"{ME} 6 times 7?")))
        assert not running.done()


async def test_http_mode_does_not_start_without_the_signing_secret(service: ChatService):
    with pytest.raises(AdapterError, match="SLACK_SIGNING_SECRET is missing"):
        await slack_adapter.run(service, bot_token=BOT_TOKEN, mode="http", port=free_port())


async def test_a_port_in_use_is_told(adapter: Adapter, slack: LoopbackSlack, service: ChatService):
    async with adapter("http"):
        assert slack.http
        port = int(slack.http.url.rsplit(":", 1)[1].split("/")[0])
        with pytest.raises(AdapterError, match=f"cannot listen on 127.0.0.1:{port}"):
            await slack_adapter.run(
                service,
                bot_token=BOT_TOKEN,
                signing_secret="s",
                mode="http",
                port=port,
                api_base=slack.api_base,
            )
