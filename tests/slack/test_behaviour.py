"""What people in Slack see the bot do, through the real slack-bolt, over Socket Mode and over signed HTTP."""

import asyncio

import pytest

from core.conversation import Verdict
from core.engine import ScriptedEngine
from core.errors import EngineBusy
from core.memory import Memory
from tests.slack.conftest import Adapter, program, says, taking
from tests.slack.loopback import ME, LoopbackSlack, shown
from tests.slack.workspace import BOT_USER

QUESTION = f"{ME} What is 6 times 7?"


async def verdict(memory: Memory) -> Verdict | None:
    """What all votes come to, where there are any."""
    judged = await memory.judged()
    return await memory.verdict(judged[0].turn.id) if judged else None


async def reaches(memory: Memory, wanted: Verdict | None) -> None:
    for _ in range(3000):
        if await verdict(memory) is wanted:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{await verdict(memory)} instead of {wanted}")


async def test_a_mention_is_answered_in_its_thread(adapter: Adapter, slack: LoopbackSlack, mode: str):
    async with adapter(mode):
        question = slack.say(QUESTION)
        answer = await slack.answer(question)

        assert answer["thread_ts"] == question["ts"]
        text = shown(answer)
        assert all(part in text for part in ("I multiply.", "print(6 * 7)", "42", "scripted", "react ✅ or ❌"))
        assert answer["text"]
        assert list(answer["reactions"]) == ["white_check_mark", "x"]
        assert answer["options"]["unfurl_links"] in (False, "0", "false")
        await slack.until(lambda: question["reactions"].get("eyes") == [])  # seen, then done


async def test_a_direct_message_needs_no_mention(adapter: Adapter, slack: LoopbackSlack, mode: str):
    async with adapter(mode):
        answer = await slack.answer(slack.say("What is 6 times 7?", channel="D0001"))
        assert "42" in shown(answer)


async def test_a_direct_message_is_one_conversation_across_its_threads(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    async with adapter():
        first = slack.say("What is 6 times 7?", channel="D0001")
        await slack.answer(first)
        await slack.answer(slack.say("And again?", channel="D0001", thread=first["ts"]), 2)
        await slack.answer(slack.say("And now?", channel="D0001"))
    assert "What is 6 times 7?" in str(engine.prompts[2])


async def test_what_follows_in_a_thread_needs_no_mention_and_knows_what_was_said(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, mode: str
):
    async with adapter(mode):
        question = slack.say(QUESTION)
        await slack.answer(question)
        await slack.answer(slack.say("And once more?", thread=question["ts"]), 2)
    assert "What is 6 times 7?" in str(engine.prompts[1])


async def test_another_thread_is_another_conversation(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    async with adapter():
        await slack.answer(slack.say(QUESTION))
        await slack.answer(slack.say(f"{ME} Once more?"))
    assert "6 times 7" not in str(engine.prompts[1])


async def test_talk_of_others_is_left_alone(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    async with adapter():
        root = slack.say("Lunch?")
        slack.say("Yes", thread=root["ts"])
        slack.say("I am a bot", bot_id="B0OTHER", thread=root["ts"])
        slack.say(f"{ME} is edited", subtype="message_changed")
        question = slack.say(QUESTION)
        await slack.answer(question)
        slack.say("<@UBOB> did you see this?", thread=question["ts"])
        await slack.delivered()
    assert len(engine.prompts) == 1
    assert slack.workspace.of_bot("C0001", root["ts"]) == []


async def test_reactions_are_votes_that_can_change_and_be_withdrawn(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine, mode: str
):
    async with adapter(mode):
        answer = await slack.answer(slack.say(QUESTION))

        slack.react(answer, "white_check_mark")
        await reaches(memory, Verdict.POSITIVE)
        slack.react(answer, "x")
        await reaches(memory, Verdict.NEGATIVE)
        slack.unreact(answer, "white_check_mark")  # the older one: the newer stays
        await slack.delivered()
        assert await verdict(memory) is Verdict.NEGATIVE
        slack.unreact(answer, "x")
        await reaches(memory, None)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("+1", Verdict.POSITIVE), ("heavy_check_mark", Verdict.POSITIVE), ("-1::skin-tone-4", Verdict.NEGATIVE)],
)
async def test_aliases_and_skin_tones_count(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine, name: str, wanted: Verdict
):
    async with adapter():
        slack.react(await slack.answer(slack.say(QUESTION)), name)
        await reaches(memory, wanted)


async def test_other_emoji_own_seeds_and_unknown_posts_are_no_votes(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory
):
    async with adapter():
        question = slack.say(QUESTION)
        answer = await slack.answer(question)
        slack.react(answer, "tada")
        slack.react(answer, "white_check_mark", user=BOT_USER)
        slack.react(question, "white_check_mark")
        slack.react(slack.workspace.add("C0002", {"user": BOT_USER, "text": "from another life"}), "x")
        await slack.delivered()
        assert await memory.judged() == []
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))  # still at work


