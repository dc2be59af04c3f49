"""Which part of a prompt's messages a person said: rows of a file hold no spans, and the frozen format shows them.

A model whose card names a word list reads people's words normalised, when it serves and when it learns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.conversation import Message, Role
from core.normalise import normalise
from core.prompt import MARKED_WRONG

_EXAMPLE, _OBSERVED, _MARK, _FILES = "Approved example:\n", "Execution Output:\n", f" {MARKED_WRONG}\n\n", "\n\nFiles: "


def as_read(messages: Sequence[Message], words: frozenset[str]) -> tuple[Message, ...]:
    """The messages as a model with this word list reads them; without one, as they are."""
    return tuple(_cleaned(message, words) for message in messages) if words else tuple(messages)


def spoken(message: Message) -> tuple[int, int]:
    """The span of a person's own words in a message; empty where there are none.

    A result in front of the words ends at the last empty line, so words with an empty line in them count from there.
    """
    content = message.content
    if message.role is not Role.USER:
        return 0, 0
    start, end = 0, len(content)
    if content.startswith(_EXAMPLE):
        return len(_EXAMPLE), end
    head, found, names = content.rpartition(_FILES)
    if found and "\n" not in names:
        end = len(head)
    if content.startswith("Previous output: ") and (mark := content.find(_MARK)) >= 0:
        start = mark + len(_MARK)
    elif content.startswith(_OBSERVED):
        gap = content.rfind("\n\n", 0, end)
        start = gap + 2 if gap >= 0 else end  # an observation alone: a repair
    return start, max(start, end)


def with_spans(prompt: Iterable[Mapping[str, object]]) -> tuple[Message, ...]:
    """The messages of a training row, with what people said in them marked."""
    messages = (Message(Role(str(entry["role"])), str(entry["content"])) for entry in prompt)
    return tuple(replace(message, spoken=spoken(message)) for message in messages)


def _cleaned(message: Message, words: frozenset[str]) -> Message:
    start, end = message.spoken or spoken(message)
    content = message.content
    return replace(message, content=content[:start] + normalise(content[start:end], words) + content[end:], spoken=None)
