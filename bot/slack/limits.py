"""How many questions of one person, and of all, may wait at a time."""

import time
from collections import Counter
from collections.abc import Callable, Coroutine

_NOTICE_SECONDS = 30.0  # between two notices to the same person


class Limits:
    """Counts what is waiting or worked on."""

    def __init__(self, per_person: int, in_total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_person = per_person
        self._in_total = in_total
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._told: dict[str, float] = {}

    def admit(self, author: str) -> bool:
        """Whether one more question of this person may wait; if so, it counts until `counted` is done with it."""
        if self._open[author] >= self._per_person or self._open.total() >= self._in_total:
            return False
        self._open[author] += 1
        return True

    async def counted(self, author: str, work: Coroutine[object, object, None]) -> None:
        """Do the work on an admitted question."""
        try:
            await work
        finally:
            self._open[author] -= 1
            if not self._open[author]:
                del self._open[author]

    def may_tell(self, author: str) -> bool:
        """Whether it is time to tell a person that they ask too much; asking this counts as telling."""
        now = self._clock()
        self._told = {who: when for who, when in self._told.items() if now - when < _NOTICE_SECONDS}
        if author in self._told:
            return False
        self._told[author] = now
        return True
