"""Judged turns as training rows: JSON lines in the conventions of TRL, one file for each purpose.

| form | fields | from |
|---|---|---|
| sft | `prompt`, `completion` (messages) | approved turns |
| kto | `prompt`, `completion`, `label` | approved turns and those marked wrong |
| dpo | `prompt`, `chosen`, `rejected` (messages) | pairs of both |
| alpaca | `instruction`, `input`, `output`, also `system` and `history` | approved turns |

All rows carry columns about their turn: `turn_id`, `model`, `votes`, `when` (it was answered, ISO 8601 in UTC),
`platform` and `prompt_sha256`; trainers pass over them. Only the last completion of a turn is learned; the attempts
before it are part of the prompt.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from core.conversation import Message, Role
from core.errors import TrainingError
from core.memory import Memory
from core.prompt import tell
from training.feedback import Feedback, Gathered, LeftOut, gather
from training.pairs import Pair, deciding_completion, pair_up

Row = Mapping[str, Any]


class Utterance(TypedDict):
    """A message as trainers read it."""

    role: str
    content: str


class VoteCount(TypedDict):
    """How many people said what."""

    yes: int
    no: int


class About(TypedDict):
    """The columns about a row's turn."""

    turn_id: str
    model: str
    votes: VoteCount
    when: str
    platform: str
    prompt_sha256: str


class PromptCompletion(About):
    """A row of SFT."""

    prompt: list[Utterance]
    completion: list[Utterance]


class UnpairedPreference(PromptCompletion):
    """A row of KTO: an answer, and whether it was right."""

    label: bool


class Preference(About):
    """A row of DPO; the columns about the turn are those of the rejected one."""

    prompt: list[Utterance]
    chosen: list[Utterance]
    rejected: list[Utterance]
    chosen_turn_id: str
    rule: str


class Instruction(About):
    """A row of alpaca. `input` holds the failed attempts at the instruction; `history` is what was said before."""

    instruction: str
    input: str
    output: str
    system: str
    history: list[list[str]]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an export came to; `left_out` counts judged turns by reason."""

    form: str
    path: Path
    rows: int
    left_out: Mapping[LeftOut, int]

    def __str__(self) -> str:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(self.left_out.items()) if count)
        turns = _number(sum(self.left_out.values()), "judged turn")
        without = f"; left out {turns}: {reasons}" if reasons else ""
        if self.rows:
            return f"Wrote {_number(self.rows, f'{self.form} row')} to {self.path}{without}."
        return f"There is no {self.form} row yet, so {self.path} is empty{without or ': no answer has a vote'}."


async def collect(memory: Memory) -> list[UnpairedPreference]:
    """The trusted verdicts of a memory as KTO rows, oldest first."""
    return [to_kto(feedback) for feedback in (await gather(memory)).feedback]


async def export_rows(memory: Memory, form: str, out: str | Path) -> Summary:
    """Write the rows of one form (of `FORMATS`) to a file, which appears or is replaced as a whole.

    No row at all is a success. Raises TrainingError where the form is unknown or the file cannot be written.
    """
    if form not in FORMATS:
        raise TrainingError(f"There is no form {form!r}; choose one of {', '.join(FORMATS)}.")
    gathered = await gather(memory)
    following = await _following(memory, gathered.feedback) if form == "dpo" else {}
    rows, left_out = _FORMS[form](gathered, following)
    await asyncio.to_thread(write_rows, Path(out), rows)
    return Summary(form, Path(out), len(rows), gathered.left_out + left_out)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSON lines, or raise TrainingError and leave the file as it was."""
    if not path.name:
        raise TrainingError(f"The rows cannot be written to {path}: it is a folder.")
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with new.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(f"The rows cannot be written to {path}: {error.strerror}.") from error


