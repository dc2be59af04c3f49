"""Questions are taken in order, written down, answered once each, and taken up again after a crash."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot import words
from bot.discord.place import Place
from bot.discord.trying import is_passing, optionally, patiently
from bot.progress import Ticker
from bot.render import DiscordPost, discord_post
from core.conversation import Channel, IncomingMessage, Reply
from core.errors import CodeactError
from core.service import ChatService

log = logging.getLogger(__name__)

_REMEMBERED = 10_000  # keys of questions taken in this life
_TYPING_SECONDS = 8.0  # Discord shows it for ten


@dataclass(frozen=True, slots=True)
class Question:
    """A message to answer, and how its answer is laid out: a heading above it, small notes below."""

    incoming: IncomingMessage
    heading: str = ""
    notes: tuple[str, ...] = ()


T = TypeVar("T")
Prepare = Callable[[], Awaitable[Question]]


class Desk:
    """Takes questions and sees to it that each is answered."""

    def __init__(
        self,
        service: ChatService,
        *,
        help_text: Callable[[], str],
        on_posted: Callable[[Channel, str], Awaitable[None]],
    ) -> None:
        """`on_posted` is told the channel and the id of each answer's post as soon as votes on it can be counted."""
        self._service = service
        self._on_posted = on_posted
        self._help_text = help_text
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._intake: WeakValueDictionary[Channel, asyncio.Lock] = WeakValueDictionary()
        self._opening: WeakValueDictionary[Channel, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def receive(
        self,
        channel: Channel,
        key: str,
        prepare: Prepare,
        place: Place,
        *,
        acknowledge: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Write a question down and begin to answer it; one that was delivered before is passed over.

        Questions of a channel are taken in the order of the calls, also where preparing one takes longer. A platform
        that waits for an acknowledgement gets it when the question is written down.
        """
        if not self._take(key):
            return
        async with _lock(self._intake, channel):
            try:
                question = await prepare()
                if not await self._service.accept(question.incoming):
                    return
                if acknowledge is not None:
                    await optionally(acknowledge())
            except Exception as error:
                log.exception("A question could not be written down")
                del self._taken[key]
                await self._say(place, words.sorry(error))
                return
            if not self._closing:  # else it is taken up at the next start
                self._start(question, place)

    def take_up(self, incoming: IncomingMessage, place: Place) -> None:
        """Answer a question that was written down in an earlier life."""
        if self._take(incoming.key):
            self._start(Question(incoming), place)

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, and wait for what has begun; what takes longer is taken up at the next start."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        await self.stop()

    async def stop(self) -> None:
        """End at once what has begun."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, key: str) -> bool:
        if key in self._taken:
            return False
        self._taken[key] = None
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        return True

    def _start(self, question: Question, place: Place) -> None:
        self._spawn(self._attend(question, place))

    def _spawn(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _attend(self, question: Question, place: Place) -> None:
        """From the question to the answer with its two reactions; a failure is told, logged, and costs nobody else."""
        channel = question.incoming.channel
        try:
            match question.incoming.text.strip("/!. ").casefold():
                case "" | "help":
                    await place.finish(DiscordPost(self._help_text()))
                    await self._service.close(question.incoming)
                case "reset":
                    await self._reset(question, place)
                case _:
                    await self._answer(question, place)
        except discord.HTTPException as error:
            log.warning("The answer in %s cannot be posted: %s", channel.key, error)
            if not is_passing(error):  # no permission, or no channel any more
                await self._close(question.incoming)
        except Exception:
            log.exception("The answer in %s was not posted; it will be at the next start", channel.key)

    async def _answer(self, question: Question, place: Place) -> None:
        incoming = question.incoming
        ticker = Ticker(place.show)
        thinking = self._spawn(self._service.respond(incoming, ticker.tell))
        showing = self._spawn(self._show(incoming.channel, place, ticker))
        reply, post = await self._think(thinking, question)
        ticker.stop()
        await asyncio.wait({showing})  # a late change of the placeholder must not replace the answer
        post_id = await place.finish(post)
        if reply is not None:
            await patiently(lambda: self._service.posted(incoming.channel, reply, [post_id]))
            await self._on_posted(incoming.channel, post_id)
        await patiently(lambda: self._service.close(incoming))
        if reply is not None:
            await place.seed()

    async def _think(self, thinking: asyncio.Task[Reply], question: Question) -> tuple[Reply | None, DiscordPost]:
        """The reply as a post; in its place an apology, where there is none."""
        try:
            reply = await thinking
        except CodeactError as error:
            log.warning("No answer in %s: %s", question.incoming.channel.key, error)
            return None, DiscordPost(words.sorry(error))
        except Exception as error:
            log.exception("No answer in %s", question.incoming.channel.key)
            return None, DiscordPost(words.sorry(error))
        return reply, discord_post(reply, heading=question.heading, notes=question.notes)

    async def _reset(self, question: Question, place: Place) -> None:
        try:
            await self._service.reset(question.incoming.channel)
            said = words.RESET
        except CodeactError as error:
            log.exception("No reset in %s", question.incoming.channel.key)
            said = words.sorry(error)
        await place.finish(DiscordPost(said))
        await self._service.close(question.incoming)

    async def _show(self, channel: Channel, place: Place, ticker: Ticker) -> None:
        """Signs of life until the answer is there: the placeholder, in the order of the questions, and typing."""
        try:
            async with _lock(self._opening, channel):
                await place.open(ticker.shown)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("No placeholder in %s: %s", channel.key, error)
            return
        typing = self._spawn(_type(place, ticker))
        try:
            await ticker.run()
        finally:
            typing.cancel()

    async def _say(self, place: Place, text: str) -> None:
        try:
            await place.finish(DiscordPost(text))
        except Exception:
            log.exception("An apology could not be posted")

    async def _close(self, incoming: IncomingMessage) -> None:
        try:
            await self._service.close(incoming)
        except CodeactError:
            log.exception("A question could not be closed; it is taken up at the next start")


async def _type(place: Place, ticker: Ticker) -> None:
    await ticker.begun.wait()
    while True:
        await place.type()
        await asyncio.sleep(_TYPING_SECONDS)


def _lock(locks: WeakValueDictionary[Channel, asyncio.Lock], channel: Channel) -> asyncio.Lock:
    """The lock of a channel; it lives as long as somebody holds it or waits for it."""
    return locks.setdefault(channel, asyncio.Lock())
