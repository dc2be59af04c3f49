"""Signs of life while an answer is made: Slack's own status line, or a placeholder that becomes the answer."""

import asyncio
import logging
import time
from types import TracebackType

from bot import words
from bot.render import SlackPost
from bot.slack.blocks import note
from bot.slack.place import Place
from bot.slack.posts import Posts
from bot.slack.trouble import FAILURES
from bot.slack.web import Web
from core.conversation import Progress, Stage

_PATIENCE_SECONDS = 1.0  # an answer that comes sooner needs no placeholder
_PAUSE_SECONDS = 1.0  # between two changes of it
_REFRESH_SECONDS = 10.0  # for the seconds it shows: Slack allows some fifty changes a minute in a workspace
_STATUS_SECONDS = 60.0  # Slack takes a status away after two minutes

log = logging.getLogger(__name__)


class Working:
    """`async with` it round the work and `tell` it of progress; afterwards `post` is the placeholder's timestamp, or
    empty where there is none. The last change is always over before the end, so nothing overtakes the answer."""

    def __init__(self, web: Web, posts: Posts, place: Place, key: str, *, post: str = "") -> None:
        self._web = web
        self._posts = posts
        self._place = place
        self._key = key
        self.post = post
        self._stage = Stage.QUEUED
        self._since = time.monotonic()
        self._changed = asyncio.Event()
        self._over = asyncio.Event()

    def tell(self, progress: Progress) -> None:
        """A sign of life of the service."""
        stage = Stage.RUNNING if progress.stage is Stage.RUNNING else Stage.THINKING
        if progress.stage is not Stage.QUEUED and stage is not self._stage:
            self._stage, self._since = stage, time.monotonic()
            self._changed.set()

    async def __aenter__(self) -> "Working":
        self._task = asyncio.create_task(self._show())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._over.set()
        self._changed.set()
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _show(self) -> None:
        if not self.post and await self._show_status():
            return
        await _wait(self._over, _PATIENCE_SECONDS)
        while not self._over.is_set():
            self._changed.clear()
            try:
                await self._show_placeholder()
            except FAILURES as error:
                log.info("The placeholder could not be shown: %s", error)
            await _wait(self._over, _PAUSE_SECONDS)
            await _wait(self._changed, _REFRESH_SECONDS)

    async def _show_status(self) -> bool:
        """Keep Slack's status line up to date until the end; False where there is no such thing."""
        while not self._over.is_set():
            self._changed.clear()
            text = "is running the program…" if self._stage is Stage.RUNNING else "is thinking…"
            if not await self._web.status(self._place, text):
                return False
            await _wait(self._changed, _STATUS_SECONDS)
        return True

    async def _show_placeholder(self) -> None:
        text = words.working(Progress(self._stage), time.monotonic() - self._since)
        post = SlackPost(text, (note(text),))
        if self.post:
            await self._posts.edit(self._place, self.post, post, self._key)
        else:
            self.post = await self._posts.post(self._place, post, self._key)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or for as long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
