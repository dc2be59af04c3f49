"""The gateway of a small Discord: HELLO, IDENTIFY, READY, events, heartbeats, RESUME, invalid sessions."""

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord.world import BOT, GUILD, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID, HELLO, ACK = 0, 1, 2, 6, 9, 10, 11
GUILD_MESSAGES, GUILD_REACTIONS = 1 << 9, 1 << 10
DM_MESSAGES, DM_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15

Data = dict[str, Any]


class Line:
    """One connection, compressed if it was asked for."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self._packer = zlib.compressobj() if compressed else None

    async def send(self, op: int, data: Any, event: str | None = None, number: int | None = None) -> None:
        text = json.dumps({"t": event, "s": number, "op": op, "d": data})
        with suppress(ConnectionError, RuntimeError):  # it may be gone already
            if self._packer is None:
                await self.socket.send_str(text)
            else:
                packed = self._packer.compress(text.encode()) + self._packer.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)


@dataclass
class Session:
    """What one identification is told; the backlog lets it be resumed."""

    id: str
    intents: int
    shard: tuple[int, int]
    line: Line | None = None
    backlog: list[tuple[int, str, Data]] = field(default_factory=list)
    resumable: bool = True


class Gateway:
    """All sessions. What a session does not want, by its intents or its shard, it is not told."""

    def __init__(self, world: World, token: str, address: Callable[[], str]) -> None:
        self.sessions: dict[str, Session] = {}
        self.identified = self.resumed = 0
        self.refused = False  # refuse new connections
        self.grants_content = True  # the privilege to read all messages
        self._world, self._token, self._address = world, token, address
        self._told = asyncio.Lock()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its HELLO to its end."""
        if self.refused:
            return web.Response(status=503)
        socket = web.WebSocketResponse(heartbeat=None, max_msg_size=2**20)
        await socket.prepare(request)
        line = Line(socket, compressed=request.query.get("compress") == "zlib-stream")
        await line.send(HELLO, {"heartbeat_interval": 41_250})
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            asked = json.loads(message.data)
            match asked["op"]:
                case 1:
                    await line.send(ACK, None)
                case 2:
                    session = await self._identify(line, asked["d"])
                case 6:
                    session = await self._resume(line, asked["d"])
        if session is not None and session.line is line:
            session.line = None
        return socket

    async def tell(self, event: str, data: Data) -> None:
        """An event for every session that wants it."""
        async with self._told:
            for session in self.sessions.values():
                if _wants(session, event, data):
                    await self._dispatch(session, event, self._censored(session, event, data))

    async def drop(self, *, resumable: bool = True, code: int = 4000) -> None:
        """Break every connection; what happens meanwhile is replayed only to sessions that may resume."""
        for session in self.sessions.values():
            session.resumable = session.resumable and resumable
            if session.line is not None:
                line, session.line = session.line, None
                await line.socket.close(code=code)

    async def end(self) -> None:
        """Close what is open."""
        await self.drop(code=1001)

    async def _identify(self, line: Line, data: Data) -> Session | None:
        if data["token"] != self._token:
            await line.socket.close(code=4004)
            return None
        if data["intents"] & MESSAGE_CONTENT and not self.grants_content:
            await line.socket.close(code=4014)
            return None
        self.identified += 1
        shard, shards = data.get("shard", (0, 1))
        session = Session(secrets.token_hex(8), data["intents"], (shard, shards), line)
        self.sessions = {key: old for key, old in self.sessions.items() if old.line is not None}
        self.sessions[session.id] = session
        application = {"id": str(BOT), "flags": 0}
        ready = {"v": 10, "user": self._world.people[BOT], "application": application, "session_id": session.id}
        ready |= {"resume_gateway_url": self._address(), "guilds": [{"id": str(GUILD), "unavailable": True}]}
        await self._dispatch(session, "READY", ready)
        await self._dispatch(session, "GUILD_CREATE", self._world.guild())
        return session

    async def _resume(self, line: Line, data: Data) -> Session | None:
        session = self.sessions.get(data["session_id"] or "")
        if session is None or not session.resumable:
            await line.send(INVALID, False)
            return None
        self.resumed += 1
        async with self._told:
            for number, event, told in list(session.backlog):
                if number > data["seq"]:
                    await line.send(DISPATCH, told, event, number)
            session.line = line
            await self._dispatch(session, "RESUMED", {})
        return session

    async def _dispatch(self, session: Session, event: str, data: Data) -> None:
        number = len(session.backlog) + 1
        session.backlog.append((number, event, data))
        if session.line is not None:
            await session.line.send(DISPATCH, data, event, number)

    def _censored(self, session: Session, event: str, data: Data) -> Data:
        """Without the intent a bot reads only what is said to it."""
        private = "guild_id" not in data
        if event != "MESSAGE_CREATE" or session.intents & MESSAGE_CONTENT or private:
            return data
        said_to_it = any(person["id"] == str(BOT) for person in [*data["mentions"], data["author"]])
        return data if said_to_it else data | {"content": "", "attachments": [], "embeds": []}


def _wants(session: Session, event: str, data: Data) -> bool:
    private = "guild_id" not in data
    shard, shards = session.shard
    if shard != (0 if private else (GUILD >> 22) % shards):
        return False
    if event.startswith("MESSAGE_REACTION"):
        return bool(session.intents & (DM_REACTIONS if private else GUILD_REACTIONS))
    if event.startswith("MESSAGE"):
        return bool(session.intents & (DM_MESSAGES if private else GUILD_MESSAGES))
    return True
