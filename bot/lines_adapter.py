"""Questions from scripts: one question, or a stream of JSON lines, to answer objects."""

import asyncio
import json
import secrets
from typing import IO, Any, TextIO

from core.conversation import Attempt, Channel, IncomingMessage, Reply
from core.errors import CodeactError
from core.service import ChatService


def terminal(name: str | None) -> Channel:
    """The terminal's channel of this name; without a name, a new conversation."""
    return Channel("terminal", "", name or f"once-{secrets.token_hex(8)}", private=True)


async def answer(service: ChatService, question: str, channel: str | None, *, author: str) -> dict[str, Any]:
    """Ask, and give the answer object. Raises what the service raises."""
    return answer_object(await service.respond(IncomingMessage(terminal(channel), author, question)))


async def answer_lines(service: ChatService, lines: IO[bytes], out: TextIO, *, author: str) -> bool:
    """Answer each line on a line, in order; a line that cannot be answered gets an object with `error`.

    Returns whether every line got an answer.
    """
    all_answered = True
    number = 0
    while line := await asyncio.to_thread(lines.readline):
        number += 1
        if not line.strip():
            continue
        try:
            channel, question = _read(line)
            shown = await answer(service, question, channel, author=author)
        except CodeactError as error:
            all_answered, shown = False, {"line": number, "error": str(error)}
        print(json.dumps(shown, ensure_ascii=False), file=out, flush=True)
    return all_answered


def answer_object(reply: Reply) -> dict[str, Any]:
    """A reply as plain data; seconds are rounded to tenths of a millisecond."""
    return {
        "turn_id": reply.turn_id,
        "channel": reply.channel.id,
        "question": reply.question,
        "thought": reply.thought,
        "code": reply.code,
        "output": reply.output,
        "reply": reply.text,
        "status": reply.status,
        "finish": reply.finish,
        "attempts": [_attempt(attempt) for attempt in reply.attempts if attempt.code],
        "model": reply.model,
        "timings": {
            "thinking_seconds": round(reply.timings.thinking_seconds, 4),
            "running_seconds": round(reply.timings.running_seconds, 4),
            "total_seconds": round(reply.timings.total_seconds, 4),
        },
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "thought": attempt.thought,
        "code": attempt.code,
        "output": attempt.output,
        "status": attempt.status,
        "seconds": round(attempt.seconds, 4),
    }


def _read(line: bytes) -> tuple[str | None, str]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise CodeactError(f"not a JSON object: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("question"), str):
        raise CodeactError('not an object with a "question" that is a string')
    channel = data.get("channel")
    if channel is not None and not isinstance(channel, str):
        raise CodeactError('"channel" must be a string')
    return channel, data["question"]
