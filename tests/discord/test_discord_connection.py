"""What the adapter makes of a Discord that drops, repeats, refuses and stumbles, over real sockets."""

import asyncio
import gc
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.discord import trying
from bot.discord.client import Client
from bot.discord_adapter import run
from core.conversation import Channel, Completion, Message, Sampling, Verdict
from core.engine.protocol import OnText
from core.engine.scripted import ScriptedEngine
from core.errors import AdapterError
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from tests.discord.conftest import RunAdapter, program
from tests.discord.faults import Kind
from tests.discord.loopback import ME, TOKEN, LoopbackDiscord
from tests.discord.world import GUILD

MULTIPLY = program("print(6 * 7)")
QUESTION = f"{ME} What is 6 times 7?"


class SlowEngine(ScriptedEngine):
    """Thinks until it is let go."""

    def __init__(self, completions: Sequence[str]) -> None:
        super().__init__(completions, closes=False)
        self.go = asyncio.Event()

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText | None = None
    ) -> Completion:
        completion = await super().complete(messages, sampling, on_text)
        await self.go.wait()
        return completion


@pytest.fixture
def service(memory: Memory, sandbox: Sandbox) -> ChatService:
    """Answers 42 as often as it is asked."""
    return ChatService(ScriptedEngine([MULTIPLY] * 50, closes=False), sandbox, memory)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses, so that the tests take no longer than they must."""
    monkeypatch.setattr(trying, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("bot.discord_adapter.FIRST_PAUSE_SECONDS", 0.05)


async def test_a_mention_is_answered_over_the_real_protocol(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        question = await loopback.say(place, ada, QUESTION)
        answer = await loopback.answer(question)

        assert "```text\n42\n```" in answer["content"]
        assert loopback.world.edits[int(answer["id"])][0] == "⏳ queued…"
        assert {"ask", "reset", "help"} <= {command["name"] for command in loopback.rest.commands}
        [sent] = [
            body for method, path, body in loopback.rest.journal if method == "POST" and path.endswith("/messages")
        ]
        assert sent["enforce_nonce"]
        assert sent["flags"] == 4  # links do not unfold


async def test_reactions_arrive_as_votes(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService, memory: Memory
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")

    async def verdict() -> Verdict:
        [turn] = await memory.recall(Channel("discord", str(GUILD), str(place.id)))
        return await memory.verdict(turn.id)

    async def becomes(wanted: Verdict) -> None:
        async with asyncio.timeout(5):
            while await verdict() is not wanted:
                await asyncio.sleep(0.01)

    async with adapter(service):
        answer = await loopback.answer(await loopback.say(place, ada, QUESTION))
        await loopback.react(answer, ada, "✅")
        await becomes(Verdict.POSITIVE)
        await loopback.react(answer, ada, "❌")
        await becomes(Verdict.NEGATIVE)
        await loopback.unreact(answer, ada, "❌")
        await becomes(Verdict.POSITIVE)
        await loopback.unreact(answer, ada, "✅")
        await becomes(Verdict.NONE)


async def test_a_vote_that_comes_before_the_answer_is_complete_counts(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    bob = loopback.world.add_person("bob")
    engine = SlowEngine([MULTIPLY])
    async with adapter(ChatService(engine, sandbox, memory)):
        question = await loopback.say(place, ada, QUESTION)
        await loopback.until(lambda: loopback.answers(question))
        await loopback.react(loopback.answers(question)[0], ada, "✅")  # on the placeholder
        await loopback.react(loopback.answers(question)[0], bob, "❌")
        await loopback.unreact(loopback.answers(question)[0], bob, "❌")
        await asyncio.sleep(0.2)
        engine.go.set()
        await loopback.answer(question)

        [judged] = await memory.judged()
        assert [(vote.author, vote.label) for vote in judged.votes] == [(str(ada), True)]


async def test_a_command_is_acknowledged_and_answered(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        await loopback.until(lambda: loopback.rest.commands)
        response = await loopback.command(place, ada, "ask", question="What is 6 times 7?")
        await loopback.until(lambda: "42" in response["content"] and loopback.seeded(response))


@pytest.mark.parametrize("kind", list(Kind))
async def test_faulty_requests_cost_no_answer_and_make_no_second_one(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService, kind: Kind
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        await loopback.until(lambda: loopback.rest.commands)
        loopback.faults.add(kind, method="POST", path="*/messages", times=2)
        loopback.faults.add(kind, method="PATCH", path="*/messages/*", times=2)
        answer = await loopback.answer(await loopback.say(place, ada, QUESTION), seconds=40)

        assert "42" in answer["content"]
        assert loopback.faults.struck[kind] >= 2
        assert len(place.messages) == 2


async def test_a_lost_response_makes_no_second_answer_where_nonces_are_not_known(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    loopback.rest.knows_nonces = False
    async with adapter(service):
        loopback.faults.add(Kind.UNANSWERED, method="POST", path="*/messages", times=3)
        await loopback.answer(await loopback.say(place, ada, QUESTION))

        assert len(place.messages) == 2


async def test_a_careless_server_is_understood(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    loopback.rest.content_type = "application/json; charset=utf-8"
    async with adapter(service, api_base=loopback.address):
        question = await loopback.say(place, ada, "")
        question |= {"content": QUESTION}
        for key in ("mentions", "attachments", "embeds", "pinned", "tts", "type", "edited_timestamp"):
            question.pop(key)
        await loopback.repeat(question)

        assert "42" in (await loopback.answer(question))["content"]


async def test_a_busy_database_costs_no_vote_and_a_question_gets_a_polite_word(
    loopback: LoopbackDiscord, adapter: RunAdapter, sandbox: Sandbox, tmp_path: Path
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    memory = Memory(f"sqlite+aiosqlite:///{tmp_path / 'busy.sqlite3'}", busy_timeout_seconds=0.1)
    await memory.open()
    other = sqlite3.connect(tmp_path / "busy.sqlite3", isolation_level=None)
    async with adapter(ChatService(ScriptedEngine([MULTIPLY] * 2, closes=False), sandbox, memory)):
        answer = await loopback.answer(await loopback.say(place, ada, QUESTION))
        other.execute("BEGIN IMMEDIATE")
        await loopback.react(answer, ada, "✅")
        refused = await loopback.say(place, ada, QUESTION)
        await loopback.until(lambda: loopback.answers(refused))
        assert "cannot reach my memory" in loopback.answers(refused)[0]["content"]
        other.execute("ROLLBACK")
        await loopback.answer(await loopback.say(place, ada, QUESTION))
        async with asyncio.timeout(10):
            while not (judged := await memory.judged()):
                await asyncio.sleep(0.02)
        assert [vote.label for vote in judged[0].votes] == [True]
    other.close()
    await memory.close()


async def test_an_event_that_cannot_be_read_ends_nothing(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        await loopback.gateway.tell("CHANNEL_UPDATE", {"nonsense": True})
        await loopback.gateway.tell("MESSAGE_REACTION_ADD", {"emoji": 3})
        await loopback.answer(await loopback.say(place, ada, QUESTION))

        assert loopback.gateway.identified == 1


async def test_a_resumed_session_brings_what_was_missed(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        await loopback.answer(await loopback.say(place, ada, QUESTION))
        await loopback.gateway.drop(resumable=True)
        missed = [await loopback.say(place, ada, QUESTION) for _ in range(3)]
        for question in missed:
            await loopback.answer(question)

        assert (loopback.gateway.identified, loopback.gateway.resumed) == (1, 1)


async def test_after_a_lost_session_everything_missed_is_answered_in_order(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    engine = ScriptedEngine([MULTIPLY] * 50, closes=False)
    busy, quiet = loopback.world.add_place("busy"), loopback.world.add_place("quiet")
    ada = loopback.world.add_person("ada")
    direct = loopback.world.add_place("", guild=None, people=(ada,))
    async with adapter(ChatService(engine, sandbox, memory)):
        for place in (busy, direct):
            await loopback.answer(await loopback.say(place, ada, QUESTION))
        loopback.gateway.refused = True
        await loopback.gateway.drop(resumable=False)
        missed = [await loopback.say(busy, ada, f"{ME} number {n}") for n in range(3)]
        missed += [await loopback.say(place, ada, f"{ME} elsewhere") for place in (quiet, direct)]
        loopback.gateway.refused = False
        await loopback.until(lambda: loopback.gateway.identified == 2, seconds=30)
        missed.append(await loopback.say(busy, ada, f"{ME} number 3"))  # must not overtake
        for question in missed:
            await loopback.answer(question)

    asked = [prompt[-1].content.splitlines()[-1] for prompt in engine.prompts]
    assert [text for text in asked if text.startswith("number")] == [f"number {n}" for n in range(4)]
    assert len(asked) == 2 + len(missed)


async def test_the_same_event_many_times_gets_one_answer(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        question = await loopback.say(place, ada, QUESTION)
        for _ in range(3):
            await loopback.repeat(question)
        await loopback.answer(question)
    async with adapter(service):
        await loopback.repeat(question)
        await loopback.answer(await loopback.say(place, ada, QUESTION))

    assert len(loopback.answers(question)) == 1


async def test_a_first_connection_that_fails_is_tried_again(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    loopback.faults.add(Kind.UNAVAILABLE, path="*/users/@me", times=2)
    async with adapter(service):
        await loopback.answer(await loopback.say(place, ada, QUESTION))

        assert loopback.faults.struck == {Kind.UNAVAILABLE: 2}


async def test_after_a_long_outage_it_is_back_within_half_a_minute(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    async with adapter(service):
        await loopback.answer(await loopback.say(place, ada, QUESTION))
        clients = [found for found in gc.get_objects() if isinstance(found, Client) and not found.is_closed()]
        [shard] = [shard for client in clients if (shard := client.get_shard(0))]
        pauses = [shard._parent._backoff.delay() for _ in range(100)]

        assert max(pauses) <= 32


async def test_a_wrong_token_is_said_in_one_sentence(loopback: LoopbackDiscord, service: ChatService) -> None:
    where = {"api_base": loopback.api_base, "gateway_url": loopback.gateway_url}
    with pytest.raises(AdapterError, match="Discord refuses DISCORD_TOKEN"):
        await run(service, token="wrong", **where)
    with pytest.raises(AdapterError, match="DISCORD_TOKEN is empty"):
        await run(service, token=" ", **where)
    with pytest.raises(AdapterError, match="DISCORD_API_BASE"):
        await run(service, token=TOKEN, api_base="ftp://x")
    with pytest.raises(AdapterError, match="DISCORD_ALLOW"):
        await run(service, token=TOKEN, allow=["everybody"], **where)


async def test_without_the_privilege_to_read_everything_it_works_on_mentions(
    loopback: LoopbackDiscord, adapter: RunAdapter, service: ChatService, caplog: pytest.LogCaptureFixture
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    loopback.gateway.grants_content = False
    async with adapter(service):
        answer = await loopback.answer(await loopback.say(place, ada, QUESTION))
        help_text = await loopback.say(place, ada, ME)
        await loopback.until(lambda: loopback.answers(help_text))

        assert "42" in answer["content"]
        assert "only messages that mention me" in loopback.answers(help_text)[0]["content"]
    assert "message content intent is off" in caplog.text


async def test_it_ends_after_the_answer_that_has_begun(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    engine = SlowEngine([MULTIPLY])
    async with adapter(ChatService(engine, sandbox, memory)) as task:
        begun = await loopback.say(place, ada, QUESTION)
        await loopback.until(lambda: engine.prompts)
        task.cancel()
        await asyncio.sleep(0.05)
        late = await loopback.say(place, ada, QUESTION)
        await asyncio.sleep(0.1)
        engine.go.set()
        await asyncio.wait({task}, timeout=10)

        assert task.cancelled()
        assert "42" in (await loopback.answer(begun))["content"]
        assert loopback.answers(late) == []
    service = ChatService(ScriptedEngine([MULTIPLY], closes=False), sandbox, memory)
    async with adapter(service):
        assert "42" in (await loopback.answer(late))["content"]


async def test_what_cannot_be_finished_in_time_is_answered_by_the_next_process(
    loopback: LoopbackDiscord, adapter: RunAdapter, memory: Memory, sandbox: Sandbox
) -> None:
    place, ada = loopback.world.add_place("general"), loopback.world.add_person("ada")
    engine = SlowEngine([MULTIPLY])
    async with adapter(ChatService(engine, sandbox, memory), drain_seconds=0.1):
        question = await loopback.say(place, ada, QUESTION)
        await loopback.until(lambda: loopback.answers(question))
    async with adapter(ChatService(ScriptedEngine([MULTIPLY], closes=False), sandbox, memory)):
        answer = await loopback.answer(question)  # exactly one: the placeholder was taken up

        assert "42" in answer["content"]
