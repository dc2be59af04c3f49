"""Questions and votes are written down once, however often and from wherever they come, before anybody is told."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from bot.slack.answering import Answering, Tell
from bot.slack.events import Question, Vote
from bot.slack.lanes import Lanes
from bot.slack.limits import Limits
from bot.slack.place import PLATFORM, place_of, post_id
from bot.slack.rooms import Rooms
from bot.slack.votes import Votes
from bot.slack.web import Web
from core.conversation import Channel, IncomingMessage, Reaction
from core.errors import StorageError
from core.service import ChatService

TOO_MANY = (
    "You have many questions waiting here already. I leave out what you ask until some of them are answered; "
    "please ask again then."
)
_KEPT = 10_000  # keys of questions that this process has seen

Start = Callable[[], object]


class Intake:
    """The way in for everything that people ask or vote."""

    def __init__(
        self, service: ChatService, web: Web, rooms: Rooms, lanes: Lanes, answering: Answering, limits: Limits
    ) -> None:
        self._service = service
        self._web = web
        self._rooms = rooms
        self._votes = Votes(web)
        self._lanes = lanes
        self._answering = answering
        self._limits = limits
        self._seen: OrderedDict[str, asyncio.Future[None]] = OrderedDict()

    async def keep(self, question: Question, tell: Tell | None = None) -> Start | None:
        """Put a question into the inbox; what starts the work on it, or None where there is nothing to do.

        The place in the line of its conversation is that of the call. Raises StorageError where it cannot be kept, and
        what `bot.slack.trouble.FAILURES` names where Slack cannot tell whether it is for us.
        """
        incoming = question.incoming
        turn = self._lanes.stand_in(incoming.channel.key)
        wanted = False
        try:
            self._rooms.learn(place_of(incoming).channel, question.kind)
            wanted = question.called or await self._rooms.is_ours(incoming)
            wanted = wanted and await self._accept(incoming)
        finally:
            if not wanted:
                turn.leave()
        if not wanted:
            return None
        self._rooms.join(incoming)
        if not self._limits.admit(incoming.author):
            turn.leave()
            return lambda: self._lanes.start(self._refuse(incoming, tell))
        work = self._answering.answer
        return lambda: self._lanes.start(
            self._limits.counted(incoming.author, work(incoming, turn, question.files, tell=tell))
        )

    async def take_up(self) -> int:
        """Start with what earlier processes accepted and did not finish; how much that is."""
        waiting = await self._service.unanswered(PLATFORM)
        for incoming in waiting:
            self._rooms.join(incoming)
            turn = self._lanes.stand_in(incoming.channel.key)
            self._lanes.start(self._answering.answer(incoming, turn, again=True))
        return len(waiting)

    async def count(self, vote: Vote, team: str) -> None:
        """Count a reaction event. Raises StorageError where it cannot be kept."""
        async with self._lanes.stand_in(f"vote of {vote.author} on {post_id(vote.channel, vote.ts)}"):
            changes, label = await self._votes.label(vote)
            if changes:
                await self.rate(vote.as_reaction(team, label), vote.channel)

    async def rate(self, reaction: Reaction, channel: str) -> None:
        """Count a vote. People can be faster than our own note of the post."""
        verdict = await self._service.rate(reaction)
        if verdict is None and await self._answering.settled(channel):
            await self._service.rate(reaction)

    def reset(self, channel: Channel, tell: Tell) -> None:
        """Start a channel's conversations anew, each after what was asked there before."""
        for part in (parts := self._rooms.conversations_in(channel)):
            turn = self._lanes.stand_in(part.key)
            self._lanes.start(self._answering.reset(part, turn, tell if part is parts[-1] else None))

    async def _accept(self, incoming: IncomingMessage) -> bool:
        """Whether a message is new. A second delivery waits for what becomes of the first one."""
        if not incoming.key:
            return await self._service.accept(incoming)
        if (first := self._seen.get(incoming.key)) is not None:
            await asyncio.shield(first)
            return False
        accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seen[incoming.key] = accepted
        try:
            new = await self._service.accept(incoming)
        except BaseException as error:
            del self._seen[incoming.key]
            accepted.set_exception(error if isinstance(error, Exception) else StorageError("The bot is stopping."))
            accepted.exception()  # it may be that nobody waits
            raise
        accepted.set_result(None)
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return new

    async def _refuse(self, incoming: IncomingMessage, tell: Tell | None) -> None:
        """Close a question without an answer, and tell its author, once in a while."""
        await self._service.close(incoming)
        if not self._limits.may_tell(incoming.author):
            return
        if tell:
            await tell(TOO_MANY)
        else:
            await self._web.tell_only(place_of(incoming), incoming.author, TOO_MANY)
