"""Which payloads are questions and votes, and what people meant; without a server."""

import pytest

from bot.slack.events import Myself, asked_by_command, files_in, question_in, readable, vote_in
from bot.slack.place import Place, place_of, ts_of
from core.conversation import Channel

ME = Myself("U0BOT", "B0BOT", "T1")
SAID = {"type": "message", "channel": "C1", "user": "UADA", "ts": "5.000001", "text": "<@U0BOT> hi"}


def question(**fields: object):
    return question_in(SAID | fields, "T1", ME)


@pytest.mark.parametrize(
    ("slack", "text"),
    [
        ("is 3 &lt; 5 &amp;&amp; 5 &gt; 3", "is 3 < 5 && 5 > 3"),
        ("&amp;lt;", "&lt;"),
        ("see <https://a.b/c|a.b/c>", "see https://a.b/c"),
        ("see <https://a.b/c|the page>", "see the page (https://a.b/c)"),
        ("see <https://a.b>", "see https://a.b"),
        ("mail <mailto:x@y.z|x@y.z>", "mail x@y.z"),
        ("<@U2|ada> in <#C2|general>", "@ada in #general"),
        ("<@U2>", "@U2"),
        ("<!here> <!subteam^S1|@team>", "@here @team"),
        ("a < b", "a < b"),
        ("x\u00a0= 1", "x = 1"),
    ],
)
def test_text_is_what_people_see(slack: str, text: str):
    assert readable(slack) == text


@pytest.mark.parametrize("mention", ["<@U0BOT>", "<@U0BOT|codeact>"])
def test_our_name_is_not_part_of_the_question(mention: str):
    asked = question(text=f"{mention} print(&lt;) for <@U2|bob>")
    assert asked and asked.incoming.text == "print(<) for @bob"


def test_a_mention_starts_a_thread_of_its_own():
    asked = question()
    assert asked and asked.called
    assert asked.incoming.channel == Channel("slack", "T1", "C1:5.000001")
    assert place_of(asked.incoming) == Place("C1", "5.000001")


def test_both_events_of_a_mention_have_one_key():
    asked, again = question(channel_type="channel"), question(type="app_mention", event_ts="9.9")
    assert asked and again and asked.incoming.key == again.incoming.key == "T1:C1:5.000001"


def test_numbers_instead_of_texts_are_taken():
    asked = question(ts=1700000000.5, thread_ts=1700000000)
    assert asked and asked.incoming.channel.id == "C1:1700000000"


def test_a_direct_message_is_one_conversation_and_answered_in_its_thread():
    asked = question(channel="D1", text="hi", thread_ts="4.000001")
    assert asked and asked.called and asked.incoming.channel.private
    assert asked.incoming.channel == Channel("slack", "T1", "D1")
    assert place_of(asked.incoming) == Place("D1", "4.000001")
    assert ts_of(asked.incoming) == "5.000001"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "hi"},
        {"user": "U0BOT"},
        {"bot_id": "B0OTHER"},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"user": None},
        {"channel": None},
        {"ts": {}},
        {"text": "<@U2> hi", "thread_ts": "4.0"},
    ],
)
def test_what_is_not_for_us(fields: dict):
    assert question(**fields) is None


def test_a_reply_in_a_thread_may_be_for_us():
    asked = question(text="and now?", thread_ts="4.000001")
    assert asked and not asked.called
    assert asked.incoming.channel.id == "C1:4.000001"


def test_a_command_is_unique_by_its_trigger():
    body = {"channel_id": "C1", "user_id": "UADA", "text": " 1 &lt; 2? ", "trigger_id": "7.x"}
    asked = asked_by_command(body, "T1")
    assert asked and (asked.key, asked.text.strip(), asked.message_id) == ("T1:C1:ask:7.x", "1 < 2?", "")
    assert asked_by_command({"text": "hi"}, "T1") is None


REACTION = {
    "type": "reaction_added",
    "user": "UADA",
    "reaction": "+1::skin-tone-6",
    "item": {"type": "message", "channel": "C1", "ts": "5.1"},
    "event_ts": "6.5",
}


def test_a_reaction_is_a_vote_on_a_post_of_its_channel():
    vote = vote_in(REACTION, ME)
    assert vote and (vote.label, vote.added, vote.seconds) == (True, True, 6.5)
    reaction = vote.as_reaction("T1", True)
    assert (reaction.channel, reaction.post_id) == (Channel("slack", "T1", "C1"), "C1:5.1")


@pytest.mark.parametrize(
    "fields",
    [{"reaction": "tada"}, {"user": "U0BOT"}, {"user": ""}, {"item": {"type": "file", "file": "F1"}}, {"item": None}],
)
def test_what_is_no_vote(fields: dict):
    assert vote_in(REACTION | fields, ME) is None


def test_files_elsewhere_and_deleted_ones_are_left_out():
    files = [
        {"id": "F1", "name": "a.csv", "size": 3, "url_private_download": "https://files.slack.com/a"},
        {"id": "F2", "name": "b", "is_external": True, "url_private": "https://drive.example/b"},
        {"id": "F3", "mode": "tombstone"},
        "nonsense",
    ]
    assert [file.name for file in files_in({"files": files})] == ["a.csv"]
    assert files_in({"files": None}) == ()
