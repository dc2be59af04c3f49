"""Training files, read with mistrust: JSON lines in any of three shapes become rows of one.

| shape | fields |
|---|---|
| prompt and completion | `prompt`: messages, or a question; `completion`: one assistant message, or its text; `label` |
| messages | `messages`: a conversation whose last message is the assistant's |
| alpaca | `instruction`, `output`; `input`, `system` and `history` (pairs of texts) where given |

Further fields are ignored. A question without a system message gets the one that models are served with; a list of
messages is taken as it stands.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.conversation import Message, Role
from core.errors import BadRow, TrainingError
from core.prompt import SYSTEM

_BOM = b"\xef\xbb\xbf"
_SHAPES = "prompt and completion, messages, or instruction and output"


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One completion to learn from.

    `label` is that of a row with feedback: a row with False shows what not to write and must never be imitated.
    `turn_id` names the turn it came from (`""`: none).
    """

    prompt: tuple[Message, ...]
    completion: str
    label: bool | None = None
    turn_id: str = ""


class _Unusable(Exception):
    """What is wrong with a line."""


def read_rows(path: str | Path) -> list[TrainingRow]:
    """All rows of a JSON lines file; empty lines are passed over.

    Raises BadRow for the first line that cannot be used (its number and what is wrong), TrainingError where the file
    cannot be read.
    """
    return list(_rows(Path(path)))


def _rows(path: Path) -> Iterator[TrainingRow]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1:
                    line = line.removeprefix(_BOM)
                if line.strip():
                    try:
                        yield _row(_parsed(line))
                    except _Unusable as problem:
                        raise BadRow(path, number, str(problem)) from None
    except OSError as error:
        raise TrainingError(f"The training file {path} cannot be read: {error.strerror}.") from error


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(line.rstrip().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _Unusable(f"it is not valid UTF-8 (byte {error.start + 1})") from None
    except RecursionError:
        raise _Unusable("its JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _Unusable(f"it is not valid JSON (column {error.colno}: {error.msg})") from None
    except ValueError as error:  # a number of thousands of digits
        raise _Unusable(f"its JSON cannot be read ({error})") from None
    if not isinstance(data, dict):
        raise _Unusable(f"it must be a JSON object, and is {_kind(data)}")
    return data


def _row(data: Mapping[str, Any]) -> TrainingRow:
    label = _typed(data, "label", bool, None)
    turn_id = data.get("turn_id")
    if "chosen" in data or "rejected" in data:
        raise _Unusable("it is a pair of answers (chosen, rejected) and not an example of one")
    if "messages" in data:
        prompt, completion = _conversation(_messages(data, "messages"))
    elif "prompt" in data or "completion" in data:
        prompt, completion = _prompt(data), _completion(data)
    elif "instruction" in data or "output" in data:
        prompt, completion = _alpaca(data), _text(data, "output")
    else:
        raise _Unusable(f"it has none of the shapes of a training row: {_SHAPES}")
    if prompt[-1].role is not Role.USER:
        raise _Unusable(f"what comes before the completion must end with the user, and ends with {prompt[-1].role}")
    return TrainingRow(prompt, completion, label, turn_id if isinstance(turn_id, str) else "")


def _conversation(messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], str]:
    *prompt, last = messages
    if last.role is not Role.ASSISTANT:
        raise _Unusable(f"the last of messages must be the assistant's, and is the {last.role}'s")
    if not prompt:
        raise _Unusable("messages must hold more than the completion")
    return tuple(prompt), last.content


def _prompt(data: Mapping[str, Any]) -> tuple[Message, ...]:
    if isinstance(data.get("prompt"), str):
        return Message(Role.SYSTEM, SYSTEM), Message(Role.USER, _text(data, "prompt"))
    return _messages(data, "prompt")


def _completion(data: Mapping[str, Any]) -> str:
    if isinstance(data.get("completion"), str):
        return _text(data, "completion")
    messages = _messages(data, "completion")
    if len(messages) != 1 or messages[0].role is not Role.ASSISTANT:
        raise _Unusable("completion must be exactly one message of the assistant")
    return messages[0].content


def _alpaca(data: Mapping[str, Any]) -> tuple[Message, ...]:
    messages = [Message(Role.SYSTEM, _typed(data, "system", str, "") or SYSTEM)]
    for number, pair in enumerate(_typed(data, "history", list, [])):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) and text for text in pair):
            raise _Unusable(f"history[{number}] must be a pair of texts")
        messages += Message(Role.USER, _sound(pair[0])), Message(Role.ASSISTANT, _sound(pair[1]))
    asked = _text(data, "instruction")
    if further := _typed(data, "input", str, ""):
        asked = f"{asked}\n\n{further}"
    return (*messages, Message(Role.USER, _sound(asked)))


def _messages(data: Mapping[str, Any], field: str) -> tuple[Message, ...]:
    if field not in data:
        raise _Unusable(f"the field {field} is missing")
    if not isinstance(data[field], list):
        raise _Unusable(f"{field} must be a list of messages, and is {_kind(data[field])}")
    if not data[field]:
        raise _Unusable(f"the field {field} is empty")
    return tuple(_message(item, f"{field}[{number}]") for number, item in enumerate(data[field]))


def _message(item: object, place: str) -> Message:
    if not isinstance(item, dict):
        raise _Unusable(f"{place} must be an object with role and content, and is {_kind(item)}")
    role = item.get("role")
    if not isinstance(role, str) or role not in set(Role):
        raise _Unusable(f"{place} has the role {role!r}; roles are system, user and assistant")
    try:
        return Message(Role(role), _text(item, "content"))
    except _Unusable as problem:
        raise _Unusable(f"{place}: {problem}") from None


def _text(data: Mapping[str, Any], field: str) -> str:
    if field not in data:
        raise _Unusable(f"the field {field} is missing")
    text = data[field]
    if not isinstance(text, str):
        raise _Unusable(f"{field} must be a text, and is {_kind(text)}")
    if not text.strip():
        raise _Unusable(f"the field {field} is empty")
    return _sound(text)


def _typed(data: Mapping[str, Any], field: str, kind: type, default: Any) -> Any:
    """An optional field; null counts as not given."""
    value = data.get(field)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _Unusable(f"{field} must be {_NAMES[kind]}, and is {_kind(value)}")
    return _sound(value) if isinstance(value, str) else value


def _sound(text: str) -> str:
    """JSON can spell half a character, which no tokenizer takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _Unusable("a text holds half of a surrogate pair, which is no character") from None
    return text


_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def _kind(value: object) -> str:
    return _NAMES[type(value)]
