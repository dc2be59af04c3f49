"""Programs run under a time limit, and what they print or raise is what the sandbox shows."""

import time
from random import Random

import pytest

from core.prompt import observe, parse
from core.sandbox import Sandbox, Status
from training.corpus.rows import Maker
from training.corpus.verify import ProgramFailed, ProgramTooSlow, run, time_limits


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(1, 2, sep='-')\nprint('x', end='')", "1-2\nx"),
        ("for n in range(2):\n    print(n)", "0\n1\n"),
        ("print()", "\n"),
        ("x = 1", ""),
    ],
)
def test_what_a_program_prints(code: str, printed: str):
    assert run(code) == printed


def test_a_program_reads_only_the_files_it_is_given():
    assert run("print(open('a.txt').read())", {"a.txt": "hello"}) == "hello\n"
    with pytest.raises(ProgramFailed, match=r"FileNotFoundError: \[Errno 2\] No such file or directory: '/etc/passwd'"):
        run("print(open('/etc/passwd').read())", {"a.txt": "hello"})


@pytest.mark.parametrize("code", ["while True: pass", "try:\n    while True: pass\nexcept Exception:\n    print(1)"])
def test_an_endless_program_is_stopped(code: str):
    started = time.monotonic()
    with time_limits(), pytest.raises(ProgramTooSlow):
        run(code)
    assert time.monotonic() - started < 8


async def test_failures_of_repairs_are_told_as_the_sandbox_tells_them():
    """The rows teach repairs on exactly the text that a person's bot will see."""
    maker = Maker(Random(11))
    maker.begin("repairs")
    checked = set()
    async with Sandbox() as sandbox:
        for _ in range(400):
            made = maker._repair()
            if made is None or made.asked.files:
                continue
            code = parse(made.messages[-2].content).code
            result = await sandbox.execute(code)
            assert result.status is Status.ERROR
            assert made.messages[-1].content == "Execution Output:\n" + observe(result.output)
            checked.add(result.output.strip().rpartition("\n")[2].partition(":")[0])
            if len(checked) >= 4:
                break
    assert {"NameError", "TypeError", "AttributeError"} <= checked
