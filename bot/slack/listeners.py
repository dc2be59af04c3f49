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

from bot.slack import blocks, buttons
from bot.slack.answering import Answering, Tell
from bot.slack.deleting import Deleting
from bot.slack.events import Payload, Question, asked_by_command, channel_of_command, question_in, vote_in
from bot.slack.intake import Intake, Start
from bot.slack.lanes import Lanes
from bot.slack.web import Web, quiet_logger

Next = Callable[[], Awaitable[Any]]
_WORK = "codeact_work"  # in Bolt's context: what the listener starts after the acknowledgement


class Listeners:
    """The adapter's ears: one method before, one after the acknowledgement of each kind of event."""

    def __init__(self, web: Web, intake: Intake, answering: Answering, deleting: Deleting, lanes: Lanes) -> None:
        self._web = web
        self._intake = intake
        self._answering = answering
        self._deleting = deleting
        self._lanes = lanes

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
        app.action(buttons.DELETE)(self.delete)
        return app

    async def keep_question(self, event: Payload, body: Payload, context: AsyncBoltContext, next_: Next) -> None:
        """Put a question into the inbox, once."""
        question = question_in(event, self._team(body), self._web.me)
        if question is not None:
            context[_WORK] = await self._intake.keep(question)
        await next_()

    async def keep_command(self, body: Payload, context: AsyncBoltContext, next_: Next) -> None:
        """Put the question of `/ask` into the inbox, once."""
        incoming = asked_by_command(body, self._team(body))
        if incoming is not None:
            context[_WORK] = await self._intake.keep(Question(incoming, called=True), self._teller(body))
        await next_()

    async def keep_vote(self, event: Payload, body: Payload, next_: Next) -> None:
        """Count a reaction to an answer of ours."""
        vote = vote_in(event, self._web.me)
        if vote is not None:
            await self._intake.count(vote, self._team(body))
        await next_()

    async def work(self, context: AsyncBoltContext) -> None:
        """Start what was kept, if it was."""
        start: Start | None = context.get(_WORK)
        if start is not None:
            start()

    async def work_on_command(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """The same for a slash command, which Bolt does not acknowledge by itself."""
        await ack()
        await self.work(context)

    async def reset(self, ack: AsyncAck, body: Payload) -> None:
        """Start the channel's conversations anew."""
        await ack()
        self._intake.reset(channel_of_command(body, self._team(body)), self._teller(body))

    async def delete(self, ack: AsyncAck, body: Payload) -> None:
        """Delete an answer."""
        await ack()
        if click := buttons.click_in(body):
            self._lanes.start(self._deleting.delete(click))

    async def show_home(self, event: Payload) -> None:
        """The app's home says how to ask."""
        if event.get("tab", "home") == "home" and isinstance(user := event.get("user"), str):
            await self._web.show_home(user, blocks.home(self._answering.help_text()))

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
