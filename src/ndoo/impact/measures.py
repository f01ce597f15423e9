"""How much was lost, how sure that is, and whether it changed what the cohort looks like.

Shares have Wilson's interval, differences between two shares Newcombe's (method 10, Statistics in Medicine 1998); the
standardised difference is Austin's for proportions (Statistics in Medicine 2009): 0.1 and more is taken as notable.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

NOTABLE = 0.1


def quantile(comparisons: int, level: float = 0.95) -> float:
    """How many standard errors wide an interval is, so that all of `comparisons` hold together at `level` (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - level) / (2 * max(comparisons, 1)))


def wilson(part: int, whole: int, z: float) -> tuple[float, float]:
    """The interval of a share; all of 0 to 1 where there is nobody."""
    if whole == 0:
        return 0.0, 1.0
    p = part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(one: tuple[int, int], other: tuple[int, int], z: float) -> tuple[float, float]:
    """The interval of the first share less the second; each is a part and its whole."""
    (p1, (low1, high1)), (p2, (low2, high2)) = ((_share(*pair), wilson(*pair, z)) for pair in (one, other))
    difference = p1 - p2
    below = sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    above = sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return difference - below, difference + above


def standardised_difference(before: tuple[int, int], after: tuple[int, int]) -> float:
    """By how many standard deviations a group's share of the cohort moved; above 0 where it grew."""
    p, q = _share(*before), _share(*after)
    spread = sqrt((p * (1 - p) + q * (1 - q)) / 2)
    return (q - p) / spread if spread else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
