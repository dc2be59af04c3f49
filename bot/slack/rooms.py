"""What we know of Slack's channels and threads: which are private, and in which threads we take part."""

import logging
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from slack_sdk.errors import SlackApiError

from bot.slack.history import History
from bot.slack.place import Place, conversation, place_of
from bot.slack.trouble import Trouble, code_of, trouble
from bot.slack.web import Web
from core.conversation import Channel, IncomingMessage

log = logging.getLogger(__name__)

_KEPT = 10_000  # threads and channels remembered; the least recently used are asked for again

_Key = TypeVar("_Key", bound=Hashable)


class _Answers(Generic[_Key]):
    """Yes or no per key, the latest ones."""

    def __init__(self) -> None:
        self._answers: OrderedDict[_Key, bool] = OrderedDict()

    def get(self, key: _Key) -> bool | None:
        if key in self._answers:
            self._answers.move_to_end(key)
        return self._answers.get(key)

    def keep(self, key: _Key, answer: bool) -> None:
        self._answers[key] = answer
        self._answers.move_to_end(key)
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)

    def yes(self) -> list[_Key]:
        return [key for key, answer in self._answers.items() if answer]


class Rooms:
    """Asks Slack once and remembers the answer."""

    def __init__(self, web: Web, history: History) -> None:
        self._web = web
        self._history = history
        self._private: _Answers[str] = _Answers()
        self._joined: _Answers[Place] = _Answers()

    def learn(self, channel: str, kind: str) -> None:
        """Keep what an event says about its channel (`channel_type`)."""
        if kind:
            self._private.keep(channel, kind != "channel")

    async def is_private(self, channel: str) -> bool:
        """Whether what is said in a channel stays there."""
        known = self._private.get(channel)
        if known is None:
            known = await self._web.is_private(channel)
            self._private.keep(channel, known)
        return known

    def join(self, incoming: IncomingMessage) -> None:
        """We answer in this thread: what follows there is for us."""
        self._joined.keep(place_of(incoming), True)

    async def is_ours(self, incoming: IncomingMessage) -> bool:
        """Whether a reply in a thread is for us: we have spoken there.

        Raises what `bot.slack.trouble.FAILURES` names where Slack cannot tell now.
        """
        place = place_of(incoming)
        known = self._joined.get(place)
        if known is None:
            try:
                known = bool(await self._history.look(place, self._web.is_ours))
            except SlackApiError as error:
                if trouble(error) is Trouble.PASSING:
                    raise
                log.warning("Slack does not show the thread %s (%s): mention me there.", place, code_of(error))
                known = False
            self._joined.keep(place, known)
        return known

    def conversations_in(self, channel: Channel) -> list[Channel]:
        """A channel's own conversation, and those of the threads in it where we took part lately."""
        if ":" in channel.id:
            return [channel]
        threads = [place.thread_ts for place in self._joined.yes() if place.channel == channel.id]
        return [channel, *(conversation(channel.workspace, channel.id, thread) for thread in threads)]
