"""What people on Discord do with an answer: judge it, correct it, delete it, start anew."""

import discord
import pytest
import simcord

from core.conversation import Channel, Verdict
from tests.discord.conftest import MakeRig, program

MULTIPLY = program("print(6 * 7)", "I multiply.")
QUESTION = "What is 6 times 7?"


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
