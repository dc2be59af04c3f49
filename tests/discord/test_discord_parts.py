"""The small decisions of the Discord adapter."""

import asyncio

import aiohttp
import discord
import pytest

from bot.discord import trying
from bot.discord.access import Access, Asked
from bot.discord.attachments import pasted_text
from bot.discord.elsewhere import base_address, server
from bot.discord.trying import optionally, patiently
from bot.progress import Ticker
from core.conversation import ProgramFile, Progress, Stage
from core.errors import AdapterError

HERE = Asked("1", "10", frozenset({"20", "21"}), frozenset({"30"}))
DIRECT = Asked("1")


@pytest.mark.parametrize(
    ("allow", "deny", "here", "direct"),
    [
        ([], [], True, True),
        (["guild:10"], [], True, True),
        (["guild:11"], [], False, True),
        (["channel:21"], [], True, True),
        (["guild:10", "channel:99"], [], False, True),
        (["guild:10", "guild:99"], [], True, True),
        (["user:2"], [], False, False),
        (["user:1"], ["guild:10"], False, True),
        (["role:31"], [], False, True),
        ([], ["role:30"], False, True),
        ([], [" user:1 "], False, False),
    ],
)
def test_lists_say_who_is_answered(allow: list[str], deny: list[str], here: bool, direct: bool) -> None:
    access = Access.of(allow, deny)

    assert (access.permits(HERE), access.permits(DIRECT)) == (here, direct)


@pytest.mark.parametrize("entry", ["", "1", "guild", "guild:", "guild:x", "server:1"])
def test_an_entry_that_is_none_is_said_so(entry: str) -> None:
    with pytest.raises(AdapterError, match="DISCORD_DENY takes entries such as"):
        Access.of(deny=[entry])


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/api/v10"),
        ("https://x.example/api", "https://x.example/api/v10"),
        ("https://x.example/api/v9/", "https://x.example/api/v9"),
    ],
)
def test_the_version_of_the_interface_may_be_left_out(given: str, address: str) -> None:
    assert base_address(given) == address


def test_the_addresses_of_discord_come_back() -> None:
    before = discord.http.Route.BASE
    with server("http://127.0.0.1:1", "ws://127.0.0.1:1"):
        assert discord.http.Route.BASE == "http://127.0.0.1:1/api/v10"
    assert before == discord.http.Route.BASE


def test_only_a_lone_message_txt_is_a_pasted_question() -> None:
    pasted = ProgramFile("message.txt", b" why\xff? ")

    assert pasted_text([pasted]) == "why\ufffd?"
    assert pasted_text([pasted, pasted]) is None
    assert pasted_text([ProgramFile("data.txt", b"1")]) is None


async def test_a_passing_failure_is_tried_again_and_a_lasting_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "FIRST_PAUSE_SECONDS", 0.001)
    calls: list[int] = []

    async def fails(error: Exception, until: int) -> str:
        calls.append(1)
        if len(calls) < until:
            raise error
        return "done"

    assert await patiently(lambda: fails(ConnectionResetError(104, "reset"), 4)) == "done"
    calls.clear()
    with pytest.raises(aiohttp.ClientError):
        await patiently(lambda: fails(aiohttp.ClientError(), 99), tries=3)
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(ValueError, match="wrong"):
        await patiently(lambda: fails(ValueError("wrong"), 99))
    assert len(calls) == 1
    await optionally(fails(ConnectionResetError(), 99))


async def test_a_placeholder_changes_with_the_stage_and_not_too_often() -> None:
    shown: list[str] = []

    async def edit(text: str) -> None:
        shown.append(text)

    ticker = Ticker(edit, every_seconds=0.05)
    running = asyncio.create_task(ticker.run())
    for stage in (Stage.QUEUED, Stage.THINKING, Stage.WRITING, Stage.WRITING):
        ticker.tell(Progress(stage))
    await asyncio.sleep(0.12)
    ticker.tell(Progress(Stage.RUNNING))
    await asyncio.sleep(0.12)
    ticker.stop()
    await running

    assert shown == ["💭 thinking…", "⚙️ running…"]


async def test_a_change_under_way_is_waited_for() -> None:
    begun, finished = asyncio.Event(), asyncio.Event()

    async def edit(text: str) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        finished.set()

    ticker = Ticker(edit, every_seconds=0.01)
    ticker.tell(Progress(Stage.RUNNING))
    running = asyncio.create_task(ticker.run())
    await begun.wait()
    ticker.stop()
    await running

    assert finished.is_set()
