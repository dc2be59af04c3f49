"""Votes by the post they were cast on, as catching up with a platform needs them."""

from datetime import UTC, datetime, timedelta

from core.conversation import Channel, Finish, Verdict
from core.memory import Memory
from tests.memory.material import ELSEWHERE, GUILD, make_turn


async def shown(memory: Memory, turn_id: str, *post_ids: str, **more) -> None:
    await memory.remember(make_turn(turn_id, **more))
    await memory.link(GUILD, turn_id, post_ids)


async def test_a_post_has_the_votes_that_were_cast_on_it(memory: Memory):
    await shown(memory, "a", "p1", "p2")
    await memory.vote("a", "ada", True, "p1")
    await memory.vote("a", "bob", False, "p2")
    await memory.vote("a", "eve", False)  # from the command line
    assert await memory.votes_on_post(GUILD, "p1") == {"ada": True}
    assert await memory.votes_on_post(GUILD, "p2") == {"bob": False}
    assert await memory.votes_on_post(ELSEWHERE, "p1") == {}


async def test_a_vote_is_withdrawn_only_where_it_was_cast(memory: Memory):
    await shown(memory, "a", "p1", "p2")
    await memory.vote("a", "ada", True, "p1")
    assert await memory.vote("a", "ada", None, "p2") is Verdict.POSITIVE
    assert await memory.vote("a", "ada", None, "p1") is Verdict.NONE


async def test_cleared_reactions_withdraw_all_votes_or_those_of_one_label(memory: Memory):
    await shown(memory, "a", "p1")
    for author, label in (("ada", True), ("bob", True), ("eve", False)):
        await memory.vote("a", author, label, "p1")
    await memory.withdraw(GUILD, "p1", True)
    assert await memory.votes_on_post(GUILD, "p1") == {"eve": False}
    await memory.withdraw(GUILD, "p1")
    assert await memory.votes_on_post(GUILD, "p1") == {}
    await memory.withdraw(GUILD, "nobody's")


async def test_a_vote_on_a_program_that_was_run_again_is_one_on_its_turn(memory: Memory):
    await shown(memory, "a", "p1")
    await shown(memory, "b", "p2", author="bob", finish=Finish.RUN, rerun_of="a")
    assert await memory.vote("a", "ada", False, "p1") is Verdict.NEGATIVE
    assert await memory.vote("b", "bob", True, "p2") is Verdict.DISPUTED  # nobody approves it by running it again
    assert await memory.verdict("b") is Verdict.DISPUTED
    assert await memory.votes_on_post(GUILD, "p2") == {"bob": True}
    assert [one.turn.id for one in await memory.judged()] == ["a"]
    await memory.withdraw(GUILD, "p2")
    assert await memory.verdict("a") is Verdict.NEGATIVE


async def test_recent_posts_are_those_of_turns_since_then_without_skipped_ones(memory: Memory):
    now = datetime.now(UTC)
    await shown(memory, "a", "p1", created_at=now - timedelta(hours=30))
    await shown(memory, "b", "p2", "p3", created_at=now - timedelta(hours=2))
    await shown(memory, "c", "p4")
    await memory.skip("c")
    found = await memory.recent_posts("discord", now - timedelta(hours=24))
    assert found == [(GUILD, "p2"), (GUILD, "p3")]
    assert await memory.recent_posts("slack", now - timedelta(hours=24)) == []


async def test_a_channel_is_met_exactly_once(memory: Memory):
    assert [await memory.first_meeting(GUILD) for _ in range(3)] == [True, False, False]
    assert await memory.first_meeting(Channel("discord", "guild", "new")) is True
    await memory.reset(GUILD)
    assert await memory.first_meeting(GUILD) is False


async def test_stats_count_what_one_person_asked_and_judged_in_a_workspace(memory: Memory):
    await memory.remember(make_turn("a"))
    await memory.remember(make_turn("b", finish=Finish.STEPS))
    await memory.remember(make_turn("c", finish=Finish.RUN, rerun_of="a"))
    await memory.remember(make_turn("d", author="bob"))
    await memory.remember(make_turn("e", ELSEWHERE))
    await memory.vote("a", "ada", True)
    await memory.vote("d", "ada", False)
    stats = await memory.stats(GUILD, "ada")
    assert (stats.questions, stats.answers) == (2, 1)
    assert (stats.votes, stats.models) == ({True: 1, False: 1}, {"codeact-mini": 1})
    assert (await memory.stats(GUILD, "nobody")).questions == 0
