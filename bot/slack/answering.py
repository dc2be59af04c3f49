"""From an accepted question to its posted answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from slack_sdk.errors import SlackApiError

from bot import words
from bot.defuse import escaped_for_slack, plain
from bot.reactions import SEEDED_NAMES
from bot.render import SLACK_TEXT, SlackPost, cut
from bot.slack import blocks
from bot.slack.downloads import Downloads
from bot.slack.events import SharedFile, files_in
from bot.slack.history import History
from bot.slack.lanes import Lanes, Turn
from bot.slack.place import Place, conversation, is_direct, place_of, post_id, ts_of
from bot.slack.posts import Posts
from bot.slack.rooms import Rooms
from bot.slack.trouble import FAILURES, Trouble, bot_token_refused, code_of, trouble
from bot.slack.web import Web
from bot.slack.working import Working
from core.conversation import Channel, IncomingMessage, Reply
from core.errors import CodeactError
from core.service import ChatService

NOT_HERE = "I am not in this channel. Invite me (`/invite` and my name), or write to me directly."
COMMANDS = "`/ask` a question · `/reset` this channel · in a thread: mention me with `reset` or `help`"
_SEEN = "eyes"  # on a question that we work on
_SETTLE_SECONDS = 2.0

Tell = Callable[[str], Awaitable[None]]
log = logging.getLogger(__name__)


class Answering:
    """Answers questions one after the other in each conversation, and leaves none without a word."""

    def __init__(
        self, service: ChatService, web: Web, history: History, rooms: Rooms, downloads: Downloads, lanes: Lanes
    ) -> None:
        self._service = service
        self._web = web
        self._history = history
        self._posts = Posts(web, history)
        self._rooms = rooms
        self._downloads = downloads
        self._lanes = lanes
        self._linking: dict[str, set[asyncio.Event]] = {}
        self.refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def answer(
        self,
        incoming: IncomingMessage,
        turn: Turn,
        files: Sequence[SharedFile] = (),
        *,
        again: bool = False,
        tell: Tell | None = None,
    ) -> None:
        """Answer in turn. `again`: an earlier process had begun with it. `tell` reaches the person of a slash command.

        What Slack itself makes impossible is logged; a refused token ends up in `refused`.
        """
        channel, ts = place_of(incoming).channel, ts_of(incoming)
        seen = self._lanes.start(self._web.react(channel, ts, _SEEN)) if ts else None
        try:
            async with turn:
                await self._answer(incoming, files, again, tell)
        except FAILURES as error:
            await self._cannot(incoming, error, tell)
        if seen is not None:
            await seen
            await self._web.unreact(channel, ts, _SEEN)

    async def reset(self, channel: Channel, turn: Turn, tell: Tell | None) -> None:
        """Start a conversation anew, in turn, and say so."""
        async with turn:
            try:
                await self._service.reset(channel)
                said = words.RESET
            except CodeactError as error:
                log.exception("No reset in %s", channel.key)
                said = words.sorry(error)
        if tell:
            await tell(said)

    async def settled(self, channel: str) -> bool:
        """Wait until answers that are being posted in a channel are known to the memory; whether there were any."""
        events = list(self._linking.get(channel, ()))
        for event in events:
            try:
                await asyncio.wait_for(event.wait(), _SETTLE_SECONDS)
            except TimeoutError:
                break
        return bool(events)

    def help_text(self) -> str:
        """How to ask and how to teach, in Slack's markup."""
        about = self._service.about()
        return words.help_text(
            f"<@{self._web.me.user}>",
            model=escaped_for_slack(about.model),
            bundled=about.bundled,
            sandbox=escaped_for_slack(about.sandbox),
            version=about.version,
            commands=COMMANDS,
        )

    async def _answer(
        self, incoming: IncomingMessage, files: Sequence[SharedFile], again: bool, tell: Tell | None
    ) -> None:
        if not ts_of(incoming):
            if not incoming.text.strip():
                await self._service.close(incoming)
                if tell:
                    await tell(self.help_text())
                return
            incoming = await self._opened(incoming, again)
        place, key = place_of(incoming), _key(incoming)
        post = await self._posts.find(place, key) if again else ""
        match incoming.text.strip().lower():
            case "" | "help":
                await self._say(place, post, self.help_text(), key)
            case "reset" | "/reset":
                await self._service.reset(incoming.channel)
                await self._say(place, post, words.RESET, key)
            case _:
                if again:
                    files = files_in(await self._history.message(place, ts_of(incoming)))
                await self._think(incoming, files, post)
                return
        await self._service.close(incoming)

    async def _think(self, incoming: IncomingMessage, files: Sequence[SharedFile], post: str) -> None:
        place, key = place_of(incoming), _key(incoming)
        brought, left_out = await self._downloads.bring(files)
        private = incoming.channel.private or await self._rooms.is_private(place.channel)
        incoming = replace(incoming, channel=replace(incoming.channel, private=private), attachments=brought)
        working = Working(self._web, self._posts, place, key, post=post)
        try:
            async with working:
                reply = await self._service.respond(incoming, working.tell)
        except Exception as error:
            log.log(
                logging.WARNING if isinstance(error, CodeactError) else logging.ERROR,
                "No answer to %s: %s",
                key,
                error,
                exc_info=None if isinstance(error, CodeactError) else error,
            )
            await self._say(place, working.post, words.sorry(error), key)
            await self._service.close(incoming)
            return
        notes = [words.left_out(escaped_for_slack(", ".join(left_out)))] if left_out else []
        await self._show(incoming, reply, blocks.answer(reply, incoming.author, notes), working.post)

    async def _show(self, incoming: IncomingMessage, reply: Reply, post: SlackPost, placeholder: str) -> None:
        """Post the answer and link its posts to the turn, so that reactions count from the first moment."""
        place, key = place_of(incoming), _key(incoming)
        with self._unsettled(place.channel):
            if placeholder:  # known before it shows the answer
                await self._link(incoming, reply, place, [placeholder], final=False)
            ts = await self._put(place, placeholder, post, key)
            if ts != placeholder:
                await self._link(incoming, reply, place, [ts])
        if post.files:
            with self._unsettled(place.channel):
                await self._attach(incoming, reply, place, post)
        await self._service.close(incoming)
        self._lanes.start(self._web.react(place.channel, ts, *SEEDED_NAMES))

    async def _attach(self, incoming: IncomingMessage, reply: Reply, place: Place, post: SlackPost) -> None:
        shown = await self._posts.upload(place, post.files)
        if shown is None:
            names = ", ".join(escaped_for_slack(file.name) for file in post.files)
            text = f"These files could not be uploaded: {names}"
            await self._posts.post(place, SlackPost(text, (blocks.note(text),)), f"{_key(incoming)}:files")
        elif shown:
            await self._link(incoming, reply, place, shown)

    @contextmanager
    def _unsettled(self, channel: str) -> Iterator[None]:
        """While something is posted that the memory does not know yet."""
        known = asyncio.Event()
        waiting = self._linking.setdefault(channel, set())
        waiting.add(known)
        try:
            yield
        finally:
            known.set()
            waiting.discard(known)
            if not waiting and self._linking.get(channel) is waiting:
                del self._linking[channel]

    async def _link(
        self, incoming: IncomingMessage, reply: Reply, place: Place, posts: Sequence[str], *, final: bool = True
    ) -> None:
        ids = [post_id(place.channel, ts) for ts in posts]
        await self._service.posted(incoming.channel, reply, ids, final=final)

    async def _say(self, place: Place, placeholder: str, text: str, key: str) -> None:
        await self._put(place, placeholder, SlackPost(text, (blocks.note(text),)), key)

    async def _put(self, place: Place, placeholder: str, post: SlackPost, key: str) -> str:
        if placeholder:
            return await self._posts.edit(place, placeholder, post, key)
        return await self._posts.post(place, post, key)

    async def _opened(self, incoming: IncomingMessage, again: bool) -> IncomingMessage:
        """A slash command's question as a message of ours, whose thread takes the answer and all that follows."""
        place = place_of(incoming)
        text = cut(f"<@{incoming.author}> asked: {escaped_for_slack(plain(incoming.text))}", SLACK_TEXT)
        ts = await self._posts.post(
            place, SlackPost(text, (blocks.note(text),)), f"{incoming.key}:root", perhaps_posted=again
        )
        direct = is_direct(place.channel)
        where = incoming.channel if direct else conversation(incoming.channel.workspace, place.channel, ts)
        incoming = replace(incoming, channel=where, message_id=ts)
        self._rooms.join(incoming)
        return incoming

    async def _cannot(self, incoming: IncomingMessage, error: Exception, tell: Tell | None) -> None:
        """Slack does not take what we want to say."""
        if trouble(error) is Trouble.REFUSED:  # the question stays open, for a start with a better token
            if not self.refused.done():
                self.refused.set_exception(bot_token_refused(str(error)))
            return
        log.error("The answer to %s cannot be posted: %s", incoming.key, error)
        code = code_of(error) if isinstance(error, SlackApiError) else ""
        if code in ("not_in_channel", "channel_not_found") and tell:
            await tell(NOT_HERE)
        if trouble(error) is not Trouble.PASSING:
            await self._service.close(incoming)


def _key(incoming: IncomingMessage) -> str:
    """What the post of an answer is found by."""
    return incoming.key or post_id(place_of(incoming).channel, ts_of(incoming))
