"""Rows to values and back: the only place that knows both."""

from typing import Any

from core.conversation import Attempt, Channel, Finish, PromptReference, Sampling, Status, Timings, Turn
from core.memory.tables import AttemptRow, TurnRow
from core.memory.text import storable
from core.memory.verdict import Judged, Vote, shown_label


def turn_values(turn: Turn) -> dict[str, Any]:
    """The columns of a turn, its channel apart. The label is not among them: it comes from the votes."""
    return {
        "id": turn.id,
        "private": turn.channel.private,
        "author": turn.author,
        "message_id": turn.message_id,
        "question": turn.question,
        "attachments": [[storable(name), size] for name, size in turn.attachments],
        "finish": turn.finish.value,
        "model": turn.model,
        "prompt_version": turn.prompt.version,
        "prompt_sha256": turn.prompt.sha256,
        "prompt_turn_ids": [storable(turn_id) for turn_id in turn.prompt.turn_ids],
        "prompt_marked_turn_ids": [storable(turn_id) for turn_id in turn.prompt.marked_turn_ids],
        "prompt_example_ids": [storable(example_id) for example_id in turn.prompt.example_ids],
        "max_new_tokens": turn.sampling.max_new_tokens,
        "temperature": turn.sampling.temperature,
        "top_p": turn.sampling.top_p,
        "seed": turn.sampling.seed,
        "thinking_seconds": turn.timings.thinking_seconds,
        "running_seconds": turn.timings.running_seconds,
        "total_seconds": turn.timings.total_seconds,
        "skipped": turn.skipped,
        "created_at": turn.created_at,
        "message_key": turn.key or None,
        "rerun_of": turn.rerun_of or None,
    }


def attempt_row(turn_id: str, number: int, attempt: Attempt) -> AttemptRow:
    """The row of a turn's attempt; `number` counts from 0."""
    return AttemptRow(
        turn_id=storable(turn_id),
        number=number,
        completion=attempt.completion,
        thought=attempt.thought,
        code=attempt.code,
        status=attempt.status.value,
        output=attempt.output,
        observation=attempt.observation,
        seconds=attempt.seconds,
    )


def turn_of(row: TurnRow) -> Turn:
    """The turn that a row and its attempts hold, labelled by its votes."""
    return Turn(
        id=row.id,
        channel=Channel(row.channel.platform, row.channel.workspace, row.channel.channel, private=row.private),
        author=row.author,
        question=row.question,
        attempts=tuple(_attempt(attempt) for attempt in row.attempts),
        finish=Finish(row.finish),
        model=row.model,
        prompt=PromptReference(
            row.prompt_version,
            row.prompt_sha256,
            tuple(row.prompt_turn_ids),
            tuple(row.prompt_marked_turn_ids),
            tuple(row.prompt_example_ids),
        ),
        sampling=Sampling(row.max_new_tokens, row.temperature, row.top_p, row.seed),
        timings=Timings(row.thinking_seconds, row.running_seconds, row.total_seconds),
        attachments=tuple((name, size) for name, size in row.attachments),
        label=shown_label(votes_of(row), row.author),
        skipped=row.skipped,
        message_id=row.message_id,
        key=row.message_key or "",
        rerun_of=row.rerun_of or "",
        created_at=row.created_at,
    )


def judged_of(row: TurnRow) -> Judged:
    """A turn with its votes."""
    return Judged(turn_of(row), votes_of(row))


def votes_of(row: TurnRow) -> tuple[Vote, ...]:
    """The votes on a turn, oldest first."""
    return tuple(Vote(vote.author, vote.label, vote.voted_at) for vote in row.votes)


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        completion=row.completion,
        thought=row.thought,
        code=row.code,
        status=Status(row.status),
        output=row.output,
        observation=row.observation,
        seconds=row.seconds,
    )
