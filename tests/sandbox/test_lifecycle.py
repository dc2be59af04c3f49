"""The life of a sandbox: cancelling, closing, dying, several event loops, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.sandbox import Sandbox, Status
from core.sandbox.leftovers import leftovers
from core.sandbox.local import LocalBackend

ROOT = Path(__file__).resolve().parents[2]


def local(sandbox: Sandbox) -> LocalBackend:
    """What runs programs on this machine."""
    assert isinstance(sandbox.backend, LocalBackend)
    return sandbox.backend


def descriptors() -> int:
    """How many are open in this process."""
    return len(os.listdir("/proc/self/fd"))


def marked(token: str) -> list[str]:
    """Processes that have `token` in their command line."""
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and token.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(name)
        except OSError:
            continue
    return found


async def gone(token: str, seconds: float = 5.0) -> bool:
    """Do all processes with this token end?"""
    end = time.monotonic() + seconds
    while marked(token) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return not marked(token)


async def test_cancelling_kills_the_program(both: Sandbox):
    await both.start()
    task = asyncio.create_task(both.execute("import time\nwhile True: time.sleep(0.01)", timeout_seconds=30))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await leftovers(local(both), 5) == []
    assert (await both.execute("1")).output == "1\n"


async def test_a_caller_that_gives_up_does_not_disturb_the_others(sandbox: Sandbox):
    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await sandbox.execute("import time; time.sleep(9)", timeout_seconds=30)

    answers = [sandbox.execute(f"import time; time.sleep(0.2); print({n})") for n in range(4)]
    results, *_ = await asyncio.gather(asyncio.gather(*answers), *[impatient() for _ in range(4)])
    assert [result.output for result in results] == ["0\n", "1\n", "2\n", "3\n"]


async def test_a_fork_server_that_dies_is_started_again(both: Sandbox):
    await both.execute("1")
    profile = local(both).profiles[0]
    for _ in range(3):
        assert profile.pid is not None
        os.kill(profile.pid, signal.SIGKILL)
        result = await both.execute("6 * 7", timeout_seconds=20)
        assert (result.status, result.output) == (Status.OK, "42\n")


async def test_a_program_that_loses_its_fork_server_is_run_again(sandbox: Sandbox):
    await sandbox.execute("1")
    profile = local(sandbox).profiles[0]
    task = asyncio.create_task(sandbox.execute("import time; time.sleep(0.6); print('done')", timeout_seconds=20))
    await asyncio.sleep(0.3)
    assert profile.pid is not None
    os.kill(profile.pid, signal.SIGKILL)
    assert (await task).output == "done\n"


async def test_a_program_whose_supervisor_is_killed_is_run_again(sandbox: Sandbox):
    await sandbox.execute("1")
    [program] = local(sandbox).profiles[0].ready
    await program.meet()
    assert program.processes is not None
    task = asyncio.create_task(sandbox.execute("import time; time.sleep(0.6); print('done')", timeout_seconds=20))
    await asyncio.sleep(0.3)
    os.kill(program.processes.supervisor, signal.SIGKILL)
    assert (await task).output == "done\n"
    assert await leftovers(local(sandbox), 5) == []


async def test_closing_leaves_nothing_behind(tmp_path: Path):
    for mode in ("auto", "lite"):
        before = descriptors()
        sandbox = Sandbox(mode=mode, ready=3)
        await sandbox.execute("import numpy; x = 1", session="a", timeout_seconds=20)
        await sandbox.execute("x")
        tokens = [profile.token for profile in local(sandbox).profiles if profile.token]
        folders = [Path(folder) for profile in local(sandbox).profiles if (folder := profile.host_folder)]
        assert tokens
        await sandbox.close()
        assert [await gone(token) for token in tokens] == [True] * len(tokens)
        assert not any(folder.exists() for folder in folders)
        assert descriptors() <= before


async def test_a_closed_sandbox_can_be_used_again():
    sandbox = Sandbox()
    assert (await sandbox.execute("1")).output == "1\n"
    await sandbox.close()
    await sandbox.close()
    assert (await sandbox.execute("2")).output == "2\n"
    await sandbox.close()


async def test_closing_ends_what_runs_and_says_so():
    sandbox = Sandbox()
    await sandbox.start()
    tasks = [asyncio.create_task(sandbox.execute("import time; time.sleep(9)", timeout_seconds=30)) for _ in range(3)]
    await asyncio.sleep(0.5)
    await sandbox.close()
    results = await asyncio.gather(*tasks)
    assert {result.status for result in results} == {Status.UNAVAILABLE}


def test_one_sandbox_serves_several_event_loops():
    sandbox = Sandbox(ready=2)

    async def work() -> list[str]:
        results = await asyncio.gather(*[sandbox.execute(f"x = {n}\nx", session=str(n % 3)) for n in range(6)])
        return [result.output for result in results]

    assert asyncio.run(work()) == asyncio.run(work()) == [f"{n}\n" for n in range(6)]
    asyncio.run(sandbox.close())


async def test_the_event_loop_only_waits(both: Sandbox):
    """While programs run, print and are killed, other work of the loop is never held up for long."""
    await both.start()
    longest, last = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    try:
        floods = [both.execute("while True: print('x' * 999)") for _ in range(2)]
        bytewise = both.execute("import os\nwhile True: os.write(1, b'x')", timeout_seconds=0.5)
        await asyncio.gather(*floods, bytewise, both.execute("1 / 0"))
    finally:
        ticking.cancel()
    assert longest < 0.5


async def test_many_runs_leak_neither_descriptors_nor_processes(both: Sandbox):
    await both.execute("1")
    for program in local(both).waiting:
        await program.meet()
    before = descriptors()
    for _ in range(10):
        await asyncio.gather(*[both.execute("print(1)", timeout_seconds=20) for _ in range(8)])
    assert await leftovers(local(both), 5) == []
    assert descriptors() <= before + 2


def script(text: str, **options: object) -> "subprocess.Popen[bytes]":
    """A bot of its own."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "TOKEN": "secret"}
    return subprocess.Popen([sys.executable, "-c", text], env=environment, stdout=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]


