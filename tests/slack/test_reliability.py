"""Nothing lost, nothing twice, in order, and not slow: many channels at once while things go wrong."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator

import pytest

from bot.slack import posts
from core.engine import ScriptedEngine
from core.memory import Memory
from core.service import ChatService
from tests.slack.conftest import Adapter, taking
from tests.slack.loopback import ME, LoopbackSlack, Message, shown
from tests.slack.web_api import Fault

SMALL, FULL = (6, 5), (50, 40)  # channels, questions in each
MODEL_SECONDS = 0.05


def sizes() -> pytest.MarkDecorator:
    """A small form for every run, the full one for `make soak`."""
    return pytest.mark.parametrize("size", [SMALL, pytest.param(FULL, marks=pytest.mark.soak)], ids=["small", "full"])


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    """A model that answers each question in words, with the question."""
    engine = ScriptedEngine([], closes=True)

    async def complete(messages, sampling, on_text=None):
        engine._completions.append(f"The answer to {messages[-1].content.split()[-1]}.")
        return await ScriptedEngine.complete(engine, messages, sampling, on_text)

    engine.complete = complete  # type: ignore[method-assign]
    with taking(engine, seconds=MODEL_SECONDS):
        yield engine


@pytest.fixture
def service(engine: ScriptedEngine, sandbox, memory: Memory) -> ChatService:
    return ChatService(engine, sandbox, memory, budget=4096, turns_at_once=64)


def channels(slack: LoopbackSlack, number: int) -> list[str]:
    names = [f"C1{n:03d}" for n in range(number)]
    slack.workspace.members.update(names)
    return names


async def ask_all(slack: LoopbackSlack, places: list[str], number: int) -> dict[str, list[Message]]:
    """A thread in each channel and questions in it, in all channels at once; in each, three may wait for answers."""
    asked: dict[str, list[Message]] = {place: [] for place in places}

    async def ask(place: str) -> None:
        for n in range(number):
            where = {"thread": asked[place][0]["ts"]} if n else {}
            asked[place].append(slack.say(f"{ME} {place}.{n}", channel=place, user=f"U{place}", **where))
            if n >= 2:
                await slack.answer(asked[place][0], n - 1, seconds=120)

    await asyncio.gather(*(ask(place) for place in places))
    return asked


async def all_answered(slack: LoopbackSlack, asked: dict[str, list[Message]], seconds: float) -> None:
    for questions in asked.values():
        await slack.answer(questions[0], len(questions), seconds=seconds)
    await slack.delivered()


def assert_each_once_in_order(slack: LoopbackSlack, asked: dict[str, list[Message]]) -> None:
    for place, questions in asked.items():
        said = [shown(message).splitlines()[0] for message in slack.workspace.of_bot(place)]
        assert said == [f"The answer to {place}.{n}." for n in range(len(questions))]


@sizes()
async def test_without_faults_all_is_answered_once_in_order_with_little_overhead(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, size: tuple[int, int]
):
    async with adapter():
        asked = await ask_all(slack, channels(slack, size[0]), size[1])
        await all_answered(slack, asked, 300)
        assert_each_once_in_order(slack, asked)

        overheads = []
        for n in range(20):
            started = time.monotonic()
            await slack.word(slack.say(f"{ME} single.{n}"), "The answer")
            overheads.append(time.monotonic() - started - MODEL_SECONDS)
    assert await memory.unanswered("slack") == []
    print(f"overhead p50 {statistics.median(overheads):.4f} s, max {max(overheads):.4f} s")
    assert statistics.median(overheads) < 2  # seconds; `make soak` on a quiet machine is for measuring


@sizes()
async def test_dropped_sockets(adapter: Adapter, slack: LoopbackSlack, memory: Memory, size: tuple[int, int]):
    dice = random.Random(5)
    slack.sockets.ack_seconds = 1.0
    async with adapter():
        asking = asyncio.create_task(ask_all(slack, channels(slack, size[0]), size[1]))
        for _ in range(max(2, size[0] * size[1] // 200)):
            await asyncio.sleep(0.3)
            if dice.random() < 0.5:
                await slack.sockets.drop(rudely=True)
            else:
                await slack.sockets.ask_to_leave()
        asked = await asking
        await all_answered(slack, asked, 300)
    assert slack.sockets.connections > 2
    assert {len(slack.workspace.of_bot(place)) for place in asked} == {size[1]}
    assert await memory.unanswered("slack") == []


@sizes()
async def test_faulty_requests(
    adapter: Adapter,
    slack: LoopbackSlack,
    memory: Memory,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(posts, "PAUSES", (0.02, 0.05, 0.1, 0.2, 0.5, 1.0))
    dice, struck = random.Random(11), []

    def faults(method: str, number: int) -> Fault | None:
        if method in ("auth.test", "apps.connections.open", "reactions.add"):
            return None
        luck = dice.random()
        for limit, fault in (
            (0.05, Fault(status=429, retry_after=0)),
            (0.1, Fault(status=503)),
            (0.12, Fault(reset="after")),
        ):
            if luck < limit:
                struck.append(fault)
                return fault
        return None

    async with adapter():
        slack.api.faults = faults
        asked = await ask_all(slack, channels(slack, size[0]), size[1])
        await all_answered(slack, asked, 300)
    assert len(struck) > 3
    assert_each_once_in_order(slack, asked)
    assert await memory.unanswered("slack") == []


@sizes()
async def test_events_many_times_in_any_order(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, size: tuple[int, int]
):
    dice = random.Random(13)
    slack.copies, slack.shuffle = lambda: dice.randint(1, 4), dice
    async with adapter():
        asked = await ask_all(slack, channels(slack, size[0]), size[1])
        await all_answered(slack, asked, 300)
    waits = sorted(ack.seconds for ack in slack.sockets.acks)
    late = slack.sockets.late
    print(f"{len(waits)} acknowledgements, p99 {waits[int(len(waits) * 0.99)]:.3f} s, {late} later than 3 s")
    assert_each_once_in_order(slack, asked)
    assert late == 0 or size == SMALL  # a machine that is busy with other tests is not Slack's concern


async def test_a_slow_channel_does_not_hold_up_another(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    complete = engine.complete

    async def sometimes_slow(messages, *rest):
        if "slow" in messages[-1].content:
            await asyncio.sleep(3)
        return await complete(messages, *rest)

    engine.complete = sometimes_slow  # type: ignore[method-assign]
    async with adapter():
        slow = slack.say(f"{ME} slow")
        await slack.until(lambda: slow["reactions"].get("eyes"))
        await slack.word(slack.say(f"{ME} quick"), "The answer to quick.")
        assert not any("The answer" in shown(message) for message in slack.workspace.of_bot("C0001", slow["ts"]))
        await slack.word(slow, "The answer to slow.")


async def test_nothing_is_left_behind(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        await slack.answer(slack.say(f"{ME} first"))
        await asyncio.sleep(0.3)
        before = ours()
        asked = await ask_all(slack, channels(slack, 4), 5)
        await all_answered(slack, asked, 60)
        await slack.until(lambda: ours() == before)


def ours() -> int:
    """Tasks of the adapter and Slack's libraries; the loopback server has its own."""
    codes = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    return sum(code is not None and "slack" in code.co_filename and "tests" not in code.co_filename for code in codes)
