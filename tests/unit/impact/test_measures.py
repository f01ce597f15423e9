"""Intervals and differences are those of the papers that they are named after."""

from __future__ import annotations

import pytest

from ndoo.impact.measures import newcombe, quantile, standardised_difference, wilson

Z = quantile(1)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_wilson_s_interval(part: int, whole: int, low: float, high: float) -> None:
    """The examples of Newcombe's first paper (Statistics in Medicine 1998; 17: 857), method 3."""
    assert wilson(part, whole, Z) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_a_difference_has_newcombe_s_interval(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """The examples of his second paper (17: 873), method 10."""
    assert newcombe(one, other, Z) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_intervals_widen_with_the_number_of_groups_compared() -> None:
    assert quantile(1) == pytest.approx(1.959964)
    assert quantile(10) == pytest.approx(2.807034)
    assert quantile(0) == quantile(1)


def test_the_standardised_difference_is_in_standard_deviations_and_0_where_nothing_varies() -> None:
    assert standardised_difference((50, 100), (60, 100)) == pytest.approx(0.1 / 0.245**0.5)
    assert standardised_difference((60, 100), (50, 100)) < 0
    assert standardised_difference((9, 9), (3, 3)) == 0
    assert standardised_difference((0, 9), (0, 0)) == 0


def test_where_there_is_nobody_a_share_may_be_anything() -> None:
    assert wilson(0, 0, Z) == (0.0, 1.0)
