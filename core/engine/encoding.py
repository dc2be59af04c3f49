"""Messages to token ids, for every tokenizer: text of people, programs and files never becomes a special token.

A chat template writes the skeleton – who speaks, where a turn ends – with special tokens. Nobody may type those: what a
message holds is marked before the template sees it, the rendered text is cut at the tokens that are left, and the parts
in between are encoded by a twin of the tokenizer that knows no special tokens at all. Without hostile text the ids are
those of `apply_chat_template`. Serving and training both encode with this page.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from jinja2.exceptions import TemplateError

from core.conversation import Message, Role

TAGS = ("<thought>", "</thought>", "<execute>", "</execute>")
INSTRUCTION = (
    "You answer by writing and running Python. Think inside <thought></thought>, then write one program inside "
    "<execute></execute> that prints the answer."
)
"""The system message of the CodeAct format: the only text beside the model's own whose tags are tokens."""
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_REMEMBERED, _SHORT = 4096, 400  # texts between special tokens, and their characters
_FIRST_MARK = 0xF0000  # a private-use plane: no template and hardly any text uses it
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAGS = re.compile(f"({'|'.join(TAGS)})")


def encode_chat(tokenizer: Any, messages: Sequence[Message], *, open_answer: bool = True) -> list[int]:
    """The ids of a conversation in the tokenizer's chat template, ChatML where it has none.

    `open_answer` ends with what opens the assistant's next message. Tags in assistant messages and in the frozen
    system message are tokens, where the tokenizer has them. A template without a system role gets the system message
    in front of the first user message. Raises ValueError where the template refuses the messages for another reason.
    """
    special = _Special.of(tokenizer)
    marks = special.marks(message.content for message in messages)
    hidden = [
        {"role": str(message.role), "content": special.hide(message.content, marks, tags=_may_hold_tags(message))}
        for message in messages
    ]
    return special.encode(_render(tokenizer, hidden, open_answer), marks)


def encode_answer(tokenizer: Any, completion: str) -> list[int]:
    """The ids of a completion as the model writes it behind `encode_chat`: its text, then the end-of-turn token."""
    special = _Special.of(tokenizer)
    marks = special.marks([completion])
    return [*special.encode(special.hide(completion, marks, tags=True), marks), end_of_turn(tokenizer)]


def end_of_turn(tokenizer: Any) -> int:
    """The token that ends an assistant's message: the first special token of the template behind it, else eos."""
    special = _Special.of(tokenizer)
    content = chr(_FIRST_MARK)
    turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": content}]
    rendered = _render(tokenizer, turns, open_answer=False)
    found = special.pattern.search(rendered, rendered.rindex(content)) if special.pattern else None
    token = special.ids[found.group().strip()] if found else tokenizer.eos_token_id
    if token is None:
        raise ValueError("The tokenizer has no token that ends an answer.")
    return int(token)


@dataclass(frozen=True, slots=True)
class _Special:
    """The tokens of a tokenizer that text must not become, and a twin without them for everything else."""

    ids: Mapping[str, int]
    pattern: re.Pattern[str] | None  # longest first, as tokenizers match
    plain: "_Plain"

    @classmethod
    def of(cls, tokenizer: Any) -> "_Special":
        added = {token.content: (int(key), token) for key, token in tokenizer.added_tokens_decoder.items()}
        ids = {text: key for text, (key, _) in added.items() if text.strip()}
        known = _known.get(tokenizer)
        if known is None or known.ids != ids:  # a token was added since
            longest_first = sorted(ids, key=lambda text: (-len(text), text))
            pattern = re.compile("|".join(_literal(added[text][1]) for text in longest_first)) if ids else None
            known = _known[tokenizer] = cls(ids, pattern, _Plain(tokenizer, ids))
        return known

    def marks(self, contents: Iterable[str]) -> dict[str, str]:
        """For each character that begins a special token, a character that stands in no content."""
        used = set().union(*contents)
        free = (mark for code in range(_FIRST_MARK, 0x110000) if (mark := chr(code)) not in used)
        return {first: next(free) for first in sorted({text[0] for text in self.ids})}

    def hide(self, content: str, marks: Mapping[str, str], *, tags: bool) -> str:
        """The content with every such character marked; the tags stay as they are if they may be tokens."""
        content = _SURROGATE.sub("\ufffd", content)  # half a character cannot be encoded
        marking = str.maketrans(dict(marks))
        if not tags:
            return content.translate(marking)
        parts = _TAGS.split(content)
        return "".join(part if part in TAGS and part in self.ids else part.translate(marking) for part in parts)

    def encode(self, rendered: str, marks: Mapping[str, str]) -> list[int]:
        """Ids of a rendered template: cut at special tokens, the parts in between unmarked and encoded plainly."""
        unmarking = str.maketrans({mark: first for first, mark in marks.items()})
        ids: list[int] = []
        end = 0
        for found in self.pattern.finditer(rendered) if self.pattern else ():
            ids += self.plain.encode(rendered[end : found.start()].translate(unmarking))
            ids.append(self.ids[found.group().strip()])
            end = found.end()
        return [*ids, *self.plain.encode(rendered[end:].translate(unmarking))]


