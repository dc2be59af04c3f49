"""Slack's Web API as we use it: who we are, what Slack knows, and calls that may fail without loss."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.slack.events import Myself
from bot.slack.place import Place
from bot.slack.scopes import SCOPES
from bot.slack.trouble import FAILURES, Trouble, app_token_refused, bot_token_refused, code_of, missing, trouble

SLACK_API = "https://slack.com/api/"
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)  # seconds between tries of what must not be lost

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)

_Result = TypeVar("_Result")
log = logging.getLogger(__name__)


def session() -> aiohttp.ClientSession:
    """The one HTTP session of the adapter."""
    return aiohttp.ClientSession(timeout=_TIMEOUT)


def base_address(given: str) -> str:
    """Where the methods are: Slack's own address, or that of another server, whose `/api/` may be left out."""
    if not given:
        return SLACK_API
    return f"{given.rstrip('/')}/" if URL(given).path.strip("/") else f"{given.rstrip('/')}/api/"


def quiet_logger(name: str, level: int = logging.WARNING) -> logging.Logger:
    """A logger with a level of its own; Slack's libraries build debug texts for loggers without one."""
    logger = logging.getLogger(name)
    logger.setLevel(max(level, logging.getLogger().getEffectiveLevel()))
    return logger


class Web:
    """The bot's side of the Web API, over one HTTP session."""

    def __init__(self, http: aiohttp.ClientSession, token: str, api_base: str = SLACK_API) -> None:
        self.http = http
        self.token = token
        self.base = api_base
        self.proxy = _proxy(api_base)
        self.me = Myself("", "", "")
        rate_limit = AsyncRateLimitErrorRetryHandler(max_retry_count=5)
        # For what can be repeated without harm, and for what cannot.
        self.safe = self.client(token, rate_limit, AsyncConnectionErrorRetryHandler(3), AsyncServerErrorRetryHandler(2))
        self.once = self.client(token, rate_limit)
        self._not_here: set[str] = set()

    def client(self, token: str | None, *retry_handlers: Any) -> AsyncWebClient:
        """A client of this server over our session."""
        client = AsyncWebClient(
            token,
            base_url=self.base,
            session=self.http,
            logger=quiet_logger("codeact.slack.web"),
            retry_handlers=list(retry_handlers),
        )
        client.proxy = self.proxy  # the library's own reading of the environment does not know NO_PROXY
        return client

    async def sign_in(self) -> Myself:
        """Ask Slack who we are, for as long as it takes. Raises AdapterError where the token is refused."""
        answer = await _persistently(self.safe.auth_test)
        user, bot, team = (str(answer.get(name) or "") for name in ("user_id", "bot_id", "team_id"))
        granted = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
        if any(granted) and (lacking := SCOPES.keys() - set(granted)):
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

    def is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether we wrote a message."""
        return str(message.get("user") or "-") == self.me.user or str(message.get("bot_id") or "-") == self.me.bot

    async def is_private(self, channel: str) -> bool:
        """Whether only its members see a channel; True also where Slack does not say."""
        try:
            answer = await self.safe.conversations_info(channel=channel)
        except FAILURES as error:
            log.info("Slack does not describe channel %s, taken for a private one: %s", channel, error)
            return True
        about = answer.get("channel")
        return not isinstance(about, Mapping) or any(about.get(name) for name in ("is_private", "is_im", "is_mpim"))

    async def reactions_of(self, channel: str, ts: str, author: str) -> list[str] | None:
        """The emoji names that a person has on a message now; None where Slack does not say."""
        try:
            answer = await self.safe.reactions_get(channel=channel, timestamp=ts, full=True)
        except FAILURES as error:
            log.info("Slack does not tell the reactions of %s: %s", ts, error)
            return None
        reactions = (answer.get("message") or {}).get("reactions") or []
        return [str(reaction.get("name")) for reaction in reactions if author in (reaction.get("users") or ())]

    async def react(self, channel: str, ts: str, *names: str) -> None:
        """Put emoji on a message, in this order; it does not matter if that fails."""
        for name in names:
            await self._optional("reactions.add", self.safe.reactions_add, channel=channel, timestamp=ts, name=name)

    async def unreact(self, channel: str, ts: str, name: str) -> None:
        """Take our emoji off a message; it does not matter if that fails."""
        await self._optional("reactions.remove", self.safe.reactions_remove, channel=channel, timestamp=ts, name=name)

    async def status(self, place: Place, text: str) -> bool:
        """Show under a thread what we do ("is thinking…"); False where this server does not know such a thing."""
        show = self.once.assistant_threads_setStatus
        method = "assistant.threads.setStatus"
        return await self._optional(method, show, channel_id=place.channel, thread_ts=place.thread_ts, status=text)

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a post of ours; it does not matter if that fails."""
        await self._optional("chat.delete", self.safe.chat_delete, channel=channel, ts=ts)

    async def is_admin(self, user: str) -> bool:
        """Whether a person manages this workspace; False where Slack does not say."""
        try:
            about = (await self.safe.users_info(user=user)).get("user")
        except FAILURES as error:
            log.info("Slack does not describe a person: %s", error)
            return False
        return isinstance(about, Mapping) and any(about.get(name) is True for name in ("is_admin", "is_owner"))

    async def tell_only(self, place: Place, user: str, text: str) -> None:
        """Tell one person something in a thread; it does not matter if that fails."""
        tell, thread = self.safe.chat_postEphemeral, place.thread_ts or None
        await self._optional("chat.postEphemeral", tell, channel=place.channel, user=user, text=text, thread_ts=thread)

    async def show_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Show a person the app's home."""
        await self._optional("views.publish", self.safe.views_publish, user_id=user, view=dict(view))

    async def respond(self, address: str, text: str) -> None:
        """Answer a slash command so that only its person sees it; it does not matter if that fails."""
        try:
            body = {"text": text, "response_type": "ephemeral"}
            async with self.http.post(address, json=body, proxy=_proxy(address)) as answer:
                answer.raise_for_status()
        except (*FAILURES, ValueError) as error:
            log.info("An answer to a slash command did not arrive: %s", error)

    async def _optional(self, method: str, call: Callable[..., Awaitable[object]], **arguments: Any) -> bool:
        """Make a call whose failure loses nothing; a method that this server does not have is not tried again."""
        if method in self._not_here:
            return False
        try:
            await call(**arguments)
        except SlackApiError as error:
            if code_of(error) in ("unknown_method", "missing_scope", "method_not_supported"):
                self._not_here.add(method)
                log.info("%s is not available here (%s).", method, code_of(error))
            else:
                log.debug("%s failed: %s", method, code_of(error))
            return False
        except FAILURES as error:
            log.debug("%s failed: %s", method, error)
            return False
        return True


async def _persistently(call: Callable[[], Awaitable[_Result]]) -> _Result:
    pauses = iter(PAUSES)
    while True:
        try:
            return await call()
        except FAILURES as error:
            if trouble(error) is not Trouble.PASSING:
                raise bot_token_refused(code_of(error) if isinstance(error, SlackApiError) else str(error)) from error
            pause = next(pauses, PAUSES[-1])
            log.warning("Slack is not to be reached (%s); trying again in %.1f s.", error, pause)
            await asyncio.sleep(pause)


def _proxy(address: str) -> str | None:
    """The proxy that the environment names for an address, and none where NO_PROXY or this machine is meant."""
    url = URL(address)
    host = url.host or ""
    if host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return getproxies().get(url.scheme)
