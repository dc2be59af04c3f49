"""Who is served when: one turn at a time in a channel, in the order of asking, and nobody takes all places."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from core.conversation import Channel
from core.errors import TooBusy


class Queue:
    """The queues of the channels. All limits are numbers of questions, and 0 is no limit.

    `at_once` are answered at the same time in total. A person has `running` of them answered at the same time, and
    `waiting` more; `waiting_in_total` is for all people together.
    """

    def __init__(self, at_once: int, *, running: int = 0, waiting: int = 0, waiting_in_total: int = 0) -> None:
        self._running = running
        self._waiting = waiting
        self._waiting_in_total = waiting_in_total
        self._in_channel: WeakValueDictionary[Channel, asyncio.Lock] = WeakValueDictionary()
        self._of_person: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()
        self._in_total = asyncio.Semaphore(at_once)
        self._open: Counter[tuple[str, str]] = Counter()
        self._waiting_now = 0

    @asynccontextmanager
    async def place(self, channel: Channel, author: str) -> AsyncIterator[None]:
        """A place among those that are answered, once it is free. Raises TooBusy, at once, where too many wait."""
        person = (channel.platform, author)
        self._admit(person)
        self._open[person] += 1
        self._waiting_now += 1
        waits = True
        try:
            async with self.channel(channel), self._person(person), self._in_total:
                self._waiting_now -= 1
                waits = False
                yield
        finally:
            self._waiting_now -= waits
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]

    def channel(self, channel: Channel) -> asyncio.Lock:
        """The channel's lock; it lives as long as somebody waits in it."""
        return self._in_channel.setdefault(channel, asyncio.Lock())

    def _person(self, person: tuple[str, str]) -> asyncio.Semaphore | AsyncExitStack:
        if not self._running:
            return AsyncExitStack()  # nothing to wait for
        return self._of_person.setdefault(person, asyncio.Semaphore(self._running))

    def _admit(self, person: tuple[str, str]) -> None:
        most = self._running + self._waiting
        if self._running and self._open[person] >= most:
            raise TooBusy(
                f"You have {most} question{'s' if most > 1 else ''} waiting already. "
                "Please ask again when I have answered one of them."
            )
        if self._waiting_in_total and self._waiting_now >= self._waiting_in_total:
            raise TooBusy(
                f"I have {self._waiting_in_total} questions waiting already. Please ask again in a few minutes."
            )
