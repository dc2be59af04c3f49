"""What the buttons under an answer do, and for whom."""

import pytest

from bot.slack.buttons import DELETE
from core.engine import ScriptedEngine
from tests.slack.conftest import Adapter, program, says
from tests.slack.loopback import ME, LoopbackSlack

QUESTION = f"{ME} What is 6 times 7?"


async def gone(slack: LoopbackSlack, question: dict) -> None:
    await slack.until(lambda: not slack.workspace.of_bot(question["channel"], question["ts"]) or None)


@pytest.mark.parametrize("user", ["UADA", "UBOSS"])
async def test_the_asker_and_admins_can_delete_an_answer(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, user: str, mode: str
):
    async with adapter(mode):
        question = slack.say(QUESTION)
        await slack.click(await slack.answer(question), DELETE, user=user)
        await gone(slack, question)
        await slack.answer(slack.say(f"{ME} Once more?", thread=question["ts"]))
    assert "What is 6 times 7?" not in str(engine.prompts[1])  # the turn has left the conversation


async def test_others_cannot_and_are_told(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
        await slack.click(answer, DELETE, user="UBOB")
        await slack.until(lambda: any("Only the person who asked" in response["text"] for response in slack.responses))
        assert slack.workspace.messages["C0001", answer["ts"]]


async def test_the_files_of_an_answer_go_with_it(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    says(engine, program("print('x\\n' * 3000)"), program("print(42)"))
    async with adapter():
        question = slack.say(QUESTION)
        answer = await slack.answer(question)
        second = await slack.answer(slack.say("Once more?", thread=question["ts"]), 2)
        await slack.click(answer, DELETE)
        await slack.until(lambda: len(slack.workspace.of_bot("C0001", question["ts"])) == 1)
        assert slack.workspace.of_bot("C0001", question["ts"]) == [second]


async def test_a_button_works_after_a_restart(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        question = slack.say(QUESTION)
        answer = await slack.answer(question)
    async with adapter():
        await slack.click(answer, DELETE)
        await gone(slack, question)


async def test_a_server_that_refuses_buttons_gets_the_answer_without(adapter: Adapter, slack: LoopbackSlack):
    from tests.slack.web_api import Fault

    def faults(method: str, number: int) -> Fault | None:
        blocks = slack.api.named(method)[-1].get("blocks") or []
        return Fault(error="invalid_blocks") if "actions" in [block["type"] for block in blocks] else None

    slack.api.faults = faults
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION))
    assert [block["type"] for block in answer["blocks"]] == ["context", "section", "section", "context"]
