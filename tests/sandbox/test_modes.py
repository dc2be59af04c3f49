"""Which mode is chosen where, why, and what is refused."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import SandboxError
from core.sandbox import Mode, Sandbox, Status
from core.sandbox.jail.seatbelt import profile
from core.sandbox.local import LocalBackend
from core.sandbox.selftest import find_leak

from .conftest import needs_root

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What a container that is not privileged allows: a filter that denies some calls, installed before anything starts.
CONTAINER = """
import asyncio, errno, json, struct, sys
from core.sandbox import Sandbox
from core.sandbox.jail import kernel
from core.sandbox.jail.seccomp import ALLOW, DENY, LOAD, EQUAL, RETURN
denied = {denied!r}
program = [(LOAD, 0, 0, 0)]
for number in denied:
    program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, DENY)]
program.append((RETURN, 0, 0, ALLOW))
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.install_filter(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
async def main():
    async with Sandbox(mode={mode!r}) as sandbox:
        result = await sandbox.execute("print(6 * 7)", timeout_seconds=20)
        print(json.dumps([sandbox.mode, sandbox.reason, result.status, result.output, result.mode]))
asyncio.run(main())
"""
NUMBERS = {"x86_64": {"unshare": 272, "mount": 165}, "aarch64": {"unshare": 97, "mount": 40}}[os.uname().machine]
LANDLOCK = 444


def in_container(denied: list[int], mode: str = "auto") -> list[str]:
    """[mode, reason, status, output, mode of the result] where these system calls are refused."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", CONTAINER.format(denied=denied, mode=mode)]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = json.loads(done.stdout)
    return found


async def test_the_mode_and_its_reason_are_known_after_the_start():
    sandbox = Sandbox()
    assert (sandbox.mode, sandbox.reason) == (Mode.NONE, "the sandbox has not been started yet")
    assert await sandbox.start() is Mode.FULL
    assert sandbox.mode is Mode.FULL
    assert "namespaces" in sandbox.reason and "seccomp" in sandbox.reason
    assert (await sandbox.execute("1")).mode is Mode.FULL
    await sandbox.close()


@pytest.mark.parametrize("refused", [["unshare"], ["mount"], ["unshare", "mount"]])
def test_where_namespaces_are_refused_lite_is_chosen_and_the_reason_says_why(refused: list[str]):
    mode, reason, status, output, result_mode = in_container([NUMBERS[name] for name in refused])
    assert (mode, status, output, result_mode) == ("lite", "ok", "42\n", "lite")
    assert "full mode is not possible" in reason
    assert refused[0] in reason or "mount" in reason


def test_where_nothing_safe_is_possible_programs_are_refused_with_the_reason():
    mode, reason, status, output, _ = in_container([NUMBERS["unshare"], LANDLOCK])
    assert (mode, status) == ("none", "unavailable")
    assert "full mode is not possible" in reason and "lite mode is not possible" in reason
    assert "Landlock" in output


def test_a_wish_is_not_replaced_by_something_weaker():
    mode, reason, status, *_ = in_container([NUMBERS["unshare"]], "full")
    assert (mode, status) == ("none", "unavailable")
    assert "unshare" in reason


def test_unsafe_runs_even_there_with_a_warning():
    assert in_container([NUMBERS["unshare"], LANDLOCK], "unsafe")[:4:3] == ["unsafe", "42\n"]


