"""What people did while the bot was away is found at its return."""

import pytest

from core.conversation import Verdict
from core.engine import ScriptedEngine
from core.memory import Memory
from core.service import ChatService
from tests.slack.conftest import Adapter
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.test_behaviour import reaches

QUESTION = f"{ME} What is 6 times 7?"


@pytest.mark.parametrize("channel", ["C0001", "G0001", "D0001"])
async def test_a_question_asked_while_nobody_listened_is_answered_at_the_next_start(
    adapter: Adapter, slack: LoopbackSlack, channel: str, mode: str
):
    with slack.nobody_listens():
        question = slack.say(QUESTION, channel=channel)
    async with adapter(mode):
        assert "42" in shown(await slack.answer(question))


async def test_what_was_answered_or_is_talk_of_others_is_left_alone(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, memory: Memory, tmp_path
):
    async with adapter():
        question = slack.say(QUESTION)
        await slack.answer(question)
        talk = slack.say("Lunch?")
        slack.say("Yes", thread=talk["ts"])
        await slack.delivered()
    other = Memory(f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}")  # even without its memory
    await other.open()
    async with adapter(service=ChatService(engine, None, other)):  # type: ignore[arg-type]
        reply = slack.say("Thanks", thread=question["ts"])
        await slack.until(lambda: len(engine.prompts) == 2 or None)
        await slack.delivered()
    await other.close()
    assert len(slack.workspace.of_bot("C0001", talk["ts"])) == 0
    assert "Thanks" in engine.prompts[1][-1].content
    assert reply["thread_ts"] == question["ts"]


async def test_a_reply_in_one_of_its_threads_is_answered_later(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        question = slack.say(QUESTION)
        await slack.answer(question)
    with slack.nobody_listens():
        reply = slack.say("Once more?", thread=question["ts"])
        slack.say("Lunch?", channel="C0002")
    async with adapter():
        await slack.answer(reply, 2)


async def test_reactions_while_nobody_listened_become_votes(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine
):
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
    with slack.nobody_listens():
        slack.react(answer, "x")
        slack.react(answer, "+1", user="UBOB")
        slack.react(answer, "x", user="UBOB")  # cannot be told from here: left alone
    async with adapter():
        await reaches(memory, Verdict.NEGATIVE)
    [judged] = await memory.judged()
    assert [(vote.author, vote.label) for vote in judged.votes] == [("UADA", False)]


async def test_a_server_without_histories_is_no_reason_to_stop(adapter: Adapter, slack: LoopbackSlack):
    slack.api.unknown |= {"users.conversations", "conversations.history", "conversations.replies"}
    async with adapter():
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))
