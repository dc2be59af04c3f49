"""What people on Discord see the bot do when they ask, through the real discord.py."""

import pytest

from core.conversation import Channel, Finish, Verdict
from tests.discord.conftest import MakeRig, program

MULTIPLY = program("print(6 * 7)", "I multiply.")
QUESTION = "What is 6 times 7?"


async def test_a_mention_is_answered_with_thought_code_and_output(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        answer = await r.ask(QUESTION)

        for part in ("> I multiply.", "```py\nprint(6 * 7)\n```", "```text\n42\n```", "scripted", "react ✅ or ❌"):
            assert part in answer.content
        assert answer.reference is not None
        assert [str(reaction.emoji) for reaction in answer.reactions] == ["✅", "❌"]
        assert answer.flags.suppress_embeds
        assert r.engine.prompts[0][-1].content == QUESTION


async def test_one_placeholder_becomes_the_answer(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        await r.ask(QUESTION)

        [posted] = [
            entry.json for entry in r.env.http_requests if entry.method == "POST" and "content" in (entry.json or {})
        ]
        assert posted["content"] == "⏳ queued…"
        assert posted["enforce_nonce"]
        assert posted["allowed_mentions"] == {"parse": [], "replied_user": False}
        assert posted["message_reference"]["fail_if_not_exists"] is False
        assert r.sent("POST", "/typing") == 1
        assert len(r.answers()) == 1


async def test_a_direct_message_needs_no_mention_and_is_private(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        await r.ada.send_dm(QUESTION)

        [answer] = r.answers(r.ada.user.dm_channel)
        assert "42" in answer.content
        [turn] = await r.memory.recall(Channel("discord", "", str(r.ada.user.dm_channel.id)))
        assert (turn.channel.private, turn.author, turn.finish) == (True, str(r.ada.id), Finish.EXECUTION)


async def test_a_reply_to_the_bot_needs_no_mention(rig: MakeRig) -> None:
    async with rig([MULTIPLY, program("print(43)")]) as r:
        answer = await r.ask(QUESTION)
        await r.bob.send(r.channel, "and one more?", reply_to=answer)

        assert "43" in r.answers()[1].content
        assert "42" in str(r.engine.prompts[1])


@pytest.mark.parametrize("text", ["hello everybody", "@everyone look", "", "<@&1> hi"])
async def test_talk_of_others_is_left_alone(rig: MakeRig, text: str) -> None:
    async with rig([MULTIPLY]) as r:
        first = await r.bob.send(r.channel, text or "x")
        await r.ada.send(r.channel, f"{r.bob.mention} what do you mean?", reply_to=first)

        assert r.answers() == []
        assert r.sent("GET", f"/messages/{first.id}") == 0


async def test_other_bots_and_webhooks_are_left_alone(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        robot = r.guild.add_member(r.env.create_user("robot", bot=True))
        await robot.send(r.channel, f"{r.at} {QUESTION}")
        await r.guild.create_webhook(r.channel).send(f"{r.at} {QUESTION}")

        assert r.answers() == []


async def test_a_thread_is_a_conversation_of_its_own(rig: MakeRig) -> None:
    async with rig([MULTIPLY, program("print(1)"), program("print(2)")]) as r:
        await r.ask(QUESTION)
        thread = r.thread(r.bob.id)
        await r.ada.send(thread, f"{r.at} what is one?")
        await r.ada.send(r.channel, f"{r.at} what is two?")

        assert "42" not in str(r.engine.prompts[1])
        assert "42" in str(r.engine.prompts[2])
        assert len(r.answers(thread)) == 1
        assert len(await r.memory.recall(Channel("discord", str(r.guild.id), str(thread.id)))) == 1


async def test_in_a_thread_on_its_own_post_the_bot_needs_no_mention(rig: MakeRig) -> None:
    async with rig([MULTIPLY, program("print(1)"), program("print(2)")]) as r:
        answer = await r.ask(QUESTION)
        thread = r.thread(r.ada.id, on=answer.id)
        await r.ada.send(thread, "what is one?")
        await r.bob.send(thread, f"{r.ada.mention} nice, is it not?")
        await r.bob.send(thread, "what is two?")

        assert len(r.answers(thread)) == 2
        assert r.sent("GET", f"/messages/{answer.id}") == 1


async def test_in_a_thread_of_others_the_bot_waits_to_be_called(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        first = await r.bob.send(r.channel, "a topic")
        thread = r.thread(r.bob.id, on=first.id)
        await r.ada.send(thread, "what is one?")

        assert r.answers(thread) == []


async def test_a_question_by_command_is_answered_and_can_be_judged(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        result = await r.ada.slash(r.channel, "ask", question=QUESTION)

        assert result.response is not None
        assert "42" in result.response.content
        assert QUESTION.replace("?", "") in result.response.content
        answer = result.response.message
        assert [str(reaction.emoji) for reaction in answer.reactions] == ["✅", "❌"]
        await r.ada.react(answer, "✅")
        assert await r.verdict() is Verdict.POSITIVE


async def test_a_question_by_command_in_a_direct_message(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        result = await r.ada.user.slash("ask", question=QUESTION)

        assert "42" in result.response.content


async def test_help_names_the_model_and_the_commands(rig: MakeRig) -> None:
    async with rig() as r:
        result = await r.ada.slash(r.channel, "help")

        assert result.ephemeral
        for part in ("scripted", "/ask", "/reset", "✅"):
            assert part in result.response.content


@pytest.mark.parametrize("text", ["", "   ", "help", "/help"])
async def test_an_empty_question_gets_the_short_help(rig: MakeRig, text: str) -> None:
    async with rig() as r:
        answer = await r.ask(text)

        assert "/ask" in answer.content
        assert answer.reactions == []
        assert await r.service.unanswered("discord") == []


async def test_a_long_output_is_cut_and_attached(rig: MakeRig) -> None:
    async with rig([program("for n in range(3000):\n    print(n)")]) as r:
        answer = await r.ask("count")

        assert len(answer.content) <= 2000
        assert [file.filename for file in answer.attachments] == ["output.txt"]
        assert (await answer.attachments[0].read()).decode().splitlines()[-1] == "2999"


async def test_files_of_a_question_reach_the_program_and_its_files_come_back(rig: MakeRig) -> None:
    code = "text = open('data.csv').read()\nprint(text)\nopen('out.txt', 'w').write(text.upper())"
    async with rig([program(code)]) as r:
        await r.ada.send(r.channel, f"{r.at} shout it", attachments=[("data.csv", b"a,b")])

        [answer] = r.answers()
        assert "a,b" in answer.content
        [file] = [file for file in answer.attachments if file.filename == "out.txt"]
        assert await file.read() == b"A,B"
        assert "data.csv (3 B)" in r.engine.prompts[0][-1].content


async def test_a_file_that_cannot_be_had_is_named(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        big = ("big.csv", b"0" * (8 * 2**20 + 1))
        await r.ada.send(r.channel, f"{r.at} {QUESTION}", attachments=[big, ("small.csv", b"1")])

        [answer] = r.answers()
        assert "42" in answer.content
        assert "Not read (too large, too many, or not to be had): big.csv" in answer.content


async def test_a_long_pasted_question_that_discord_made_a_file_of_is_the_question(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        stored = r.env.backend.store_attachments(r.ada.user.dm_channel.id, [("message.txt", QUESTION.encode())])
        await r.ada.send_dm("", attachments=stored)

        assert r.engine.prompts[0][-1].content == QUESTION


async def test_words_without_a_program_are_an_answer(rig: MakeRig) -> None:
    async with rig(["Hello, I am a bot."]) as r:
        assert "Hello, I am a bot." in (await r.ask("who are you?")).content


async def test_questions_of_a_channel_are_answered_in_the_order_of_asking(rig: MakeRig) -> None:
    async with rig([program(f"print({n})") for n in range(5)]) as r:
        for n in range(5):  # at once, without waiting for an answer
            r.env.backend.create_message(r.channel.id, r.ada.id, f"{r.at} question {n}")
        await r.env.settle()

        answers = r.answers()
        assert [f"```text\n{n}\n```" in answer.content for n, answer in enumerate(answers)] == [True] * 5
        assert [prompt[-1].content.splitlines()[-1] for prompt in r.engine.prompts] == [
            f"question {n}" for n in range(5)
        ]
