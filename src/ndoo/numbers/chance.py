"""Judges whether there are more valid NHS numbers in a column than chance would put there.

One ten-digit text in eleven passes the check digit by chance, so a column convinces by how many of its ten-digit cells
pass, not by the fact that some do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

CHANCE = 1 / 11
RARE = 1e-6
"""What chance gives less often than that is no accident."""
_MANY = 100
_HINT = re.compile(r"nhs", re.IGNORECASE)


@dataclass(slots=True)
class ColumnEvidence:
    """What was seen in one column: cells of the shape of an NHS number, and those of them that are valid."""

    shaped: int = 0
    valid: int = 0

    def convinces(self, name: str) -> bool:
        """More valid numbers than chance would give. A name that says NHS lowers the bar, but needs a number too."""
        if self.valid == 0:
            return False
        share = self.valid / self.shaped
        if share <= CHANCE:
            return False
        chance = by_chance(self.shaped, self.valid)
        return chance < RARE or (share >= 0.5 and (chance < 1e-3 or bool(_HINT.search(name))))

    def may_be_chance(self) -> bool:
        """So few of the ten-digit cells are valid that chance alone explains them."""
        return self.valid < 2 * CHANCE * self.shaped

    def is_rarer_than(self, chance: float) -> bool:
        """Would chance alone give so many valid ones less often than that?"""
        return self.valid > CHANCE * self.shaped and by_chance(self.shaped, self.valid) < chance

    def is_chance(self) -> bool:
        """Many ten-digit cells, and so few of them valid that they cannot be NHS numbers: some other identifier."""
        return self.shaped >= _MANY and self.may_be_chance()


def told_apart(places: Iterable[int], room: int) -> int:
    """How many different things fell on `room` places, of which `places` says, a bit each, which were hit.

    Where all were hit nobody can tell: then so many that this is no surprise.
    """
    free = room - sum(word.bit_count() for word in places)
    return round(room * math.log(room / free)) if free else round(room * (math.log(room) + 1))


def by_chance(shaped: int, valid: int) -> float:
    """At most how probable it is that so many of `shaped` random ten-digit cells are valid (Chernoff's bound).

    Both are counts, with 0 < valid <= shaped and valid/shaped above 1/11.
    """
    share = valid / shaped
    divergence = share * math.log(share / CHANCE)
    if valid < shaped:
        divergence += (1 - share) * math.log((1 - share) / (1 - CHANCE))
    return math.exp(-shaped * divergence)


def poisson_tail(count: int, expected: float) -> float:
    """How probable it is that chance gives so many or more where it gives `expected` on average.

    Args:
        count: what was met, 0 or more.
        expected: the mean, above 0 unless `count` is 0.
    """
    if count <= expected:
        return 1.0
    term = math.exp(-expected + count * math.log(expected) - math.lgamma(count + 1))
    total, met = term, count
    while term > total * 1e-12:
        met += 1
        term *= expected / met
        total += term
    return min(total, 1.0)
