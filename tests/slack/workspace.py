"""A workspace as a Slack server keeps it: messages, reactions, files, and the limits it refuses to exceed."""

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

TEAM, BOT_USER, BOT_ID, APP = "T0001", "U0BOT", "B0BOT", "A0001"

TEXT, SECTION, CONTEXT, BLOCKS, ALL_BLOCKS = 4000, 3000, 3000, 50, 13_200  # characters, characters, …


class Refusal(Exception):
    """What Slack answers with `ok: false`."""


@dataclass
class Workspace:
    """All that people and the bot did; timestamps grow and are unique."""

    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: set[str] = field(default_factory=lambda: {"C0001", "C0002", "G0001"})  # channels the bot is in
    private: set[str] = field(default_factory=lambda: {"G0001"})
    admins: set[str] = field(default_factory=lambda: {"UBOSS"})
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    ephemerals: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    _counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def ts(self) -> str:
        return f"{int(time.time())}.{next(self._counter):06d}"

    def add(self, channel: str, message: dict[str, Any]) -> dict[str, Any]:
        """Keep a message; gives it its timestamp."""
        ts = self.ts()
        kept = {"type": "message", "channel": channel, "ts": ts, "reactions": {}} | message
        self.messages[channel, ts] = kept
        return kept

    def message(self, channel: str, ts: str) -> dict[str, Any]:
        try:
            return self.messages[channel, ts]
        except KeyError:
            raise Refusal("message_not_found") from None

    def thread(self, channel: str, root: str) -> list[dict[str, Any]]:
        """The root and its replies, oldest first."""
        return [m for m in self.in_channel(channel) if root in (m["ts"], m.get("thread_ts"))]

    def in_channel(self, channel: str) -> list[dict[str, Any]]:
        return [message for (where, _), message in sorted(self.messages.items()) if where == channel]

    def of_bot(self, channel: str, root: str = "") -> list[dict[str, Any]]:
        """What the bot said in a thread, or in a channel with all its threads."""
        messages = self.thread(channel, root) if root else self.in_channel(channel)
        return [message for message in messages if message.get("user") == BOT_USER]

    def check_member(self, channel: str) -> None:
        if channel[0] in "CG" and channel not in self.members:
            raise Refusal("not_in_channel")
        if channel[0] not in "CGD":
            raise Refusal("channel_not_found")


def check_post(text: str, blocks: list[dict[str, Any]]) -> None:
    """Refuse what Slack refuses."""
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > TEXT:
        raise Refusal("msg_too_long")
    if len(blocks) > BLOCKS or any(not _is_block(block) for block in blocks):
        raise Refusal("invalid_blocks")
    if sum(len(json.dumps(block, ensure_ascii=False)) for block in blocks) > ALL_BLOCKS:
        raise Refusal("msg_blocks_too_long")


def _is_block(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "section":
            return 0 < len(block["text"]["text"]) <= SECTION
        case "context":
            return 0 < len(block["elements"]) <= 10 and all(0 < len(e["text"]) <= CONTEXT for e in block["elements"])
        case "header":
            return 0 < len(block["text"]["text"]) <= 150
        case "actions":
            return 0 < len(block["elements"]) <= 25
        case "context_actions" | "divider":
            return True
        case _:
            return False
