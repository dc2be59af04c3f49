"""Posts and votes."""

import asyncio
from dataclasses import replace

import pytest

from core.conversation import Channel, Verdict
from core.errors import StorageError
from core.memory import Memory
from tests.memory.material import ELSEWHERE, GUILD, THREAD, make_turn


async def test_any_post_of_a_reply_leads_to_its_turn(memory: Memory):
    await memory.remember(make_turn("a"))
    await memory.link(GUILD, "a", ["p1", "p2"])
    await memory.link(GUILD, "a", ["p2", "p3"])
    assert await memory.posts("a") == ["p1", "p2", "p3"]
    for post_id in ("p1", "p2", "p3"):
        turn = await memory.turn_of_post(GUILD, post_id)
        assert turn and turn.id == "a"
    assert await memory.turn_of_post(GUILD, "p4") is None


async def test_a_post_that_is_written_anew_shows_the_newer_turn(memory: Memory):
    for turn_id in "ab":
        await memory.remember(make_turn(turn_id))
        await memory.link(GUILD, turn_id, ["p1"])
    turn = await memory.turn_of_post(GUILD, "p1")
    assert turn and turn.id == "b"
    assert await memory.posts("a") == []


async def test_a_reaction_may_name_the_thread_or_its_parent(memory: Memory):
    await memory.remember(make_turn("a", THREAD))
    await memory.link(THREAD, "a", ["p1"])
    turn = await memory.turn_of_post(GUILD, "p1")
    assert turn and turn.id == "a"
    assert await memory.turn_of_post(ELSEWHERE, "p1") is None
    assert await memory.turn_of_post(replace(GUILD, platform="slack"), "p1") is None


async def test_a_post_id_that_two_channels_share_is_found_only_in_its_own(memory: Memory):
    third = Channel("discord", "guild", "third")
    for turn_id, channel in [("a", GUILD), ("b", THREAD)]:
        await memory.remember(make_turn(turn_id, channel))
        await memory.link(channel, turn_id, ["1700000000.000100"])
    assert (await memory.turn_of_post(GUILD, "1700000000.000100")).id == "a"
    assert (await memory.turn_of_post(THREAD, "1700000000.000100")).id == "b"
    assert await memory.turn_of_post(third, "1700000000.000100") is None


async def test_posts_of_an_unknown_turn_are_refused(memory: Memory):
    with pytest.raises(StorageError, match="no turn zz"):
        await memory.link(GUILD, "zz", ["p1"])
    assert await memory.posts("zz") == []


async def test_each_person_has_one_vote_that_can_be_changed_and_withdrawn(memory: Memory):
    await memory.remember(make_turn("a"))
    assert await memory.verdict("a") is Verdict.NONE
    assert await memory.vote("a", "bob", True) is Verdict.DISPUTED
    assert await memory.vote("a", "ada", True) is Verdict.POSITIVE
    assert await memory.vote("a", "ada", False) is Verdict.DISPUTED
    assert await memory.vote("a", "bob", None) is Verdict.NEGATIVE
    assert await memory.vote("a", "bob", None) is Verdict.NEGATIVE
    assert await memory.vote("a", "ada", None) is Verdict.NONE
    assert await memory.verdict("a") is Verdict.NONE
    assert await memory.judged() == []


async def test_the_same_vote_again_keeps_its_time_and_another_gets_a_new_one(memory: Memory):
    async def when():
        [judged] = await memory.judged()
        return judged.votes[0].when

    await memory.remember(make_turn("a"))
    await memory.vote("a", "ada", True)
    first = await when()
    await memory.vote("a", "ada", True)
    assert await when() == first
    await memory.vote("a", "ada", False)
    assert await when() > first


async def test_a_vote_on_an_unknown_turn_is_refused(memory: Memory):
    with pytest.raises(StorageError, match="no turn zz in the memory"):
        await memory.vote("zz", "ada", True)
    with pytest.raises(StorageError, match="no turn zz in the memory"):
        await memory.verdict("zz")


async def test_judged_turns_come_oldest_first_with_all_their_votes(memory: Memory):
    for turn_id in "abc":
        await memory.remember(make_turn(turn_id))
    await memory.vote("c", "ada", False)
    await memory.vote("a", "bob", True)
    await memory.vote("a", "ada", True)
    await memory.skip("c")
    judged = await memory.judged()
    assert [(one.turn.id, one.verdict) for one in judged] == [("a", Verdict.POSITIVE), ("c", Verdict.NEGATIVE)]
    assert [(vote.author, vote.label) for vote in judged[0].votes] == [("bob", True), ("ada", True)]
    assert all(vote.when.tzinfo for one in judged for vote in one.votes)


async def test_the_label_of_a_turn_is_what_people_voted(memory: Memory):
    for turn_id in "abcd":
        await memory.remember(make_turn(turn_id, label=True))  # not stored: nobody voted
    await memory.vote("b", "ada", False)
    for author in ("bob", "eve"):
        await memory.vote("c", author, False)
        await memory.vote("d", author, True)
    await memory.vote("d", "ada", False)
    assert [turn.label for turn in await memory.recall(GUILD)] == [None, False, False, False]


async def test_many_people_may_vote_at_once(memory: Memory):
    await memory.remember(make_turn("a"))
    await asyncio.gather(*(memory.vote("a", f"person {number % 20}", True) for number in range(60)))
    [judged] = await memory.judged()
    assert len(judged.votes) == 20
