"""The snekbox client, against a loopback double of the server's interface."""

import base64
import json

import pytest

from core.sandbox import Mode, ProgramFile, Sandbox, Status

from .snekbox_double import serving


@pytest.mark.parametrize(
    ("code", "status", "output"),
    [
        ("print(6 * 7)", Status.OK, "42\n"),
        ("x = 40\nx + 2", Status.OK, "42\n"),
        ("", Status.OK, ""),
        ("print('é 漢')", Status.OK, "é 漢\n"),
        (
            "print('a')\n1 / 0",
            Status.ERROR,
            (
                "a\nTraceback (most recent call last):\n  line 2, in <module>\n    1 / 0\n"
                "ZeroDivisionError: division by zero\n"
            ),
        ),
        ("def f(:", Status.ERROR, "  line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n"),
        ("raise SystemExit(3)", Status.ERROR, ""),
        (
            "raise MemoryError",
            Status.MEMORY,
            (
                "Traceback (most recent call last):\n  line 1, in <module>\n    raise MemoryError\n"
                "MemoryError\n[Memory limit reached.]\n"
            ),
        ),
        ("print('before')\nwhile True: pass", Status.TIMEOUT, "before\n[Execution timed out (0.5 seconds).]\n"),
        ("import os; os.kill(os.getpid(), 9)", Status.MEMORY, "[Memory limit reached.]\n"),
        ("import ctypes; ctypes.string_at(0)", Status.ERROR, "[The interpreter crashed.]\n"),
    ],
)
async def test_a_program_ends_as_it_does_here(code: str, status: Status, output: str):
    with serving() as (url, _):
        async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
            result = await sandbox.execute(code, timeout_seconds=0.5 if status is Status.TIMEOUT else 20)
    assert (result.status, result.output, result.mode) == (status, output, Mode.SNEKBOX)


async def test_long_output_is_cut_or_stopped():
    with serving() as (url, _):
        async with Sandbox(mode="snekbox", snekbox_url=f"{url}/") as sandbox:
            cut = await sandbox.execute("print('x' * 100_000)")
            flood = await sandbox.execute("while True: print('x' * 999)", timeout_seconds=20)
    assert (cut.status, len(cut.output) < 66_000) == (Status.OUTPUT_TRUNCATED, True)
    assert (flood.status, flood.output.endswith("[Output stopped.]\n")) == (Status.OUTPUT_TRUNCATED, True)


async def test_files_travel_both_ways_with_images_first():
    code = "open('b.txt', 'w').write(open('in.txt').read() * 2)\nopen('a.png', 'wb').write(b'p');None"
    with serving() as (url, _):
        async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
            result = await sandbox.execute(code, files=[ProgramFile("../in.txt", b"x")])
    assert result.files == (ProgramFile("a.png", b"p"), ProgramFile("b.txt", b"xx"))


async def test_the_request_is_what_the_interface_asks_for():
    with serving() as (url, requests):
        async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
            assert sandbox.reason == f"programs run on the snekbox server at {url}"
            await sandbox.execute("print(1)", timeout_seconds=3, session="ignored")
            await sandbox.end_session("ignored")
    body = requests[-1]
    assert body["args"] == ["main.py", "3"] or body["args"] == ["main.py", "3.0"]
    files = {file["path"]: base64.b64decode(file["content"]) for file in body["files"]}
    assert set(files) == {"main.py", "program.txt", "traces.py"}
    assert files["program.txt"] == b"print(1)"


async def test_no_server_means_no_programs():
    async with Sandbox(mode="snekbox", snekbox_url="http://127.0.0.1:9") as sandbox:
        result = await sandbox.execute("1")
    assert (result.status, result.mode) == (Status.UNAVAILABLE, Mode.NONE)
    assert "does not answer" in result.output


@pytest.mark.parametrize("url", ["", "localhost:8060", "file:///etc/passwd", "ftp://x"])
async def test_an_address_that_is_none_is_refused(url: str):
    async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
        assert "needs CODEACT_SNEKBOX_URL" in sandbox.reason
        assert (await sandbox.execute("1")).status is Status.UNAVAILABLE


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((500, b"{}"), "refuses the program: 500"),
        ((200, b"no json"), "sent no JSON"),
        ((200, b"[]"), "of another kind"),
        ((200, b'{"stdout": 5}'), "of another kind"),
        ((200, json.dumps({"stdout": "41\n", "returncode": 0, "files": []}).encode()), "wrong answer: 41"),
        ((200, json.dumps({"stdout": "", "returncode": None}).encode()), "wrong answer"),
    ],
)
async def test_a_server_that_answers_wrongly_is_refused(reply: tuple[int, bytes], words: str):
    with serving(reply) as (url, _):
        async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
            assert sandbox.mode is Mode.NONE
            assert words in sandbox.reason


async def test_hostile_files_of_an_answer_are_left_out_or_renamed():
    files = [
        {"path": "../../etc/cron.d/x", "content": base64.b64encode(b"1").decode()},
        {"path": "bad", "content": "%%%"},
        {"path": 5, "content": ""},
        "no object",
        {"path": "main.py", "content": ""},
    ]
    answer = json.dumps({"stdout": "42\n", "returncode": 0, "files": files}).encode()
    with serving((200, answer)) as (url, _):
        async with Sandbox(mode="snekbox", snekbox_url=url) as sandbox:
            result = await sandbox.execute("1")
    assert [file for file in result.files if file.content] == [ProgramFile("x", b"1")]
    assert {file.name for file in result.files} <= {"x", "bad"}
