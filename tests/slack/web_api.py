"""Slack's Web API over a workspace: tokens, scopes, methods, and the faults that a network adds."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.slack.workspace import BOT_ID, BOT_USER, TEAM, Refusal, Workspace, check_post

BOT_TOKEN, APP_TOKEN = "xoxb-1-test", "xapp-1-test"

# Slack's documentation: which scope opens which method.
METHOD_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "assistant.threads.setStatus": "chat:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "reactions.get": "reactions:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "conversations.info": {"C": "channels:read", "G": "groups:read", "D": "im:read"},
    "conversations.replies": {"C": "channels:history", "G": "groups:history", "D": "im:history"},
    "conversations.history": {"C": "channels:history", "G": "groups:history", "D": "im:history"},
    "users.conversations": "im:read",  # and channels:read, groups:read: one per type that is asked for
    "users.info": "users:read",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an HTTP status, or a connection reset before or after it was carried out."""

    status: int = 0
    retry_after: int = 1
    reset: str = ""  # "before" or "after"
    error: str = ""  # an `ok: false`
    delay_seconds: float = 0.0


Faults = Callable[[str, int], Fault | None]  # method and the number of its call, from 1


class WebApi:
    """Answers the methods that a bot uses; every call is kept in `calls` as (method, arguments)."""

    def __init__(self, workspace: Workspace, scopes: set[str]) -> None:
        self.workspace = workspace
        self.scopes = scopes
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: Faults = lambda method, number: None
        self.unknown: set[str] = {"assistant.threads.setStatus"}  # as on servers that do not have it
        self.bot_token, self.app_token = BOT_TOKEN, APP_TOKEN
        self.base = ""
        self.socket_address: Callable[[], str] = lambda: ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/{method}", self._serve),
            web.get("/api/{method}", self._serve),
            web.post("/upload/{id}", self._upload),
            web.get("/files/{id}/{name}", self._download),
        ]

    def named(self, method: str) -> list[dict[str, Any]]:
        """The arguments of all calls of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append((method, arguments))
        fault = self.faults(method, len(self.named(method)))
        if fault and fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault and fault.reset == "before":
            return _reset(request)
        if fault and fault.status:
            headers = {"Retry-After": str(fault.retry_after)} if fault.status == 429 else {}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=fault.status, headers=headers)
        try:
            if fault and fault.error:
                raise Refusal(fault.error)
            self._authorize(request, method, arguments)
            answer = {"ok": True} | self._carry_out(method, arguments)
        except Refusal as refusal:
            answer = {"ok": False, "error": str(refusal)}
        if fault and fault.reset == "after":
            return _reset(request)
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _authorize(self, request: web.Request, method: str, arguments: dict[str, Any]) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
        if token != (self.app_token if method == "apps.connections.open" else self.bot_token):
            raise Refusal("invalid_auth")
        scope = METHOD_SCOPES.get(method)
        if isinstance(scope, dict):
            scope = scope[str(arguments.get("channel", "C"))[0]]
        if scope and scope not in self.scopes:
            raise Refusal("missing_scope")

    def _carry_out(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None or method in self.unknown:
            raise Refusal("unknown_method")
        return handler(**arguments)

    def _auth_test(self, **_: Any) -> dict[str, Any]:
        return {"user_id": BOT_USER, "bot_id": BOT_ID, "team_id": TEAM, "team": "Test", "user": "codeact"}

    def _apps_connections_open(self, **_: Any) -> dict[str, Any]:
        return {"url": self.socket_address()}

    def _chat_postMessage(
        self, channel: str, text: str = "", blocks: Any = None, thread_ts: str = "", metadata: Any = None, **rest: Any
    ) -> dict[str, Any]:
        self.workspace.check_member(channel)
        check_post(text, blocks or [])
        said = {"user": BOT_USER, "bot_id": BOT_ID, "text": text, "blocks": blocks or [], "metadata": metadata}
        if thread_ts:
            said["thread_ts"] = thread_ts
        message = self.workspace.add(channel, said | {"options": rest})
        return {"channel": channel, "ts": message["ts"], "message": _public(message)}

    def _chat_update(
        self, channel: str, ts: str, text: str = "", blocks: Any = None, metadata: Any = None, **_: Any
    ) -> dict[str, Any]:
        check_post(text, blocks or [])
        message = self.workspace.message(channel, ts)
        if message.get("user") != BOT_USER:
            raise Refusal("cant_update_message")
        message.update(text=text, blocks=blocks or [], metadata=metadata, edits=message.get("edits", 0) + 1)
        return {"channel": channel, "ts": ts}

    def _chat_delete(self, channel: str, ts: str, **_: Any) -> dict[str, Any]:
        self.workspace.message(channel, ts)
        del self.workspace.messages[channel, ts]
        return {"channel": channel, "ts": ts}

    def _chat_postEphemeral(self, channel: str, user: str, text: str, **rest: Any) -> dict[str, Any]:
        self.workspace.check_member(channel)
        self.workspace.ephemerals.append({"channel": channel, "user": user, "text": text} | rest)
        return {"message_ts": self.workspace.ts()}

    def _assistant_threads_setStatus(self, **arguments: Any) -> dict[str, Any]:
        self.workspace.statuses.append(arguments)
        return {}

    def _reactions_add(self, channel: str, timestamp: str, name: str, **_: Any) -> dict[str, Any]:
        users = self.workspace.message(channel, timestamp)["reactions"].setdefault(name, [])
        if BOT_USER in users:
            raise Refusal("already_reacted")
        users.append(BOT_USER)
        return {}

    def _reactions_remove(self, channel: str, timestamp: str, name: str, **_: Any) -> dict[str, Any]:
        users = self.workspace.message(channel, timestamp)["reactions"].get(name, [])
        if BOT_USER not in users:
            raise Refusal("no_reaction")
        users.remove(BOT_USER)
        return {}

    def _reactions_get(self, channel: str, timestamp: str, **_: Any) -> dict[str, Any]:
        return {"type": "message", "channel": channel, "message": _public(self.workspace.message(channel, timestamp))}

    def _conversations_info(self, channel: str, **_: Any) -> dict[str, Any]:
        return {"channel": {"id": channel, "is_private": channel in self.workspace.private, "is_im": channel[0] == "D"}}

    def _conversations_replies(self, channel: str, ts: str, **arguments: Any) -> dict[str, Any]:
        self.workspace.check_member(channel)
        thread = self.workspace.thread(channel, ts)
        if not thread:
            raise Refusal("thread_not_found")
        return _page(thread, **arguments)

    def _conversations_history(self, channel: str, **arguments: Any) -> dict[str, Any]:
        self.workspace.check_member(channel)
        roots = [m for m in self.workspace.in_channel(channel) if m.get("thread_ts") in (None, m["ts"])]
        for root in roots:
            if replies := self.workspace.thread(channel, root["ts"])[1:]:
                root.update(thread_ts=root["ts"], reply_count=len(replies), latest_reply=replies[-1]["ts"])
        return _page(roots[::-1], **arguments)

    def _users_conversations(self, types: str, **arguments: Any) -> dict[str, Any]:
        held = self.workspace
        names = sorted(held.members | {name for name, _ in held.messages if name[0] == "D"})
        channels = [{"id": n, "is_im": n[0] == "D", "is_private": n in held.private} for n in names]
        return {"channels": channels, "response_metadata": {"next_cursor": ""}}

    def _users_info(self, user: str, **_: Any) -> dict[str, Any]:
        return {"user": {"id": user, "is_admin": user in self.workspace.admins}}

    def _views_publish(self, user_id: str, view: dict[str, Any], **_: Any) -> dict[str, Any]:
        check_post("home", view["blocks"])
        self.workspace.homes[user_id] = view
        return {"view": view}

    def _files_getUploadURLExternal(self, filename: str, length: Any, **_: Any) -> dict[str, Any]:
        identity = f"F{len(self.workspace.files):04d}"
        self.workspace.files[identity] = {"id": identity, "name": filename, "length": int(length)}
        return {"file_id": identity, "upload_url": f"{self.base}/upload/{identity}"}

    def _files_completeUploadExternal(
        self, files: list[dict[str, Any]], channel_id: str = "", thread_ts: str = "", **_: Any
    ) -> dict[str, Any]:
        held = [self.workspace.files[str(file["id"])] for file in files]
        if any("content" not in file for file in held):
            raise Refusal("file_not_found")
        where = {"thread_ts": thread_ts} if thread_ts else {}
        said = {"user": BOT_USER, "bot_id": BOT_ID, "text": "", "blocks": [], "files": held} | where
        message = self.workspace.add(channel_id, said)
        shares = {"public": {channel_id: [{"ts": message["ts"]}]}}
        return {"files": [{"id": file["id"], "title": file["name"], "shares": shares} for file in held]}

    async def _upload(self, request: web.Request) -> web.Response:
        self.workspace.files[request.match_info["id"]]["content"] = await request.read()
        return web.Response(text="OK")

    async def _download(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.bot_token}":
            raise web.HTTPFound("/login")
        file = self.workspace.files.get(request.match_info["id"])
        if file is None or "files:read" not in self.scopes:
            raise web.HTTPNotFound
        return web.Response(body=file["content"])


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Arguments as Slack takes them: a query, a form whose structured fields are JSON, or JSON."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        found |= await request.json()
    elif request.can_read_body:
        found |= dict(await request.post())
    return {name: _parsed(value) for name, value in found.items()}


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _public(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the API shows it."""
    reactions = [{"name": n, "users": u, "count": len(u)} for n, u in message["reactions"].items() if u]
    shown = {name: value for name, value in message.items() if name != "options"} | {"reactions": reactions}
    if "files" in shown:
        shown["files"] = [{n: v for n, v in file.items() if n != "content"} for file in shown["files"]]
    return shown


def _page(
    messages: list[dict[str, Any]],
    cursor: str = "0",
    limit: Any = 100,
    oldest: str = "",
    latest: str = "~",
    include_all_metadata: Any = None,
    **_: Any,
) -> dict[str, Any]:
    wanted = [m for m in messages if oldest <= m["ts"] <= latest]
    start, end = int(cursor or 0), int(cursor or 0) + int(limit)
    shown = [_public(message) for message in wanted[start:end]]
    if not include_all_metadata:
        for message in shown:
            message.pop("metadata", None)
    more = end < len(wanted)
    return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": str(end) if more else ""}}


def _reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
