"""Which emoji mean yes and no, on which platform."""

import re

SEEDED = ("✅", "❌")  # what the bot puts under its own answers on Discord
SEEDED_NAMES = ("white_check_mark", "x")  # the same on Slack

_YES = frozenset({"✅", "✔", "☑", "👍"})
_NO = frozenset({"❌", "✖", "❎", "👎"})
_YES_NAMES = frozenset({"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "+1", "thumbsup"})
_NO_NAMES = frozenset({"x", "heavy_multiplication_x", "negative_squared_cross_mark", "-1", "thumbsdown"})

_DRESS = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")  # text or emoji style, skin tones
_TONE = re.compile(r"::skin-tone-\d$")


def discord_label(emoji: str, *, custom: bool = False) -> bool | None:
    """True for yes, False for no, None for an emoji that is not a vote.

    `emoji` is the Unicode emoji of a reaction event; a server's `custom` emoji never votes, whatever its name is.
    """
    if custom:
        return None
    return _label(_DRESS.sub("", emoji), _YES, _NO)


def slack_label(name: str) -> bool | None:
    """The same for the name in a Slack reaction event, with or without colons, as in `+1::skin-tone-3`."""
    return _label(_TONE.sub("", name.strip(":")), _YES_NAMES, _NO_NAMES)


def _label(emoji: str, yes: frozenset[str], no: frozenset[str]) -> bool | None:
    if emoji in yes:
        return True
    return False if emoji in no else None
