"""Wilson's interval, against values computed by hand and against its own definition."""

import math

import pytest

from training.evaluation.interval import Z95, wilson


@pytest.mark.parametrize(
    ("right", "of", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (0, 0, 0.0, 1.0)]
)
def test_it_gives_the_known_values(right: int, of: int, low: float, high: float) -> None:
    assert wilson(right, of) == pytest.approx((low, high), abs=0.0006)


@pytest.mark.parametrize(("right", "of"), [(1, 3), (37, 120), (219, 220), (110, 220)])
def test_its_ends_are_the_shares_that_the_data_just_do_not_exclude(right: int, of: int) -> None:
    for end in wilson(right, of):
        distance = abs(right / of - end) / math.sqrt(end * (1 - end) / of)
        assert distance == pytest.approx(Z95, rel=1e-6)


def test_more_right_than_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)
