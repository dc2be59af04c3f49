"""Nothing lost and nothing twice while the network and Slack's servers have a bad day."""

import random

import pytest

from core.memory import Memory
from tests.slack.conftest import Adapter
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.web_api import Fault

QUESTION = f"{ME} What is 6 times 7?"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(reset="before"),
        Fault(reset="after"),
        Fault(status=429, retry_after=1),
        Fault(status=500),
        Fault(status=503),
        Fault(error="internal_error"),
    ],
)
async def test_an_answer_is_posted_once_through_any_trouble(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, fault: Fault
):
    slack.api.faults = lambda method, number: fault if method == "chat.postMessage" and number == 1 else None
    async with adapter():
        question = slack.say(QUESTION)
        assert "42" in shown(await slack.answer(question))
    assert len(slack.workspace.of_bot("C0001", question["ts"])) == 1
    assert await memory.unanswered("slack") == []


async def test_the_question_of_a_command_is_posted_once_too(adapter: Adapter, slack: LoopbackSlack):
    slack.api.faults = lambda method, number: (
        Fault(reset="after") if method == "chat.postMessage" and number in (1, 2) else None
    )
    async with adapter():
        await slack.command("/ask", "What is 6 times 7?")
        root = await slack.until(lambda: next(iter(slack.workspace.of_bot("C0001")), None))
        await slack.answer(root)
    assert len(slack.workspace.of_bot("C0001")) == 2


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_a_refused_layout_becomes_plain_text_instead_of_silence(
    adapter: Adapter, slack: LoopbackSlack, error: str
):
    def faults(method: str, number: int) -> Fault | None:
        return Fault(error=error) if slack.api.named(method)[-1].get("blocks") else None

    slack.api.faults = faults
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
    assert slack.api.named("chat.postMessage")[0]["blocks"]
    assert answer["blocks"] == []
    assert "42" in answer["text"]


async def test_calls_that_do_not_matter_may_fail(adapter: Adapter, slack: LoopbackSlack, memory: Memory):
    needed = ("auth.test", "apps.connections.open", "chat.postMessage")
    slack.api.faults = lambda method, number: None if method in needed else Fault(error="unknown_method")
    async with adapter():
        assert "42" in shown(await slack.word(slack.say(QUESTION), "42"))
        await slack.delivered()
    assert await memory.unanswered("slack") == []


async def test_a_failed_upload_is_told(adapter: Adapter, slack: LoopbackSlack, engine):
    from tests.slack.conftest import program, says

    says(engine, program("print('x\\n' * 3000)"))
    slack.api.scopes -= {"files:write"}
    async with adapter():
        assert "output.txt" in shown(await slack.word(slack.say(QUESTION), "could not be uploaded"))


async def test_an_archived_channel_is_no_reason_to_stop(adapter: Adapter, slack: LoopbackSlack, memory: Memory):
    slack.api.faults = lambda method, number: (
        Fault(error="is_archived") if method == "chat.postMessage" and number == 1 else None
    )
    async with adapter():
        slack.say(QUESTION)
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))
    assert await memory.unanswered("slack") == []


@pytest.mark.parametrize("how", ["politely", "rudely", "on request"])
async def test_a_lost_connection_comes_back_and_nothing_is_lost(adapter: Adapter, slack: LoopbackSlack, how: str):
    async with adapter():
        await slack.answer(slack.say(QUESTION))
        if how == "on request":
            await slack.sockets.ask_to_leave()
            await slack.until(lambda: slack.sockets.connections == 2)
        else:
            await slack.sockets.drop(rudely=how == "rudely")
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))
        assert slack.sockets.connections == 2


async def test_several_sockets_may_get_the_same_envelope(adapter: Adapter, slack: LoopbackSlack):
    slack.sockets.to_all = True
    async with adapter(), adapter():
        await slack.until(lambda: len(slack.sockets.open) == 2)
        question = slack.say(QUESTION)
        await slack.answer(question)
        await slack.delivered()
    assert len(slack.workspace.of_bot("C0001", question["ts"])) == 1


async def test_events_in_any_order_and_number_give_one_answer_each(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory
):
    dice = random.Random(7)
    slack.copies, slack.shuffle = lambda: dice.randint(1, 4), dice
    async with adapter():
        questions = [slack.say(f"{ME} question {n}", channel=("C0001", "C0002")[n % 2]) for n in range(20)]
        for question in questions:
            await slack.answer(question)
        await slack.delivered()
    for question in questions:
        assert len(slack.workspace.of_bot(question["channel"], question["ts"])) == 1


async def test_a_vote_that_cannot_be_stored_is_not_acknowledged_and_counts_later(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, service, monkeypatch: pytest.MonkeyPatch
):
    from core.errors import StorageError

    slack.sockets.ack_seconds = 0.3
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
        rate, failures = service.rate, [StorageError("locked")]

        async def sometimes(reaction):
            if failures:
                raise failures.pop()
            return await rate(reaction)

        monkeypatch.setattr(service, "rate", sometimes)
        slack.react(answer, "x")
        await slack.delivered()
    assert len(await memory.judged()) == 1


async def test_a_reaction_delivered_late_does_not_bring_a_vote_back(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory
):
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
        sent: list = []
        send, slack._send = slack._send, lambda *events: sent.extend(events)
        slack.react(answer, "x")
        slack.unreact(answer, "x")
        slack._send = send
        for event in reversed(sent):
            slack._send(event)
            await slack.delivered()
    assert await memory.judged() == []
