"""How a program can end, and what a person then reads."""

import pytest

from core.sandbox import Limits, Sandbox, Status

TIMEOUT = 0.8


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("print(1)", Status.OK),
        ("", Status.OK),
        ("1 / 0", Status.ERROR),
        ("def f(:", Status.ERROR),
        ("raise SystemExit", Status.OK),
        ("raise SystemExit(0)", Status.OK),
        ("raise SystemExit(3)", Status.ERROR),
        ("raise SystemExit('no')", Status.ERROR),
        ("import os; os._exit(0)", Status.OK),
        ("import os; os._exit(77)", Status.ERROR),
        ("import os; os.abort()", Status.ERROR),
        ("while True: pass", Status.TIMEOUT),
        ("import time; time.sleep(99)", Status.TIMEOUT),
        ("x = bytearray(2**30)", Status.MEMORY),
        ("print('MemoryError')", Status.OK),
        ("raise MemoryError", Status.MEMORY),
        ("while True: print('x' * 1000)", Status.OUTPUT_TRUNCATED),
        ("print('x' * 70_000)", Status.OUTPUT_TRUNCATED),
        ("print('x' * 70_000); 1 / 0", Status.ERROR),
    ],
)
async def test_how_code_can_end(both: Sandbox, code: str, status: Status):
    assert (await both.execute(code, timeout_seconds=TIMEOUT if status is Status.TIMEOUT else 20)).status is status


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("6 * 7", "42\n"),
        ("x = 40\nx + 2", "42\n"),
        ("'a'", "'a'\n"),
        ("None", ""),
        ("print('a'); 'b'", "a\n'b'\n"),
        ("print('no line break', end='')", "no line break"),
        ("if True:\n    5", ""),
        ("import sys; print('out'); print('err', file=sys.stderr); print('out')", "out\nerr\nout\n"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe ok')", "\ufffd\ufffd ok3\n".replace("3", "5")),
        ("print(chr(0xD800))", "\\ud800\n"),
    ],
)
async def test_a_program_reads_like_a_notebook_cell(sandbox: Sandbox, code: str, output: str):
    result = await sandbox.execute(code)
    assert (result.status, result.output) == (Status.OK, output)


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (
            "print([n for n in range(2, 10) if is_prime(n)])",
            "Traceback (most recent call last):\n"
            "  line 1, in <module>\n"
            "    print([n for n in range(2, 10) if is_prime(n)])\n"
            "{comprehension}"
            "NameError: name 'is_prime' is not defined\n",
        ),
        (
            "import json\n\ndef load(text):\n    return json.loads(text)\n\nload('{')",
            "Traceback (most recent call last):\n"
            "  line 6, in <module>\n"
            "    load('{{')\n"
            "  line 4, in load\n"
            "    return json.loads(text)\n"
            "json.decoder.JSONDecodeError: "
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n",
        ),
        ("x = (1 +\n", "  line 1\n    x = (1 +\n        ^\nSyntaxError: '(' was never closed\n"),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('bad') from error",
            "Traceback (most recent call last):\n  line 2, in <module>\n    1 / 0\n"
            "ZeroDivisionError: division by zero\n"
            "\nThe above exception was the direct cause of the following exception:\n\n"
            "Traceback (most recent call last):\n  line 4, in <module>\n"
            "    raise ValueError('bad') from error\nValueError: bad\n",
        ),
        (
            "def f(n):\n    return f(n + 1)\nf(0)",
            "Traceback (most recent call last):\n  line 3, in <module>\n    f(0)\n  line 2, in f\n"
            "    return f(n + 1)\n  [Previous line repeated {repeated} more times]\n"
            "RecursionError: maximum recursion depth exceeded\n",
        ),
    ],
)
async def test_a_traceback_shows_the_programs_own_lines_alone(sandbox: Sandbox, code: str, output: str):
    import re
    import sys

    result = await sandbox.execute(code)
    inlined = sys.version_info >= (3, 12)  # comprehensions have no frame of their own there
    comprehension = "" if inlined else "  line 1, in <listcomp>\n    print([n for n in range(2, 10) if is_prime(n)])\n"
    expected = re.escape(output.format(comprehension=comprehension, repeated="REPEATED")).replace("REPEATED", r"\d+")
    assert re.fullmatch(expected, result.output), result.output


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "[There is no network here.]"),
        ("import urllib.request as r; r.urlopen('http://example.com')", "[There is no network here.]"),
        ("import subprocess; subprocess.run(['ls'])", "[Programs cannot start other programs here.]"),
        ("import os; os.fork()", "[Programs cannot start other programs here.]"),
        ("import os; os.system('ls')", "[Programs cannot start other programs here.]"),
        ("input('Your name: ')", "[There is no keyboard here: write the values into the program.]"),
        ("x = bytearray(2**40)", "[Memory limit reached (512 MiB).]"),
        ("while True: print('x' * 9999)", "[Output stopped at 1 MiB.]"),
        ("import ctypes; ctypes.string_at(0)", "[The interpreter crashed (SIGSEGV).]"),
        ("raise SystemExit(3)", "[The program ended with exit status 3.]"),
    ],
)
async def test_what_cannot_work_is_told_in_one_sentence_at_the_end(sandbox: Sandbox, code: str, sentence: str):
    output = (await sandbox.execute(code)).output
    assert output.endswith(f"{sentence}\n")
    assert output.count(sentence) == 1