async def test_unsafe_is_warned_about(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        async with Sandbox(mode="unsafe") as sandbox:
            assert sandbox.mode is Mode.UNSAFE
            assert (await sandbox.execute("import os; os.path.exists('/proc')")).output == "True\n"
            assert (await sandbox.execute("x = bytearray(2**40)")).status is Status.MEMORY
            assert (await sandbox.execute("while True: pass", timeout_seconds=0.3)).status is Status.TIMEOUT
    assert "CODEACT_SANDBOX=unsafe" in caplog.text


async def test_the_self_test_sees_a_mode_that_does_not_hold():
    async with Sandbox(mode="unsafe") as sandbox:
        assert isinstance(sandbox.backend, LocalBackend)
        program = await sandbox.backend.profiles[0].take()
        from core.sandbox import Limits

        assert await find_leak(program, Limits()) == "a program could read the bot's files"


@pytest.mark.parametrize("mode", ["", "best", "FULL", "none"])
def test_an_unknown_mode_is_refused_with_the_choices(mode: str):
    with pytest.raises(SandboxError, match="auto, full, lite, seatbelt, snekbox, unsafe"):
        Sandbox(mode=mode)


async def test_seatbelt_is_refused_where_there_is_none():
    async with Sandbox(mode="seatbelt") as sandbox:
        result = await sandbox.execute("1")
    assert result.status is Status.UNAVAILABLE
    assert "seatbelt mode is not possible" in result.output.lower()


def test_the_seatbelt_profile_denies_first_and_allows_little():
    lines = profile(("/opt/python/lib/python3.12", '/odd "name"\\here'), "/private/tmp/work-1").splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert {"(deny network*)", "(deny process-fork)", "(deny process-exec*)"} <= set(lines)
    allowed = [line for line in lines if line.startswith("(allow")]
    assert not any(word in line for line in allowed for word in ("network", "process", "mach", "ipc", "iokit"))
    writable = [line for line in allowed if "file-write" in line]
    assert len(writable) == 2
    assert '(subpath "/private/tmp/work-1")' in writable[1] and "/dev/null" in writable[0]
    assert '(subpath "/odd \\"name\\"\\\\here")' in "\n".join(allowed)


def test_parentheses_of_the_seatbelt_profile_match():
    text = profile(("/a(b", "/c)d"), "/w")
    inside, depth = False, 0
    for letter in text:
        inside ^= letter == '"'
        depth += 0 if inside else {"(": 1, ")": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0


async def test_lite_mode_does_not_let_programs_touch_what_landlock_does_not_see(lite: Sandbox, tmp_path: Path):
    mine = tmp_path / "mine.txt"
    mine.write_text("x")
    mine.chmod(0o640)
    before = mine.stat()
    for code in (
        f"import os; os.chmod({str(mine)!r}, 0o777)",
        f"import os; os.utime({str(mine)!r}, (1, 1))",
        f"import os; os.truncate({str(mine)!r}, 0)",
        "import os; os.chmod('/', 0o777)",
        "import os; os.utime(os.__file__)",
    ):
        assert (await lite.execute(code)).status is Status.ERROR
    after = mine.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_size) == (before.st_mode, before.st_mtime_ns, before.st_size)


async def test_lite_mode_lets_libraries_copy_files_all_the_same(lite: Sandbox):
    code = (
        "import shutil, pathlib\nopen('a', 'w').write('x')\nshutil.copy('a', 'b')\n"
        "shutil.copy2('a', 'c')\npathlib.Path('a').touch()\n"
        "print(open('b').read() + open('c').read())"
    )
    assert (await lite.execute(code)).output == "xx\n"


async def test_programs_of_root_run_as_a_user_of_their_own(both: Sandbox):
    code = (
        "import os, ctypes\nprint(os.getuid())\nlibc = ctypes.CDLL(None)\n"
        "print([libc.prctl(23, n, 0, 0, 0) for n in range(40)].count(1) * 0)"
    )
    users = {(await both.execute(code)).output.splitlines()[0] for _ in range(3)}
    if os.geteuid() == 0:
        assert "0" not in users and len(users) == 3
    else:
        assert len(users) == 1


async def test_programs_have_no_capabilities_and_cannot_get_any(both: Sandbox):
    code = """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
header, data = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
print(libc.capget(header, data), ctypes.get_errno(), any(data.raw))
print(libc.prctl(39, 0, 0, 0, 0))
"""
    assert (await both.execute(code)).output == "-1 1 False\n-1\n"


@needs_root
def test_the_mode_is_full_for_an_ordinary_user_too():
    text = """
import asyncio
from core.sandbox import Sandbox
async def main():
    async with Sandbox() as sandbox:
        result = await sandbox.execute("import numpy, os; print(os.getuid())", timeout_seconds=20)
        print(sandbox.mode, result.output)
asyncio.run(main())
"""
    command = [sys.executable, str(HERE / "ordinary_user.py"), "-c", text]
    done = subprocess.run(command, capture_output=True, cwd="/", timeout=120, check=False)
    assert done.stdout.split() == [b"full", b"65534"], done.stderr.decode()


@needs_root
def test_an_interpreter_that_cannot_be_read_is_a_clear_refusal(tmp_path: Path):
    """A bot that was started as root and became somebody else cannot start the interpreter in root's home again."""
    text = """
import asyncio, os
from core.sandbox import Sandbox
import core.sandbox.sandbox
core.sandbox.sandbox.interpreter = lambda: "%s/closed/python3"
os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
print(asyncio.run(Sandbox().execute("1")).output)
"""
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed" / "python3").touch(mode=0o755)
    done = subprocess.run(
        [sys.executable, "-c", text % tmp_path],
        capture_output=True,
        env={"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert b"closed/python3 is closed to the bot's user" in done.stdout, done.stderr.decode()
