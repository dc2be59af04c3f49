"""Who asks too much is told so once, and nobody else waits for it."""

from bot.slack.limits import Limits
from core.engine import ScriptedEngine
from core.memory import Memory
from tests.slack.conftest import Adapter, taking
from tests.slack.loopback import ME, LoopbackSlack, shown


async def test_a_flood_of_one_person_is_cut_with_one_notice(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, memory: Memory
):
    with taking(engine, seconds=0.3):
        async with adapter(waiting_per_person=3):
            questions = [slack.say(f"{ME} number {n}") for n in range(10)]
            other = slack.say(f"{ME} What is 6 times 7?", user="UBOB")
            assert "42" in shown(await slack.answer(other))
            for question in questions[:3]:
                await slack.answer(question)
            await slack.delivered()
    assert len(engine.prompts) == 4
    assert [note["user"] for note in slack.workspace.ephemerals] == ["UADA"]
    assert await memory.unanswered("slack") == []


async def test_what_is_done_makes_room() -> None:
    limits = Limits(per_person=1, in_total=2)

    async def work() -> None: ...

    assert limits.admit("ada") and not limits.admit("ada")
    assert limits.admit("bob") and not limits.admit("eve")
    await limits.counted("ada", work())
    assert limits.admit("eve") and not limits.admit("ada")


def test_a_notice_comes_once_in_a_while() -> None:
    seconds = [0.0]
    limits = Limits(1, 1, clock=lambda: seconds[0])
    assert limits.may_tell("ada") and not limits.may_tell("ada") and limits.may_tell("bob")
    seconds[0] = 31.0
    assert limits.may_tell("ada")
