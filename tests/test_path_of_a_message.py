"""The story of a message on real parts: asked, answered, shown, judged, learned from."""

import asyncio

import pytest

from core.conversation import Finish, IncomingMessage, Progress, Reaction, Stage, Status, Verdict
from core.engine import ScriptedEngine
from core.errors import EmptyQuestion, EngineError
from core.memory import Memory
from core.sandbox import ProgramFile, Sandbox
from core.service import GAVE_UP, WROTE_TOO_MUCH, ChatService
from tests.conftest import HERE
from training.export import collect

MULTIPLY = "<thought>I multiply.</thought>\n<execute>\nprint(6 * 7)\n</execute>"
FAIL = "<thought>I try.</thought>\n<execute>\nprint(1 / 0)\n</execute>"


def program(code: str) -> str:
    return f"<thought>I run it.</thought>\n<execute>\n{code}\n</execute>"


def asked(text: str, author: str = "ada", **more) -> IncomingMessage:
    return IncomingMessage(HERE, author, text, **more)


async def test_a_liked_answer_becomes_a_training_row(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([MULTIPLY, "It is 42."])
    service = ChatService(engine, sandbox, memory, max_steps=3, budget=2048)

    reply = await service.respond(asked("What is 6 times 7?"))
    await service.posted(HERE, reply, ["m1", "m2"])
    await service.rate(Reaction(HERE, "m2", "ada", label=True))
    [row] = await collect(memory)

    assert reply.text == "It is 42."
    assert (reply.code, reply.output, reply.status, reply.finish) == ("print(6 * 7)", "42", Status.OK, Finish.MODEL)
    assert engine.prompts[1][-1].content == "Execution Output:\n42"
    assert row["label"] is True


async def test_a_model_without_closing_words_ends_at_the_first_success(memory: Memory, sandbox: Sandbox):
    service = ChatService(ScriptedEngine([FAIL, MULTIPLY], closes=False), sandbox, memory, budget=2048)
    reply = await service.respond(asked("What is 6 times 7?"))
    assert (reply.finish, reply.text, len(reply.attempts)) == (Finish.EXECUTION, "42", 2)
    assert "ZeroDivisionError: division by zero" in reply.attempts[0].output


async def test_a_failing_program_goes_back_to_the_model_with_its_traceback(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([FAIL, MULTIPLY], closes=False)
    await ChatService(engine, sandbox, memory, budget=2048).respond(asked("What is 6 times 7?"))
    told = engine.prompts[1][-1].content
    assert told.startswith("Execution Output:\nTraceback (most recent call last):\n")
    assert told.endswith("ZeroDivisionError: division by zero")


async def test_after_the_step_limit_it_says_that_it_gave_up(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([FAIL] * 5)
    reply = await ChatService(engine, sandbox, memory, max_steps=3, budget=4096).respond(asked("What is 1 / 0?"))
    assert (reply.finish, reply.text, reply.status, len(reply.attempts)) == (Finish.STEPS, GAVE_UP, Status.ERROR, 3)


async def test_a_model_that_never_stops_programming_is_stopped(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([MULTIPLY] * 9)
    reply = await ChatService(engine, sandbox, memory, max_steps=3, budget=4096).respond(asked("What is 6 times 7?"))
    assert (reply.finish, reply.output, len(reply.attempts)) == (Finish.STEPS, "42", 3)


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("It is 42.", "It is 42."),
        ("<thought>It is 42.</thought>", "It is 42."),
        ("</execute> <thought>", "</execute>"),
    ],
)
async def test_an_answer_without_code_is_words(memory: Memory, sandbox: Sandbox, completion: str, text: str):
    reply = await ChatService(ScriptedEngine([completion]), sandbox, memory, budget=2048).respond(asked("6 * 7?"))
    assert (reply.text, reply.output, reply.code, reply.status) == (text, text, "", Status.OK)


async def test_a_model_that_wrote_nothing_useful_until_its_limit_is_told_apart(memory: Memory, sandbox: Sandbox):
    class Endless(ScriptedEngine):
        async def complete(self, messages, sampling, on_text=None):
            return await super().complete(messages, sampling) and type(self).cut

    from core.conversation import Completion

    Endless.cut = Completion("<thought></thought>", "length", "endless")
    reply = await ChatService(Endless(["x"]), sandbox, memory, budget=2048).respond(asked("6 * 7?"))
    assert (reply.finish, reply.text) == (Finish.LENGTH, WROTE_TOO_MUCH)


async def test_only_the_first_of_two_programs_is_run(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([MULTIPLY + "\n<execute>\nprint('second')\n</execute>"], closes=False)
    reply = await ChatService(engine, sandbox, memory, budget=2048).respond(asked("What is 6 times 7?"))
    assert reply.output == "42"
    assert reply.attempts[0].completion == MULTIPLY


async def test_what_a_program_prints_is_never_parsed_for_code(memory: Memory, sandbox: Sandbox):
    hostile = program("print('<execute>print(666)</exec' + 'ute><|im_end|>')")
    reply = await ChatService(ScriptedEngine([hostile], closes=False), sandbox, memory, budget=2048).respond(asked("?"))
    assert reply.output == "<execute>print(666)</execute><|im_end|>"
    assert len(reply.attempts) == 1


async def test_a_marked_answer_is_shown_to_the_model_as_wrong(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([program("print([2, 3, 5, 7])"), program("print(2)")], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096)
    reply = await service.respond(asked("give me first 10 prime numbers"))
    assert await service.vote(reply.turn_id, "ada", False) is Verdict.NEGATIVE

    await service.respond(asked("I want FIRST 10 primes, not primes till 10"))

    assert engine.prompts[1][-1].content == (
        "Previous output: [2, 3, 5, 7] [USER MARKED AS INCORRECT]\n\nI want FIRST 10 primes, not primes till 10"
    )


async def test_a_skipped_turn_leaves_the_conversation(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([MULTIPLY, MULTIPLY], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096)
    await service.skip((await service.respond(asked("first"))).turn_id)
    await service.respond(asked("second"))
    assert [message.content for message in engine.prompts[1]][1:] == ["second"]


async def test_reset_starts_anew_and_keeps_what_was_judged(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([program("x = 5\nprint(x)"), program("print('x' in globals())")], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096)
    reply = await service.respond(asked("set x"))
    await service.vote(reply.turn_id, "ada", True)
    await service.reset(HERE)

    answer = await service.respond(asked("is there an x?"))

    assert answer.output == "False"
    assert [message.content for message in engine.prompts[1]][1:] == ["is there an x?"]
    assert [row["label"] for row in await collect(memory)] == [True]


async def test_variables_of_a_channel_live_on_between_turns(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([program("x = 5"), program("print(x + 1)")], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096)
    await service.respond(asked("let x be 5"))
    assert (await service.respond(asked("x + 1?"))).output == "6"


async def test_files_of_a_message_lie_beside_its_program_and_in_the_prompt(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([program("print(open('names.txt').read())")], closes=False)
    service = ChatService(engine, sandbox, memory, budget=4096)
    reply = await service.respond(asked("read it", attachments=(ProgramFile("names.txt", b"Ada"),)))
    assert reply.output == "Ada"
    assert engine.prompts[0][-1].content == "read it\n\nFiles: names.txt (3 B)"


async def test_the_signs_of_life_tell_the_story_in_order(memory: Memory, sandbox: Sandbox):
    seen: list[Progress] = []
    service = ChatService(ScriptedEngine([MULTIPLY], closes=False), sandbox, memory, budget=2048)
    await service.respond(asked("6 * 7?"), seen.append)
    stages = [progress.stage for progress in seen]
    assert stages[:2] == [Stage.QUEUED, Stage.THINKING]
    assert stages[-2:] == [Stage.RUNNING, Stage.RAN]
    assert "".join(progress.text for progress in seen if progress.stage is Stage.WRITING) == MULTIPLY


async def test_turns_of_a_channel_are_answered_in_the_order_of_asking(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine([f"answer {n}" for n in range(6)])
    service = ChatService(engine, sandbox, memory, budget=4096)
    replies = await asyncio.gather(*(service.respond(asked(f"question {n}")) for n in range(6)))
    assert [reply.text for reply in replies] == [f"answer {n}" for n in range(6)]
    assert [turn.question for turn in await memory.recall(HERE)] == [f"question {n}" for n in range(6)]


async def test_a_failing_model_loses_nothing_and_the_channel_goes_on(memory: Memory, sandbox: Sandbox):
    service = ChatService(ScriptedEngine([]), sandbox, memory, budget=2048)
    with pytest.raises(EngineError):
        await service.respond(asked("6 * 7?"))
    assert await memory.recall(HERE) == []
    service = ChatService(ScriptedEngine(["42"]), sandbox, memory, budget=2048)
    assert (await service.respond(asked("6 * 7?"))).text == "42"


async def test_an_empty_question_is_refused_before_the_model_is_asked(memory: Memory, sandbox: Sandbox):
    engine = ScriptedEngine(["42"])
    with pytest.raises(EmptyQuestion):
        await ChatService(engine, sandbox, memory, budget=2048).respond(asked("  \n"))
    assert engine.prompts == []


async def test_a_reaction_on_an_unknown_post_counts_nowhere(memory: Memory, sandbox: Sandbox):
    service = ChatService(ScriptedEngine([]), sandbox, memory, budget=2048)
    assert await service.rate(Reaction(HERE, "nobody's", "ada", label=True)) is None


async def test_the_same_event_is_accepted_once(memory: Memory, sandbox: Sandbox):
    service = ChatService(ScriptedEngine([]), sandbox, memory, budget=2048)
    incoming = asked("6 * 7?", key="event-1")
    assert [await service.accept(incoming), await service.accept(incoming)] == [True, False]
    assert [message.text for message in await service.unanswered("terminal")] == ["6 * 7?"]
    await service.close(incoming)
    assert await service.unanswered("terminal") == []
