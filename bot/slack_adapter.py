"""Slack: mentions, direct messages, threads and slash commands in; answers in threads out; reactions are votes."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Literal

from bot.slack.answering import Answering
from bot.slack.catch_up import LOOK_BACK_SECONDS, CatchUp
from bot.slack.connection import SignedHttp, SocketMode
from bot.slack.deleting import Deleting
from bot.slack.downloads import Downloads
from bot.slack.history import History
from bot.slack.intake import Intake
from bot.slack.lanes import Lanes
from bot.slack.limits import Limits
from bot.slack.listeners import Listeners
from bot.slack.rooms import Rooms
from bot.slack.web import Web, base_address, session
from core.errors import AdapterError
from core.service import ChatService

DRAIN_SECONDS = 20.0

log = logging.getLogger(__name__)


async def run(
    service: ChatService,
    *,
    bot_token: str,
    app_token: str = "",
    signing_secret: str = "",
    mode: Literal["socket", "http"] = "socket",
    api_base: str = "",
    host: str = "127.0.0.1",
    port: int = 3000,
    waiting_per_person: int = 50,
    waiting_in_total: int = 5000,
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Answer in one Slack workspace until cancelled; then finish what has begun, for at most `drain_seconds`.

    `socket` mode needs the app-level token, `http` mode the signing secret and a public address that leads to
    `host`:`port`. Questions beyond `waiting_per_person` and `waiting_in_total` are refused with a notice. Passing
    trouble is waited for. Raises AdapterError where a token is missing or refused.
    """
    _require(bot_token, app_token, signing_secret, mode)
    async with session() as http:
        web = Web(http, bot_token, base_address(api_base))
        me = await web.sign_in()
        lanes, history = Lanes(), History(web)
        rooms = Rooms(web, history)
        answering = Answering(service, web, history, rooms, Downloads(web), lanes)
        limits = Limits(waiting_per_person, waiting_in_total)
        intake = Intake(service, web, rooms, lanes, answering, limits)
        app = Listeners(web, intake, answering, Deleting(service, web, history), lanes).app(signing_secret)
        catch_up = CatchUp(web, history, intake)

        reading: list[asyncio.Task[None]] = []

        def read(since: float) -> None:
            reading[:] = [*(task for task in reading if not task.done()), lanes.start(catch_up.read(since))]

        source = SocketMode(app, web, app_token, read) if mode == "socket" else SignedHttp(app, host, port)
        if taken_up := await intake.take_up():
            log.info("Taking up %d questions that were not answered.", taken_up)
        read(time.time() - LOOK_BACK_SECONDS)
        log.info("Signed in to Slack as %s of team %s.", me.user, me.team)
        try:
            await _first(source.serve(), answering.refused)
        finally:
            for task in reading:  # it can be done again at the next start
                task.cancel()
            _, stopped = await asyncio.gather(source.close(), lanes.drain(drain_seconds))
            if stopped:
                log.warning("%d pieces of work were stopped; open questions are taken up at the next start.", stopped)


def _require(bot_token: str, app_token: str, signing_secret: str, mode: str) -> None:
    """Raise AdapterError where a secret is missing."""
    if not bot_token:
        raise AdapterError(
            "SLACK_BOT_TOKEN is missing: copy the Bot User OAuth Token (xoxb-…) of your app from "
            "https://api.slack.com/apps, page OAuth & Permissions."
        )
    if mode == "socket" and not app_token:
        raise AdapterError(
            "SLACK_APP_TOKEN is missing: create an app-level token (xapp-…) with the scope connections:write at "
            "https://api.slack.com/apps, page Basic Information."
        )
    if mode == "http" and not signing_secret:
        raise AdapterError(
            "SLACK_SIGNING_SECRET is missing, and without it anybody could send events: copy the Signing Secret of "
            "your app from https://api.slack.com/apps, page Basic Information."
        )


async def _first(serving: Coroutine[object, object, None], refused: "asyncio.Future[None]") -> None:
    """Serve until cancelled, or until the token is refused."""
    task = asyncio.create_task(serving)
    try:
        done, _ = await asyncio.wait({task, refused}, return_when=asyncio.FIRST_COMPLETED)
        for future in done:
            future.result()
    finally:
        task.cancel()
        refused.cancel()
        await asyncio.gather(task, return_exceptions=True)
