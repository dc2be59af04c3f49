"""The command `codeact` as scripts meet it: one JSON object on stdout, one line on stderr, the right exit status."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import ROOT, Settings, variable
from tests.openai_server import Served, serving

PRIMES = "<thought>I list them.</thought>\n<execute>\nprint([2, 3, 5])\n"
FAIL = "<thought>I try.</thought>\n<execute>\n1 / 0\n"


@dataclass
class Ended:
    """A process that ended."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass
class Command:
    """`codeact` with an environment of its own, and a scripted model."""

    environment: dict[str, str]
    served: Served

    async def __call__(self, *arguments: str, stdin: bytes = b"") -> Ended:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, str(ROOT / "codeact.py"), *arguments],
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def codeact(tmp_path: Path) -> AsyncIterator[Command]:
    ours = {variable(field) for field in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    served = Served([])
    async with serving(served) as url:
        environment |= {
            "CODEACT_MODEL": url,
            "CODEACT_CLOSING_WORDS": "false",
            "CODEACT_SANDBOX_PACKAGES": "",
            "CODEACT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/codeact.sqlite3",
        }
        yield Command(environment, served)


async def test_an_answer_is_one_json_object(codeact: Command):
    codeact.served.script = [FAIL, PRIMES]
    ended = await codeact("ask", "--json", "first three primes")
    answer = ended.json
    assert (ended.status, ended.err) == (0, "")
    assert list(answer) == [
        *["turn_id", "channel", "question", "thought", "code", "output", "reply", "status", "finish", "attempts"],
        *["model", "timings"],
    ]
    assert (answer["code"], answer["output"], answer["status"]) == ("print([2, 3, 5])", "[2, 3, 5]", "ok")
    assert (answer["finish"], answer["model"]) == ("execution", "tiny")
    assert [attempt["status"] for attempt in answer["attempts"]] == ["error", "ok"]
    assert list(answer["attempts"][0]) == ["thought", "code", "output", "status", "seconds"]


async def test_without_json_only_the_reply_is_printed(codeact: Command):
    codeact.served.script = [PRIMES]
    assert (await codeact("ask", "first three primes")).out == "[2, 3, 5]\n"


async def test_a_named_conversation_goes_on_and_a_vote_reaches_the_next_prompt(codeact: Command):
    codeact.served.script = [PRIMES, PRIMES, PRIMES]
    turn_id = (await codeact("ask", "--json", "--channel", "maths", "three primes")).json["turn_id"]
    voted = await codeact("vote", turn_id, "no")
    assert (voted.status, voted.out) == (0, f"{turn_id}: negative\n")
    await codeact("ask", "--channel", "maths", "others")
    assert codeact.served.requests[1]["messages"][-1]["content"] == (
        "Previous output: [2, 3, 5] [USER MARKED AS INCORRECT]\n\nothers"
    )
    await codeact("ask", "others")  # without a name: a new conversation
    assert codeact.served.requests[2]["messages"][-1]["content"] == "others"


async def test_a_stream_is_answered_in_order_and_a_bad_line_harms_no_other(codeact: Command):
    codeact.served.script = [PRIMES, "It is 42."]
    lines = b'{"channel": "a", "question": "one"}\nnonsense\n\n{"question": 3}\n{"question": "two"}\n'
    ended = await codeact("ask", "--jsonl", stdin=lines)
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 1
    assert [answer.get("reply") for answer in answers] == ["[2, 3, 5]", None, None, "It is 42."]
    assert [answer.get("line") for answer in answers] == [None, 2, 4, None]
    assert answers[0]["channel"] == "a"


async def test_a_program_is_run_and_its_failure_is_a_result(codeact: Command, tmp_path: Path):
    file = tmp_path / "program.py"
    file.write_text("open('made.txt', 'w').write('hi')\nprint(1)\n1 / 0")
    ended = await codeact("run", str(file), "--json")
    assert ended.status == 0
    result = ended.json
    assert list(result) == ["status", "output", "files", "seconds", "mode"]
    assert result["status"] == "error"
    assert result["output"].startswith("1\nTraceback")
    assert result["files"] == [{"name": "made.txt", "bytes": 2}]


async def test_a_program_can_come_from_a_pipe_and_has_a_time_limit(codeact: Command):
    ended = await codeact(
        "run", "-", "--json", "--timeout", "0.5", stdin=b"print('so far', flush=True)\nwhile True: pass"
    )
    assert ended.json["status"] == "timeout"
    assert ended.json["output"].startswith("so far\n[Execution timed out (0.5 seconds).]")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "--json", " "], "no question"),
        (["ask", "x" * 50_000], "tokens"),
        (["run", "/nowhere/at/all.py"], "cannot be read"),
        (["vote", "no-such-turn", "yes"], "no-such-turn"),
        (["discord"], "DISCORD_TOKEN"),
        (["slack"], "SLACK_BOT_TOKEN"),
        (["serve"], "DISCORD_TOKEN"),
        (["ask", "--model", "http://127.0.0.1:9/v1", "hi"], "is it running"),
        (["ask", "--model", "models/none", "hi"], "no model folder"),
    ],
)
async def test_what_cannot_be_done_is_one_line_and_status_1(codeact: Command, arguments: list[str], words: str):
    ended = await codeact(*arguments)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
    assert words in ended.err


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["ask", "hi", "--jsonl"], ["nonsense"], ["run"], ["vote", "t", "maybe"], ["run", "-", "--timeout", "99"]],
)
async def test_wrong_usage_has_status_2(codeact: Command, arguments: list[str]):
    ended = await codeact(*arguments)
    assert (ended.status, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("CODEACT_TEMPERATURE", "hot"), ("CODEACT_SANDBOX", "none"), ("CODEACT_DATABASE_URL", "nonsense")],
)
async def test_a_bad_setting_is_named(codeact: Command, name: str, value: str):
    codeact.environment[name] = value
    ended = await codeact("ask", "hi")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert name in ended.err


async def test_an_export_of_nothing_is_a_success_that_says_so(codeact: Command, tmp_path: Path):
    ended = await codeact("export", "--format", "kto", "--out", str(tmp_path / "new" / "rows.jsonl"))
    assert ended.status == 0
    assert (tmp_path / "new" / "rows.jsonl").read_text() == ""
    assert (await codeact("export", "--format", "xml", "--out", str(tmp_path / "x"))).status == 2


async def test_the_doctor_tells_what_works(codeact: Command):
    ended = await codeact("doctor")
    assert ended.status == 0
    assert "tiny" in ended.out
    assert "no token" in ended.out
