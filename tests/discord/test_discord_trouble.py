"""What the bot does on Discord when something is wrong: doubles, restarts, hostile text, refusals."""

import discord

from bot.discord.access import Access
from core.conversation import Channel, Verdict
from tests.discord.conftest import MakeRig, Rig, program

MULTIPLY = program("print(6 * 7)", "I multiply.")
QUESTION = "What is 6 times 7?"


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


async def _left_unanswered(r: Rig, question: discord.Message) -> object:
    """Write a question down as a process does that dies right after it."""
    from core.conversation import IncomingMessage

    channel = Channel("discord", str(r.guild.id), str(r.channel.id))
    incoming = IncomingMessage(channel, str(r.ada.id), QUESTION, key=str(question.id), message_id=str(question.id))
    assert await r.service.accept(incoming)
    return incoming
