"""Accepted messages."""

import asyncio
from dataclasses import replace

import pytest

from core.conversation import IncomingMessage, ProgramFile
from core.errors import StorageError
from core.memory import Memory
from tests.memory.material import GUILD, THREAD

MESSAGE = IncomingMessage(
    replace(GUILD, private=True),
    "ada",
    "What is in it?",
    (ProgramFile("b.bin", bytes(range(256))), ProgramFile("a.txt", b"")),
    key="e1",
    message_id="m1",
)


async def test_a_message_is_accepted_once_and_kept_with_its_files(memory: Memory):
    assert await memory.accept(MESSAGE) is True
    assert await memory.accept(replace(MESSAGE, text="again")) is False
    [kept] = await memory.unanswered("discord")
    assert kept == MESSAGE
    assert kept.channel.private is True


async def test_the_same_key_on_another_platform_is_another_message(memory: Memory):
    assert await memory.accept(MESSAGE)
    assert await memory.accept(replace(MESSAGE, channel=replace(GUILD, platform="slack")))
    assert len(await memory.unanswered("discord")) == len(await memory.unanswered("slack")) == 1


async def test_a_closed_message_is_not_unanswered_and_not_accepted_again(memory: Memory):
    await memory.accept(MESSAGE)
    await memory.close_message("discord", "e1")
    await memory.close_message("discord", "e1")
    assert await memory.unanswered("discord") == []
    assert await memory.accept(MESSAGE) is False


async def test_closing_leaves_others_open_and_drops_what_was_said(memory: Memory, tmp_path):
    secret = b"sixteen tons of it"
    await memory.accept(replace(MESSAGE, text="my secret", attachments=(ProgramFile("x", secret),)))
    await memory.accept(replace(MESSAGE, key="e2", channel=THREAD))
    await memory.close_message("discord", "e1")
    await memory.close_message("discord", "unknown")
    await memory.close_message("discord", "")
    assert [message.key for message in await memory.unanswered("discord")] == ["e2"]
    async with memory._database.reading() as session:
        connection = await session.connection()
        rows = (await connection.exec_driver_sql("SELECT key, author, text FROM inbox ORDER BY position")).all()
        files = (await connection.exec_driver_sql("SELECT content FROM inbox_files")).scalars().all()
    assert [tuple(row) for row in rows] == [("e1", "", ""), ("e2", "ada", "What is in it?")]
    assert secret not in files and len(files) == 2


async def test_unanswered_messages_come_oldest_first(memory: Memory):
    for number in range(12):
        await memory.accept(replace(MESSAGE, key=f"e{number}"))
    assert [message.key for message in await memory.unanswered("discord")] == [f"e{number}" for number in range(12)]


async def test_a_message_without_a_key_needs_no_inbox(memory: Memory):
    terminal = replace(MESSAGE, key="")
    assert [await memory.accept(terminal), await memory.accept(terminal)] == [True, True]
    assert await memory.unanswered("discord") == []


async def test_of_many_deliveries_at_once_one_is_accepted(memory: Memory):
    answers = await asyncio.gather(*(memory.accept(MESSAGE) for _ in range(20)))
    assert answers.count(True) == 1


async def test_the_beginnings_of_work_on_a_message_are_counted_and_survive_the_process(memory: Memory, tmp_path):
    await memory.accept(MESSAGE)
    assert await memory.attempts("discord", "e1") == 0
    assert [await memory.begin("discord", "e1"), await memory.begin("discord", "e1")] == [1, 2]
    another = Memory(f"sqlite+aiosqlite:///{tmp_path / 'codeact.sqlite3'}")
    await another.open()
    assert await another.attempts("discord", "e1") == 2
    await another.close()


async def test_work_on_an_unknown_message_is_refused(memory: Memory):
    for count in (memory.begin, memory.attempts):
        with pytest.raises(StorageError, match="no message e9 of discord"):
            await count("discord", "e9")
    assert [await memory.begin("discord", ""), await memory.attempts("discord", "")] == [1, 0]


async def test_each_channel_knows_its_latest_message_also_when_it_is_closed(memory: Memory):
    for number, channel in enumerate((GUILD, THREAD, GUILD)):
        await memory.accept(replace(MESSAGE, channel=channel, key=f"e{number}", message_id=f"m{number}"))
        await memory.close_message("discord", f"e{number}")
    await memory.accept(replace(MESSAGE, key="e3", message_id=""))  # a slash command has no message
    assert await memory.last_accepted("discord") == {THREAD: "m1", GUILD: "m2"}
    assert await memory.last_accepted("slack") == {}
