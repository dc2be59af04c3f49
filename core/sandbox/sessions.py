"""Sessions: a program per key that lives on between turns, until it is idle for long or others need its place."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from .loops import LoopLock
from .program import Program

_LOST_REMEMBERED = 10_000


@dataclass(slots=True)
class Session:
    """One key's process, and the lock that keeps its turns in order."""

    program: Program | None = None
    last_used: float = 0.0
    busy: int = 0
    ended: bool = False
    lock: LoopLock = field(default_factory=LoopLock)


class Sessions:
    """All keys, least recently used first."""

    def __init__(self, most: int, idle_seconds: float) -> None:
        self._most = max(1, most)
        self._idle_seconds = idle_seconds
        self._all: OrderedDict[str, Session] = OrderedDict()
        self._lost: OrderedDict[str, None] = OrderedDict()

    def get(self, key: str) -> Session:
        """The session of `key`, now the most recently used one; makes room for it."""
        session = self._all.setdefault(key, Session())
        self._all.move_to_end(key)
        session.last_used = time.monotonic()
        self._make_room()
        return session

    def forget(self, key: str) -> None:
        """End the session on purpose: nobody will be told that its state is gone."""
        self._lost.pop(key, None)
        session = self._all.pop(key, None)
        if session is None:
            return
        session.ended = True
        if session.program is not None:
            session.program.hang_up()
            if not session.busy:
                session.program.close()

    def was_lost(self, key: str, session: Session) -> bool:
        """Had this key state that is gone now? Asked once, before its next turn; the answer is not kept."""
        lost = key in self._lost
        self._lost.pop(key, None)
        if session.program is not None and session.program.is_gone():
            session.program.close()
            session.program = None
            lost = True
        return lost

    def programs(self) -> list[Program]:
        """Every process that lives."""
        return [session.program for session in self._all.values() if session.program is not None]

    def close(self) -> None:
        """End all."""
        for key in list(self._all):
            self.forget(key)
        self._lost.clear()

    def _make_room(self) -> None:
        now = time.monotonic()
        for key, session in list(self._all.items()):
            crowded = len(self._all) > self._most
            idle = now - session.last_used > self._idle_seconds
            if (crowded or idle) and not session.busy and key != next(reversed(self._all)):
                self._evict(key, session)

    def _evict(self, key: str, session: Session) -> None:
        del self._all[key]
        if session.program is None:
            return
        session.program.close()
        self._lost[key] = None
        while len(self._lost) > _LOST_REMEMBERED:
            self._lost.popitem(last=False)
