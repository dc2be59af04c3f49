"""The REST interface of a small Discord: only what the bot uses; everything else is a loud 404."""

import json
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.discord.faults import Faults, Handler
from tests.discord.gateway import Gateway
from tests.discord.world import BOT, Data, Place, World

LONGEST = 2000
BODY = web.RequestKey("body", Any)


class Rest:
    """Routes over a world; each request is written into `journal` as (method, path, body)."""

    def __init__(self, world: World, gateway: Gateway, faults: Faults, token: str) -> None:
        self.journal: list[tuple[str, str, Data]] = []
        self.commands: list[Data] = []
        self.interactions: dict[str, Data] = {}  # token → {"place": id, "message": id, "acknowledged": Event}
        self.content_type = "application/json"  # a careless server adds a charset
        self.knows_nonces = True  # a small server does not
        self.address = ""
        self._world, self._gateway, self._faults, self._token = world, gateway, faults, token

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._middleware], client_max_size=64 * 2**20)
        base, message = "/api/v10", "/channels/{place}/messages/{message}"
        reaction = f"{base}{message}/reactions/{{emoji}}"
        app.add_routes(
            [
                web.get(f"{base}/users/@me", self._me),
                web.get(f"{base}/oauth2/applications/@me", self._application),
                web.get(f"{base}/gateway/bot", self._gateway_bot),
                web.put(f"{base}/applications/{{app}}/commands", self._register),
                web.get(f"{base}/channels/{{place}}", self._channel),
                web.post(f"{base}/channels/{{place}}/typing", self._typing),
                web.post(f"{base}/channels/{{place}}/messages", self._post),
                web.get(f"{base}/channels/{{place}}/messages", self._history),
                web.get(f"{base}{message}", self._message),
                web.patch(f"{base}{message}", self._edit),
                web.delete(f"{base}{message}", self._delete),
                web.put(f"{reaction}/@me", self._react),
                web.delete(f"{reaction}/@me", self._unreact),
                web.get(reaction, self._reacted),
                web.post(f"{base}/interactions/{{id}}/{{token}}/callback", self._callback),
                web.patch(f"{base}/webhooks/{{app}}/{{token}}/messages/@original", self._respond),
                web.get("/gateway", self._gateway.serve),
                web.get("/gateway/", self._gateway.serve),
            ]
        )
        return app

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/gateway"):
            return await handler(request)
        public = "/webhooks/" in request.path or "/interactions/" in request.path
        if not public and request.headers.get("Authorization") != f"Bot {self._token}":
            return self._json({"message": "401: Unauthorized", "code": 0}, 401)
        request[BODY] = await _body(request)
        self.journal.append((request.method, request.path.removeprefix("/api/v10"), request[BODY]))
        return await self._faults.pass_through(request, handler)

    def _json(self, data: Any, status: int = 200) -> web.Response:
        headers = {"Content-Type": self.content_type}
        return web.Response(body=json.dumps(data).encode(), status=status, headers=headers)

    async def _me(self, request: web.Request) -> web.Response:
        return self._json(self._world.people[BOT])

    async def _application(self, request: web.Request) -> web.Response:
        data = {"id": str(BOT), "name": "codeact", "description": "", "icon": None, "summary": "", "flags": 0}
        data |= {"bot_public": True, "bot_require_code_grant": False, "verify_key": "", "team": None}
        return self._json(data | {"owner": self._world.people[BOT]})

    async def _gateway_bot(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return self._json(
            {"url": f"{self.address.replace('http', 'ws')}/gateway", "shards": 1, "session_start_limit": limit}
        )

    async def _register(self, request: web.Request) -> web.Response:
        more = {"application_id": str(BOT), "version": "1", "default_member_permissions": None}
        self.commands = [
            {"id": str(number), "type": 1, "description": "", **more, **command}
            for number, command in enumerate(request[BODY], 1)
        ]
        return self._json(self.commands)

    async def _channel(self, request: web.Request) -> web.Response:
        return self._json(self._world.channel(self._place(request)))

    async def _typing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _post(self, request: web.Request) -> web.Response:
        place, body = self._place(request), request[BODY]
        if problem := _problem(body):
            return self._json(problem, 400)
        nonce = body.get("nonce") if body.get("enforce_nonce") and self.knows_nonces else None
        if nonce and (known := self._world.nonces.get((place.id, nonce))):
            return self._json(place.messages[known])
        more = {key: body[key] for key in ("message_reference", "nonce") if key in body}
        message = self._world.add_message(place, BOT, body.get("content", ""), **more)
        message["attachments"] = _attachments(body)
        if nonce:
            self._world.nonces[place.id, nonce] = int(message["id"])
        await self._gateway.tell("MESSAGE_CREATE", self._world.event(message))
        return self._json(message)

    async def _history(self, request: web.Request) -> web.Response:
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 2**63))
        found = [m for number, m in self._place(request).messages.items() if after < number < before]
        limit = int(request.query.get("limit", 50))
        part = found[:limit] if "after" in request.query else found[-limit:]
        return self._json([self._world.shown(message) for message in reversed(part)])

    async def _message(self, request: web.Request) -> web.Response:
        message = self._found(request)
        return self._json(self._world.shown(message)) if message else self._unknown()

    async def _edit(self, request: web.Request) -> web.Response:
        message, body = self._found(request), request[BODY]
        if message is None:
            return self._unknown()
        if problem := _problem(body):
            return self._json(problem, 400)
        await self._change(message, body)
        return self._json(message)

    async def _change(self, message: Data, body: Data) -> None:
        message["content"] = body.get("content", message["content"])
        message["edited_timestamp"] = message["timestamp"]
        if "attachments" in body:
            message["attachments"] = _attachments(body)
        self._world.edits[int(message["id"])].append(message["content"])
        await self._gateway.tell("MESSAGE_UPDATE", self._world.event(message))

    async def _delete(self, request: web.Request) -> web.Response:
        return (
            web.Response(status=204)
            if self._place(request).messages.pop(self._number(request), None)
            else self._unknown()
        )

    async def _react(self, request: web.Request) -> web.Response:
        message = self._found(request)
        if message is None:
            return self._unknown()
        self._world.react(message, BOT, unquote(request.match_info["emoji"]))
        return web.Response(status=204)

    async def _unreact(self, request: web.Request) -> web.Response:
        message = self._found(request)
        if message is None:
            return self._unknown()
        self._world.unreact(message, BOT, unquote(request.match_info["emoji"]))
        return web.Response(status=204)

    async def _reacted(self, request: web.Request) -> web.Response:
        emoji, after = unquote(request.match_info["emoji"]), int(request.query.get("after", 0))
        people = self._world.reactions.get(self._number(request), {}).get(emoji, [])
        return self._json([self._world.people[number] for number in sorted(people) if number > after])

    async def _callback(self, request: web.Request) -> web.Response:
        interaction = self.interactions[request.match_info["token"]]
        body = request[BODY]
        place = self._world.places[interaction["place"]]
        content = (body.get("data") or {}).get("content", "")
        message = self._world.add_message(place, BOT, content, flags=(body.get("data") or {}).get("flags", 0))
        interaction["message"] = message
        interaction["acknowledged"].set()
        return web.Response(status=204)

    async def _respond(self, request: web.Request) -> web.Response:
        message = self.interactions[request.match_info["token"]]["message"]
        await self._change(message, request[BODY])
        return self._json(message)

    def _place(self, request: web.Request) -> Place:
        place = self._world.places.get(int(request.match_info["place"]))
        if place is None:
            raise web.HTTPNotFound(
                body=b'{"message": "Unknown Channel", "code": 10003}', content_type="application/json"
            )
        return place

    def _number(self, request: web.Request) -> int:
        return int(request.match_info["message"])

    def _found(self, request: web.Request) -> Data | None:
        return self._place(request).messages.get(self._number(request))

    def _unknown(self) -> web.Response:
        return self._json({"message": "Unknown Message", "code": 10008}, 404)


async def _body(request: web.Request) -> Any:
    if request.content_type == "application/json":
        text = await request.text()
        return json.loads(text) if text else {}
    if request.content_type != "multipart/form-data":
        return {}
    form = await request.post()
    body: Data = json.loads(str(form["payload_json"]))
    body["files"] = {
        key: (part.filename, part.file.read()) for key, part in form.items() if isinstance(part, web.FileField)
    }
    return body


def _attachments(body: Data) -> list[Data]:
    files = body.get("files", {})
    return [
        {"id": str(number), "filename": name, "size": len(content), "url": "", "proxy_url": ""}
        for number, (name, content) in enumerate(files.values())
    ]


def _problem(body: Data) -> Data | None:
    content = body.get("content") or ""
    if len(content) > LONGEST or not (content or body.get("files")):
        return {"message": "Invalid Form Body", "code": 50035, "errors": {"content": {"_errors": []}}}
    return None
