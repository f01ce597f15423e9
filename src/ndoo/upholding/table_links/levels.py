"""What can become of a row, from the best to the worst: a row comes to the worst of what it says itself and of what it leads to."""

from __future__ import annotations

from enum import IntEnum

from ndoo.domain.nhs_number import Undecided
from ndoo.numbers import kernel
from ndoo.numbers.key_kernel import ANCHORED, LEVELS, UNNUMBERED


class Level(IntEnum):
    """Zero stays; the doubts hold a row; the last two remove it. The order among doubts only decides which one is said."""

    STAYS = 0
    MISSING = 1
    TYPE1_UNDECIDED = 2
    NOT_COVERED = 3
    MALFORMED = 4
    CHECK_DIGIT = 5
    PLACEHOLDER = 6
    AMBIGUOUS = 7
    ORPHAN = 8
    UNSEARCHABLE = 9
    MENTIONS = 10
    REMOVED_BY_TYPE1 = 13
    """By a Type 1 opt-out alone."""
    REMOVED = 14


BEST = 15
"""What staying is, where the better of two is wanted: a level is told as `BEST` less itself, so that the greatest is the best."""
AS_GOODNESS = bytes(BEST - (state & LEVELS) for state in range(256))
"""For `bytes.translate`: a row's state as what it is to a row of nobody's to which it leads."""

REASONS: dict[Level, Undecided] = {
    level: Undecided(level.name.lower()) for level in Level if Level.STAYS < level < Level.REMOVED_BY_TYPE1
}
"""The doubts in the contract's words."""

_DOUBTS = {
    kernel.MALFORMED: Level.MALFORMED,
    kernel.CHECK_DIGIT: Level.CHECK_DIGIT,
    kernel.PLACEHOLDER: Level.PLACEHOLDER,
    kernel.NOT_COVERED: ANCHORED | Level.NOT_COVERED,
    kernel.TYPE1_UNDECIDED: ANCHORED | Level.TYPE1_UNDECIDED,
    kernel.AMBIGUOUS: ANCHORED | Level.AMBIGUOUS,
}


def states_of_verdicts(removed: Level, missing: int) -> bytes:
    """A table for `bytes.translate`: the kernel's verdict on one number, as the state of its row.

    Args:
        removed: what it is to be removed here.
        missing: the state of a row whose cell is blank.
    """
    states = bytearray(256)
    states[kernel.KEEP] = ANCHORED | Level.STAYS
    states[kernel.REMOVE] = ANCHORED | removed
    states[kernel.HOLD + kernel.MISSING] = missing
    for why, state in _DOUBTS.items():
        states[kernel.HOLD + why] = state
    return bytes(states)


STATES_OF_MARKS = bytes([Level.STAYS, Level.MENTIONS]) * 128
"""For `bytes.translate`: whether a row mentions somebody, as its state."""
BLANK_NAMES_NOBODY = 0
BLANK_IS_A_DOUBT = int(Level.MISSING)
BLANK_MAY_STAY = UNNUMBERED

VERDICTS = (
    bytes(
        kernel.KEEP if level == Level.STAYS else kernel.REMOVE if level >= Level.REMOVED_BY_TYPE1 else kernel.HOLD
        for level in range(16)
    )
    * 16
)
"""For `bytes.translate`: a row's state as the verdict that datasets understand, whatever its marks."""