def to_sft(feedback: Feedback) -> PromptCompletion:
    """An approved turn: prompt and completion."""
    return {
        "prompt": _utterances(feedback.before(len(feedback.turn.attempts) - 1)),
        "completion": _completion(feedback.turn.last.completion),
        **_about(feedback),
    }


def to_kto(feedback: Feedback) -> UnpairedPreference:
    """A turn and whether it was right."""
    return {**to_sft(feedback), "label": feedback.is_positive}


def to_dpo(pair: Pair) -> Preference:
    """A wrong answer and a right one."""
    return {
        "prompt": _utterances(pair.prompt),
        "chosen": _completion(deciding_completion(pair.chosen.turn)),
        "rejected": _completion(deciding_completion(pair.rejected.turn)),
        "chosen_turn_id": pair.chosen.turn.id,
        "rule": pair.rule.value,
        **_about(pair.rejected),
    }


def to_alpaca(feedback: Feedback) -> Instruction:
    """An approved turn as instruction and output, readable without its history."""
    system, *talk, question = feedback.prompt.messages
    *earlier, last = feedback.turn.attempts
    return {
        "instruction": question.content,
        "input": "\n\n".join(f"{attempt.completion}\n\n{tell(attempt.observation)}" for attempt in earlier),
        "output": last.completion,
        "system": system.content,
        "history": [[asked.content, said.content] for asked, said in zip(talk[::2], talk[1::2], strict=True)],
        **_about(feedback),
    }


async def _following(memory: Memory, feedback: Sequence[Feedback]) -> dict[str, str]:
    following = {}
    for each in feedback:
        if not each.is_positive and (turn := await memory.following(each.turn)):
            following[each.turn.id] = turn.id
    return following


def _approved(
    to_row: Callable[[Feedback], Row],
) -> Callable[[Gathered, Mapping[str, str]], tuple[list[Row], Counter[LeftOut]]]:
    def rows(gathered: Gathered, _following: Mapping[str, str]) -> tuple[list[Row], Counter[LeftOut]]:
        found = [to_row(feedback) for feedback in gathered.feedback if feedback.is_positive]
        return found, Counter({LeftOut.NEGATIVE: len(gathered.feedback) - len(found)})

    return rows


def _all(gathered: Gathered, _following: Mapping[str, str]) -> tuple[list[Row], Counter[LeftOut]]:
    return [to_kto(feedback) for feedback in gathered.feedback], Counter()


def _pairs(gathered: Gathered, following: Mapping[str, str]) -> tuple[list[Row], Counter[LeftOut]]:
    pairs = pair_up(gathered.feedback, following)
    used = {pair.chosen.turn.id for pair in pairs} | {pair.rejected.turn.id for pair in pairs}
    alone = [feedback for feedback in gathered.feedback if feedback.turn.id not in used]
    left_out = Counter(LeftOut.UNCHOSEN if feedback.is_positive else LeftOut.UNPAIRED for feedback in alone)
    return [to_dpo(pair) for pair in pairs], left_out


_FORMS: dict[str, Callable[[Gathered, Mapping[str, str]], tuple[list[Row], Counter[LeftOut]]]] = {
    "sft": _approved(to_sft),
    "kto": _all,
    "dpo": _pairs,
    "alpaca": _approved(to_alpaca),
}
FORMATS = tuple(_FORMS)


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _utterances(messages: Iterable[Message]) -> list[Utterance]:
    return [{"role": message.role.value, "content": message.content} for message in messages]


def _completion(text: str) -> list[Utterance]:
    return [{"role": Role.ASSISTANT.value, "content": text}]


def _about(feedback: Feedback) -> About:
    turn, votes = feedback.turn, [vote.label for vote in feedback.judged.votes]
    return {
        "turn_id": turn.id,
        "model": turn.model,
        "votes": {"yes": votes.count(True), "no": votes.count(False)},
        "when": turn.created_at.isoformat(),
        "platform": turn.channel.platform,
        "prompt_sha256": turn.prompt.sha256,
    }
