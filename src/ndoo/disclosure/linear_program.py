"""A linear program over whole numbers that add up, in HiGHS: the least and the greatest value that each unknown can have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, inf
from typing import Any

from ndoo.domain.extras import extra_missing

MOST = 10**8
"""More people than there are."""
Interval = tuple[int, int]
_TOLERANCE = 1e-6


class LinearProgram:
    """Unknowns between bounds, and sums that tie them.

    Args:
        what: that which needs the solver, in the plural, as a sentence begins.
    """

    def __init__(self, what: str) -> None:
        self._highs = _solver(what)
        self._solver = self._highs.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._columns = 0
        self._met: dict[int, tuple[float, float]] = {}

    def add(self, low: int, high: int) -> int:
        """A new unknown between two bounds."""
        self._solver.addVar(low, high)
        self._columns += 1
        return self._columns - 1

    def add_up(self, whole: int, parts: Sequence[int], *, complete: bool = True) -> None:
        """The whole is its parts together; where they are not complete, it is no less."""
        upper = 0.0 if complete else inf
        self._solver.addRow(0.0, upper, len(parts) + 1, [whole, *parts], [1.0, *[-1.0] * len(parts)])

    def watch(self, columns: Sequence[int]) -> None:
        """From now on, keep in mind between which values these unknowns were met, in answers to whatever was asked."""
        self._met = dict.fromkeys(columns, (inf, -inf))

    def met(self, column: int) -> Interval:
        """Between which values an unknown that is watched was met: it can have both, and perhaps more. Empty before anything was asked."""
        low, high = self._met[column]
        return (ceil(low - _TOLERANCE), floor(high + _TOLERANCE)) if low <= high else (0, -1)

    def possible(self) -> bool:
        """Are there values at all that fit?"""
        self._solver.run()
        return bool(self._solver.getModelStatus() == self._highs.HighsModelStatus.kOptimal)

    def bounds(self, column: int) -> Interval:
        """The least and the greatest value of one unknown."""
        low, high = (self._best(column, sense) for sense in ("kMinimize", "kMaximize"))
        return ceil(low - _TOLERANCE), floor(high + _TOLERANCE)

    def _best(self, column: int, sense: str) -> float:
        self._solver.changeColCost(column, 1.0)
        self._solver.changeObjectiveSense(getattr(self._highs.ObjSense, sense))
        self._solver.run()
        best = self._solver.getInfo().objective_function_value
        self._look()
        self._solver.changeColCost(column, 0.0)
        return float(best)

    def _look(self) -> None:
        if self._met:
            values = self._solver.getSolution().col_value
            self._met = {at: (min(low, values[at]), max(high, values[at])) for at, (low, high) in self._met.items()}


@cache
def _solver(what: str) -> Any:
    try:
        import highspy
    except ImportError:
        raise extra_missing(what, "statistics") from None
    return highspy
