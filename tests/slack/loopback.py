"""A Slack of our own on 127.0.0.1: people who write and react, the Web API, Socket Mode and signed requests.

It grants only the scopes and sends only the events that the adapter's manifest asks for, so a behaviour that works
here is one that an app made from that manifest is allowed to have.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from tests.slack.delivery import Ack, SignedRequests, Sockets
from tests.slack.web_api import WebApi
from tests.slack.workspace import APP, BOT_USER, TEAM, Workspace

MANIFEST = json.loads((Path(__file__).parents[2] / "bot" / "slack" / "manifest.json").read_text("utf-8"))
ME = f"<@{BOT_USER}>"
Message = dict[str, Any]
_Found = TypeVar("_Found")


class LoopbackSlack:
    """One workspace with one app in it. `http` is set to deliver by signed requests instead of sockets."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self.api = WebApi(self.workspace, set(MANIFEST["oauth_config"]["scopes"]["bot"]))
        self.sockets = Sockets()
        self.http: SignedRequests | None = None
        self.subscribed = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
        self.copies: Callable[[], int] = lambda: 1  # how often each event is delivered
        self.shuffle: random.Random | None = None  # deliver copies and siblings in any order
        self.address = ""
        self.responses: list[dict[str, Any]] = []  # what came to response URLs
        self._numbers = itertools.count(1)
        self._deliveries: set[asyncio.Task[Ack]] = set()

    @property
    def api_base(self) -> str:
        return f"{self.address}/api/"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LoopbackSlack"]:
        app = web.Application(client_max_size=64 * 2**20)
        app.add_routes(self.api.routes())
        app.add_routes([web.get("/ws/{ticket}", self.sockets.serve), web.post("/response/{id}", self._responded)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.address = self.api.base = f"http://127.0.0.1:{port}"
        self.api.socket_address = lambda: f"ws://127.0.0.1:{port}/ws/{self.sockets.ticket()}"
        try:
            yield self
        finally:
            for task in self._deliveries:
                task.cancel()
            await asyncio.gather(*self._deliveries, return_exceptions=True)
            await self.sockets.drop(rudely=True)
            await runner.cleanup()

    # what people do

    def say(self, text: str, *, channel: str = "C0001", user: str = "UADA", thread: str = "", **more: Any) -> Message:
        """Write a message; its events are on their way when this returns."""
        where = {"thread_ts": thread} if thread else {}
        message = self.workspace.add(channel, {"user": user, "text": text} | where | more)
        event = {name: value for name, value in message.items() if name != "reactions"}
        kind = {"D": "im", "G": "group"}.get(channel[0], "channel")
        events = []
        if f"message.{kind}s".replace("ims", "im") in self.subscribed:
            events.append(event | {"type": "message", "channel_type": kind, "event_ts": message["ts"]})
        if ME in text and kind != "im" and "app_mention" in self.subscribed:
            events.append(event | {"type": "app_mention", "event_ts": message["ts"]})
        self._send(*events)
        return message

    def share(self, name: str, content: bytes) -> Message:
        """A file that a person uploaded, as messages name it."""
        identity = f"F{len(self.workspace.files):04d}"
        self.workspace.files[identity] = {"id": identity, "name": name, "content": content}
        url = f"{self.address}/files/{identity}/{name}"
        return {"id": identity, "name": name, "size": len(content), "mode": "hosted", "url_private": url}

    def react(self, message: Message, name: str, *, user: str = "UADA") -> None:
        base = name.partition("::")[0]
        message["reactions"].setdefault(base, []).append(user)
        self._react("reaction_added", message, name, user)

    def unreact(self, message: Message, name: str, *, user: str = "UADA") -> None:
        message["reactions"][name.partition("::")[0]].remove(user)
        self._react("reaction_removed", message, name, user)

    async def command(self, command: str, text: str = "", *, channel: str = "C0001", user: str = "UADA") -> Ack:
        """Give a slash command; its acknowledgement. Later answers are in `responses`."""
        number = next(self._numbers)
        payload = {
            "team_id": TEAM,
            "channel_id": channel,
            "user_id": user,
            "command": command,
            "text": text,
            "trigger_id": f"{number}.trigger",
            "response_url": f"{self.address}/response/{number}",
            "api_app_id": APP,
        }
        return await self._carrier().deliver("slash_commands", payload)

    async def click(self, message: Message, action: str, *, user: str = "UADA") -> Ack:
        """Click a button under a message; what only the person sees is in `responses`."""
        number = next(self._numbers)
        buttons = [e for block in message["blocks"] if block["type"] == "actions" for e in block["elements"]]
        [button] = [button for button in buttons if button["action_id"] == action]
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "api_app_id": APP,
            "channel": {"id": message["channel"]},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "message": {name: value for name, value in message.items() if name != "reactions"},
            "actions": [{"type": "button", "action_id": action, "value": button["value"], "block_id": "b"}],
            "trigger_id": f"{number}.trigger",
            "response_url": f"{self.address}/response/{number}",
        }
        return await self._carrier().deliver("interactive", payload)

    def open_home(self, user: str = "UADA") -> None:
        self._send({"type": "app_home_opened", "user": user, "tab": "home", "channel": "D0001"})

    # what a test waits for

    async def until(self, look: Callable[[], _Found | None], seconds: float = 60.0) -> _Found:
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"not within {seconds} s; the bot said {self.workspace.of_bot('C0001')}")

    async def answer(self, question: Message, number: int = 1, *, seconds: float = 60.0) -> Message:
        """The finished answer to a question: the `number`th post with both seeds in its thread."""
        root = question.get("thread_ts", question["ts"])

        def seeded() -> Message | None:
            done = [m for m in self.workspace.of_bot(question["channel"], root) if m["reactions"].keys() >= {"x"}]
            return done[number - 1] if len(done) >= number else None

        return await self.until(seeded, seconds)

    async def word(self, question: Message, text: str) -> Message:
        """A post in a question's thread that says something."""
        root = question.get("thread_ts", question["ts"])
        return await self.until(
            lambda: next((m for m in self.workspace.of_bot(question["channel"], root) if text in shown(m)), None)
        )

    async def delivered(self) -> None:
        """All events that were sent are acknowledged."""
        while self._deliveries:
            await asyncio.gather(*self._deliveries)

    @contextmanager
    def nobody_listens(self) -> Iterator[None]:
        """What is done meanwhile is not delivered, as after a long absence."""
        subscribed, self.subscribed = self.subscribed, set()
        yield
        self.subscribed = subscribed

    def _react(self, kind: str, message: Message, name: str, user: str) -> None:
        item = {"type": "message", "channel": message["channel"], "ts": message["ts"]}
        event = {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message["user"]}
        self._send(event | {"event_ts": f"{time.time():.6f}"})

    def _send(self, *events: dict[str, Any]) -> None:
        sent = [event for event in events for _ in range(self.copies()) if self._is_subscribed(event)]
        if self.shuffle:
            self.shuffle.shuffle(sent)
        for event in sent:
            number = next(self._numbers)
            payload = {
                "type": "event_callback",
                "team_id": TEAM,
                "api_app_id": APP,
                "event": event,
                "event_id": f"Ev{number}",
                "event_time": int(time.time()),
                "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            }
            task = asyncio.create_task(self._carrier().deliver("events_api", payload))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    def _is_subscribed(self, event: dict[str, Any]) -> bool:
        return event["type"] == "message" or event["type"] in self.subscribed

    def _carrier(self) -> Sockets | SignedRequests:
        return self.http or self.sockets

    async def _responded(self, request: web.Request) -> web.Response:
        self.responses.append(await request.json())
        return web.Response(text="ok")


def shown(message: Message) -> str:
    """All text of a message that people see."""
    texts = [message["text"]]
    for block in message["blocks"]:
        texts += [part["text"] for part in (block.get("elements") or [block.get("text")]) if part and "text" in part]
    return "\n".join(str(text) for text in texts)
