"""Block Kit of our own: what stands round an answer, notes, and the app's home."""

from collections.abc import Sequence
from typing import Any

from bot.render import SLACK_TEXT, SlackPost, cut, slack_post
from bot.slack.buttons import below
from core.conversation import Reply

Block = dict[str, Any]


def note(text: str) -> Block:
    """A line of text. Text of people and programs must be escaped before."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SLACK_TEXT), "verbatim": True}}


def answer(reply: Reply, asker: str, notes: Sequence[str] = ()) -> SlackPost:
    """A reply as a post with its buttons; long sections are shown whole, without a click on "see more"."""
    post = slack_post(reply, notes=notes)
    shown = [*(_expanded(block) for block in post.blocks), below(reply.turn_id, asker)]
    return SlackPost(post.text, tuple(shown), post.files)


def home(help_text: str) -> dict[str, Any]:
    """The app's home: how to ask and how to teach."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Ask, and I write and run Python"}},
            *(note(line) for line in help_text.splitlines() if line),
        ],
    }


def _expanded(block: Block) -> Block:
    return block | {"expand": True} if block["type"] == "section" else block
