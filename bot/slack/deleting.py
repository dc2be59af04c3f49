"""The delete button: the answer and its files go, and the turn leaves the conversation."""

import logging

from bot import words
from bot.slack.buttons import Click
from bot.slack.events import files_in
from bot.slack.history import History
from bot.slack.place import is_direct
from bot.slack.trouble import FAILURES
from bot.slack.web import Web
from core.errors import CodeactError
from core.service import ChatService

log = logging.getLogger(__name__)


class Deleting:
    """For the person who asked, and for the workspace's admins."""

    def __init__(self, service: ChatService, web: Web, history: History) -> None:
        self._service = service
        self._web = web
        self._history = history

    async def delete(self, click: Click) -> None:
        """Skip the turn, then delete its posts."""
        if not await self._may(click):
            await self._web.respond(click.response_url, words.NOT_YOURS)
            return
        try:
            await self._service.skip(click.turn_id)
        except CodeactError as error:
            log.exception("Turn %s was not skipped", click.turn_id)
            await self._web.respond(click.response_url, words.sorry(error))
            return
        for ts in [*await self._files_after(click), click.post]:
            await self._web.delete(click.place.channel, ts)

    async def _may(self, click: Click) -> bool:
        """Checked when the button is clicked, whoever sees it."""
        return click.who == click.asker or is_direct(click.place.channel) or await self._web.is_admin(click.who)

    async def _files_after(self, click: Click) -> list[str]:
        """The posts of the answer's files: ours that follow it and hold nothing but files."""
        found: list[str] = []
        try:
            async for message in self._history.messages(click.place, click.post):
                if str(message.get("ts")) <= click.post:
                    continue
                if not (self._web.is_ours(message) and files_in(message)):
                    break
                found.append(str(message.get("ts")))
        except FAILURES as error:
            log.info("The files of an answer were not found: %s", error)
        return found
