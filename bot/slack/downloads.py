"""Files of a question, brought from Slack to the program's work folder within limits."""

import logging
from collections.abc import Sequence

import aiohttp
from yarl import URL

from bot.defuse import file_name, unused_name
from bot.slack.events import SharedFile
from bot.slack.web import Web
from core.conversation import ProgramFile

FILES = 10  # per question
FILE_BYTES = 8 * 2**20
TOTAL_BYTES = 16 * 2**20
_SECONDS = 60  # for one file

log = logging.getLogger(__name__)


class Downloads:
    """Reads private files with the bot's token, which it shows to Slack alone."""

    def __init__(self, web: Web) -> None:
        self._http = web.http
        self._proxy = web.proxy
        self._headers = {"Authorization": f"Bearer {web.token}"}
        self._server = URL(web.base)

    async def bring(self, files: Sequence[SharedFile]) -> tuple[tuple[ProgramFile, ...], list[str]]:
        """The files that can be had, and the names of those that are too many, too large or not readable."""
        brought: list[ProgramFile] = []
        left_out: list[str] = []
        room = TOTAL_BYTES
        for file in files:
            name = unused_name(file_name(file.name), {other.name for other in brought})
            content = await self._read(file, min(FILE_BYTES, room)) if len(brought) < FILES else None
            if content is None:
                left_out.append(name)
                continue
            room -= len(content)
            brought.append(ProgramFile(name, content))
        return tuple(brought), left_out

    async def _read(self, file: SharedFile, limit: int) -> bytes | None:
        if file.size > limit or not self._is_slacks(file.url):
            return None
        try:
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            # A redirect leads to a log-in page, where the token is not taken.
            async with self._http.get(
                file.url, headers=self._headers, proxy=self._proxy, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    log.info("Slack gives no file %s: status %d", file.id, answer.status)
                    return None
                return await _at_most(answer.content, limit)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.info("The file %s cannot be read: %s", file.id, error)
            return None

    def _is_slacks(self, address: str) -> bool:
        """Whether the token may be shown there: Slack's own hosts, or the server that we talk to."""
        try:
            url = URL(address)
            if url.host == self._server.host and url.port == self._server.port:
                return True
            return url.scheme == "https" and (url.host or "").endswith(".slack.com")
        except ValueError:
            return False


async def _at_most(stream: aiohttp.StreamReader, limit: int) -> bytes | None:
    """All of a stream, or None where it is longer; a stated size can be wrong."""
    content = bytearray()
    async for chunk in stream.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)