BOT = """
import asyncio
from core.sandbox import Sandbox
async def main():
    sandbox = Sandbox(mode={mode!r}, ready=2)
    await sandbox.start()
    await sandbox.execute("x = 1", session="a")
    asyncio.create_task(sandbox.execute("while True: pass", timeout_seconds=30))
    asyncio.create_task(sandbox.execute("import time; time.sleep(99)", session="a", timeout_seconds=30))
    await asyncio.sleep(0.3)
    backend = sandbox.backend
    folders = [profile.host_folder for profile in backend.profiles if profile.host_folder]
    print(" ".join([profile.token for profile in backend.profiles if profile.token] + folders), flush=True)
    await asyncio.sleep(99)
asyncio.run(main())
"""


@pytest.mark.parametrize("mode", ["full", "lite"])
async def test_nothing_outlives_a_bot_that_is_killed(mode: str):
    bot = script(BOT.format(mode=mode))
    assert bot.stdout is not None
    words = bot.stdout.readline().decode().split()
    tokens, folders = [w for w in words if "/" not in w], [Path(w) for w in words if "/" in w]
    assert tokens and all(len(marked(token)) >= 3 for token in tokens)
    bot.kill()
    bot.wait()
    for token in tokens:
        assert await gone(token)
    assert not any(folder.exists() for folder in folders)


async def test_a_bot_that_is_killed_while_packages_load_leaves_nothing(tmp_path: Path):
    text = BOT.replace('await sandbox.execute("x = 1", session="a")', "").split("    asyncio.create_task")[0]
    text += """
    backend = sandbox.backend
    asyncio.create_task(backend.profiles[-1].start())
    while backend.profiles[-1].token is None: await asyncio.sleep(0.001)
    print(backend.profiles[-1].token, flush=True)
    await asyncio.sleep(99)
asyncio.run(main())
"""
    bot = script(text.format(mode="auto"))
    assert bot.stdout is not None
    token = bot.stdout.readline().decode().strip()
    assert token
    bot.kill()
    bot.wait()
    assert await gone(token)


def test_a_sandbox_that_nobody_closes_ends_with_its_process():
    text = """
import asyncio
from core.sandbox import Sandbox
sandbox = Sandbox()
print(asyncio.run(sandbox.execute("6 * 7")).output, sandbox.backend.profiles[0].token, flush=True)
"""
    done = script(text, stderr=subprocess.PIPE)
    out, err = done.communicate(timeout=60)
    answer, token = out.split()
    assert (answer, done.returncode, err) == (b"42", 0, b"")
    assert asyncio.run(gone(token.decode()))


async def test_a_deadline_is_kept_to_a_tenth_of_a_second(both: Sandbox):
    over = []
    for _ in range(5):
        result = await both.execute("while True: pass", timeout_seconds=0.3)
        assert result.status is Status.TIMEOUT
        over.append(result.seconds - 0.3)
    assert 0 <= min(over) < 0.1


async def test_a_flood_does_not_grow_the_bot(both: Sandbox):
    def resident_kib() -> int:
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS:"))

    await both.execute("while True: print('x' * 9999)")
    before = resident_kib()
    for code in (
        "while True: print('x' * 9999)",
        "import os\nwhile True: os.write(2, bytes(65536))",
        "print('x' * 200_000_000)",
    ):
        result = await both.execute(code, timeout_seconds=20)
        assert result.status is Status.OUTPUT_TRUNCATED
    assert resident_kib() - before < 2048


async def test_no_zombies_remain():
    async with Sandbox() as sandbox:
        await sandbox.execute("1")
        pid = local(sandbox).profiles[0].pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)


async def test_eight_callers_at_once_get_their_own_answers(both: Sandbox):
    async def caller(number: int) -> list[str]:
        return [(await both.execute(f"{number} * 100 + {turn}", timeout_seconds=20)).output for turn in range(5)]

    answers = await asyncio.gather(*[caller(number) for number in range(8)])
    assert answers == [[f"{number * 100 + turn}\n" for turn in range(5)] for number in range(8)]
