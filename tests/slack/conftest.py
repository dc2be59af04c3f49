"""A running Slack adapter on real parts: slack-bolt, memory, sandbox and a loopback Slack, with a scripted model."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import pytest

from bot import slack_adapter
from core.conversation import Completion
from core.engine import ScriptedEngine
from core.memory import Memory
from core.sandbox import Limits, Sandbox
from core.service import ChatService
from tests.slack.delivery import SIGNING_SECRET, SignedRequests
from tests.slack.loopback import LoopbackSlack
from tests.slack.web_api import APP_TOKEN, BOT_TOKEN

MULTIPLY = "<thought>I multiply.</thought>\n<execute>\nprint(6 * 7)\n</execute>"

Adapter = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


def program(code: str) -> str:
    return f"<thought>I run it.</thought>\n<execute>\n{code}\n</execute>"


def says(engine: ScriptedEngine, *completions: str) -> None:
    """Give the model another script."""
    engine._completions[:] = completions


@contextmanager
def taking(engine: ScriptedEngine, *, seconds: float) -> Iterator[None]:
    """Let the model take its time."""
    complete = engine.complete

    async def slowly(*arguments: Any) -> Completion:
        await asyncio.sleep(seconds)
        return await complete(*arguments)

    engine.complete = slowly  # type: ignore[method-assign]
    yield
    engine.complete = complete  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests of a file: it works in one event loop after the other."""
    sandbox = Sandbox(Limits())
    yield sandbox
    asyncio.run(sandbox.close())


@pytest.fixture
async def slack() -> AsyncIterator[LoopbackSlack]:
    async with LoopbackSlack().running() as slack:
        yield slack


@pytest.fixture
def engine() -> ScriptedEngine:
    """A model that always multiplies 6 by 7, until a test gives it another script."""
    return ScriptedEngine([MULTIPLY] * 100, closes=False)


@pytest.fixture
def service(engine: ScriptedEngine, sandbox: Sandbox, memory: Memory) -> ChatService:
    return ChatService(engine, sandbox, memory, max_steps=3, budget=4096)


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both ways in which Slack's events come."""
    return str(request.param)


@pytest.fixture
def adapter(slack: LoopbackSlack, service: ChatService) -> Adapter:
    """Start the adapter with `async with adapter():`; it is connected inside, and cancelled at the end."""

    @asynccontextmanager
    async def start(mode: str = "socket", **settings: Any) -> AsyncIterator["asyncio.Task[None]"]:
        port = free_port()
        if mode == "http":
            slack.http = SignedRequests(f"http://127.0.0.1:{port}/slack/events")
        settings = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SIGNING_SECRET} | settings
        settings = {"service": service, "mode": mode, "port": port, "api_base": slack.api_base} | settings
        task = asyncio.create_task(slack_adapter.run(**settings))
        try:
            await ready(slack, task, mode, port)
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    return start


async def ready(slack: LoopbackSlack, task: "asyncio.Task[None]", mode: str, port: int) -> None:
    """Wait until the adapter listens, or ends."""
    while not task.done():
        if mode == "socket" and slack.sockets.open:
            return
        if mode == "http" and listens(port):
            return
        await asyncio.sleep(0.01)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
