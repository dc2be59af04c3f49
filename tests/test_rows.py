"""Training files are read with mistrust: the line and its fault are named."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.conversation import Message, Role
from core.errors import BadRow, TrainingError
from core.prompt import SYSTEM
from training.rows import TrainingRow, read_rows

RULE = Message(Role.SYSTEM, SYSTEM)
ASKED = {"role": "user", "content": "2 + 2?"}
SAID = {"role": "assistant", "content": "4"}
GOOD = {"messages": [ASKED, SAID]}


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return path


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (GOOD, TrainingRow((Message(Role.USER, "2 + 2?"),), "4")),
        ({"prompt": [ASKED], "completion": [SAID]}, TrainingRow((Message(Role.USER, "2 + 2?"),), "4")),
        ({"prompt": "2 + 2?", "completion": "4"}, TrainingRow((RULE, Message(Role.USER, "2 + 2?")), "4")),
        (
            {"prompt": [ASKED], "completion": [SAID], "label": False, "turn_id": "t1", "votes": {"yes": 0, "no": 1}},
            TrainingRow((Message(Role.USER, "2 + 2?"),), "4", False, "t1"),
        ),
        ({"instruction": "2 + 2?", "output": "4"}, TrainingRow((RULE, Message(Role.USER, "2 + 2?")), "4")),
        (
            {"instruction": "Add.", "input": "2, 2", "output": "4", "system": "Be brief.", "history": [["Hi", "Ho"]]},
            TrainingRow(
                (
                    Message(Role.SYSTEM, "Be brief."),
                    Message(Role.USER, "Hi"),
                    Message(Role.ASSISTANT, "Ho"),
                    Message(Role.USER, "Add.\n\n2, 2"),
                ),
                "4",
            ),
        ),
        (
            {"instruction": "2 + 2?", "input": None, "output": "4", "system": None, "turn_id": 7},
            TrainingRow((RULE, Message(Role.USER, "2 + 2?")), "4"),
        ),
    ],
)
def test_every_shape_becomes_the_same_kind_of_row(tmp_path: Path, line: dict[str, Any], row: TrainingRow):
    assert read_rows(written(tmp_path, line)) == [row]


def test_empty_lines_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path):
    path = written(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r", b"", b"  \r", GOOD, b"")
    assert len(read_rows(path)) == 2


def test_line_ends_inside_texts_do_not_end_a_row(tmp_path: Path):
    text = "a\u2028b\x85c\x0bd"
    line = json.dumps({"prompt": "?", "completion": text}, ensure_ascii=False).encode()
    assert [row.completion for row in read_rows(written(tmp_path, line))] == [text]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "it is not valid JSON (column 2: Expecting property name"),
        (b'{"prompt": "a"} {}', "it is not valid JSON (column 17: Extra data)"),
        (b"not json", "it is not valid JSON (column 1: Expecting value)"),
        (b'{"prompt": "\xff"}', "it is not valid UTF-8 (byte 13)"),
        (b"[" * 100_000, "its JSON is nested too deeply"),
        (b'{"prompt": ' + b"9" * 5000 + b"}", "its JSON cannot be read"),
        ([1, 2], "it must be a JSON object, and is a list"),
        ("text", "it must be a JSON object, and is a text"),
        (None, "it must be a JSON object, and is null"),
        ({}, "it has none of the shapes of a training row: prompt and completion, messages, or instruction and output"),
        ({"text": "2 + 2 = 4"}, "it has none of the shapes of a training row"),
        ({"prompt": "a"}, "the field completion is missing"),
        ({"completion": "a"}, "the field prompt is missing"),
        ({"instruction": "a"}, "the field output is missing"),
        ({"output": "a"}, "the field instruction is missing"),
        ({"prompt": "a", "completion": ""}, "the field completion is empty"),
        ({"prompt": " \n", "completion": "a"}, "the field prompt is empty"),
        ({"prompt": [], "completion": "a"}, "the field prompt is empty"),
        ({"instruction": "", "output": "a"}, "the field instruction is empty"),
        ({"prompt": 5, "completion": "a"}, "prompt must be a list of messages, and is a number"),
        ({"prompt": "a", "completion": {"role": "assistant"}}, "completion must be a list of messages"),
        ({"prompt": "a", "completion": None}, "completion must be a list of messages, and is null"),
        ({"instruction": "a", "output": 4}, "output must be a text, and is a number"),
        ({"instruction": "a", "output": "4", "input": ["x"]}, "input must be a text, and is a list"),
        ({"instruction": "a", "output": "4", "history": ["x"]}, "history[0] must be a pair of texts"),
        ({"instruction": "a", "output": "4", "history": [["x", 1]]}, "history[0] must be a pair of texts"),
        ({"prompt": "a", "completion": [SAID, SAID]}, "completion must be exactly one message of the assistant"),
        ({"prompt": "a", "completion": [ASKED]}, "completion must be exactly one message of the assistant"),
        ({"prompt": [ASKED, SAID], "completion": [SAID]}, "must end with the user, and ends with assistant"),
        ({"messages": [SAID]}, "messages must hold more than the completion"),
        ({"messages": [ASKED]}, "the last of messages must be the assistant's, and is the user's"),
        ({"messages": "hello"}, "messages must be a list of messages, and is a text"),
        ({"messages": ["hello", SAID]}, "messages[0] must be an object with role and content, and is a text"),
        ({"messages": [{"role": "tool", "content": "a"}, SAID]}, "messages[0] has the role 'tool'"),
        ({"messages": [{"role": ["user"], "content": "a"}, SAID]}, "messages[0] has the role ['user']"),
        ({"messages": [{"role": "user"}, SAID]}, "messages[0]: the field content is missing"),
        ({"messages": [ASKED, {"role": "assistant", "content": ""}]}, "messages[1]: the field content is empty"),
        ({"prompt": "a", "completion": "b", "label": "yes"}, "label must be true or false, and is a text"),
        ({"prompt": "a", "completion": "b", "label": 1}, "label must be true or false, and is a number"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "it is a pair of answers (chosen, rejected)"),
        (b'{"prompt": "a", "completion": "\\ud83d"}', "half of a surrogate pair"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_fault(tmp_path: Path, line: Any, problem: str):
    path = written(tmp_path, GOOD, b"", line, GOOD)
    with pytest.raises(BadRow) as raised:
        read_rows(path)
    assert str(raised.value).startswith(f"{path}, line 3: ")
    assert problem in str(raised.value)
    assert raised.value.line == 3


def test_an_empty_file_has_no_rows(tmp_path: Path):
    assert read_rows(written(tmp_path)) == []


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str):
    with pytest.raises(TrainingError, match=r"The training file .* cannot be read: "):
        read_rows(tmp_path / name)