async def test_a_marked_answer_is_corrected_in_the_thread(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine
):
    async with adapter():
        question = slack.say(QUESTION)
        slack.react(await slack.answer(question), "x")
        await reaches(memory, Verdict.NEGATIVE)
        await slack.answer(slack.say("The other way round", thread=question["ts"]), 2)
    assert "Previous output: 42 [USER MARKED AS INCORRECT]" in engine.prompts[1][-1].content


@pytest.mark.parametrize("word", [f"{ME} reset", "Reset"])
async def test_reset_in_a_thread_starts_anew_and_keeps_judged_turns(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine, word: str
):
    async with adapter():
        question = slack.say(QUESTION)
        slack.react(await slack.answer(question), "white_check_mark")
        await reaches(memory, Verdict.POSITIVE)
        await slack.word(slack.say(word, thread=question["ts"]), "starts anew")
        await slack.answer(slack.say(f"{ME} And now?", thread=question["ts"]), 2)
    assert "6 times 7" not in str(engine.prompts[1])
    assert len(await memory.judged()) == 1


async def test_the_command_reset_covers_the_threads_of_a_channel(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, mode: str
):
    async with adapter(mode):
        question = slack.say(QUESTION)
        await slack.answer(question)
        await slack.command("/reset")
        await slack.until(lambda: any("starts anew" in answer["text"] for answer in slack.responses))
        await slack.answer(slack.say("And now?", thread=question["ts"]), 2)
    assert "6 times 7" not in str(engine.prompts[1])


async def test_a_question_by_command_gets_a_thread_that_goes_on(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, mode: str
):
    async with adapter(mode):
        await slack.command("/ask", "What is 6 &lt; 7?")
        root = await slack.until(lambda: next(iter(slack.workspace.of_bot("C0001")), None))
        assert "<@UADA> asked: What is 6 &lt; 7?" in root["text"]
        assert "42" in shown(await slack.answer(root))
        await slack.answer(slack.say("And once more?", thread=root["ts"]), 2)
    assert engine.prompts[0][-1].content == "What is 6 < 7?"
    assert "What is 6 < 7?" in str(engine.prompts[1])


