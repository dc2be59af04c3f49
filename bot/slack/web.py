"""Slack's Web API as we use it: every post exactly once, optional calls that may fail, refusals told apart."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render import SlackPost, slack_plain
from bot.slack.events import Myself
from bot.slack.place import Place
from bot.slack.trouble import FAILURES, Trouble, app_token_refused, bot_token_refused, code_of, missing, trouble
from core.conversation import ProgramFile
from core.errors import AdapterError

SLACK_API = "https://slack.com/api/"
# The scopes that the calls and events of this adapter need; the manifest asks for exactly these.
SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "reactions:read",
        "reactions:write",
    }
)

_TIMEOUT_SECONDS = 30
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)  # seconds between tries of what must not be lost
_MARK = "codeact_post"  # the type of our messages' metadata
_PAGES = 5  # of a thread, looked through for a post of ours

_Result = TypeVar("_Result")
log = logging.getLogger(__name__)


def quiet_logger(name: str, level: int = logging.WARNING) -> logging.Logger:
    """A logger with a level of its own; Slack's libraries build debug texts for loggers without one."""
    logger = logging.getLogger(name)
    logger.setLevel(max(level, logging.getLogger().getEffectiveLevel()))
    return logger


class Web:
    """The bot's side of the Web API, over one HTTP session. Posts are found again by the `key` in their metadata."""

    def __init__(self, session: aiohttp.ClientSession, token: str, api_base: str = "") -> None:
        self._session = session
        self._base = api_base or SLACK_API
        # What can be repeated without harm is; a post is repeated by `post`, which looks first whether it is there.
        rate_limit = AsyncRateLimitErrorRetryHandler(max_retry_count=5)
        repeated = [rate_limit, AsyncConnectionErrorRetryHandler(3), AsyncServerErrorRetryHandler(2)]
        self._safe = self.client(token, repeated)
        self._once = self.client(token, [rate_limit])
        self._optional_off: set[str] = set()
        self.token = token
        self.me = Myself("", "", "")

    def client(self, token: str | None, retry_handlers: list[Any] | None = None) -> AsyncWebClient:
        """A client of this server over our session."""
        return AsyncWebClient(
            token,
            base_url=self._base,
            timeout=_TIMEOUT_SECONDS,
            session=self._session,
            logger=quiet_logger("codeact.slack.web"),
            retry_handlers=retry_handlers,
        )

    async def sign_in(self) -> Myself:
        """Ask Slack who we are, for as long as it takes. Raises AdapterError where the token is refused."""
        answer = await self._persistently(self._safe.auth_test)
        user, bot, team = (str(answer.get(name) or "") for name in ("user_id", "bot_id", "team_id"))
        granted = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
        if any(granted) and (lacking := SCOPES.difference(granted)):
            log.warning(missing(lacking))
        self.me = Myself(user, bot, team)
        return self.me

    async def socket_address(self, app_token: str) -> str:
        """A fresh address of Socket Mode. Raises AdapterError where the app-level token is refused."""
        try:
            answer = await self.client(None).apps_connections_open(app_token=app_token)
        except SlackApiError as error:
            if trouble(error) in (Trouble.REFUSED, Trouble.OTHER):
                raise app_token_refused(code_of(error)) from error
            raise
        return str(answer["url"])

    async def post(self, place: Place, post: SlackPost, key: str, *, perhaps_posted: bool = False) -> str:
        """Post once and give the post's timestamp, through any passing trouble of the network or the server.

        After a failure that may hide a success the post is looked for by its key before it is sent again.
        Raises what FAILURES names where Slack refuses it.
        """

        async def attempt() -> str:
            nonlocal perhaps_posted
            if perhaps_posted and (ts := await self.find(place, key)):
                return await self.edit(place, ts, post, key)
            perhaps_posted = True
            return await self._in_words_that_fit(
                post, lambda fitting: self._once.chat_postMessage(**_new(place, fitting, key))
            )

        return await _through_passing_trouble(attempt)

    async def edit(self, place: Place, ts: str, post: SlackPost, key: str) -> str:
        """Replace what a post says; posts anew where it is gone. The timestamp of the post."""

        async def attempt() -> str:
            return await self._in_words_that_fit(
                post, lambda fitting: self._safe.chat_update(ts=ts, **_body(place, fitting, key))
            )

        try:
            return await _through_passing_trouble(attempt)
        except SlackApiError as error:
            if trouble(error) is not Trouble.GONE:
                raise
        return await self.post(place, post, f"{key}:again", perhaps_posted=True)

    async def find(self, place: Place, key: str) -> str:
        """The timestamp of our post with this key, or an empty string."""
        cursor = ""
        for _ in range(_PAGES):
            try:
                page = await self._page(place, cursor)
            except SlackApiError as error:
                if trouble(error) is Trouble.PASSING:
                    raise
                log.warning("Slack does not show %s (%s): a post might be doubled.", place, code_of(error))
                return ""
            for message in _messages(page):
                if _key(message) == key:
                    return str(message.get("ts"))
            cursor = _next(page)
            if not cursor:
                break
        return ""

    async def has_answered(self, place: Place) -> bool:
        """Whether a thread holds a message of ours. Raises what FAILURES names."""
        cursor = ""
        for _ in range(_PAGES):
            page = await self._page(place, cursor)
            if any(self._is_ours(message) for message in _messages(page)):
                return True
            cursor = _next(page)
            if not cursor:
                return False
        return False

    async def message(self, place: Place, ts: str) -> Mapping[str, Any]:
        """One message as Slack has it now; empty where it is not to be had."""
        try:
            page = await self._safe.conversations_replies(
                channel=place.channel, ts=place.thread_ts or ts, oldest=ts, latest=ts, inclusive=True, limit=2
            )
        except FAILURES as error:
            log.info("Slack does not show message %s: %s", ts, error)
            return {}
        return next((message for message in _messages(page) if str(message.get("ts")) == ts), {})

    async def is_private(self, channel: str) -> bool:
        """Whether only its members see a channel; True also where Slack does not say."""
        try:
            answer = await self._safe.conversations_info(channel=channel)
        except FAILURES as error:
            log.info("Slack does not describe channel %s, taken for a private one: %s", channel, error)
            return True
        about = answer.get("channel")
        return not isinstance(about, Mapping) or any(about.get(name) for name in ("is_private", "is_im", "is_mpim"))

    async def reactions_of(self, channel: str, ts: str, author: str) -> list[str] | None:
        """The emoji names that a person has on a message now; None where Slack does not say."""
        try:
            answer = await self._safe.reactions_get(channel=channel, timestamp=ts, full=True)
        except FAILURES as error:
            log.info("Slack does not tell the reactions of %s: %s", ts, error)
            return None
        reactions = (answer.get("message") or {}).get("reactions") or []
        return [str(reaction.get("name")) for reaction in reactions if author in (reaction.get("users") or ())]

    async def react(self, channel: str, ts: str, *names: str) -> None:
        """Put emoji on a message, in this order; it does not matter if that fails."""
        for name in names:
            await self._optional("reactions.add", self._safe.reactions_add, channel=channel, timestamp=ts, name=name)

    async def unreact(self, channel: str, ts: str, name: str) -> None:
        """Take our emoji off a message; it does not matter if that fails."""
        await self._optional("reactions.remove", self._safe.reactions_remove, channel=channel, timestamp=ts, name=name)

    async def status(self, place: Place, text: str) -> bool:
        """Show under a thread what we do ("is thinking…"); False where this server does not know such a thing."""
        show = self._once.assistant_threads_setStatus
        method = "assistant.threads.setStatus"
        return await self._optional(method, show, channel_id=place.channel, thread_ts=place.thread_ts, status=text)

    async def upload(self, place: Place, files: Sequence[ProgramFile]) -> list[str] | None:
        """Put files into a thread; the timestamps of their posts where Slack tells, None where it failed."""
        try:
            done = await self._once.files_upload_v2(
                file_uploads=[{"filename": file.name, "file": file.content, "title": file.name} for file in files],
                channel=place.channel,
                thread_ts=place.thread_ts or None,
            )
        except FAILURES as error:
            log.warning("Files could not be put into %s: %s", place, error)
            return None
        return _shares(done.get("files"), place.channel)

    async def show_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Show a person the app's home."""
        await self._optional("views.publish", self._safe.views_publish, user_id=user, view=dict(view))

    async def tell_only(self, channel: str, user: str, text: str) -> bool:
        """Tell one person in a channel; False where that failed."""
        tell = self._safe.chat_postEphemeral
        return await self._optional("chat.postEphemeral", tell, channel=channel, user=user, text=text)

    async def _in_words_that_fit(
        self, post: SlackPost, send: Callable[[SlackPost], Awaitable[AsyncSlackResponse]]
    ) -> str:
        """Send with blocks; where they are refused, as plain text; where that is too long, as its beginning."""
        for form in (post, slack_plain(post), SlackPost(post.text[:1000])):
            try:
                return str((await send(form))["ts"])
            except SlackApiError as error:
                if trouble(error) is not Trouble.LENGTH:
                    raise
                log.warning("Slack refuses this form of a post (%s); trying a plainer one.", code_of(error))
                refusal = error
        raise refusal

    async def _page(self, place: Place, cursor: str) -> AsyncSlackResponse:
        arguments: dict[str, Any] = {
            "channel": place.channel,
            "include_all_metadata": True,
            "limit": 200,
            "cursor": cursor or None,
        }
        if place.thread_ts:
            return await self._safe.conversations_replies(ts=place.thread_ts, **arguments)
        return await self._safe.conversations_history(**arguments)

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        return str(message.get("user") or "-") == self.me.user or str(message.get("bot_id") or "-") == self.me.bot

    async def _optional(self, method: str, call: Callable[..., Awaitable[object]], **arguments: Any) -> bool:
        """Make a call whose failure loses nothing; a method that this server does not have is not tried again."""
        if method in self._optional_off:
            return False
        try:
            await call(**arguments)
        except SlackApiError as error:
            if code_of(error) in ("unknown_method", "missing_scope", "method_not_supported"):
                self._optional_off.add(method)
                log.info("%s is not available here (%s).", method, code_of(error))
            else:
                log.debug("%s failed: %s", method, code_of(error))
            return False
        except FAILURES as error:
            log.debug("%s failed: %s", method, error)
            return False
        return True

    async def _persistently(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        pauses = iter(_PAUSES)
        while True:
            try:
                return await call()
            except FAILURES as error:
                if trouble(error) is not Trouble.PASSING:
                    raise _refused(error) from error
                pause = next(pauses, _PAUSES[-1])
                log.warning("Slack is not to be reached (%s); trying again in %.0f s.", error, pause)
                await asyncio.sleep(pause)


def _body(place: Place, post: SlackPost, key: str) -> dict[str, Any]:
    """What a post says; an empty list of blocks takes away those that it had."""
    metadata = {"event_type": _MARK, "event_payload": {"key": key}}
    return {"channel": place.channel, "text": post.text, "blocks": list(post.blocks), "metadata": metadata}


def _new(place: Place, post: SlackPost, key: str) -> dict[str, Any]:
    where = {"thread_ts": place.thread_ts} if place.thread_ts else {}
    return _body(place, post, key) | where | {"unfurl_links": False, "unfurl_media": False}


def _refused(error: Exception) -> AdapterError:
    return bot_token_refused(code_of(error) if isinstance(error, SlackApiError) else str(error))


async def _through_passing_trouble(attempt: Callable[[], Awaitable[str]]) -> str:
    for pause in _PAUSES:
        try:
            return await attempt()
        except FAILURES as error:
            if trouble(error) is not Trouble.PASSING:
                raise
            log.info("Slack did not take a post (%s); trying again in %.1f s.", error, pause)
            await asyncio.sleep(pause)
    return await attempt()


def _messages(page: AsyncSlackResponse) -> list[Mapping[str, Any]]:
    messages = page.get("messages")
    return [message for message in messages if isinstance(message, Mapping)] if isinstance(messages, list) else []


def _next(page: AsyncSlackResponse) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "") if page.get("has_more") else ""


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
