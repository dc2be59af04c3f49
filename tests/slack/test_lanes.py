"""Order within a conversation, and nothing in the way between two."""

import asyncio

from bot.slack.lanes import Lanes


async def test_a_lane_keeps_the_order_of_arrival_and_others_do_not_wait():
    lanes, done = Lanes(), []

    async def work(name: str, turn, seconds: float) -> None:
        async with turn:
            await asyncio.sleep(seconds)
            done.append(name)

    for name, lane, seconds in (("a1", "a", 0.05), ("a2", "a", 0.0), ("b1", "b", 0.0)):
        lanes.start(work(name, lanes.stand_in(lane), seconds))
    assert await lanes.drain(5) == 0
    assert done == ["b1", "a1", "a2"]


async def test_who_leaves_the_line_does_not_let_others_pass_the_first():
    lanes, done = Lanes(), []
    first, second, third = (lanes.stand_in("a") for _ in range(3))

    async def work(name: str, turn) -> None:
        async with turn:
            done.append(name)

    lanes.start(work("third", third))
    second.leave()
    await asyncio.sleep(0.01)
    assert done == []
    lanes.start(work("first", first))
    await lanes.drain(5)
    assert done == ["first", "third"]
    assert not lanes._last


async def test_draining_stops_what_takes_too_long():
    lanes = Lanes()
    task = lanes.start(asyncio.sleep(60))  # type: ignore[arg-type]
    assert await lanes.drain(0.01) == 1
    assert task.cancelled()
