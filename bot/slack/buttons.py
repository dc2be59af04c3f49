"""What can be clicked under an answer. A button carries ids only, and Slack signs a click, so it outlives restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.place import Place

DELETE = "codeact_delete"


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody clicked a button of an answer: which, on whose question, where."""

    turn_id: str
    asker: str
    who: str
    place: Place
    post: str
    response_url: str


def below(turn_id: str, asker: str) -> dict[str, Any]:
    """The buttons of an answer, as a block."""
    confirm = {
        "title": _plain("Delete this answer?"),
        "text": _plain("It leaves the conversation, too."),
        "confirm": _plain("Delete"),
        "deny": _plain("Keep"),
    }
    button = {
        "type": "button",
        "action_id": DELETE,
        "text": _plain("🗑 Delete"),
        "value": f"{turn_id} {asker}",
        "confirm": confirm,
    }
    return {"type": "actions", "elements": [button]}


def click_in(body: Mapping[str, Any]) -> Click | None:
    """The click in a `block_actions` payload; None where it is not one of ours."""
    try:
        turn_id, _, asker = str(body["actions"][0]["value"]).partition(" ")
        message = body.get("message") or {}
        post = str(message.get("ts") or body["container"]["message_ts"])
        channel = str((body.get("channel") or {}).get("id") or body["container"]["channel_id"])
        who = str(body["user"]["id"])
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    thread = str(message.get("thread_ts") or (body.get("container") or {}).get("thread_ts") or "")
    return Click(turn_id, asker, who, Place(channel, thread), post, str(body.get("response_url") or ""))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}