def _literal(token: Any) -> str:
    """A pattern for one added token, with the white space that it takes along."""
    before, after = (r"\s*" if takes else "" for takes in (token.lstrip, token.rstrip))
    return f"{before}{re.escape(token.content)}{after}"


class _Plain:
    """Encodes text that holds no special token, whatever it looks like."""

    def __init__(self, tokenizer: Any, ids: Mapping[str, int]) -> None:
        self._fresh = _text_encoder(tokenizer, frozenset(ids))
        self._remembered = lru_cache(_REMEMBERED)(self._fresh)  # the skeleton and much else is said again and again
        self._forbidden = frozenset(ids.values())
        self._split = re.compile("|".join(f"(?<={re.escape(text[0])})(?={re.escape(text[1:])})" for text in ids))

    def encode(self, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        ids = self._encode(text)
        if self._forbidden.isdisjoint(ids):
            return ids
        # a model vocabulary that spells special tokens as whole words: no part may hold one
        return tuple(token for part in self._split.split(text) if part for token in self._encode(part))

    def _encode(self, text: str) -> tuple[int, ...]:
        return self._remembered(text) if len(text) <= _SHORT else self._fresh(text)


def _text_encoder(tokenizer: Any, texts: frozenset[str]) -> Callable[[str], tuple[int, ...]]:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return lambda text: tuple(tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))
    twin = _without(backend, texts)
    return lambda text: tuple(twin.encode(text, add_special_tokens=False).ids)


def _without(backend: Any, texts: frozenset[str]) -> Any:
    """The same tokenizer without these added tokens; a space that opens a text is put only where a text opens."""
    description = json.loads(backend.to_str())
    description["added_tokens"] = [token for token in description["added_tokens"] if token["content"] not in texts]
    description["truncation"] = description["padding"] = description["post_processor"] = None
    _space_nowhere(description)
    return type(backend).from_str(json.dumps(description))


def _space_nowhere(part: Any) -> None:
    """A chat opens with a special token, so a tokenizer that puts a space before the first word has none to put."""
    if isinstance(part, dict):
        if part.get("prepend_scheme") == "first":
            part["prepend_scheme"] = "never"
        for inner in (part.get("pre_tokenizer"), *(part.get("pretokenizers") or ())):
            _space_nowhere(inner)


def _may_hold_tags(message: Message) -> bool:
    return message.role is Role.ASSISTANT or (message.role is Role.SYSTEM and message.content == INSTRUCTION)


def _render(tokenizer: Any, messages: list[dict[str, str]], open_answer: bool) -> str:
    template = None if tokenizer.chat_template else CHATML
    for version in (messages, _without_system(messages)):
        try:
            return str(
                tokenizer.apply_chat_template(
                    version, chat_template=template, tokenize=False, add_generation_prompt=open_answer
                )
            )
        except TemplateError as error:
            problem = error
    raise ValueError(f"The chat template refuses this conversation: {problem}")


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """For templates that have no system role: its text opens the first user message."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return messages
    system, first, *rest = messages
    return [{"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}, *rest]


_known: WeakKeyDictionary[Any, _Special] = WeakKeyDictionary()
