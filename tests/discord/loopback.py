"""A Discord of our own on 127.0.0.1: people who write and react, REST, a gateway, and faults on purpose.

It speaks the real protocol, so an unmodified process can be pointed at it with DISCORD_API_BASE and
DISCORD_GATEWAY_URL.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiohttp import web

from tests.discord.faults import Faults
from tests.discord.gateway import Gateway
from tests.discord.rest import Rest
from tests.discord.world import BOT, GUILD, Data, Place, World

TOKEN = "loopback.bot.token"
ME = f"<@{BOT}>"

Found = TypeVar("Found")


class LoopbackDiscord:
    """One server, one bot, people."""

    def __init__(self) -> None:
        self.world = World()
        self.faults = Faults()
        self.gateway = Gateway(self.world, TOKEN, lambda: self.gateway_url)
        self.rest = Rest(self.world, self.gateway, self.faults, TOKEN)
        self.address = ""

    @property
    def api_base(self) -> str:
        return f"{self.address}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"{self.address.replace('http', 'ws')}/gateway"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LoopbackDiscord"]:
        """Listen on a free port."""
        runner = web.AppRunner(self.rest.app(), shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = self.rest.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await self.gateway.end()
            await runner.cleanup()

    # people

    async def say(self, place: Place, author: int, text: str, *, answer_to: Data | None = None) -> Data:
        """Somebody writes; the message."""
        more: Data = {}
        if answer_to is not None:
            more["message_reference"] = {"message_id": answer_to["id"], "channel_id": answer_to["channel_id"]}
        message = self.world.add_message(place, author, text, **more)
        await self.gateway.tell("MESSAGE_CREATE", self.world.event(message))
        return message

    async def repeat(self, message: Data) -> None:
        """The same event once more."""
        await self.gateway.tell("MESSAGE_CREATE", self.world.event(message))

    async def react(self, message: Data, person: int, emoji: str) -> None:
        """Somebody reacts."""
        if self.world.react(message, person, emoji):
            await self.gateway.tell("MESSAGE_REACTION_ADD", self._reaction(message, person, emoji))

    async def unreact(self, message: Data, person: int, emoji: str) -> None:
        """Somebody takes a reaction back."""
        if self.world.unreact(message, person, emoji):
            await self.gateway.tell("MESSAGE_REACTION_REMOVE", self._reaction(message, person, emoji))

    async def command(self, place: Place, person: int, name: str, **options: Any) -> Data:
        """Somebody gives a slash command; its response, once it is acknowledged."""
        token = secrets.token_hex(8)
        number = str(self.world.snowflake())
        acknowledged = asyncio.Event()
        self.rest.interactions[token] = {"place": place.id, "acknowledged": acknowledged}
        [command] = [command for command in self.rest.commands if command["name"] == name]
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        data: Data = {"id": number, "application_id": str(BOT), "type": 2, "token": token, "version": 1}
        data |= {"channel_id": str(place.id), "channel": self.world.channel(place), "locale": "en-US"}
        data |= {"data": {"id": command["id"], "name": name, "type": 1, "options": given}, "entitlements": []}
        user = self.world.people[person]
        if place.guild is None:
            data["user"] = user
        else:
            member = {"user": user, "roles": [], "permissions": "0", "joined_at": "2026-01-01T00:00:00+00:00"}
            data |= {"guild_id": str(place.guild), "member": member | {"deaf": False, "mute": False, "flags": 0}}
        await self.gateway.tell("INTERACTION_CREATE", data)
        await asyncio.wait_for(acknowledged.wait(), 3)
        return self.rest.interactions[token]["message"]  # type: ignore[no-any-return]

    # what the bot did

    def answers(self, question: Data) -> list[Data]:
        """The bot's messages that reply to a question."""
        place = self.world.places[int(question["channel_id"])]
        return [
            message
            for message in place.messages.values()
            if message["author"]["id"] == str(BOT)
            and str((message.get("message_reference") or {}).get("message_id")) == question["id"]
        ]

    async def answer(self, question: Data, *, seconds: float = 15.0) -> Data:
        """The one finished answer to a question, with its two reactions."""

        def finished() -> Data | None:
            found = self.answers(question)
            return found[0] if found and "-# " in found[0]["content"] and self.seeded(found[0]) else None

        answer = await self.until(finished, seconds=seconds)
        assert len(self.answers(question)) == 1, self.answers(question)
        return answer

    def seeded(self, message: Data) -> bool:
        """Whether the bot put its two reactions there."""
        found = self.world.reactions.get(int(message["id"]), {})
        return [BOT in found.get(emoji, []) for emoji in ("✅", "❌")] == [True, True]

    async def until(self, look: Callable[[], Found | None], *, seconds: float = 15.0) -> Found:
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen within {seconds} s; requests: {self.rest.journal[-10:]}")
            await asyncio.sleep(0.01)
        return found

    async def connected(self) -> None:
        """Wait for a bot that listens."""
        await self.until(lambda: any(session.line for session in self.gateway.sessions.values()), seconds=30)

    def _reaction(self, message: Data, person: int, emoji: str) -> Data:
        data: Data = {"user_id": str(person), "channel_id": message["channel_id"], "message_id": message["id"]}
        data |= {"emoji": {"id": None, "name": emoji}, "burst": False, "type": 0}
        place = self.world.places[int(message["channel_id"])]
        return data if place.guild is None else data | {"guild_id": str(GUILD)}
