"""What people wrote and clicked while nobody listened, read from Slack's histories.

Slack delivers again for some minutes; what is older has to be fetched. Reading too much is harmless: a question that
was taken before is known by its key, one that was answered has a post of ours after it, and a vote that is counted
twice is one vote.
"""

import logging

from bot.reactions import slack_label
from bot.slack.events import Myself, question_in
from bot.slack.history import History, Message
from bot.slack.intake import Intake
from bot.slack.place import Place, conversation, post_id
from bot.slack.trouble import FAILURES
from bot.slack.web import Web
from core.conversation import Reaction
from core.errors import CodeactError

LOOK_BACK_SECONDS = 24 * 3600.0

_CHANNELS, _THREADS = 200, 300  # looked through at most

log = logging.getLogger(__name__)


class CatchUp:
    """Reads the conversations that the bot is in."""

    def __init__(self, web: Web, history: History, intake: Intake) -> None:
        self._web = web
        self._history = history
        self._intake = intake
        self._threads_left = 0

    async def read(self, since: float) -> None:
        """Take what was missed since a time (seconds since 1970). What Slack does not show is passed over."""
        oldest = f"{since:.6f}"
        self._threads_left = _THREADS
        try:
            channels = [channel async for channel in self._history.channels()]
        except FAILURES as error:
            log.info("Slack does not tell our channels (%s): nothing is read that came before.", error)
            return
        for channel in channels[:_CHANNELS]:
            try:
                await self._read_channel(channel, oldest)
            except FAILURES as error:
                log.info("Channel %s cannot be read: %s", channel.get("id"), error)
            except CodeactError:
                log.exception("What was missed in channel %s cannot be kept", channel.get("id"))

    async def _read_channel(self, channel: Message, oldest: str) -> None:
        name = str(channel.get("id"))
        kind = "im" if channel.get("is_im") else "group" if channel.get("is_private") else "channel"
        roots = [message async for message in self._history.messages(Place(name), oldest)]
        for root in sorted(roots, key=_ts):
            thread = [root]
            if root.get("reply_count") and self._threads_left:
                self._threads_left -= 1
                thread = [message async for message in self._history.messages(Place(name, _ts(root)))]
            await self._take_thread(sorted(thread, key=_ts), name, kind, oldest)

    async def _take_thread(self, thread: list[Message], channel: str, kind: str, oldest: str) -> None:
        answered = max((_ts(message) for message in thread if self._web.is_ours(message)), default="")
        for message in thread:
            if self._web.is_ours(message):
                await self._count(message, channel)
            elif _ts(message) > max(answered, oldest):
                event = {"type": "message"} | dict(message) | {"channel": channel, "channel_type": kind}
                question = question_in(event, self._web.me.team, self._web.me)
                if question is not None and (start := await self._intake.keep(question)):
                    start()

    async def _count(self, post: Message, channel: str) -> None:
        for author, label in votes_on(post, self._web.me).items():
            where = conversation(self._web.me.team, channel)
            await self._intake.rate(Reaction(where, post_id(channel, _ts(post)), author, label), channel)


def votes_on(post: Message, me: Myself) -> dict[str, bool]:
    """How each person's reactions vote; who reacts with both ✅ and ❌ has said nothing that can be told from here."""
    labels: dict[str, set[bool]] = {}
    for reaction in post.get("reactions") or ():
        label = slack_label(str(reaction.get("name")))
        for author in reaction.get("users") or ():
            if label is not None and author != me.user:
                labels.setdefault(str(author), set()).add(label)
    return {author: label for author, (label, *more) in labels.items() if not more}


def _ts(message: Message) -> str:
    return str(message.get("ts") or "")
