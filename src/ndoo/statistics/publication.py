"""What is published of one day: every cell as it is shown, and what anybody can conclude from that alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ndoo.disclosure.linear_program import MOST, Interval
from ndoo.disclosure.small_counts import SMALL
from ndoo.statistics.cells import DEAD, REG_GEO, TABLES, UNALLOCATED, Cell

SUPPRESSED = "*"
STEP = 5
"""To what all that is shown is rounded."""
METHOD = 2
"""Of November 2026: see `docs/how-to/publish-statistics.md`. Publications of before have none in their record."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell as it stands in the table: `value` is None where it is suppressed; `step` is 1 where it is exact, else 5."""

    value: int | None
    step: int

    @property
    def text(self) -> str:
        return SUPPRESSED if self.value is None else str(self.value)

    def interval(self, list_size: int | None) -> Interval:
        """Which counts can it be? Nobody reads more out of the cell alone.

        Nought is always exact, so what is suppressed is one at least; and no more than the people registered.
        """
        most = MOST if list_size is None else list_size
        if self.value is None:
            return 1, most
        if self.step == 1 or self.value == 0:
            return self.value, self.value
        return max(SMALL[-1] + 1, self.value - self.step // 2), min(most, self.value + self.step // 2)


def shown(count: int, step: int, list_size: int | None = None) -> Shown:
    """One cell taken alone: what would tell of a few people, of those who opted out or of the others, is suppressed.

    Args:
        list_size: so many people are registered. Of fewer than 8 nothing is ever said, not that it is nobody; and a count is not shown
            where the list alone would leave it fewer than five values.
    """
    value = (count + step // 2) // step * step
    if count in SMALL or (
        list_size is not None and (list_size <= SMALL[-1] or _tells_of_the_others(value, step, list_size))
    ):
        return Shown(None, step)
    return Shown(value, step)


def _tells_of_the_others(value: int, step: int, list_size: int) -> bool:
    """Could 1 to 7 people be left who did not opt out, or nobody, or does the list cut off a value that was possible?"""
    return value > 0 and value + step // 2 > list_size - SMALL[-1] - 1


@dataclass(frozen=True, slots=True)
class ShownCells:
    """The cells of one day, as they are shown."""

    as_at: date
    cells: Mapping[Cell, Shown]
    list_sizes: Mapping[Cell, int] = field(default_factory=dict)
    name: str = "this publication"
    method: int | None = None
    """By which it was made; None for tables of others, and of before."""
    codes: frozenset[str] = frozenset()
    """The practices that are named, where the cells do not say it yet."""
    practices: frozenset[str] = field(init=False)
    """The practices that are named: by them a part of another publication is known."""
    withheld: frozenset[str] = field(init=False)
    """The tables that are withheld as a whole, the deceased left aside: every cell of them is a star, which may be nought."""

    def __post_init__(self) -> None:
        told = {cell.table for cell, said in self.cells.items() if said.value is not None and cell != DEAD}
        object.__setattr__(self, "withheld", frozenset(TABLES) - told)
        named = {cell.group for cell in self.cells if cell.table == REG_GEO} - {UNALLOCATED}
        object.__setattr__(self, "practices", self.codes | named)

    def interval(self, cell: Cell) -> Interval:
        """What the tables say of one cell; anything where it is not in them."""
        if cell not in self.cells:
            return 0, MOST
        said, size = self.cells[cell], self.list_sizes.get(cell)
        low, high = said.interval(size)
        if self.method is None:
            return low, said.interval(size if said.value is None and size else None)[1]
        if said.value is None and (
            (cell.table in self.withheld and cell != DEAD) or (size is not None and size <= SMALL[-1])
        ):
            return 0, high
        return low, high
