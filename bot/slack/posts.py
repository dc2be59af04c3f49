"""Posts that appear exactly once: found again by the key in their metadata, said plainer where Slack refuses them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render import SlackPost, slack_plain
from bot.slack.events import files_in
from bot.slack.history import History
from bot.slack.place import Place
from bot.slack.trouble import FAILURES, Trouble, code_of, trouble
from bot.slack.web import PAUSES, Web
from core.conversation import ProgramFile

_MARK = "codeact_post"  # the type of our messages' metadata
_SHARING_SECONDS = 2.0
_LAST_RESORT = 1000  # characters that every server takes

log = logging.getLogger(__name__)


class Posts:
    """What we say in Slack. Every method gives timestamps and raises what `FAILURES` names where Slack refuses."""

    def __init__(self, web: Web, history: History) -> None:
        self._web = web
        self._history = history

    async def post(self, place: Place, post: SlackPost, key: str, *, perhaps_posted: bool = False) -> str:
        """Post once, through any passing trouble of the network or the server.

        After a failure that may hide a success the post is looked for by its key before it is sent again.
        """

        async def attempt() -> str:
            nonlocal perhaps_posted
            if perhaps_posted and (ts := await self.find(place, key)):
                return await self.edit(place, ts, post, key)
            perhaps_posted = True
            return await _in_words_that_fit(post, send)

        async def send(fitting: SlackPost) -> AsyncSlackResponse:
            return await self._web.once.chat_postMessage(
                **_body(place, fitting, key), thread_ts=place.thread_ts or None, unfurl_links=False, unfurl_media=False
            )

        return await _through_passing_trouble(attempt)

    async def edit(self, place: Place, ts: str, post: SlackPost, key: str) -> str:
        """Replace what a post says; where that cannot be done, post anew: a doubled post is better than none."""

        async def attempt() -> str:
            return await _in_words_that_fit(post, send)

        async def send(fitting: SlackPost) -> AsyncSlackResponse:
            return await self._web.safe.chat_update(ts=ts, **_body(place, fitting, key))

        try:
            return await _through_passing_trouble(attempt)
        except SlackApiError as error:
            if trouble(error) in (Trouble.PASSING, Trouble.REFUSED):
                raise
            log.info("A post in %s cannot be changed (%s).", place, code_of(error))
        return await self.post(place, post, f"{key}:again", perhaps_posted=True)

    async def find(self, place: Place, key: str) -> str:
        """Our post with this key, or an empty string."""
        try:
            return await self._history.look(place, lambda message: _key(message) == key)
        except SlackApiError as error:
            if trouble(error) is Trouble.PASSING:
                raise
            log.warning("Slack does not show %s (%s): a post might be doubled.", place, code_of(error))
            return ""

    async def upload(self, place: Place, files: Sequence[ProgramFile]) -> list[str] | None:
        """Put files into a thread; their posts, as far as Slack tells, and None where it failed."""
        try:
            done = await self._web.once.files_upload_v2(
                file_uploads=[{"filename": file.name, "file": file.content, "title": file.name} for file in files],
                channel=place.channel,
                thread_ts=place.thread_ts or None,
            )
        except FAILURES as error:
            log.warning("Files could not be put into %s: %s", place, error)
            return None
        named = _shares(done.get("files"), place.channel)
        return named or await self._posts_of(place, {str(file.get("id")) for file in done.get("files") or ()})

    async def _posts_of(self, place: Place, files: set[str]) -> list[str]:
        """Slack shares an uploaded file a moment after it has said that all is done."""
        await asyncio.sleep(_SHARING_SECONDS)
        try:
            ts = await self._history.look(place, lambda message: any(file.id in files for file in files_in(message)))
        except FAILURES as error:
            log.info("The post of a file was not found: %s", error)
            return []
        return [ts] if ts else []


async def _in_words_that_fit(post: SlackPost, send: Callable[[SlackPost], Awaitable[AsyncSlackResponse]]) -> str:
    """Send with all blocks; where they are refused, without buttons, as plain text, and as its beginning."""
    shown = SlackPost(post.text, tuple(block for block in post.blocks if block["type"] != "actions"))
    last = SlackPost(post.text[:_LAST_RESORT])
    forms = [post, shown, slack_plain(post), last]
    for form in forms[:1] + forms[1 + (shown.blocks == post.blocks) :]:
        try:
            return str((await send(form))["ts"])
        except SlackApiError as error:
            if form is last or trouble(error) is not Trouble.LENGTH:
                raise
            log.warning("Slack refuses this form of a post (%s); trying a plainer one.", code_of(error))
    raise AssertionError("the last form was sent or refused")


async def _through_passing_trouble(attempt: Callable[[], Awaitable[str]]) -> str:
    for pause in PAUSES:
        try:
            return await attempt()
        except FAILURES as error:
            if trouble(error) is not Trouble.PASSING:
                raise
            log.info("Slack did not take a post (%s); trying again in %.1f s.", error, pause)
            await asyncio.sleep(pause)
    return await attempt()


def _body(place: Place, post: SlackPost, key: str) -> dict[str, Any]:
    """What a post says; an empty list of blocks takes away those that it had."""
    metadata = {"event_type": _MARK, "event_payload": {"key": key}}
    return {"channel": place.channel, "text": post.text, "blocks": list(post.blocks), "metadata": metadata}


def _key(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != _MARK:
        return ""
    payload = metadata.get("event_payload")
    return str(payload.get("key") or "") if isinstance(payload, Mapping) else ""


def _shares(files: object, channel: str) -> list[str]:
    """The posts of uploaded files, as far as Slack's answer names them."""
    found: list[str] = []
    for file in files if isinstance(files, list) else ():
        shares = file.get("shares") if isinstance(file, Mapping) else None
        for kind in shares.values() if isinstance(shares, Mapping) else ():
            found += [str(share["ts"]) for share in kind.get(channel, ()) if share.get("ts")]
    return found
