"""What the bot remembers of its conversations."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.conversation import Attempt, Channel, Finish, PromptReference, Sampling, Status, Timings, Turn
from core.errors import StorageError
from core.memory import Memory, storable
from tests.memory.material import ELSEWHERE, GUILD, THREAD, make_turn, ran


def rich_turn() -> Turn:
    return Turn(
        id="0199aa",
        channel=replace(GUILD, private=True),
        author="ada",
        question="How many lines has names.txt? ✅",
        attempts=(
            ran("print(1 / 0)", "ZeroDivisionError: division by zero", Status.ERROR),
            Attempt("It has 3.", output="It has 3.", seconds=0.125),
        ),
        finish=Finish.MODEL,
        model="runs/2026-01-01",
        prompt=PromptReference(1, "ab" * 32, ("a", "b"), ("b",), ("e",)),
        sampling=Sampling(123, 0.7, 0.95, 2**31 - 1),
        timings=Timings(1.5, 0.25, 1.75),
        attachments=(("names.txt", 88), ("zeiten.csv", 2**33)),
        skipped=True,
        message_id="m0",
        created_at=datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
    )


async def test_a_turn_comes_back_as_it_was_stored(memory: Memory):
    await memory.remember(rich_turn())
    found = await memory.turn("0199aa")
    assert found == rich_turn()
    assert found.channel.private is True
    assert found.created_at.tzinfo is UTC


async def test_a_turn_outlives_a_restart(memory: Memory, tmp_path):
    await memory.remember(rich_turn())
    await memory.close()
    again = Memory(f"sqlite+aiosqlite:///{tmp_path / 'codeact.sqlite3'}")
    await again.open()
    assert await again.turn("0199aa") == rich_turn()
    await again.close()


async def test_a_turn_is_remembered_once(memory: Memory):
    await memory.remember(make_turn("a"))
    await memory.remember(make_turn("a", question="something else", attempts=(ran("1", "1"), ran("2", "2"))))
    assert [(turn.question, len(turn.attempts)) for turn in await memory.recall(GUILD)] == [("question a", 1)]


async def test_a_turn_without_a_completion_is_refused(memory: Memory):
    with pytest.raises(StorageError, match="holds no completion"):
        await memory.remember(make_turn("a", attempts=()))
    assert await memory.turn("a") is None


async def test_times_are_told_in_utc_and_a_time_without_zone_is_refused(memory: Memory):
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    await memory.remember(make_turn("a", created_at=datetime(2026, 1, 1, 5, 45, tzinfo=kathmandu)))
    found = await memory.turn("a")
    assert found and found.created_at.isoformat() == "2026-01-01T00:00:00+00:00"
    with pytest.raises(StorageError, match="no time zone"):
        await memory.remember(make_turn("b", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001  # the point of it


async def test_a_channel_recalls_its_own_turns_oldest_first(memory: Memory):
    for turn_id, channel in [("a", GUILD), ("b", THREAD), ("c", GUILD), ("d", ELSEWHERE), ("e", GUILD)]:
        await memory.remember(make_turn(turn_id, channel))
    assert [turn.id for turn in await memory.recall(GUILD)] == ["a", "c", "e"]
    assert [turn.id for turn in await memory.recall(THREAD)] == ["b"]
    assert await memory.recall(Channel("slack", "guild", "general")) == []


async def test_recall_gives_the_latest_turns_up_to_its_limit(memory: Memory):
    for number in range(55):
        await memory.remember(make_turn(f"{number:02}"))
    assert [turn.id for turn in await memory.recall(GUILD, limit=3)] == ["52", "53", "54"]
    assert [turn.id for turn in await memory.recall(GUILD)] == [f"{number:02}" for number in range(5, 55)]


async def test_a_skipped_turn_leaves_the_conversation_and_stays_stored(memory: Memory):
    for turn_id in "abc":
        await memory.remember(make_turn(turn_id))
    await memory.skip("b")
    assert [turn.id for turn in await memory.recall(GUILD)] == ["a", "c"]
    found = await memory.turn("b")
    assert found and found.skipped
    with pytest.raises(StorageError, match="no turn zz"):
        await memory.skip("zz")


async def test_reset_starts_anew_and_deletes_nothing(memory: Memory):
    await memory.remember(make_turn("a"))
    await memory.vote("a", "ada", True)
    await memory.remember(make_turn("t", THREAD))
    await memory.reset(GUILD)
    assert await memory.recall(GUILD) == []
    assert [turn.id for turn in await memory.recall(THREAD)] == ["t"]
    assert [judged.turn.id for judged in await memory.judged()] == ["a"]
    await memory.remember(make_turn("b"))
    assert [turn.id for turn in await memory.recall(GUILD)] == ["b"]


async def test_reset_of_a_channel_that_never_spoke_is_harmless(memory: Memory):
    await memory.reset(GUILD)
    await memory.reset(GUILD)
    await memory.remember(make_turn("a"))
    assert [turn.id for turn in await memory.recall(GUILD)] == ["a"]


async def test_the_last_turn_is_known_whatever_became_of_it(memory: Memory):
    assert await memory.last_turn(GUILD) is None
    for turn_id in "ab":
        await memory.remember(make_turn(turn_id))
    await memory.skip("b")
    await memory.reset(GUILD)
    last = await memory.last_turn(GUILD)
    assert last and last.id == "b"


async def test_turns_come_in_the_order_asked_for_without_the_missing(memory: Memory):
    for turn_id in "abc":
        await memory.remember(make_turn(turn_id))
    asked = ["c", "nobody", "a", "c"]
    assert [turn.id for turn in await memory.turns(asked)] == ["c", "a", "c"]
    assert await memory.turns([]) == []


async def test_thousands_of_ids_may_be_asked_for_at_once(memory: Memory):
    await memory.remember(make_turn("a"))
    ids = [str(number) for number in range(40_000)]
    assert [turn.id for turn in await memory.turns([*ids, "a"])] == ["a"]


async def test_the_following_turn_is_the_same_persons_in_the_same_conversation(memory: Memory):
    for turn_id, author, channel in [("a", "ada", GUILD), ("b", "bob", GUILD), ("t", "ada", THREAD)]:
        await memory.remember(make_turn(turn_id, channel, author=author))
    assert await memory.following(make_turn("a")) is None
    for turn_id in "cd":
        await memory.remember(make_turn(turn_id))
    await memory.skip("c")
    await memory.reset(GUILD)
    await memory.remember(make_turn("e"))
    following = await memory.following(make_turn("a"))
    assert following and following.id == "d"
    assert await memory.following(make_turn("d")) is None  # a reset lies between
    assert await memory.following(make_turn("never stored")) is None


async def test_many_conversations_may_be_written_at_once(memory: Memory):
    places = [Channel("discord", "guild", str(number)) for number in range(10)]
    await asyncio.gather(*(memory.remember(make_turn(f"{place.id}-{n}", place)) for n in range(5) for place in places))
    for place in places:
        assert {turn.id for turn in await memory.recall(place)} == {f"{place.id}-{n}" for n in range(5)}


async def test_cancelled_calls_leave_a_memory_that_works(memory: Memory):
    tasks = [asyncio.create_task(memory.remember(make_turn(str(number)))) for number in range(60)]
    for number, task in enumerate(tasks):
        await asyncio.sleep(0.001 * (number % 3))
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for turn in await memory.recall(GUILD, limit=100):
        assert turn.attempts, "a turn is stored whole or not at all"
    await asyncio.wait_for(memory.remember(make_turn("after")), 2)
    assert await memory.turn("after")


HOSTILE = st.text(st.characters(codec=None, exclude_categories=()) | st.sampled_from("\x00\ud800\udfff😀\r\n'\""))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=HOSTILE, name=HOSTILE)
async def test_any_text_can_be_stored_and_comes_back_storable(memory: Memory, words: str, name: str):
    turn_id = f"t{hash((words, name))}"
    attempts = (Attempt(words, words, words, Status.OK, words, words),)
    await memory.remember(make_turn(turn_id, question=words, attempts=attempts, attachments=((name, 1),)))
    found = await memory.turn(turn_id)
    assert found
    assert found.question == storable(words)
    assert found.last.output == storable(words)
    assert found.attachments == ((storable(name), 1),)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain ✅ 😀", "plain ✅ 😀"),
        ("a\x00b", "a\ufffdb"),
        ("half \ud83d of one", "half \ufffd of one"),
        ("\ud83d\ude00", "😀"),  # two halves that belong together
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_what_databases_refuse_is_replaced(text: str, stored: str):
    assert storable(text) == stored
    assert storable(stored) == stored


async def test_a_megabyte_of_text_is_kept_whole(memory: Memory):
    question = "ä" * 2**20
    await memory.remember(make_turn("a", question=question, attempts=(ran("print(1)", "x" * 2**20),)))
    found = await memory.turn("a")
    assert found and found.question == question and len(found.last.output) == 2**20
