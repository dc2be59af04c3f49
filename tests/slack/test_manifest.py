"""The manifest asks for what the adapter uses, no more and no less."""

import re
from pathlib import Path

from bot.slack.scopes import EVENTS, SCOPES
from tests.slack.loopback import MANIFEST
from tests.slack.web_api import METHOD_SCOPES

BOT = Path(__file__).parents[2] / "bot"
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((BOT / "slack").glob("*.py")))
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
}
SUBSCRIBED = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def used_scopes() -> set[str]:
    """By the methods that the code calls, the events that it subscribes to, its commands and the files it reads."""
    called = {name.replace("_", ".", 1) for name in re.findall(r"\.(?:safe|once)\.(\w+)", SOURCE)}
    called = {name.replace("assistant.threads_", "assistant.threads.") for name in called}
    if "files.upload_v2" in called:
        called |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
    scopes = {"commands", "files:read"}
    for method in called:
        scope = METHOD_SCOPES.get(method, set())
        scopes |= set(scope.values()) if isinstance(scope, dict) else {scope} if isinstance(scope, str) else set()
    for event in SUBSCRIBED:
        scopes |= EVENT_SCOPES[event]
    return scopes


def test_the_scopes_are_those_that_the_code_uses():
    asked = set(MANIFEST["oauth_config"]["scopes"]["bot"])
    assert asked == SCOPES.keys() == used_scopes()


def test_the_events_are_those_that_are_listened_to():
    listened = set(re.findall(r"app\.event\(\"(\w+)\"", SOURCE))
    assert EVENTS.keys() == SUBSCRIBED
    assert listened == {event.partition(".")[0] for event in SUBSCRIBED}


def test_the_commands_are_those_that_are_listened_to():
    listened = set(re.findall(r"app\.command\(\"(/\w+)\"", SOURCE))
    assert listened == {command["command"] for command in MANIFEST["features"]["slash_commands"]}


def test_socket_mode_and_the_messages_tab_are_on():
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["features"]["app_home"]["messages_tab_enabled"] is True
    assert MANIFEST["features"]["app_home"]["messages_tab_read_only_enabled"] is False


def test_the_docs_give_the_reason_of_every_scope_and_event():
    page = (BOT.parent / "docs" / "slack.md").read_text("utf-8")
    for name, reason in (SCOPES | EVENTS).items():
        assert f"| `{name}` | {reason} |" in page
