"""Sessions: variables and files live on from turn to turn, and it is told when they do not."""

import asyncio
import os
import signal
import time

from core.sandbox import ProgramFile, Sandbox, Status
from core.sandbox.local import LocalBackend


def living(sandbox: Sandbox) -> int:
    """How many sessions have processes."""
    assert isinstance(sandbox.backend, LocalBackend)
    return len(sandbox.backend.sessions)


async def test_variables_functions_and_imports_persist(both: Sandbox):
    await both.execute("import math\nx = 5\ndef double(n):\n    return 2 * n", session="a")
    result = await both.execute("double(x) + math.floor(0.5)", session="a")
    assert (result.status, result.output, result.state_lost) == (Status.OK, "10\n", False)
    await both.end_session("a")


async def test_sessions_and_single_programs_do_not_see_each_other(both: Sandbox):
    await both.execute("secret = 5\nopen('secret.txt', 'w').write('x')", session="a")
    seen = "print('secret' in globals(), __import__('os').listdir())"
    assert (await both.execute(seen, session="b")).output == "False []\n"
    assert (await both.execute(seen)).output == "False []\n"
    await both.end_session("a")
    await both.end_session("b")


async def test_a_session_survives_errors_exits_and_time_outs(both: Sandbox):
    await both.execute("x = 5", session="a")
    failed = await both.execute("1 / 0", session="a")
    left = await both.execute("raise SystemExit(3)", session="a")
    memory = await both.execute("y = bytearray(2**40)", session="a")
    endless = await both.execute("print('before')\nwhile True: pass", session="a", timeout_seconds=0.5)
    flood = await both.execute("while True: print('x' * 999)", session="a", timeout_seconds=10)
    assert [r.status for r in (failed, left, memory, endless, flood)] == [
        Status.ERROR,
        Status.ERROR,
        Status.MEMORY,
        Status.TIMEOUT,
        Status.OUTPUT_TRUNCATED,
    ]
    assert endless.output == "before\n[Execution timed out (0.5 seconds).]\n"
    assert not any(result.state_lost for result in (failed, left, memory, endless, flood))
    assert (await both.execute("x", session="a")).output == "5\n"
    await both.end_session("a")


async def test_a_session_that_does_not_stop_is_killed_and_says_so(both: Sandbox):
    await both.execute("x = 5", session="a")
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    killed = await both.execute(code, session="a", timeout_seconds=0.3)
    after = await both.execute("'x' in globals()", session="a")
    assert (killed.status, killed.state_lost) == (Status.TIMEOUT, True)
    assert (after.output, after.state_lost) == ("False\n", False)
    await both.end_session("a")


async def test_a_crash_loses_the_state_and_says_so(both: Sandbox):
    await both.execute("x = 5", session="a")
    crashed = await both.execute("import ctypes; ctypes.string_at(0)", session="a")
    assert (crashed.status, crashed.state_lost) == (Status.ERROR, True)
    assert (await both.execute("1", session="a")).state_lost is False
    await both.end_session("a")


async def test_an_ended_session_starts_afresh_without_a_word(both: Sandbox):
    await both.execute("x = 5", session="a")
    await both.end_session("a")
    result = await both.execute("'x' in globals()", session="a")
    assert (result.output, result.state_lost) == ("False\n", False)
    await both.end_session("a")


async def test_an_idle_session_leaves_and_the_next_turn_says_so():
    async with Sandbox(session_idle_seconds=0.3) as sandbox:
        await sandbox.execute("x = 5", session="a")
        await asyncio.sleep(1)
        result = await sandbox.execute("'x' in globals()", session="a")
        assert (result.output, result.state_lost) == ("False\n", True)
        assert (await sandbox.execute("1", session="a")).state_lost is False


async def test_an_idle_session_gives_its_memory_back_without_being_asked():
    async with Sandbox(session_idle_seconds=0.3) as sandbox:
        await sandbox.execute("x = 5", session="a")
        assert isinstance(sandbox.backend, LocalBackend)
        processes = sandbox.backend.sessions[0].processes
        assert processes is not None
        for _ in range(100):
            await asyncio.sleep(0.1)
            if not os.path.exists(f"/proc/{processes.program}"):
                break
        assert not os.path.exists(f"/proc/{processes.program}")
        assert not os.path.exists(f"/proc/{processes.supervisor}")


