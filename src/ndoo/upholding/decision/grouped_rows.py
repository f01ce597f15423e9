"""Notices rows that are grouped as in a report: a number stands on the first of a person's rows, and the others are blank below it."""

from __future__ import annotations

import ctypes

from ndoo.numbers.kernel import KEEP, MISSING

_FEWEST = 3
"""Two such rows may be chance in any table."""
_IS_MISSING = bytes(code == MISSING for code in range(256))
_STAYS = bytes(code == KEEP for code in range(256))


class GroupedRows:
    """Counts the rows that have a row without a number, which would stay, directly below. Rows that were decided on at once are looked
    at together: a few pairs where one lot ends and the next begins are not seen."""

    def __init__(self) -> None:
        self._others = self._with_one_below = 0

    @property
    def are_grouped(self) -> bool:
        """Is it so of more than half of the others?"""
        return self._with_one_below >= _FEWEST and 2 * self._with_one_below > self._others

    def take(self, why: int, keys: int, rows: int, verdict: int) -> None:
        """Take in rows in their order: the addresses of what each of `keys` cells is, the person's own first, and of the verdicts."""
        missing = ctypes.string_at(why, rows * keys)[::keys].translate(_IS_MISSING)
        staying = ctypes.string_at(verdict, rows).translate(_STAYS)
        without = (int.from_bytes(missing) & int.from_bytes(staying)).to_bytes(rows)
        self._others += without.count(0)
        self._with_one_below += without.count(b"\0\1")

    def join(self, other: GroupedRows) -> None:
        """Take in the counts of another."""
        self._others += other._others
        self._with_one_below += other._with_one_below
