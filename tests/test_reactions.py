"""Which emoji vote, and which do not."""

import pytest

from bot.reactions import SEEDED, SEEDED_NAMES, discord_label, slack_label


@pytest.mark.parametrize(
    ("emoji", "label"),
    [
        ("✅", True),
        ("✔️", True),
        ("✔", True),
        ("☑️", True),
        ("👍", True),
        ("👍🏽", True),
        ("❌", False),
        ("✖️", False),
        ("❎", False),
        ("👎🏿", False),
        ("🎉", None),
        ("", None),
        ("white_check_mark", None),
        ("✅✅", None),
    ],
)
def test_a_discord_emoji_votes(emoji: str, label: bool | None) -> None:
    assert discord_label(emoji) is label


def test_a_custom_emoji_never_votes_on_discord() -> None:
    assert discord_label("✅", custom=True) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("white_check_mark", True),
        ("heavy_check_mark", True),
        ("+1", True),
        ("+1::skin-tone-2", True),
        ("thumbsup::skin-tone-6", True),
        (":white_check_mark:", True),
        ("x", False),
        ("-1", False),
        ("-1::skin-tone-4", False),
        ("thumbsdown", False),
        ("negative_squared_cross_mark", False),
        ("tada", None),
        ("", None),
        ("xx", None),
        ("+1::skin-tone-22", None),
    ],
)
def test_a_slack_emoji_votes(name: str, label: bool | None) -> None:
    assert slack_label(name) is label


def test_what_the_bot_seeds_is_yes_and_no() -> None:
    assert [discord_label(emoji) for emoji in SEEDED] == [True, False]
    assert [slack_label(name) for name in SEEDED_NAMES] == [True, False]
