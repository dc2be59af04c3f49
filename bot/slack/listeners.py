"""What Bolt does with Slack's events: keep them durably, acknowledge, then work.

Middleware of a listener runs before Slack is acknowledged, the listener itself after. So a question is in the inbox
and a vote in the memory before Slack forgets them; where that fails there is no acknowledgement, and Slack delivers
again. Work that has begun is taken up from the inbox after a crash.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult

from bot import words
from bot.slack import blocks
from bot.slack.answering import Answering, Tell
from bot.slack.events import (
    Payload,
    Question,
    asked_by_command,
    channel_of_command,
    question_in,
    vote_in,
)
from bot.slack.lanes import Lanes
from bot.slack.place import place_of, post_id
from bot.slack.rooms import Rooms
from bot.slack.votes import Votes
from bot.slack.web import Web, quiet_logger
from core.conversation import Channel, Reaction
from core.service import ChatService

Next = Callable[[], Awaitable[Any]]
_WORK = "codeact_work"  # in Bolt's context: what the listener starts after the acknowledgement


class Listeners:
    """The adapter's ears: one method before, one after the acknowledgement of each kind of event."""

    def __init__(
        self, service: ChatService, web: Web, rooms: Rooms, votes: Votes, lanes: Lanes, answering: Answering
    ) -> None:
        self._service = service
        self._web = web
        self._rooms = rooms
        self._votes = votes
        self._lanes = lanes
        self._answering = answering

    def app(self, signing_secret: str) -> AsyncApp:
        """A Bolt app that listens to all that we answer to."""
        me = AuthorizeResult(
            enterprise_id=None,
            team_id=self._web.me.team,
            bot_user_id=self._web.me.user,
            bot_id=self._web.me.bot,
            bot_token=self._web.token,
        )

        async def authorize() -> AuthorizeResult:
            return me  # asked once, at the start: an event must not wait for it

        app = AsyncApp(
            # Bolt's notes at start (a token in the environment is not used) would only puzzle people.
            logger=quiet_logger("codeact.slack.bolt", logging.ERROR),
            client=self._web.client(None),
            authorize=authorize,
            signing_secret=signing_secret,
        )
        app.event("app_mention", middleware=[self.keep_question])(self.work)
        app.event("message", middleware=[self.keep_question])(self.work)
        app.event("reaction_added", middleware=[self.keep_vote])(self.work)
        app.event("reaction_removed", middleware=[self.keep_vote])(self.work)
        app.event("app_home_opened")(self.show_home)
        app.command("/ask", middleware=[self.keep_command])(self.work_on_command)
        app.command("/reset")(self.reset)
        return app

    async def keep_question(self, event: Payload, body: Payload, context: AsyncBoltContext, next_: Next) -> None:
        """Put a question into the inbox, once."""
        question = question_in(event, self._team(body), self._web.me)
        if question is not None:
            await self._keep(question, context)
        await next_()

    async def keep_command(self, body: Payload, context: AsyncBoltContext, next_: Next) -> None:
        """Put the question of `/ask` into the inbox, once."""
        incoming = asked_by_command(body, self._team(body))
        if incoming is not None:
            await self._keep(Question(incoming, called=True), context, self._teller(body))
        await next_()

    async def keep_vote(self, event: Payload, body: Payload, next_: Next) -> None:
        """Count a reaction to an answer of ours."""
        vote = vote_in(event, self._web.me)
        if vote is not None:
            async with self._lanes.stand_in(f"vote of {vote.author} on {post_id(vote.channel, vote.ts)}"):
                changes, label = await self._votes.label(vote)
                if changes:
                    await self._rate(vote.as_reaction(self._team(body), label), vote.channel)
        await next_()

    async def work(self, context: AsyncBoltContext) -> None:
        """Start what was kept, if it was."""
        if start := context.get(_WORK):
            start()

    async def work_on_command(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """The same for a slash command, which Bolt does not acknowledge by itself."""
        await ack()
        await self.work(context)

    async def reset(self, ack: AsyncAck, body: Payload) -> None:
        """Start the channel's conversations anew, each after what was asked there before."""
        await ack()
        channel = channel_of_command(body, self._team(body))
        self._lanes.start(self._reset(self._rooms.conversations_in(channel), self._teller(body)))

    async def show_home(self, event: Payload) -> None:
        """The app's home says how to ask."""
        if event.get("tab", "home") == "home" and isinstance(user := event.get("user"), str):
            await self._web.show_home(user, blocks.home(self._answering.help_text()))

    async def take_up(self) -> int:
        """Start with what earlier processes accepted and did not finish; how much that is."""
        waiting = await self._service.unanswered("slack")
        for incoming in waiting:
            self._rooms.join(incoming)
            turn = self._lanes.stand_in(incoming.channel.key)
            self._lanes.start(self._answering.answer(incoming, turn, again=True))
        return len(waiting)

    async def _keep(self, question: Question, context: AsyncBoltContext, tell: Tell | None = None) -> None:
        incoming = question.incoming
        turn = self._lanes.stand_in(incoming.channel.key)  # before the first wait, so in the order of arrival
        wanted = False
        try:
            self._rooms.learn(place_of(incoming).channel, question.kind)
            wanted = question.called or await self._rooms.is_ours(incoming)
            wanted = wanted and await self._service.accept(incoming)
        finally:
            if not wanted:
                turn.leave()
        if wanted:
            self._rooms.join(incoming)
            context[_WORK] = lambda: self._lanes.start(
                self._answering.answer(incoming, turn, question.files, tell=tell)
            )

    async def _rate(self, reaction: Reaction, channel: str) -> None:
        verdict = await self._service.rate(reaction)
        if verdict is None and await self._answering.settled(channel):
            await self._service.rate(reaction)  # people can be faster than our own note of the post

    async def _reset(self, channels: list[Channel], tell: Tell) -> None:
        turns = [(channel, self._lanes.stand_in(channel.key)) for channel in channels]
        for channel, turn in turns:
            async with turn:
                await self._service.reset(channel)
        await tell(words.RESET)

    def _teller(self, body: Payload) -> Tell:
        """How to tell only the person of a slash command."""
        address = body.get("response_url")

        async def tell(text: str) -> None:
            if isinstance(address, str) and address:
                await self._web.respond(address, text)

        return tell

    def _team(self, body: Payload) -> str:
        team = body.get("team_id")
        return team if isinstance(team, str) and team else self._web.me.team
