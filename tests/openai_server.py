"""An OpenAI-compatible server at loopback, with one model that says what a test tells it to."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer


class Served:
    """Says `pieces`, or each of `script` in turn; fails with `status` for so many `failures` before."""

    def __init__(self, script: list[str] | None = None) -> None:
        self.pieces = ["<thought>I add.</thought>\n<exec", "ute>\nprint(1)\n"]
        self.script = script
        self.finish = "stop"
        self.status = 200
        self.failures = 0
        self.requests: list[dict] = []

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "tiny", "object": "model", "created": 0}]})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        if self.failures:
            self.failures -= 1
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in self.pieces if self.script is None else [self.script.pop(0)]:
            await self._send(response, {"content": piece}, None)
        await self._send(response, {}, self.finish)
        await response.write(b"data: [DONE]\n\n")
        return response

    @staticmethod
    async def _send(response: web.StreamResponse, delta: dict, finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}
        await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


@asynccontextmanager
async def serving(served: Served) -> AsyncIterator[str]:
    """The address of a running server, as CODEACT_MODEL takes it."""
    app = web.Application()
    app.router.add_get("/v1/models", served.models)
    app.router.add_post("/v1/chat/completions", served.complete)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/v1"))
    finally:
        await server.close()
