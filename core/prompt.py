"""The CodeAct format: a conversation to a prompt within a token budget, a completion to thought and code.

Version 1 is frozen, for models are trained on it: serving and training render with this page. The format follows
CodeAct (Wang et al. 2024, "Executable Code Actions Elicit Better LLM Agents", arXiv:2402.01030); the tags are ours.
Only text of the model is parsed for code.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.conversation import Attempt, Finish, Message, PromptReference, Role, Turn
from core.errors import PromptTooLong

VERSION = 1
SYSTEM = (
    "You answer by writing and running Python. Think inside <thought></thought>, then write one program inside "
    "<execute></execute> that prints the answer."
)
STOP = "</execute>"
NO_OUTPUT = "[Code executed successfully with no output]"
MARKED_WRONG = "[USER MARKED AS INCORRECT]"
OBSERVED_START, OBSERVED_END = 1_500, 400  # characters of an observation that are kept
OBSERVED = OBSERVED_START + OBSERVED_END + 100

_THOUGHT = re.compile(r"<thought>(.*?)(?:</thought>|(?=<execute>)|\Z)", re.DOTALL)
_EXECUTE = re.compile(r"<execute>\n?(.*?)(?:\n?</execute>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Draft:
    """A completion, read: `code` is empty where the model answered in words, which are then `text`."""

    thought: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """An approved answer that is shown in front of a conversation: its id, the question and the completion."""

    id: str
    question: str
    completion: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads, and what it was made of."""

    messages: tuple[Message, ...]
    reference: PromptReference

    def after(self, attempts: Iterable[Attempt]) -> tuple[Message, ...]:
        """The messages of the next step: each failed or observed attempt, told back to the model."""
        return self.messages + tuple(_told(attempts))


def parse(completion: str) -> Draft:
    """Thought and first program of a completion; a tag left open at the end is closed, no program is words."""
    thought = _THOUGHT.search(completion)
    block = _EXECUTE.search(completion)
    said = thought.group(1).strip() if thought else ""
    if block and block.group(1).strip():
        return Draft(said, block.group(1).strip("\n"), "")
    words = _EXECUTE.sub("", _THOUGHT.sub("", completion)).strip()
    return Draft(said, "", words or said)


def close(completion: str) -> str:
    """The completion as it is kept and told: nothing after its first program, whose tag is closed."""
    if "<execute>" not in completion:
        return completion
    before, found, _ = completion.partition(STOP)
    return before + STOP if found else before.rstrip("\n") + "\n" + STOP


def write(thought: str, code: str) -> str:
    """The completion that holds this thought and program; the inverse of `parse`."""
    return f"<thought>{thought}</thought>\n<execute>\n{code}\n</execute>"


def observe(output: str) -> str:
    """How an execution's output is told to the model: shortened in the middle, never empty."""
    output = output.strip("\n")
    if not output.strip():
        return NO_OUTPUT
    if len(output) <= OBSERVED:
        return output
    left_out = len(output) - OBSERVED_START - OBSERVED_END
    return f"{output[:OBSERVED_START]}\n… [{left_out:,} characters]\n{output[-OBSERVED_END:]}"


def ask(question: str, *, result: str = "", marked_wrong: bool = False, files: Sequence[tuple[str, int]] = ()) -> str:
    """The content of a user message: the result of the turn before, the question, the names of its files.

    `result` is the observation or the words that ended the turn before (`""`: there is none to tell); `files` are
    names and sizes in bytes.
    """
    parts = []
    if result:
        parts.append(f"Previous output: {result} {MARKED_WRONG}" if marked_wrong else f"Execution Output:\n{result}")
    parts.append(question)
    if files:
        parts.append("Files: " + ", ".join(f"{name} ({_size(size)})" for name, size in files))
    return "\n\n".join(parts)


def tell(observation: str) -> str:
    """The content of the user message that tells the model what its program printed."""
    return f"Execution Output:\n{observation}"


