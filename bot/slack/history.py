"""What Slack remembers: the bot's channels, their messages, and the threads."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.place import Place
from bot.slack.trouble import FAILURES
from bot.slack.web import Web

Message = Mapping[str, Any]

_PAGE, _PAGES = 200, 5  # entries read at once, and how often

log = logging.getLogger(__name__)


class History:
    """Reads Slack's histories. Everything raises what `bot.slack.trouble.FAILURES` names, unless it says otherwise."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def messages(self, place: Place, oldest: str = "") -> AsyncIterator[Message]:
        """A thread, oldest first, or the messages outside of threads in a channel, newest first."""
        safe = self._web.safe
        arguments: dict[str, Any] = {"channel": place.channel, "include_all_metadata": True, "limit": _PAGE}
        if oldest:
            arguments["oldest"] = oldest

        async def page(cursor: dict[str, Any]) -> AsyncSlackResponse:
            if place.thread_ts:
                return await safe.conversations_replies(ts=place.thread_ts, **arguments, **cursor)
            return await safe.conversations_history(**arguments, **cursor)

        async for message in _entries(page, "messages"):
            yield message

    async def look(self, place: Place, wanted: Callable[[Message], bool]) -> str:
        """The timestamp of the first message that is wanted; empty where there is none."""
        async for message in self.messages(place):
            if wanted(message):
                return str(message.get("ts"))
        return ""

    async def message(self, place: Place, ts: str) -> Message:
        """One message as Slack has it now; empty where it is not to be had."""
        try:
            answer = await self._web.safe.conversations_replies(
                channel=place.channel, ts=place.thread_ts or ts, oldest=ts, latest=ts, inclusive=True, limit=2
            )
        except FAILURES as error:
            log.info("Slack does not show message %s: %s", ts, error)
            return {}
        return next((message for message in _listed(answer, "messages") if str(message.get("ts")) == ts), {})

    async def channels(self) -> AsyncIterator[Message]:
        """The channels and direct messages that the bot is in."""
        kinds = "public_channel,private_channel,im"

        async def page(cursor: dict[str, Any]) -> AsyncSlackResponse:
            return await self._web.safe.users_conversations(types=kinds, exclude_archived=True, limit=_PAGE, **cursor)

        async for channel in _entries(page, "channels"):
            yield channel


async def _entries(
    page: Callable[[dict[str, Any]], Awaitable[AsyncSlackResponse]], name: str
) -> AsyncIterator[Message]:
    """The entries of a list, over its pages."""
    cursor: dict[str, Any] = {}
    for _ in range(_PAGES):
        answer = await page(cursor)
        for entry in _listed(answer, name):
            yield entry
        following = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not following:
            return
        cursor = {"cursor": following}


def _listed(answer: AsyncSlackResponse, name: str) -> list[Message]:
    entries = answer.get(name)
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
