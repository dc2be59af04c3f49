"""How Slack's events reach us: a web socket that we keep open, or HTTP requests that Slack signs."""

import asyncio
import logging
import time
from collections.abc import Callable

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.slack.trouble import FAILURES
from bot.slack.web import Web, quiet_logger
from core.errors import AdapterError

EVENTS_PATH = "/slack/events"

_PING_SECONDS = 5.0  # a silent connection is given up after four of them
_WATCH_SECONDS = 0.25
_LONG_SECONDS = 30.0  # Slack delivers again after a minute and after five, and then no more
_CONNECT_SECONDS = 10.0
_PAUSES = (0.25, 1.0, 2.0, 5.0, 10.0)  # between tries to connect

log = logging.getLogger(__name__)


class SocketMode:
    """Keeps one web socket open. The library's own reconnecting uses an address for ever that is good for once."""

    def __init__(self, app: AsyncApp, api: Web, app_token: str, missed: Callable[[float], object]) -> None:
        """`missed` is called after a connection that was lost for long, with the time when it was (since 1970)."""
        self._api = api
        self._missed = missed
        self._app_token = app_token
        self._handler = AsyncSocketModeHandler(
            app,
            app_token,
            logger=quiet_logger("codeact.slack.socket", logging.CRITICAL),
            web_client=api.client(None),
            ping_interval=_PING_SECONDS,
        )
        self._client = self._handler.client
        self._client.proxy = api.proxy
        self._client.default_auto_reconnect_enabled = self._client.auto_reconnect_enabled = False

    async def serve(self) -> None:
        """Listen until cancelled. Raises AdapterError where the app-level token is refused."""
        await self._connect()
        connected = time.time()
        while True:
            if await self._client.is_connected():
                connected = time.time()
            else:
                await self._connect()
                if time.time() - connected > _LONG_SECONDS:
                    self._missed(connected)
            await asyncio.sleep(_WATCH_SECONDS)

    async def close(self) -> None:
        """Take no more events."""
        await self._handler.close_async()

    async def _connect(self) -> None:
        """A new address and a new socket, after as many tries as it takes."""
        tries = 0
        while True:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS), self._client.connect_operation_lock:
                    if not await self._client.is_connected():
                        self._client.wss_uri = await self._api.socket_address(self._app_token)
                        await self._client.connect()
                log.info("Connected to Slack.")
                return
            except FAILURES as error:
                pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
                tries += 1
                log.warning("No connection to Slack (%s); trying again in %.2f s.", error, pause)
                self._client.wss_uri = None  # frees the library where it insists on a used address
                await asyncio.sleep(pause)


class SignedHttp:
    """A web server for Slack's signed requests; Bolt refuses forged and stale ones with 401."""

    def __init__(self, app: AsyncApp, host: str, port: int) -> None:
        self._runner = web.AppRunner(app.web_app(EVENTS_PATH), access_log=None, shutdown_timeout=3)
        self._host = host
        self._port = port

    async def serve(self) -> None:
        """Listen until cancelled. Raises AdapterError where the port cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            raise AdapterError(
                f"The Slack adapter cannot listen on {self._host}:{self._port} ({error.strerror or error}): "
                "choose another CODEACT_SLACK_PORT or stop the other program."
            ) from error
        log.info("Listening for Slack on http://%s:%d%s", self._host, self._port, EVENTS_PATH)
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Take no more requests; those that have begun are answered."""
        await self._runner.cleanup()