async def test_a_time_out_tells_its_length(sandbox: Sandbox):
    result = await sandbox.execute("print('before')\nwhile True: pass", timeout_seconds=0.5)
    assert result.output == "before\n[Execution timed out (0.5 seconds).]\n"


async def test_the_last_line_of_a_traceback_stays_before_the_sentence(sandbox: Sandbox):
    output = (await sandbox.execute("name = input('Name? ')")).output
    assert output.splitlines()[0] == "Name? "
    assert output.splitlines()[-2] == "EOFError: EOF when reading a line"


async def test_a_traceback_is_shown_even_after_more_output_than_is_kept(sandbox: Sandbox):
    output = (await sandbox.execute("print('x' * 100_000)\n1 / 0")).output
    assert output.startswith("x" * 65_536)
    assert output.endswith("ZeroDivisionError: division by zero\n")


async def test_what_libraries_try_on_their_own_is_not_told(sandbox: Sandbox):
    code = (
        "import platform, uuid, asyncio\nplatform.processor(), uuid.uuid1()\n"
        "asyncio.run(asyncio.sleep(0))\nprint('fine')"
    )
    assert (await sandbox.execute(code)).output == "fine\n"


async def test_limits_are_settings():
    limits = Limits(memory_mib=200, output_kept_kib=1, output_killed_kib=8, work_mib=1, threads=4, open_files=16)
    async with Sandbox(limits) as small:
        memory = await small.execute("x = bytearray(250 << 20)")
        kept = await small.execute("print('x' * 2000)")
        killed = await small.execute("while True: print('x' * 99)")
        disk = await small.execute("open('f', 'wb').write(bytes(2 << 20))")
        files = await small.execute("x = [open('/dev/null') for _ in range(20)]")
        threads = await small.execute(
            "import threading, time\n"
            "for _ in range(9): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
        )
    assert memory.output.endswith("[Memory limit reached (200 MiB).]\n")
    assert kept.output == "x" * 1024 + "\n[The first 1 KiB of 2 KiB are shown.]\n"
    assert killed.output.endswith("[Output stopped at 8 KiB.]\n")
    assert "No space left on device" in disk.output or "work folder is full" in disk.output
    assert "Too many open files" in files.output
    assert "can't start new thread" in threads.output


async def test_the_time_limit_is_clamped(sandbox: Sandbox):
    assert "(0.1 seconds)" in (await sandbox.execute("while True: pass", timeout_seconds=-5)).output
    assert (await sandbox.execute("1", timeout_seconds=9999)).status is Status.OK


async def test_a_program_of_many_megabytes_is_refused_as_a_result(sandbox: Sandbox):
    result = await sandbox.execute("#" * (5 << 20))
    assert (result.status, result.output) == (Status.ERROR, "[The program is longer than 4 MiB.]\n")


async def test_two_programs_never_share_random_numbers(sandbox: Sandbox):
    code = "import random, os\nprint(random.random(), os.urandom(4).hex())"
    assert (await sandbox.execute(code)).output != (await sandbox.execute(code)).output
