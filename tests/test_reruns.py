"""Programs without the model: 🔁 run again, ✏️ edited by a person, ▶️ out of a message."""

import json

import pytest

from core.conversation import Channel, Finish, IncomingMessage, Progress, Reaction, Stage, Status, Verdict
from core.engine import ScriptedEngine
from core.errors import EngineError, StorageError, UnusableProgram
from core.memory import Memory
from core.prompt import write
from core.sandbox import ProgramFile, Sandbox
from core.service import ChatService
from tests.conftest import HERE
from training.export import collect, export_rows

WRONG = write("I add.", "print(6 + 7)")
COUNT = write("I count.", "n = globals().get('n', 0) + 1\nprint(n)")


def service_on(memory: Memory, sandbox: Sandbox, *completions: str) -> ChatService:
    return ChatService(ScriptedEngine(completions, closes=False), sandbox, memory, budget=4096)


def asked(text: str, **more) -> IncomingMessage:
    return IncomingMessage(HERE, "ada", text, **more)


async def test_an_edited_program_is_taught_once_it_is_approved(memory: Memory, sandbox: Sandbox, tmp_path):
    service = service_on(memory, sandbox, WRONG)
    wrong = await service.respond(asked("What is 6 times 7?", message_id="q1"))
    await service.vote(wrong.turn_id, "ada", False)

    edited = await service.run_edited(wrong.turn_id, "ada", "print(6 * 7)")
    await service.posted(HERE, edited, ["m2"])
    assert (edited.text, edited.finish, edited.status) == ("42", Finish.TAUGHT, Status.OK)
    assert [row["label"] for row in await collect(memory)] == [False]

    assert await service.rate(Reaction(HERE, "m2", "ada", label=True)) is Verdict.POSITIVE
    taught = await service.turn(edited.turn_id)
    assert taught and (taught.rerun_of, taught.question, taught.message_id) == (wrong.turn_id, wrong.question, "q1")
    assert taught.last.completion == write("I add.", "print(6 * 7)")
    assert [row["label"] for row in await collect(memory)] == [False, True]
    await export_rows(memory, "dpo", tmp_path / "dpo.jsonl")
    [row] = [json.loads(line) for line in (tmp_path / "dpo.jsonl").read_text("utf-8").splitlines()]
    assert (row["turn_id"], row["chosen_turn_id"]) == (wrong.turn_id, edited.turn_id)
    assert (row["rejected"][0]["content"], row["chosen"][0]["content"]) == (WRONG, taught.last.completion)


async def test_running_again_needs_no_model_and_shows_what_the_program_gives_now(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, COUNT)
    first = await service.respond(asked("count"))
    stages: list[Progress] = []
    again = await service.run_again(first.turn_id, "bob", stages.append)
    once_more = await service.run_again(again.turn_id, "bob")
    assert (first.output, again.output, once_more.output) == ("1", "2", "3")  # the channel's variables live on
    assert [progress.stage for progress in stages][-2:] == [Stage.RUNNING, Stage.RAN]
    turn = await service.turn(once_more.turn_id)
    assert turn and (turn.rerun_of, turn.author, turn.finish) == (first.turn_id, "bob", Finish.RUN)
    assert turn.model == first.model
    assert [turn.id for turn in await service.conversation(HERE)] == [first.turn_id]


async def test_a_wrong_answer_cannot_be_approved_by_running_it_again(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, WRONG)
    wrong = await service.respond(asked("What is 6 times 7?"))
    await service.vote(wrong.turn_id, "ada", False)
    again = await service.run_again(wrong.turn_id, "bob")
    assert await service.vote(again.turn_id, "bob", True) is Verdict.DISPUTED
    assert await collect(memory) == []


async def test_a_program_that_is_run_again_reads_the_files_it_is_given(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, write("I read.", "print(open('names.txt').read())"))
    reply = await service.respond(asked("read", attachments=(ProgramFile("names.txt", b"Ada"),)))
    again = await service.run_again(reply.turn_id, "ada", attachments=(ProgramFile("names.txt", b"Ada"),))
    assert (again.output, again.status) == ("Ada", Status.OK)


async def test_code_of_a_message_runs_alone_and_teaches_nothing(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, write("I set x.", "x = 5"))
    await service.respond(asked("let x be 5"))
    ran = await service.run_code(HERE, "bob", "print('x' in globals())")
    await service.posted(HERE, ran, ["m1"])
    assert (ran.text, ran.question) == ("False", "")
    await service.rate(Reaction(HERE, "m1", "bob", label=True))
    assert await collect(memory) == []
    assert [turn.question for turn in await service.conversation(HERE)] == ["let x be 5"]
    again = await service.run_again(ran.turn_id, "ada")
    edited = await service.run_edited(ran.turn_id, "ada", "print(2)")
    assert (again.output, edited.output) == ("False", "2")
    assert len(await service.conversation(HERE)) == 1


async def test_a_failing_program_of_a_person_shows_its_error_and_no_excuse(memory: Memory, sandbox: Sandbox):
    ran = await service_on(memory, sandbox).run_code(HERE, "bob", "1 / 0")
    assert ran.status is Status.ERROR
    assert ran.text == ran.output and ran.text.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("code", ["", " \n", "print('</execute>')"])
async def test_a_program_that_cannot_be_written_down_is_refused(memory: Memory, sandbox: Sandbox, code: str):
    service = service_on(memory, sandbox, WRONG)
    reply = await service.respond(asked("6 * 7?"))
    with pytest.raises(UnusableProgram):
        await service.run_edited(reply.turn_id, "ada", code)
    assert len(await service.conversation(HERE)) == 1


async def test_an_answer_in_words_cannot_be_run_again_and_can_be_taught(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, "It is 42.")
    reply = await service.respond(asked("6 * 7?"))
    with pytest.raises(UnusableProgram):
        await service.run_again(reply.turn_id, "ada")
    assert (await service.run_edited(reply.turn_id, "ada", "print(6 * 7)")).output == "42"


async def test_what_is_unknown_is_refused(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox)
    for work in (service.run_again("zz", "ada"), service.run_edited("zz", "ada", "print(1)")):
        with pytest.raises(StorageError, match="no turn zz"):
            await work
    with pytest.raises(StorageError, match="no message e9"):
        await service.begin(asked("?", key="e9"))
    assert await service.turn("zz") is None
    assert await service.votes(Channel("discord", "g", "c"), "p9") == {}


async def test_a_posted_answer_closes_its_message_and_a_placeholder_does_not(memory: Memory, sandbox: Sandbox):
    service = service_on(memory, sandbox, WRONG)
    incoming = asked("6 * 7?", key="e1")
    await service.accept(incoming)
    reply = await service.respond(incoming)
    await service.posted(HERE, reply, ["m1"], final=False)
    assert len(await service.unanswered("terminal")) == 1
    await service.posted(HERE, reply, ["m1"])
    assert await service.unanswered("terminal") == []


async def test_a_message_that_was_answered_but_not_posted_is_not_answered_twice(memory: Memory, sandbox: Sandbox):
    incoming = asked("6 * 7?", key="e1")
    before = service_on(memory, sandbox, WRONG)
    await before.accept(incoming)
    reply = await before.respond(incoming)
    after_restart = service_on(memory, sandbox)  # its model has nothing to say
    [left] = await after_restart.unanswered("terminal")
    again = await after_restart.respond(left)
    assert (again.turn_id, again.text) == (reply.turn_id, reply.text)
    with pytest.raises(EngineError):
        await after_restart.respond(asked("6 * 7?", key="e2"))
