"""Locks for objects that outlive an event loop: each loop gets its own, because asyncio binds them to one."""

import asyncio
import weakref


class LoopLock:
    """`async with lock.here():` – one at a time within the running loop."""

    def __init__(self) -> None:
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()

    def here(self) -> asyncio.Lock:
        """The running loop's lock."""
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


class LoopSemaphore:
    """`async with semaphore.here():` – so many at a time within the running loop."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._all: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()

    def here(self) -> asyncio.Semaphore:
        """The running loop's semaphore."""
        return self._all.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._number))