async def test_a_command_where_the_bot_is_not_a_member_says_so(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        await slack.command("/ask", "What is 6 times 7?", channel="C0009")
        await slack.until(lambda: any("Invite me" in answer["text"] for answer in slack.responses))


@pytest.mark.parametrize("text", [ME, f"{ME}   ", f"{ME} help"])
async def test_an_empty_question_gets_the_short_help(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, text: str
):
    async with adapter():
        await slack.word(slack.say(text), "I answer by writing and running Python")
        await slack.command("/ask")
        await slack.until(lambda: any("writing and running" in answer["text"] for answer in slack.responses))
    assert engine.prompts == []


async def test_a_long_output_is_cut_and_attached(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    says(engine, program("print('\\n'.join(str(n) * 20 for n in range(500)))"))
    async with adapter():
        question = slack.say(QUESTION)
        await slack.answer(question)
        post = await slack.until(
            lambda: next((m for m in slack.workspace.thread("C0001", question["ts"]) if m.get("files")), None)
        )
        [file] = post["files"]
        assert file["name"] == "output.txt"
        assert file["content"].endswith(b"499" * 20)
        assert post["thread_ts"] == question["ts"]


async def test_a_vote_on_an_attached_file_counts(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine
):
    says(engine, program("print('x\\n' * 3000)"))
    async with adapter():
        question = slack.say(QUESTION)
        await slack.answer(question)
        post = await slack.until(
            lambda: next((m for m in slack.workspace.thread("C0001", question["ts"]) if m.get("files")), None)
        )
        slack.react(post, "white_check_mark")
        await reaches(memory, Verdict.POSITIVE)


async def test_files_of_a_question_reach_the_program_and_its_files_come_back(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    says(engine, program("open('sum.txt', 'w').write(str(sum(map(int, open('n.csv')))))"))
    async with adapter():
        file = slack.share("n.csv", b"1\n2\n39\n")
        question = slack.say(f"{ME} add them", subtype="file_share", files=[file])
        await slack.answer(question)
        post = await slack.until(
            lambda: next((m for m in slack.workspace.of_bot("C0001", question["ts"]) if m.get("files")), None)
        )
        assert [(f["name"], f["content"]) for f in post["files"]] == [("sum.txt", b"42")]


async def test_files_that_cannot_be_had_are_named_and_the_token_stays_with_slack(
    adapter: Adapter, slack: LoopbackSlack
):
    foreign = {"id": "F9", "name": "evil.csv", "size": 3, "url_private": "http://127.0.0.1:9/steal"}
    huge = {"id": "F8", "name": "huge.csv", "size": 2**30, "url_private": f"{slack.address}/files/F8/huge.csv"}
    async with adapter():
        answer = await slack.answer(slack.say(QUESTION, subtype="file_share", files=[foreign, huge]))
        assert "evil.csv, huge.csv" in shown(answer)


async def test_the_same_mention_is_answered_once_however_often_it_comes(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, mode: str
):
    slack.copies = lambda: 4
    async with adapter(mode):
        question = slack.say(QUESTION)
        await slack.answer(question)
        slack.copies = lambda: 1
        await slack.delivered()
        await slack.answer(slack.say(f"{ME} Once more?"))
    assert len(engine.prompts) == 2
    assert len(slack.workspace.of_bot("C0001", question["ts"])) == 1


async def test_a_restarted_bot_remembers_its_threads(
    adapter: Adapter, slack: LoopbackSlack, memory: Memory, engine: ScriptedEngine
):
    async with adapter():
        question = slack.say(QUESTION)
        answer = await slack.answer(question)
    async with adapter():
        await slack.answer(slack.say("And once more?", thread=question["ts"]), 2)
        slack.react(answer, "x")
        await reaches(memory, Verdict.NEGATIVE)
    assert "What is 6 times 7?" in str(engine.prompts[1])


async def test_nothing_hostile_gets_through(adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine):
    hostile = "``` <!channel> <@U0BOT> <https://evil.example|bank> \x1b[31mred \u202eback"
    says(engine, f"<thought>{hostile}</thought>\n<execute>\nprint({hostile!r})\n</execute>")
    async with adapter():
        text = shown(await slack.answer(slack.say(QUESTION)))
    assert "&lt;!channel&gt;" in text
    for danger in ("<!", "<@", "<h", "\x1b", "\u202e"):
        assert danger not in text


async def test_a_question_of_50_kilobytes_is_politely_refused(adapter: Adapter, slack: LoopbackSlack):
    async with adapter():
        question = slack.say(f"{ME} {'why? ' * 10_000}")
        assert await slack.word(question, "too long")
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))


async def test_a_failing_model_is_told_politely_and_the_next_question_is_answered(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine, memory: Memory
):
    async def busy(*_: object) -> None:
        raise EngineBusy("The server says 429.")

    engine.complete, real = busy, engine.complete  # type: ignore[method-assign]
    async with adapter():
        assert await slack.word(slack.say(QUESTION), "busy")
        engine.complete = real  # type: ignore[method-assign]
        assert "42" in shown(await slack.answer(slack.say(QUESTION)))
    assert await memory.unanswered("slack") == []


async def test_a_slow_answer_shows_a_placeholder_that_becomes_the_answer(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    with taking(engine, seconds=1.6):
        async with adapter():
            question = slack.say(QUESTION)
            placeholder = await slack.word(question, "thinking…")
            answer = await slack.answer(question)
            assert answer is placeholder
            assert "42" in shown(answer)
            assert "thinking…" not in shown(answer)


async def test_where_slack_has_a_status_line_there_is_no_placeholder(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    slack.api.unknown.clear()
    with taking(engine, seconds=1.6):
        async with adapter():
            answer = await slack.answer(slack.say(QUESTION))
    assert answer.get("edits", 0) == 0
    assert [status["status"] for status in slack.workspace.statuses][:1] == ["is thinking…"]


async def test_the_home_tells_how_to_ask(adapter: Adapter, slack: LoopbackSlack, mode: str):
    async with adapter(mode):
        slack.open_home()
        home = await slack.until(lambda: slack.workspace.homes.get("UADA"))
        assert "writing and running Python" in str(home)


async def test_questions_of_a_thread_are_answered_in_the_order_of_asking(
    adapter: Adapter, slack: LoopbackSlack, engine: ScriptedEngine
):
    says(engine, *(program(f"print('answer {n}')") for n in range(6)))
    async with adapter():
        root = slack.say(f"{ME} number 0")
        for number in range(1, 6):
            slack.say(f"{ME} number {number}", thread=root["ts"])
        last = await slack.answer(root, 6)
    said = [m for m in slack.workspace.of_bot("C0001", root["ts"]) if "answer" in shown(m)]
    assert [f"answer {n}" in shown(m) for n, m in enumerate(said)] == [True] * 6
    assert "answer 5" in shown(last)


async def test_private_channels_stay_private(adapter: Adapter, slack: LoopbackSlack, memory: Memory):
    slack.workspace.private.add("C0002")  # since 2021 the id does not tell
    slack.subscribed -= {"message.channels"}
    async with adapter():
        for channel in ("C0001", "C0002", "D0001"):
            slack.react(await slack.answer(slack.say(QUESTION, channel=channel)), "x")
        await slack.delivered()
        private = {turn.turn.channel.id[:5]: turn.turn.channel.private for turn in await memory.judged()}
    assert private == {"C0001": False, "C0002": True, "D0001": True}
