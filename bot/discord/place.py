"""Where an answer is shown: one post that is opened as a placeholder, changed, and finished."""

import logging
from typing import Any, Protocol

import discord

from bot.discord.posts import nonce, seed, written
from bot.discord.trying import TRIES, is_passing, optionally, patiently
from bot.render import DiscordPost

log = logging.getLogger(__name__)

_LOOKED_THROUGH = 50  # messages after a question in which an earlier answer to it is looked for

_FINAL_TRIES = 40  # ten minutes: an answer is worth waiting for


class Place(Protocol):
    """One post of ours."""

    async def open(self, text: str) -> None:
        """Show the placeholder."""

    async def show(self, text: str) -> None:
        """Change the placeholder; a failure is of no consequence."""

    async def type(self) -> None:
        """Show that somebody writes here; a failure is of no consequence."""

    async def finish(self, post: DiscordPost) -> str:
        """Put the answer in the placeholder's place, or post it where there is none; the id of the post."""

    async def seed(self) -> None:
        """Put ✅ and ❌ under the answer, to be clicked."""


class MessagePlace:
    """A message in a channel, as a reply to the question.

    `nonce` makes posting idempotent: Discord gives back the message it has instead of making a second one, for some
    minutes. A reply that was posted before that, in an earlier life of this process (`taken_up`) or by a request whose
    response was lost, is found by its reference to the question. A second answer to the same question (`again`) is not
    looked for.
    """

    def __init__(
        self,
        client: discord.Client,
        channel_id: int,
        question_id: int | None,
        nonce: str,
        *,
        taken_up: bool = False,
        again: bool = False,
    ) -> None:
        self._client = client
        self._http = client.http
        self._channel_id = channel_id
        self._question_id = question_id
        self._nonce = nonce
        self._may_be_there = taken_up
        self._again = again
        self._message_id: int | None = None

    async def open(self, text: str) -> None:
        """Post the placeholder."""
        self._message_id, _ = await self._post(DiscordPost(text))

    async def show(self, text: str) -> None:
        """Change the placeholder, where there is one."""
        if self._message_id is not None:
            await optionally(self._edit(self._message_id, DiscordPost(text)))

    async def type(self) -> None:
        """Discord shows it for ten seconds."""
        await optionally(self._http.send_typing(self._channel_id))

    async def finish(self, post: DiscordPost) -> str:
        """Edit the placeholder, else post the answer."""
        versions = [post]
        if post.files:
            versions.append(DiscordPost(post.text, turn_id=post.turn_id))
        if post.turn_id:
            versions.append(DiscordPost(post.text))
        for version in versions[:-1]:
            try:
                return await self._finish(version)
            except discord.HTTPException as error:
                if error.status not in (400, 403, 413):
                    raise
                log.warning("Discord refuses an answer; it is posted with less: %s", error)
        return await self._finish(versions[-1])

    async def seed(self) -> None:
        """Add the two reactions of a vote."""
        if self._message_id is not None:
            await seed(self._http, self._channel_id, self._message_id)

    async def _finish(self, post: DiscordPost) -> str:
        if self._message_id is not None:
            try:
                await patiently(lambda: self._edit(self._message_id or 0, post), tries=_FINAL_TRIES)
                return str(self._message_id)
            except discord.NotFound:  # somebody deleted the placeholder, but the question was asked
                self._message_id = None
                self._nonce = nonce(f"{self._nonce} again")
        self._message_id, content = await self._post(post, tries=_FINAL_TRIES)
        if content != post.text:  # it is an earlier message
            await patiently(lambda: self._edit(self._message_id or 0, post))
        return str(self._message_id)

    async def _post(self, post: DiscordPost, *, tries: int = TRIES) -> tuple[int, str]:
        """The message's id and content; the content is another one where the message was there already."""
        reference: Any = discord.utils.MISSING
        if self._question_id is not None:
            reference = {
                "message_id": self._question_id,
                "channel_id": self._channel_id,
                "fail_if_not_exists": False,  # the question may be deleted by now
            }

        async def send() -> tuple[int, str]:
            if self._may_be_there and (found := await self._posted_earlier()) is not None:
                return found, ""
            self._may_be_there = True  # if the response is lost
            with written(post, nonce=self._nonce, message_reference=reference, mention_author=False) as params:
                message: Any = await self._http.send_message(self._channel_id, params=params)
            return int(message["id"]), str(message.get("content", post.text))

        return await patiently(send, tries=tries)

    async def _edit(self, message_id: int, post: DiscordPost) -> None:
        with written(post) as params:
            await self._http.edit_message(self._channel_id, message_id, params=params)

    async def _posted_earlier(self) -> int | None:
        """Our reply to the question, if there is one."""
        question_id, me = self._question_id, self._client.user
        if question_id is None or me is None or self._again:
            return None
        try:
            messages: Any = await self._http.logs_from(self._channel_id, _LOOKED_THROUGH, after=question_id)
        except discord.HTTPException as error:
            if is_passing(error):
                raise
            return None  # we may not read here
        for message in messages:
            answered = (message.get("message_reference") or {}).get("message_id")
            if str(answered) == str(question_id) and str(message["author"]["id"]) == str(me.id):
                return int(message["id"])
        return None
