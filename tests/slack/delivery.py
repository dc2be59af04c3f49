"""How a Slack server delivers events: through web sockets or signed requests, again until they are acknowledged."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class Ack:
    """How long an acknowledgement took, and what came with it."""

    seconds: float
    payload: Any = None


@dataclass
class Sockets:
    """Socket Mode: single-use addresses, envelopes, redelivery."""

    ack_seconds: float = 3.0
    open: list[web.WebSocketResponse] = field(default_factory=list)
    tickets: set[str] = field(default_factory=set)
    acks: list[Ack] = field(default_factory=list)
    connections: int = 0
    late: int = 0  # envelopes that were not acknowledged in time
    to_all: bool = False  # some servers send each envelope to every socket of an app
    _waiting: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def ticket(self) -> str:
        ticket = f"t{next(self._numbers)}"
        self.tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection of a bot."""
        if request.match_info["ticket"] not in self.tickets:
            raise web.HTTPForbidden
        self.tickets.discard(request.match_info["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0001"}})
        self.open.append(socket)
        self.connections += 1
        try:
            async for message in socket:
                answer = json.loads(message.data)
                future = self._waiting.get(answer.get("envelope_id", ""))
                if future and not future.done():
                    future.set_result(answer.get("payload"))
        finally:
            self.open.remove(socket)
        return socket

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Ack:
        """Send until acknowledged, at most four times as Slack does."""
        attempt = 0
        while attempt < 4:
            while not self.open:
                await asyncio.sleep(0.01)
            envelope = f"e{next(self._numbers)}"
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._waiting[envelope] = future
            body = {
                "type": kind,
                "envelope_id": envelope,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
                "retry_attempt": attempt,
                "retry_reason": "timeout" if attempt else "",
            }
            started = time.monotonic()
            try:
                for socket in list(self.open) if self.to_all else self.open[-1:]:
                    await socket.send_json(body)
                answer = await asyncio.wait_for(future, self.ack_seconds)
            except TimeoutError:
                attempt += 1
                self.late += 1
                continue
            except ConnectionError:  # it did not even leave
                await asyncio.sleep(0.05)
                continue
            finally:
                del self._waiting[envelope]
            self.acks.append(Ack(time.monotonic() - started, answer))
            return self.acks[-1]
        raise AssertionError(f"never acknowledged: {payload}")

    async def ask_to_leave(self) -> None:
        """Slack's notice that a connection will be closed soon; the client opens another."""
        for socket in list(self.open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def drop(self, *, rudely: bool = False) -> None:
        """Close all connections, with or without saying so."""
        for socket in list(self.open):
            if rudely and (transport := socket._req and socket._req.transport):
                transport.abort()
            else:
                await socket.close()


@dataclass
class SignedRequests:
    """The Events API over HTTP."""

    url: str
    secret: str = SIGNING_SECRET
    acks: list[Ack] = field(default_factory=list)

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Ack:
        for attempt in range(4):
            started = time.monotonic()
            status, text = await self.send(kind, payload, attempt=attempt)
            if status == 200:
                self.acks.append(Ack(time.monotonic() - started, json.loads(text) if text[:1] == "{" else text))
                return self.acks[-1]
            await asyncio.sleep(0.1)
        raise AssertionError(f"never acknowledged: {payload}")

    async def send(
        self, kind: str, payload: dict[str, Any], *, attempt: int = 0, age_seconds: int = 0, signature: str = ""
    ) -> tuple[int, str]:
        """One request; its status and body (0 where there is no server)."""
        form = kind in ("slash_commands", "interactive")
        if kind == "interactive":
            body = urlencode({"payload": json.dumps(payload)})
        else:
            body = urlencode(payload) if form else json.dumps(payload)
        stamp = str(int(time.time()) - age_seconds)
        made = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or f"v0={made}",
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
        try:
            async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=headers) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return 0, ""
