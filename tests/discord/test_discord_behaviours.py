"""What people on Discord see the bot do, through the real discord.py."""

import discord
import pytest
import simcord

from bot.discord.access import Access
from core.conversation import Channel, Finish, Verdict
from tests.discord.conftest import MakeRig, Rig, program

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


async def test_reactions_are_votes_that_can_change_and_be_withdrawn(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        answer = await r.ask(QUESTION)
        assert await r.verdict() is None

        await r.ada.react(answer, "✅")
        assert await r.verdict() is Verdict.POSITIVE
        await r.ada.react(answer, "❌")  # a change of mind: the last one counts
        assert await r.verdict() is Verdict.NEGATIVE
        await r.ada.unreact(answer, "❌")  # the first one still stands
        assert await r.verdict() is Verdict.POSITIVE
        await r.bob.react(answer, "👎🏽")
        assert await r.verdict() is Verdict.DISPUTED
        await r.bob.unreact(answer, "👎🏽")
        await r.ada.unreact(answer, "✅")
        assert await r.verdict() in (None, Verdict.NONE)


async def test_own_seeds_other_emoji_and_unknown_posts_are_no_votes(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        answer = await r.ask(QUESTION)
        strange = await r.bob.send(r.channel, "hello")
        await r.ada.react(strange, "✅")
        await r.ada.unreact(strange, "✅")
        await r.ada.react(answer, "🎉")
        robot = r.guild.add_member(r.env.create_user("robot", bot=True))
        await robot.react(answer, "✅")

        assert await r.memory.judged() == []


async def test_a_marked_answer_is_shown_to_the_model_as_wrong(rig: MakeRig) -> None:
    async with rig([program("print([2, 3, 5, 7])"), program("print(10)")]) as r:
        answer = await r.ask("give me first 10 prime numbers")
        await r.ada.react(answer, "❌")
        await r.ask("I want FIRST 10 primes, not primes till 10")

        assert "[2, 3, 5, 7] [USER MARKED AS INCORRECT]" in r.engine.prompts[1][-1].content


@pytest.mark.parametrize("way", ["command", "word"])
async def test_reset_starts_anew_and_keeps_judged_turns(rig: MakeRig, way: str) -> None:
    async with rig([MULTIPLY, program("print(1)")]) as r:
        await r.ada.react(await r.ask(QUESTION), "✅")
        if way == "command":
            result = await r.bob.slash(r.channel, "reset")
            assert result.response is not None
            assert "starts anew" in result.response.content
        else:
            assert "starts anew" in (await r.ask("reset")).content
        await r.ask("what is one?")

        assert "42" not in str(r.engine.prompts[1])
        assert await r.verdict() is Verdict.POSITIVE


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


async def test_the_same_message_is_answered_once_however_often_it_comes(rig: MakeRig) -> None:
    async with rig([MULTIPLY, MULTIPLY]) as r:
        await r.ask(QUESTION)
        question = r.channel.history()[0]
        [payload] = [
            d for kind, name, d in r.env.backend.transcript if name == "MESSAGE_CREATE" and d["id"] == str(question.id)
        ]
        r.env.backend.emit("MESSAGE_CREATE", payload)
        await r.env.settle()
        await r.restart([MULTIPLY])
        r.env.backend.emit("MESSAGE_CREATE", payload)
        await r.env.settle()

        assert len(r.answers()) == 1


async def test_a_restarted_bot_remembers_and_takes_votes_on_old_answers(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        old = await r.ask(QUESTION)
        await r.restart([program("print(43)")])
        await r.ada.react(old, "✅")
        await r.ask("and one more?")

        assert await r.verdict() is Verdict.POSITIVE
        assert "Execution Output:\n42" in r.engine.prompts[0][-1].content


async def test_what_was_left_unanswered_is_answered_at_the_next_start(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        question = await r.ada.send(r.channel, QUESTION)
        incoming = await _left_unanswered(r, question)
        await r.restart([MULTIPLY])

        [answer] = r.answers()
        assert "42" in answer.content
        assert answer.reference is not None
        assert answer.reference.message_id == question.id
        assert await r.service.unanswered("discord") == []
        assert not await r.service.accept(incoming)


async def test_an_answer_that_was_begun_before_a_crash_is_finished_not_repeated(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        question = await r.ada.send(r.channel, QUESTION)
        await _left_unanswered(r, question)
        reference = r.env.backend.normalize_message_reference(
            r.channel.id, {"channel_id": str(r.channel.id), "message_id": str(question.id)}
        )
        r.env.backend.create_message(r.channel.id, r.client.me.id, "💭 thinking…", reference=reference)
        await r.restart([MULTIPLY])

        [answer] = r.answers()
        assert "42" in answer.content


async def test_nothing_hostile_gets_through(rig: MakeRig) -> None:
    hostile = "```\\n@everyone @here <@1> \\x1b[31mred \\u202eevil\\n```[a](https://evil.example)"
    async with rig([program(f"print('{hostile}')", "@everyone ```"), f"@here {hostile}"], closes=True) as r:
        answer = await r.ask("be evil")

        for danger in ("@everyone", "@here", "<@1", "\x1b", "\u202e"):
            assert danger not in answer.content
        assert answer.content.splitlines()[-1].startswith("-# ")
        for entry in r.env.http_requests:
            if entry.json and "content" in entry.json:
                assert entry.json["allowed_mentions"]["parse"] == []


async def test_a_question_of_50_kilobytes_is_politely_refused(rig: MakeRig) -> None:
    async with rig([MULTIPLY, MULTIPLY]) as r:
        stored = r.env.backend.store_attachments(r.ada.user.dm_channel.id, [("message.txt", b"why? " * 10_000)])
        await r.ada.send_dm("", attachments=stored)
        await r.ada.send_dm(QUESTION)

        long, short = r.answers(r.ada.user.dm_channel)
        assert "too long" in long.content
        assert "42" in short.content
        assert await r.service.unanswered("discord") == []


async def test_a_failing_model_is_told_politely_and_the_next_question_is_answered(rig: MakeRig) -> None:
    async with rig([]) as r:
        sorry = await r.ask(QUESTION)
        r.engine._completions.append(MULTIPLY)
        answer = await r.ask(QUESTION)

        assert "try again" in sorry.content
        assert sorry.reactions == []
        assert "42" in answer.content


async def test_a_failed_program_shows_its_error(rig: MakeRig) -> None:
    async with rig([program("print(1 / 0)")] * 3) as r:
        answer = await r.ask("divide")

        assert "ZeroDivisionError: division by zero" in answer.content
        assert "❌ error" in answer.content
        assert [file.filename for file in answer.attachments] == ["steps.md"]


async def test_words_without_a_program_are_an_answer(rig: MakeRig) -> None:
    async with rig(["Hello, I am a bot."]) as r:
        assert "Hello, I am a bot." in (await r.ask("who are you?")).content


async def test_an_answer_survives_a_deleted_placeholder_and_a_refused_reaction(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        r.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008)
        r.env.inject_error("PUT", "/channels/*/messages/*/reactions/*", status=403, code=50013, times=None)
        r.env.inject_error("POST", "/channels/*/typing", status=503, times=None)
        await r.ada.send(r.channel, f"{r.at} {QUESTION}")

        assert "42" in r.answers()[-1].content


async def test_an_answer_survives_a_server_that_fails_for_a_while(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        r.env.inject_error("POST", "/channels/*/messages", status=503, times=2)
        r.env.inject_error("PATCH", "/channels/*/messages/*", status=503, times=2)
        answer = await r.ask(QUESTION)

        assert "42" in answer.content


async def test_refused_files_do_not_cost_the_answer(rig: MakeRig) -> None:
    async with rig([program("open('out.txt', 'w').write('x')\nprint(42)")]) as r:
        r.env.inject_error("PATCH", "/channels/*/messages/*", status=413, code=40005)
        answer = await r.ask(QUESTION)

        assert "42" in answer.content
        assert answer.attachments == []


async def test_where_it_may_not_read_the_history_it_still_answers(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        r.env.inject_error("GET", "/channels/*/messages", status=403, code=50013, times=None)
        r.env.inject_error("POST", "/channels/*/messages", status=503, times=1)

        assert "42" in (await r.ask(QUESTION)).content


async def test_refused_buttons_do_not_cost_the_answer(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        r.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50035)
        answer = await r.ask(QUESTION)

        assert "42" in answer.content
        assert answer.components == []


async def test_where_it_may_not_write_the_bot_closes_the_question(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        r.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=None)
        await r.ada.send(r.channel, f"{r.at} {QUESTION}")

        assert r.answers() == []
        assert await r.service.unanswered("discord") == []


async def test_private_channels_stay_private(rig: MakeRig) -> None:
    async with rig([MULTIPLY, MULTIPLY]) as r:
        hidden = r.guild.create_text_channel(
            "hidden",
            overwrites={
                r.guild.default_role: discord.PermissionOverwrite(view_channel=False),
                r.ada: discord.PermissionOverwrite(view_channel=True),
                r.client.me: discord.PermissionOverwrite(view_channel=True),
            },
        )
        await r.ada.send(hidden, f"{r.at} {QUESTION}")
        await r.ask(QUESTION)

        [secret] = await r.memory.recall(Channel("discord", str(r.guild.id), str(hidden.id)))
        [public] = await r.memory.recall(Channel("discord", str(r.guild.id), str(r.channel.id)))
        assert (secret.channel.private, public.channel.private) == (True, False)


async def test_without_the_message_content_intent_mentions_work_and_help_says_so(rig: MakeRig) -> None:
    async with rig([MULTIPLY], reads_all=False) as r:
        assert "42" in (await r.ask(QUESTION)).content
        assert "only messages that mention me" in (await r.ask("help")).content


async def test_lists_decide_who_is_answered(rig: MakeRig) -> None:
    async with rig([MULTIPLY] * 3) as r:
        r.client.access = Access.of(allow=[f"guild:{r.guild.id}"], deny=[f"user:{r.bob.id}"])
        await r.bob.send(r.channel, f"{r.at} {QUESTION}")
        refused = await r.bob.slash(r.channel, "ask", question=QUESTION)

        assert r.answers() == []
        assert refused.ephemeral
        assert "42" in (await r.ask(QUESTION)).content


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


async def _left_unanswered(r: Rig, question: discord.Message) -> object:
    """Write a question down as a process does that dies right after it."""
    from core.conversation import IncomingMessage

    channel = Channel("discord", str(r.guild.id), str(r.channel.id))
    incoming = IncomingMessage(channel, str(r.ada.id), QUESTION, key=str(question.id), message_id=str(question.id))
    assert await r.service.accept(incoming)
    return incoming


async def test_the_asker_can_delete_an_answer_also_after_a_restart(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        answer = await r.ask(QUESTION)
        await r.restart([])
        refused = await r.bob.click(answer, custom_id=_button(answer, "delete"))
        assert refused.ephemeral
        assert len(r.answers()) == 1

        await r.ada.click(answer, custom_id=_button(answer, "delete"))
        assert r.answers() == []
        assert await r.memory.recall(Channel("discord", str(r.guild.id), str(r.channel.id))) == []


async def test_a_moderator_and_the_giver_of_a_command_can_delete_an_answer(rig: MakeRig) -> None:
    async with rig([MULTIPLY, MULTIPLY]) as r:
        answer = await r.ask(QUESTION)
        owner = simcord.MemberActor(r.env, r.guild, r.guild.owner)
        await owner.click(answer, custom_id=_button(answer, "delete"))
        result = await r.bob.slash(r.channel, "ask", question=QUESTION)
        refused = await r.ada.click(result.response, custom_id=_button(result.response.message, "delete"))
        assert refused.ephemeral
        await r.bob.click(result.response, custom_id=_button(result.response.message, "delete"))

        assert result.response is None
        assert r.answers() == []


async def test_an_edited_question_is_asked_again_when_its_author_wants_it(rig: MakeRig) -> None:
    async with rig([MULTIPLY, program("print(54)")]) as r:
        await r.ask(QUESTION)
        [question] = [m for m in r.channel.history() if m.author.id == r.ada.id]
        await r.ada.edit(question, f"{r.at} What is 6 times 9?")
        [question] = [m for m in r.channel.history() if m.author.id == r.ada.id]
        assert [str(reaction.emoji) for reaction in question.reactions] == ["🔁"]
        await r.bob.react(question, "🔁")
        assert len(r.answers()) == 1

        await r.ada.react(question, "🔁")
        assert "54" in r.answers()[1].content
        assert r.engine.prompts[1][-1].content.endswith("What is 6 times 9?")


async def test_a_question_edited_late_or_not_for_the_bot_is_left_alone(rig: MakeRig) -> None:
    async with rig([MULTIPLY]) as r:
        await r.ask(QUESTION)
        talk = await r.bob.send(r.channel, "hello")
        await r.bob.edit(talk, "hello there")
        [question] = [m for m in r.channel.history() if m.author.id == r.ada.id]
        await r.env.advance_time(120)
        await r.ada.edit(question, f"{r.at} What is 6 times 9?")
        await r.ada.react(question, "🔁")

        assert len(r.answers()) == 1
        assert r.sent("PUT", "/reactions/%F0%9F%94%81/@me") == 0


def _button(message: discord.Message, name: str) -> str:
    [found] = [
        button.custom_id
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for button in row.children
        if isinstance(button, discord.Button) and button.custom_id and f":{name}:" in button.custom_id
    ]
    return found
