"""Turns to test with."""

from typing import Any

from core.conversation import Attempt, Channel, Finish, PromptReference, Status, Turn
from core.prompt import build, write

GUILD = Channel("discord", "guild", "general")
THREAD = Channel("discord", "guild", "thread")
ELSEWHERE = Channel("discord", "another guild", "general")


def ran(code: str, output: str, status: Status = Status.OK, thought: str = "I run it.") -> Attempt:
    """An attempt whose program printed something."""
    return Attempt(write(thought, code), thought, code, status, output, output, 0.25)


def make_turn(turn_id: str, channel: Channel = GUILD, **more: Any) -> Turn:
    """A turn with everything that a caller does not care about."""
    values: dict[str, Any] = {
        "author": "ada",
        "question": f"question {turn_id}",
        "attempts": (ran(f"print({turn_id!r})", turn_id),),
        "finish": Finish.EXECUTION,
        "model": "codeact-mini",
        "prompt": PromptReference(1, "0" * 64),
    }
    return Turn(id=turn_id, channel=channel, **(values | more))


def answered(turn_id: str, question: str, history: list[Turn], *attempts: Attempt, **more: Any) -> Turn:
    """A turn whose prompt reference is that of its real prompt after `history`."""
    files, examples = more.get("attachments", ()), more.pop("examples", ())
    prompt = build(history, question, budget=10**6, count=len, files=files, examples=examples)
    more = {"attempts": attempts or (ran("print(1)", "1"),), **more}
    return make_turn(turn_id, question=question, prompt=prompt.reference, **more)
