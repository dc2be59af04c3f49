"""Nothing lost, nothing twice, in order: many channels at once while everything goes wrong."""

import asyncio

import pytest

from bot.discord import trying
from core.conversation import Channel
from core.engine.scripted import ScriptedEngine
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from tests.discord.conftest import RunAdapter, program
from tests.discord.faults import Kind
from tests.discord.loopback import ME, LoopbackDiscord
from tests.discord.world import GUILD

CHANNELS, MESSAGES = 6, 5


@pytest.mark.parametrize("resumable", [True, False])
async def test_many_channels_with_faults_and_dropped_connections(
    loopback: LoopbackDiscord,
    adapter: RunAdapter,
    memory: Memory,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    resumable: bool,
) -> None:
    monkeypatch.setattr(trying, "FIRST_PAUSE_SECONDS", 0.02)
    places = [loopback.world.add_place(f"channel-{n}") for n in range(CHANNELS)]
    ada = loopback.world.add_person("ada")
    engine = ScriptedEngine([program("print(42)")] * CHANNELS * MESSAGES, closes=False)
    for kind, probability in ((Kind.RATE_LIMIT, 0.05), (Kind.UNAVAILABLE, 0.05), (Kind.UNANSWERED, 0.02)):
        loopback.faults.add(kind, path="*/channels/*", times=None, probability=probability)
    async with adapter(ChatService(engine, sandbox, memory)):
        asked: dict[int, list[dict]] = {place.id: [] for place in places}
        for n in range(MESSAGES):
            for place in places:
                asked[place.id].append(await loopback.say(place, ada, f"{ME} number {n}"))
            if n == MESSAGES // 2:
                await loopback.gateway.drop(resumable=resumable)
        for place in places:
            for question in asked[place.id]:
                await loopback.answer(question, seconds=60)

        assert sum(loopback.faults.struck.values()) > 5
        for place in places:
            answers = [loopback.answers(question)[0] for question in asked[place.id]]
            assert [int(answer["id"]) for answer in answers] == sorted(int(answer["id"]) for answer in answers)
            assert len(place.messages) == 2 * MESSAGES
        for index, place in enumerate(places):
            turns = await memory.recall(_channel(place.id))
            assert [turn.question for turn in turns] == [f"number {n}" for n in range(MESSAGES)], index
        assert await memory.unanswered("discord") == []


async def test_a_slow_channel_does_not_hold_up_another(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    slow, quick = loopback.world.add_place("slow"), loopback.world.add_place("quick")
    ada = loopback.world.add_person("ada")
    engine = ScriptedEngine([program("import time\ntime.sleep(3)\nprint(1)"), program("print(2)")], closes=False)
    async with adapter(ChatService(engine, sandbox, memory)):
        first = await loopback.say(slow, ada, f"{ME} take your time")
        await loopback.until(lambda: engine.prompts)
        second = await loopback.say(quick, ada, f"{ME} be quick")
        await loopback.answer(second)

        assert "-# " not in loopback.answers(first)[0]["content"]
        await loopback.answer(first)


async def test_a_burst_in_one_channel_leaves_nothing_behind(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(ChatService(ScriptedEngine([program("print(42)")] * 20, closes=False), sandbox, memory)):
        await loopback.answer(await loopback.say(place, ada, f"{ME} first"))
        await asyncio.sleep(0.2)
        before = _ours()
        for question in [await loopback.say(place, ada, f"{ME} number {n}") for n in range(12)]:
            await loopback.answer(question, seconds=60)
        await asyncio.sleep(0.2)

        assert _ours() <= before


def _ours() -> int:
    """Tasks of the adapter and the client library; the loopback server has its own."""
    files = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    return sum(
        code is not None and "/discord" in code.co_filename and "/tests/" not in code.co_filename for code in files
    )


def _channel(place: int) -> Channel:
    return Channel("discord", str(GUILD), str(place))
