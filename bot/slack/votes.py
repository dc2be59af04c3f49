"""Reactions to votes: the last word of each person counts, however late or often its event arrives."""

import time
from collections import OrderedDict

from bot.reactions import slack_label
from bot.slack.events import Vote
from bot.slack.web import Web

_KEPT = 20_000  # votes whose last event is remembered
_FRESH_SECONDS = 10  # an event older than this was delivered again and may be overtaken

_Place = tuple[str, str, str]  # channel, post, person


class Votes:
    """Decides what a reaction event means for the vote of its person."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._seen: OrderedDict[_Place, tuple[float, bool | None]] = OrderedDict()

    async def label(self, vote: Vote) -> tuple[bool, bool | None]:
        """Whether the event changes anything, and the vote it comes to (None: withdrawn).

        Putting on an emoji is that vote. After taking one off, what the person still has there counts: Slack is
        asked, because another emoji of the same meaning, or the opposite one, may have stayed.
        """
        place = (vote.channel, vote.ts, vote.author)
        last_seconds, last_label = self._seen.get(place, (0.0, None))
        if vote.seconds and vote.seconds < last_seconds:
            return False, last_label
        label = await self._added(vote) if vote.added else await self._removed(vote, place)
        self._keep(place, max(vote.seconds, last_seconds), label)
        return True, label

    async def _added(self, vote: Vote) -> bool | None:
        if abs(time.time() - vote.seconds) <= _FRESH_SECONDS:
            return vote.label
        now = await self._labels_now(vote)
        return vote.label if now is None or vote.label in now else next(iter(now), None)

    async def _removed(self, vote: Vote, place: _Place) -> bool | None:
        now = await self._labels_now(vote)
        last = self._seen.get(place, (0.0, None))[1]
        if now is None:  # only our own memory can tell
            return None if last in (None, vote.label) else last
        return last if last in now else next(iter(now), None)

    async def _labels_now(self, vote: Vote) -> set[bool] | None:
        names = await self._web.reactions_of(vote.channel, vote.ts, vote.author)
        if names is None:
            return None
        return {label for name in names if (label := slack_label(name)) is not None}

    def _keep(self, place: _Place, seconds: float, label: bool | None) -> None:
        self._seen[place] = (seconds, label)
        self._seen.move_to_end(place)
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
