"""What can go wrong between a bot and Discord's REST interface, on purpose."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatch

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Kind(StrEnum):
    """What happens to a request."""

    RATE_LIMIT = "429"  # with Discord's headers
    BARE_RATE_LIMIT = "429 without Via"
    ERROR = "500"
    UNAVAILABLE = "503"
    LOST = "reset before it was accepted"
    UNANSWERED = "reset after it was accepted"


@dataclass
class Fault:
    """Requests like these suffer: the next `times` (None: all), or every one with a probability."""

    kind: Kind
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    probability: float = 1.0
    retry_after_seconds: float = 0.05

    def hits(self, request: web.Request, dice: random.Random) -> bool:
        if self.times == 0 or not fnmatch(request.method, self.method) or not fnmatch(request.path, self.path):
            return False
        if dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Faults:
    """The faults in force, and how often each kind struck."""

    faults: list[Fault] = field(default_factory=list)
    struck: dict[Kind, int] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def add(self, kind: Kind, **where: object) -> None:
        self.faults.append(Fault(kind, **where))  # type: ignore[arg-type]

    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request, or let it suffer."""
        fault = next((fault for fault in self.faults if fault.hits(request, self.dice)), None)
        if fault is None:
            return await handler(request)
        self.struck[fault.kind] = self.struck.get(fault.kind, 0) + 1
        match fault.kind:
            case Kind.RATE_LIMIT | Kind.BARE_RATE_LIMIT:
                return _rate_limit(fault)
            case Kind.ERROR | Kind.UNAVAILABLE:
                return web.Response(status=int(fault.kind.value), text="upstream")
            case Kind.UNANSWERED:
                await handler(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _rate_limit(fault: Fault) -> web.Response:
    headers = {"Retry-After": str(fault.retry_after_seconds), "Content-Type": "application/json"}
    if fault.kind is Kind.RATE_LIMIT:
        headers["Via"] = "1.1 loopback"
    body = f'{{"message": "slow down", "retry_after": {fault.retry_after_seconds}, "global": false}}'
    return web.Response(status=429, body=body.encode(), headers=headers)
