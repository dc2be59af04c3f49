"""Judged turns become training rows: which, in which form, and nothing half written."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import Attempt, Finish, Message, Role, Status, Turn
from core.errors import TrainingError
from core.memory import Memory
from core.prompt import SYSTEM, Example, digest, render
from tests.memory.material import ELSEWHERE, THREAD, answered, ran
from training.export import FORMATS, Summary, collect, export_rows, write_rows
from training.feedback import LeftOut, reproduce
from training.rows import TrainingRow, read_rows

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PRIMES = "give me first 10 prime numbers"
SYSTEM_MESSAGE = {"role": "system", "content": SYSTEM}


def user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


def assistant(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


async def store(memory: Memory, turn: Turn, **votes: bool) -> Turn:
    """Remember a turn, and who said what about it."""
    await memory.remember(turn)
    for author, label in votes.items():
        await memory.vote(turn.id, author, label)
    found = await memory.turn(turn.id)
    assert found
    return found


async def exported(memory: Memory, form: str, folder: Path) -> tuple[list[dict[str, Any]], Summary]:
    summary = await export_rows(memory, form, folder / f"{form}.jsonl")
    text = (folder / f"{form}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]], summary


async def corrected_primes(memory: Memory) -> tuple[Turn, Turn]:
    """The story of the README: a wrong answer, a correction, a right answer."""
    wrong = answered("t1", PRIMES, [], ran("print([2, 3, 5, 7])", "[2, 3, 5, 7]"), created_at=WHEN)
    wrong = await store(memory, wrong, ada=False)
    right = answered("t2", "I want FIRST 10 primes, not primes till 10", [wrong], ran("print(PRIMES[:10])", "[2, …]"))
    return wrong, await store(memory, right, ada=True)


# Which turns, in which form ----------------------------------------------------------------------------------------


async def test_a_trusted_verdict_becomes_a_kto_row(memory: Memory):
    turn = await store(memory, answered("t1", "6 * 7?", [], ran("print(6 * 7)", "42"), created_at=WHEN), ada=True)
    assert await collect(memory) == [
        {
            "prompt": [SYSTEM_MESSAGE, user("6 * 7?")],
            "completion": [assistant("<thought>I run it.</thought>\n<execute>\nprint(6 * 7)\n</execute>")],
            "label": True,
            "turn_id": "t1",
            "model": "codeact-mini",
            "votes": {"yes": 1, "no": 0},
            "when": "2026-03-01T12:30:00+00:00",
            "platform": "discord",
            "prompt_sha256": turn.prompt.sha256,
        }
    ]


@pytest.mark.parametrize(
    ("votes", "rows"),
    [
        ({}, {"sft": 0, "kto": 0, "alpaca": 0}),
        ({"ada": True}, {"sft": 1, "kto": 1, "alpaca": 1}),
        ({"ada": False}, {"sft": 0, "kto": 1, "alpaca": 0}),
        ({"bob": True}, {"sft": 0, "kto": 0, "alpaca": 0}),
        ({"bob": True, "eve": True}, {"sft": 1, "kto": 1, "alpaca": 1}),
        ({"bob": False, "eve": False}, {"sft": 0, "kto": 1, "alpaca": 0}),
        ({"ada": True, "bob": False}, {"sft": 0, "kto": 0, "alpaca": 0}),
        ({"ada": False, "bob": True}, {"sft": 0, "kto": 0, "alpaca": 0}),
        ({"ada": True, "bob": True, "eve": True}, {"sft": 1, "kto": 1, "alpaca": 1}),
    ],
)
async def test_which_votes_make_rows(memory: Memory, tmp_path: Path, votes: dict[str, bool], rows: dict[str, int]):
    await store(memory, answered("t1", "6 * 7?", []), **votes)
    for form, count in rows.items():
        found, summary = await exported(memory, form, tmp_path)
        assert len(found) == summary.rows == count
        assert summary.rows + sum(summary.left_out.values()) == (1 if votes else 0)


async def test_a_withdrawn_vote_leaves_the_export(memory: Memory):
    await store(memory, answered("t1", "6 * 7?", []), ada=True)
    await memory.vote("t1", "ada", None)
    assert await collect(memory) == []


async def test_a_skipped_turn_teaches_nothing(memory: Memory, tmp_path: Path):
    await store(memory, answered("t1", "6 * 7?", []), ada=True)
    await memory.skip("t1")
    rows, summary = await exported(memory, "kto", tmp_path)
    assert rows == []
    assert summary.left_out == {LeftOut.SKIPPED: 1}


async def test_an_answer_without_a_word_teaches_nothing(memory: Memory, tmp_path: Path):
    await store(memory, answered("t1", "6 * 7?", [], Attempt(" "), finish=Finish.MODEL), ada=False)
    _, summary = await exported(memory, "kto", tmp_path)
    assert summary.left_out == {LeftOut.EMPTY: 1}


async def test_in_a_repaired_turn_only_the_last_completion_is_learned(memory: Memory, tmp_path: Path):
    failed = ran("print(1 / 0)", "ZeroDivisionError: division by zero", Status.ERROR, "I try.")
    worked = ran("print(1)", "1", thought="I repair it.")
    await store(memory, answered("t1", "divide", [], failed, worked), ada=True)
    told = "Execution Output:\nZeroDivisionError: division by zero"
    [row], _ = await exported(memory, "sft", tmp_path)
    assert row["prompt"] == [SYSTEM_MESSAGE, user("divide"), assistant(failed.completion), user(told)]
    assert row["completion"] == [assistant(worked.completion)]
    [row], _ = await exported(memory, "alpaca", tmp_path)
    assert (row["instruction"], row["output"]) == ("divide", worked.completion)
    assert row["input"] == f"{failed.completion}\n\n{told}"


async def test_alpaca_rows_tell_the_conversation_beside_the_three_columns(memory: Memory, tmp_path: Path):
    first = await store(memory, answered("t1", "6 * 7?", [], ran("print(42)", "42")))
    await store(memory, answered("t2", "and plus 1?", [first], ran("print(43)", "43")), ada=True)
    [row], _ = await exported(memory, "alpaca", tmp_path)
    assert row["instruction"] == "Execution Output:\n42\n\nand plus 1?"
    assert (row["input"], row["output"]) == ("", ran("print(43)", "43").completion)
    assert (row["system"], row["history"]) == (SYSTEM, [["6 * 7?", first.last.completion]])


# The prompt as it was --------------------------------------------------------------------------------------------


async def test_the_prompt_of_a_row_is_the_one_that_was_answered(memory: Memory, tmp_path: Path):
    example = await store(memory, answered("e1", "what is 17 minus 5", [], channel=THREAD), ada=True)
    wrong = await store(memory, answered("t1", PRIMES, [], attachments=(("a.csv", 2150),)), ada=False)
    shown = Example(example.id, example.question, example.last.completion)
    files = (("names.txt", 88),)
    turn = answered("t2", "FIRST 10", [wrong], examples=[shown], attachments=files)
    await store(memory, turn, ada=True)
    row = (await collect(memory))[-1]
    messages = render([wrong], "FIRST 10", files=files, examples=[shown])
    assert row["prompt"] == [{"role": message.role, "content": message.content} for message in messages]
    assert row["prompt_sha256"] == digest(messages) == turn.prompt.sha256


async def test_votes_that_came_later_do_not_change_a_prompt(memory: Memory):
    wrong, _ = await corrected_primes(memory)
    await memory.vote(wrong.id, "ada", True)  # Ada changed her mind; the model was shown the mark
    row = (await collect(memory))[-1]
    assert "[USER MARKED AS INCORRECT]" in row["prompt"][-1]["content"]
    plain = answered("t3", "again", [replace(wrong, label=None)])
    await store(memory, plain, ada=True)
    await memory.vote(wrong.id, "ada", False)
    row = (await collect(memory))[-1]
    assert "[USER MARKED AS INCORRECT]" not in row["prompt"][-1]["content"]


@pytest.mark.parametrize(
    "change",
    [
        {"question": "something else"},
        {"prompt": {"version": 2}},
        {"prompt": {"sha256": "0" * 64}},
        {"prompt": {"turn_ids": ("gone",)}},
        {"prompt": {"example_ids": ("gone",)}},
        {"prompt": {"marked_turn_ids": ("t0",)}},
        {"attachments": (("new.txt", 1),)},
    ],
)
async def test_a_turn_that_no_longer_reproduces_is_left_out_and_counted(
    memory: Memory, tmp_path: Path, change: dict[str, Any]
):
    before = await store(memory, answered("t0", "before", []))
    turn = answered("t1", "6 * 7?", [before])
    if "prompt" in change:
        change = {"prompt": replace(turn.prompt, **change["prompt"])}
    await store(memory, replace(turn, **change), ada=True)
    rows, summary = await exported(memory, "sft", tmp_path)
    assert rows == []
    assert summary.left_out == {LeftOut.CHANGED: 1}


QUESTIONS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.tuples(QUESTIONS, st.sampled_from([True, False, None])), min_size=1, max_size=5), QUESTIONS)
def test_every_prompt_can_be_rendered_again_from_its_reference(said: list[tuple[str, bool | None]], question: str):
    history: list[Turn] = []
    for number, (words, label) in enumerate(said):
        history.append(replace(answered(f"t{number}", words, history), label=label))
    turn = answered("last", question, history)
    known = {each.id: replace(each, label=None) for each in history}
    prompt = reproduce(turn, known)
    assert prompt and prompt.messages == render(history, question)


# The file --------------------------------------------------------------------------------------------------------


async def test_every_form_loads_with_datasets(memory: Memory, tmp_path: Path):
    from datasets import load_dataset

    await corrected_primes(memory)
    failed = ran("print(1 / 0)", "ZeroDivisionError: division by zero", Status.ERROR)
    await store(memory, answered("t3", "divide ✅\u2028", [], failed, ran("print(1)", "1"), channel=THREAD), ada=True)
    await store(memory, answered("t4", "no history", [], channel=ELSEWHERE), ada=True)
    columns = {
        "sft": {"prompt", "completion"},
        "kto": {"prompt", "completion", "label"},
        "dpo": {"prompt", "chosen", "rejected"},
        "alpaca": {"instruction", "input", "output"},
    }
    about = {"turn_id", "model", "votes", "when", "platform", "prompt_sha256"}
    assert set(columns) == set(FORMATS)
    for form in FORMATS:
        rows, summary = await exported(memory, form, tmp_path)
        loaded = load_dataset(
            "json", data_files=str(summary.path), split="train", cache_dir=str(tmp_path / "cache" / form)
        )
        assert len(loaded) == len(rows) == summary.rows
        assert summary.rows == {"sft": 3, "kto": 4, "dpo": 1, "alpaca": 3}[form]
        assert columns[form] | about <= set(loaded.column_names)
        assert loaded[0]["votes"] == rows[0]["votes"]


async def test_the_reader_of_training_files_reads_what_is_exported(memory: Memory, tmp_path: Path):
    wrong, right = await corrected_primes(memory)
    for form in ("sft", "kto", "alpaca"):
        await exported(memory, form, tmp_path)
    expected = TrainingRow(render([wrong], right.question), right.last.completion, None, "t2")
    assert read_rows(tmp_path / "sft.jsonl") == [expected]
    assert read_rows(tmp_path / "alpaca.jsonl") == [expected]
    assert read_rows(tmp_path / "kto.jsonl") == [
        TrainingRow((Message(Role.SYSTEM, SYSTEM), Message(Role.USER, PRIMES)), wrong.last.completion, False, "t1"),
        replace(expected, label=True),
    ]


async def test_no_row_is_a_success_that_says_so(memory: Memory, tmp_path: Path):
    out = tmp_path / "new" / "folder" / "rows.jsonl"
    summary = await export_rows(memory, "dpo", out)
    assert str(summary) == f"There is no dpo row yet, so {out} is empty: no answer has a vote."
    assert out.read_bytes() == b""
    await store(memory, answered("t1", "6 * 7?", []), ada=False)
    await store(memory, answered("t2", "6 * 8?", []), bob=False)
    assert str(await export_rows(memory, "dpo", out)) == (
        f"There is no dpo row yet, so {out} is empty; left out 2 judged turns: "
        "1 marked wrong, without an approved answer to the same question, 1 with disputed votes."
    )


async def test_the_summary_counts_rows_and_what_was_left_out(memory: Memory, tmp_path: Path):
    for number, label in enumerate([True, True, False]):
        await store(memory, answered(f"t{number}", f"{number}?", []), ada=label)
    out = tmp_path / "rows.jsonl"
    assert (
        str(await export_rows(memory, "sft", out))
        == f"Wrote 2 sft rows to {out}; left out 1 judged turn: 1 marked wrong."
    )
    await memory.vote("t0", "ada", None)
    assert str(await export_rows(memory, "kto", out)) == f"Wrote 2 kto rows to {out}."
    assert out.read_bytes().count(b"\n") == 2


async def test_an_unknown_form_is_refused(memory: Memory, tmp_path: Path):
    with pytest.raises(TrainingError, match="no form 'csv'; choose one of sft, kto, dpo, alpaca"):
        await export_rows(memory, "csv", tmp_path / "rows.csv")
    assert list(tmp_path.glob("rows*")) == []


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path):
    out = tmp_path / "rows.jsonl"
    write_rows(out, [{"a": "ä ✅"}])
    assert out.read_bytes() == '{"a": "ä ✅"}\n'.encode()

    def fails():
        yield {"a": 1}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rows(out, fails())
    assert out.read_bytes() == '{"a": "ä ✅"}\n'.encode()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("place", ["", "file/rows.jsonl", "folder"])
async def test_a_place_that_cannot_be_written_is_named(memory: Memory, tmp_path: Path, place: str):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(TrainingError, match="The rows cannot be written to "):
        await export_rows(memory, "kto", Path(place) if not place else tmp_path / place)
    assert not list(tmp_path.glob("*.new")) and not list(tmp_path.glob(".*.new"))
