"""Who waits, and who is told that too many are waiting."""

import asyncio

import pytest

from core.conversation import Channel, IncomingMessage
from core.engine import ScriptedEngine
from core.errors import CodeactError, TooBusy
from core.memory import Memory
from core.queue import Queue
from core.sandbox import Sandbox
from core.service import ChatService


def channel(name: str) -> Channel:
    return Channel("discord", "guild", name)


class Crowd:
    """People who come to a queue and stay in it until they are let go."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.served: list[str] = []
        self.let_go = asyncio.Event()

    async def come(self, author: str, where: str, question: str = "") -> None:
        async with self.queue.place(channel(where), author):
            self.served.append(question or author)
            await self.let_go.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_person_with_one_running_and_three_waiting_is_refused_and_others_are_not():
    crowd = Crowd(Queue(8, running=1, waiting=3))
    coming = [asyncio.create_task(crowd.come("ada", f"c{n}")) for n in range(4)]
    await settle()
    assert crowd.served == ["ada"]
    with pytest.raises(TooBusy, match="4 questions waiting already"):
        await crowd.come("ada", "c9")
    coming.append(asyncio.create_task(crowd.come("bob", "c9")))
    await settle()
    assert crowd.served == ["ada", "bob"]
    crowd.let_go.set()
    await asyncio.gather(*coming)
    await crowd.come("ada", "c9")  # there is room again
    assert crowd.served.count("ada") == 5


async def test_all_together_may_not_wait_without_end():
    crowd = Crowd(Queue(1, waiting_in_total=2))
    coming = [asyncio.create_task(crowd.come(f"p{n}", f"c{n}")) for n in range(3)]
    await settle()
    with pytest.raises(TooBusy, match="2 questions waiting already"):
        await crowd.come("late", "c9")
    coming[2].cancel()  # who gives up makes room
    await settle()
    coming.append(asyncio.create_task(crowd.come("late", "c9")))
    crowd.let_go.set()
    await asyncio.gather(*coming, return_exceptions=True)
    assert crowd.served == ["p0", "p1", "late"]


async def test_without_limits_everybody_waits():
    crowd = Crowd(Queue(1))
    coming = [asyncio.create_task(crowd.come("ada", f"c{n}")) for n in range(500)]
    await settle()
    crowd.let_go.set()
    await asyncio.gather(*coming)
    assert len(crowd.served) == 500


async def test_a_channel_keeps_its_order():
    crowd = Crowd(Queue(8, running=2, waiting=20))
    crowd.let_go.set()
    await asyncio.gather(*(crowd.come("ada", "c", f"q{n}") for n in range(10)))
    assert crowd.served == [f"q{n}" for n in range(10)]


async def test_too_many_questions_are_refused_with_a_sentence_and_nothing_is_begun(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine(["one", "two"])
    service = ChatService(engine, sandbox, memory, budget=2048, running_per_person=1, waiting_per_person=1)
    asked = [service.respond(IncomingMessage(channel("c"), "ada", f"question {n}")) for n in range(3)]
    replies = await asyncio.gather(*asked, return_exceptions=True)
    assert [reply.text for reply in replies[:2]] == ["one", "two"]
    assert isinstance(replies[2], TooBusy) and isinstance(replies[2], CodeactError)
    assert len(engine.prompts) == 2