async def test_the_least_recently_used_session_leaves_when_there_are_too_many():
    async with Sandbox(sessions=2) as sandbox:
        for key in "ab":
            await sandbox.execute(f"x = {key!r}", session=key)
        await sandbox.execute("x", session="a")
        await sandbox.execute("x = 'c'", session="c")
        assert living(sandbox) == 2
        assert (await sandbox.execute("x", session="a")).output == "'a'\n"
        result = await sandbox.execute("'x' in globals()", session="b")
        assert (result.output, result.state_lost) == ("False\n", True)


async def test_turns_of_one_session_run_one_after_the_other(both: Sandbox):
    await both.execute("n = 0", session="a")
    await asyncio.gather(
        *[both.execute("m = n\nimport time; time.sleep(0.01)\nn = m + 1", session="a") for _ in range(8)]
    )
    assert (await both.execute("n", session="a")).output == "8\n"
    await both.end_session("a")


async def test_each_turn_gives_back_only_its_own_files(both: Sandbox):
    await both.execute("open('a.txt', 'w').write('1')", session="a")
    second = await both.execute(
        "open('b.txt', 'w').write(open('a.txt').read())", session="a", files=[ProgramFile("c", b"c")]
    )
    third = await both.execute("open('a.txt', 'w').write('2')", session="a")
    assert second.files == (ProgramFile("b.txt", b"1"),)
    assert third.files == (ProgramFile("a.txt", b"2"),)
    await both.end_session("a")


async def test_an_attachment_is_never_written_through_a_link(both: Sandbox):
    await both.execute("import os\nopen('mine', 'w').write('mine')\nos.symlink('mine', 'data.csv')", session="a")
    result = await both.execute(
        "open('mine').read(), open('data.csv').read()", session="a", files=[ProgramFile("data.csv", b"new")]
    )
    assert result.output == "('mine', 'new')\n"
    await both.end_session("a")


async def test_threads_of_a_session_stand_still_between_its_turns(both: Sandbox):
    code = (
        "import threading\nn = 0\ndef f():\n    global n\n    while True:\n        n += 1\n"
        "threading.Thread(target=f, daemon=True).start()"
    )
    await both.execute(code, session="a")
    first = int((await both.execute("before = n\nn", session="a")).output)
    await asyncio.sleep(0.3)
    assert isinstance(both.backend, LocalBackend)
    processes = both.backend.sessions[-1].processes
    assert processes is not None
    with open(f"/proc/{processes.program}/stat") as file:
        assert file.read().rsplit(")", 1)[1].split()[0] == "T"
    assert int((await both.execute("n", session="a")).output) >= first
    await both.end_session("a")


async def test_what_a_thread_prints_late_does_not_open_the_next_answer(both: Sandbox):
    await both.execute("import threading, time\nthreading.Timer(0.001, lambda: print('late')).start()", session="a")
    result = await both.execute("import time; time.sleep(0.2); print('now')", session="a")
    assert result.output.splitlines()[-1] == "now"
    assert (await both.execute("1", session="a")).output == "1\n"
    await both.end_session("a")


async def test_a_session_that_breaks_its_line_ends_by_itself(both: Sandbox):
    """Descriptor 3 leads to the supervisor; a program that closes it, or writes to it, harms only its own session."""
    closed = await both.execute("import os; os.close(3)", session="a", timeout_seconds=1)
    assert closed.state_lost
    forged = await both.execute("import os, time; os.write(3, b'DDDD'); time.sleep(0.2); print('late')", session="a")
    assert forged.status is Status.OK
    assert (await both.execute("print(1)", session="b")).output == "1\n"
    for key in "ab":
        await both.end_session(key)


async def test_a_turn_is_fast(sandbox: Sandbox):
    await sandbox.execute("x = 1", session="a")
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        await sandbox.execute("x", session="a")
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.02
    await sandbox.end_session("a")


async def test_ending_a_session_ends_the_turn_that_runs(both: Sandbox):
    turn = asyncio.create_task(both.execute("import time; time.sleep(20)", session="a", timeout_seconds=30))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await both.end_session("a")
    result = await turn
    assert time.monotonic() - started < 5
    assert (result.status, result.output) == (Status.UNAVAILABLE, "The session was ended while its program ran.")
    assert (await both.execute("1", session="a")).status is Status.OK
    await both.end_session("a")


async def test_a_session_is_told_when_its_process_was_killed_from_outside(both: Sandbox):
    await both.execute("x = 5", session="a")
    assert isinstance(both.backend, LocalBackend)
    processes = both.backend.sessions[-1].processes
    assert processes is not None
    os.kill(processes.supervisor, signal.SIGKILL)
    result = await both.execute("'x' in globals()", session="a")
    assert (result.output, result.state_lost) == ("False\n", True)
    await both.end_session("a")
