"""What was acknowledged is on the disk, also when the process is killed; several processes may share a file."""

import asyncio
import sqlite3
import sys
import textwrap
from pathlib import Path

from core.memory import Memory
from tests.memory.material import GUILD, make_turn

ROOT = Path(__file__).resolve().parents[2]

VOTES = """
    import asyncio, sys
    from core.memory import Memory

    async def main():
        memory = Memory(sys.argv[1])
        await memory.open()
        number = 0
        while True:
            await memory.vote(f"t{number % 40}", f"person {number}", True)
            print(number, flush=True)
            number += 1

    asyncio.run(main())
"""

ACCEPTS = """
    import asyncio, sys
    from core.conversation import Channel, IncomingMessage
    from core.memory import Memory

    async def main():
        memory = Memory(sys.argv[1], busy_timeout_seconds=30)
        await memory.open()
        for number in range(60):
            incoming = IncomingMessage(Channel("discord", "guild", "general"), "ada", "?", key=f"e{number}")
            if await memory.accept(incoming):
                print(number)
        await memory.close()

    asyncio.run(main())
"""


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def python(source: str, path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(source), url(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_votes_that_were_acknowledged_survive_kill_9(tmp_path: Path):
    path = tmp_path / "codeact.sqlite3"
    memory = Memory(url(path))
    await memory.open()
    for number in range(40):
        await memory.remember(make_turn(f"t{number}"))
    await memory.close()

    acknowledged = -1
    for lines in (1, 17, 30):
        process = await python(VOTES, path)
        assert process.stdout
        for _ in range(lines):
            await asyncio.wait_for(process.stdout.readline(), 20)
        process.kill()
        rest = (await process.stdout.read()).split()
        await process.wait()
        acknowledged = max(acknowledged, lines - 1, *(int(line) for line in rest))

    memory = Memory(url(path))
    await memory.open()
    votes = [(judged.turn.id, vote.author) for judged in await memory.judged() for vote in judged.votes]
    await memory.close()
    assert acknowledged >= 29
    assert {(f"t{number % 40}", f"person {number}") for number in range(acknowledged + 1)} <= set(votes)
    assert len(votes) == len(set(votes))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


async def test_several_processes_may_start_on_a_new_file_and_share_it(tmp_path: Path):
    path = tmp_path / "new" / "codeact.sqlite3"
    processes = await asyncio.gather(*(python(ACCEPTS, path) for _ in range(3)))
    outputs = [(await asyncio.wait_for(process.communicate(), 60))[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    accepted = [int(word) for output in outputs for word in output.split()]
    assert sorted(accepted) == list(range(60)), "each message once, by one of them"


async def test_the_file_is_kept_as_the_promises_need_it(memory: Memory):
    async with memory._database.writing() as session:
        connection = await session.connection()
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


async def test_what_fails_midway_leaves_nothing_behind(memory: Memory):
    await memory.remember(make_turn("a"))
    try:
        async with memory._database.writing() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE turns SET question = 'half done'")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert [turn.question for turn in await memory.recall(GUILD)] == ["question a"]