def show(example: Example) -> tuple[Message, Message]:
    """An approved example, as the two messages that open a prompt."""
    return (
        _person(f"Approved example:\n{example.question}", example.question),
        Message(Role.ASSISTANT, example.completion),
    )


def render(
    history: Sequence[Turn],
    question: str,
    *,
    files: Sequence[tuple[str, int]] = (),
    examples: Sequence[Example] = (),
) -> tuple[Message, ...]:
    """All messages of a prompt, without regard to its length. `history` is oldest first."""
    messages = [Message(Role.SYSTEM, SYSTEM)]
    for example in examples:
        messages += show(example)
    before: Turn | None = None
    for turn in history:
        messages += _turn(turn, before)
        before = turn
    return (*messages, _asked(question, before, files))


def build(
    history: Sequence[Turn],
    question: str,
    *,
    budget: int,
    count: Callable[[Sequence[Message]], int],
    files: Sequence[tuple[str, int]] = (),
    examples: Sequence[Example] = (),
) -> Prompt:
    """The longest prompt of at most `budget` tokens: oldest turns leave first, then the later examples.

    `count` gives the tokens of messages as the model reads them. Raises PromptTooLong where the question alone, with
    the result of nothing before it, does not fit.
    """
    turns, shown = list(history), list(examples)
    while True:
        messages = render(turns, question, files=files, examples=shown)
        if (tokens := count(messages)) <= budget:
            return Prompt(messages, _reference(messages, turns, shown))
        if turns:
            del turns[: _turns_to_leave(turns, tokens - budget, count)]
        elif shown:
            shown.pop()
        else:
            raise PromptTooLong(
                f"The question has {tokens:,} tokens, and the model reads {budget:,}. "
                "Ask in fewer words, or attach the data as a file."
            )


def digest(messages: Sequence[Message]) -> str:
    """SHA-256 of the rendered messages, in hexadecimal."""
    rendered = json.dumps([[message.role, message.content] for message in messages], ensure_ascii=False)
    return hashlib.sha256(rendered.encode("utf-8", "surrogatepass")).hexdigest()


def _turns_to_leave(turns: Sequence[Turn], excess: int, count: Callable[[Sequence[Message]], int]) -> int:
    """How many of the oldest turns make up for `excess` tokens; at least one."""
    for left, turn in enumerate(turns, start=1):
        excess -= count(_turn(turn, None))
        if excess <= 0:
            return left
    return len(turns)


def _turn(turn: Turn, before: Turn | None) -> list[Message]:
    *earlier, last = turn.attempts
    return [_asked(turn.question, before, turn.attachments), *_told(earlier), Message(Role.ASSISTANT, last.completion)]


def _told(attempts: Iterable[Attempt]) -> list[Message]:
    messages = []
    for attempt in attempts:
        messages.append(Message(Role.ASSISTANT, attempt.completion))
        messages.append(Message(Role.USER, tell(attempt.observation)))
    return messages


def _asked(question: str, before: Turn | None, files: Sequence[tuple[str, int]]) -> Message:
    if before is None:
        return _person(ask(question, files=files), question)
    marked_wrong = before.label is False
    result = before.last.observation
    if before.finish is Finish.MODEL and marked_wrong:
        result = parse(before.last.completion).text  # its words are the output that was wrong
    head = ask("", result=result, marked_wrong=marked_wrong)
    return _person(ask(question, result=result, marked_wrong=marked_wrong, files=files), question, len(head))


def _person(content: str, words: str, search_from: int = 0) -> Message:
    start = content.index(words, search_from)
    return Message(Role.USER, content, (start, start + len(words)))


def _reference(messages: Sequence[Message], turns: Sequence[Turn], examples: Sequence[Example]) -> PromptReference:
    return PromptReference(
        VERSION,
        digest(messages),
        tuple(turn.id for turn in turns),
        tuple(turn.id for turn in turns if turn.label is False),
        tuple(example.id for example in examples),
    )


def _size(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    if size < 1024**2:
        return f"{size / 1024:.1f} KB"
    return f"{size / 1024**2:.1f} MB"
