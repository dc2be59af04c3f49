"""Whose words may teach, and what is left of a person who asked to be forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.conversation import Attempt, Channel, Finish, IncomingMessage, ProgramFile, PromptReference, Verdict
from core.errors import StorageError
from core.memory import Memory
from tests.memory.material import ELSEWHERE, GUILD, make_turn

TERMINAL = Channel("terminal", "", "chat", private=True)


def showing(*turn_ids: str) -> PromptReference:
    return PromptReference(1, "0" * 64, turn_ids)


async def liked(memory: Memory, turn_id: str, channel: Channel = GUILD, **more) -> None:
    turn = make_turn(turn_id, channel, **more)
    await memory.remember(turn)
    await memory.vote(turn_id, turn.author, True)


async def teaching(memory: Memory) -> list[str]:
    return [one.turn.id for one in await memory.judged()]


async def test_nothing_of_a_person_who_opted_out_teaches_and_they_may_come_back(memory: Memory):
    await liked(memory, "a")
    await liked(memory, "b", author="bob")
    await liked(memory, "c", author="bob", prompt=showing("a"))  # shows the words of ada
    await liked(memory, "d", author="bob", finish=Finish.TAUGHT, rerun_of="a")  # answers her question
    await memory.set_opt_out("discord", "ada", True)
    for voter in ("bob", "eve"):
        await memory.vote("a", voter, True)
    assert await memory.is_opted_out("discord", "ada") and not await memory.is_opted_out("slack", "ada")
    assert await teaching(memory) == ["b"]
    await memory.set_opt_out("discord", "ada", False)
    assert await teaching(memory) == ["a", "b", "c", "d"]


async def test_votes_of_a_person_who_opted_out_are_deleted_and_not_stored(memory: Memory):
    await liked(memory, "a")
    await memory.vote("a", "bob", False)
    await memory.set_opt_out("discord", "bob", True)
    assert await memory.verdict("a") is Verdict.POSITIVE
    assert await memory.vote("a", "bob", False) is Verdict.POSITIVE


@pytest.mark.parametrize(
    ("rule", "decided", "taught"),
    [
        ("all", {}, ["a", "b", "c"]),
        ("all", {"guild": False}, ["b", "c"]),
        ("opt-in", {}, ["c"]),  # the terminal belongs to who runs the bot
        ("opt-in", {"guild": True}, ["a", "c"]),
        ("opt-in", {"guild": False}, ["c"]),
    ],
)
async def test_whose_turns_teach_is_a_setting_that_admins_decide_for_their_workspace(tmp_path, rule, decided, taught):
    memory = Memory(f"sqlite+aiosqlite:///{tmp_path / 'rule.sqlite3'}", training=rule)
    await memory.open()
    for turn_id, channel in (("a", GUILD), ("b", ELSEWHERE), ("c", TERMINAL)):
        await liked(memory, turn_id, channel)
    for workspace, trains in decided.items():
        await memory.set_training(Channel("discord", workspace, ""), not trains, "admin")
        await memory.set_training(Channel("discord", workspace, ""), trains, "admin")
    assert await teaching(memory) == taught
    assert [entry.result for entry in await memory.audited()][1::2] == [
        "allowed" if trains else "not allowed" for trains in decided.values()
    ]
    await memory.close()


async def test_nothing_that_a_forgotten_person_said_is_left_in_the_files(memory: Memory, tmp_path: Path):
    said = "xylophone-secret"
    asked = IncomingMessage(GUILD, "ada-0815", f"{said} open", (ProgramFile(f"{said}.txt", said.encode()),), key="e1")
    await memory.accept(asked)
    attempt = Attempt(said, said, said, output=said, observation=said)
    await liked(memory, "a", author="ada-0815", question=said, attempts=(attempt,), attachments=((said, 3),))
    await memory.remember(make_turn("b", author="bob", prompt=showing("a")))
    await memory.vote("b", "ada-0815", True)
    await memory.remember(make_turn("c", author="bob", question=said, finish=Finish.TAUGHT, rerun_of="a"))

    deleted = await memory.forget("discord", "ada-0815")

    assert (deleted.messages, deleted.votes) == (1, 2)
    assert (deleted.leaving.turn_ids, deleted.leaving.shown_in) == ({"a", "c"}, {"b"})
    assert [turn.id for turn in await memory.recall(GUILD)] == ["b"]
    assert await memory.unanswered("discord") == []
    files = b"".join(path.read_bytes() for path in tmp_path.glob("codeact.sqlite3*"))
    assert said.encode() not in files and b"ada-0815" not in files


async def test_what_was_forgotten_does_not_come_back_from_a_platforms_history(memory: Memory):
    before = datetime.now(UTC) - timedelta(minutes=5)
    await memory.remember(make_turn("b", author="bob"))
    open_one = IncomingMessage(GUILD, "ada", "open", key="e1", message_id="m1", sent_at=before)
    await memory.accept(open_one)
    await memory.forget("discord", "ada")
    assert await memory.accept(open_one) is False
    assert await memory.accept(replace(open_one, key="e2", text="never delivered")) is False
    assert await memory.vote("b", "ada", True) is Verdict.NONE  # the reaction is still there

    later = replace(open_one, key="e3", sent_at=datetime.now(UTC))
    assert await memory.accept(later) is True
    await memory.remember(make_turn("d", author="bob"))
    assert await memory.vote("d", "ada", True) is Verdict.DISPUTED
    assert await memory.accept(replace(open_one, key="e4", author="bob")) is True


async def test_a_turn_that_was_asked_before_its_person_was_forgotten_is_not_stored(memory: Memory):
    asked_at = datetime.now(UTC)
    await memory.remember(make_turn("a"))
    await memory.forget("discord", "ada")
    assert await memory.remember(make_turn("b"), asked_at) is False
    assert await memory.remember(make_turn("c", author="bob", finish=Finish.RUN, rerun_of="a"), asked_at) is False
    assert await memory.remember(make_turn("d"), datetime.now(UTC)) is True
    assert [turn.id for turn in await memory.recall(GUILD)] == ["d"]


async def test_people_of_the_same_name_on_another_platform_are_somebody_else(memory: Memory):
    await memory.remember(make_turn("a", replace(GUILD, platform="slack")))
    await memory.forget("discord", "ada")
    await memory.set_opt_out("discord", "ada", True)
    assert await memory.turn("a") is not None
    assert await memory.vote("a", "ada", True) is Verdict.POSITIVE


async def test_what_is_older_than_some_days_leaves(memory: Memory):
    old = datetime.now(UTC) - timedelta(days=8)
    await memory.accept(IncomingMessage(GUILD, "ada", "words", key="e1"))
    await liked(memory, "a", created_at=old)
    await liked(memory, "b", prompt=showing("a"))
    assert (await memory.forget_older_than(9)).leaving.turn_ids == set()
    deleted = await memory.forget_older_than(7)
    assert (deleted.messages, deleted.votes) == (0, 1)
    assert (deleted.leaving.turn_ids, deleted.leaving.shown_in) == ({"a"}, {"b"})
    assert await teaching(memory) == ["b"]
    assert len(await memory.unanswered("discord")) == 1


async def test_the_audit_log_can_be_added_to_and_read_and_nothing_else(memory: Memory):
    for number in range(3):
        await memory.audit(GUILD, "admin", "reset", f"done {number}" + "x" * 1000)
    entries = await memory.audited(2)
    assert [(entry.author, entry.action, entry.result[:6]) for entry in entries] == [
        ("admin", "reset", "done 1"),
        ("admin", "reset", "done 2"),
    ]
    assert max(len(entry.result) for entry in entries) == 500
    for statement in ("UPDATE audit SET author = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(StorageError, match="append-only"):
            async with memory._database.writing() as session:
                await (await session.connection()).exec_driver_sql(statement)
    assert len(await memory.audited()) == 3
