"""A bot on a simulated Discord: the real discord.py client, service, database and sandbox; the model reads a script."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord

from bot.discord.access import Access
from bot.discord.client import Client
from bot.discord_adapter import run
from core.conversation import Verdict
from core.engine.scripted import ScriptedEngine
from core.memory import Memory
from core.prompt import write
from core.sandbox import Limits, Sandbox
from core.service import ChatService
from tests.discord.loopback import TOKEN, LoopbackDiscord


def program(code: str, thought: str = "I compute it.") -> str:
    """What a model writes that answers with a program."""
    return write(thought, code)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all tests here: they are about the chat, and a sandbox takes a moment to build."""
    sandbox = Sandbox(Limits())
    yield sandbox
    asyncio.run(sandbox.close())


@dataclass
class Rig:
    """A server with one channel, two members, and the bot in it."""

    env: simcord.Env
    client: Client
    engine: ScriptedEngine
    service: ChatService
    memory: Memory
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor
    bob: simcord.MemberActor

    @property
    def at(self) -> str:
        """The bot's mention."""
        return self.client.me.mention

    async def ask(self, text: str, who: simcord.MemberActor | None = None) -> discord.Message:
        """Mention the bot in the channel; its answer."""
        before = {message.id for message in self.channel.history()}
        question = await (who or self.ada).send(self.channel, f"{self.at} {text}")
        [answer] = [m for m in self.channel.history() if m.id not in before and m.id != question.id]
        return answer

    def answers(self, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
        """What the bot wrote in a channel, oldest first."""
        found = [m for m in (channel or self.channel).history() if m.author.id == self.client.me.id]
        return sorted(found, key=lambda message: message.id)

    def thread(self, opened_by: int, on: int | None = None) -> simcord.ChannelHandle:
        """A thread of the channel, opened by somebody, perhaps on a message."""
        made = self.env.backend.create_thread(self.channel.id, "aside", opened_by, message_id=on)
        return simcord.ChannelHandle(self.env, self.guild, made)

    async def verdict(self) -> Verdict | None:
        """What the votes on the first judged turn come to."""
        judged = await self.memory.judged()
        return await self.memory.verdict(judged[0].turn.id) if judged else None

    def sent(self, method: str, ending: str) -> int:
        """How many requests of a kind the bot made."""
        return sum(entry.method == method and entry.path.endswith(ending) for entry in self.env.http_requests)

    async def restart(self, completions: Sequence[str]) -> None:
        """A new client, service and engine over the same database; Discord stays."""
        self.engine = ScriptedEngine(completions, closes=False)
        self.service = ChatService(self.engine, self.service._sandbox, self.memory)
        self.client = Client(self.service, shard_count=1)
        await self.env.restart_bot(self.client)


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackDiscord]:
    """A Discord on this machine."""
    async with LoopbackDiscord().running() as discord:
        yield discord


@pytest.fixture
def adapter(loopback: LoopbackDiscord) -> "RunAdapter":
    """Runs the adapter against the loopback until the block ends: `async with adapter(service)`."""

    @asynccontextmanager
    async def make(service: ChatService, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
        options = {"token": TOKEN, "api_base": loopback.api_base, "gateway_url": loopback.gateway_url, **options}
        task = asyncio.create_task(run(service, **options))
        connected = asyncio.create_task(loopback.connected())
        await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return make


RunAdapter = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]
MakeRig = Callable[..., AbstractAsyncContextManager[Rig]]


@pytest.fixture
def rig(memory: Memory, sandbox: Sandbox) -> MakeRig:
    """Builds a rig: `async with rig([completion, …]) as r`."""

    @asynccontextmanager
    async def make(
        completions: Sequence[str] = (),
        *,
        access: Access | None = None,
        reads_all: bool = True,
        closes: bool = False,
        check_errors: bool = True,
    ) -> AsyncIterator[Rig]:
        engine = ScriptedEngine(completions, closes=closes)
        service = ChatService(engine, sandbox, memory)
        client = Client(service, access=access, reads_all=reads_all, shard_count=1)
        async with simcord.run(client, settle_timeout=30, check_errors=check_errors) as env:
            guild = env.create_guild("Home")
            channel = guild.create_text_channel("general")
            ada, bob = (guild.add_member(env.create_user(name)) for name in ("ada", "bob"))
            yield Rig(env, client, engine, service, memory, guild, channel, ada, bob)

    return make
