"""What is published of one day? Every cell as it is shown, and what anybody can conclude from that alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ndoo.statistics.cells import Cell

SUPPRESSED = "*"
SMALL = range(1, 8)
STEP = 5
"""NHS Digital's method since September 2018: 1 to 7 are suppressed, below national level the rest is rounded to 5."""
MOST = 10**8
"""More people than there are."""
Interval = tuple[int, int]


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
        if self.value is None:
            return 1, list_size if list_size else MOST
        if self.step == 1 or self.value == 0:
            return self.value, self.value
        return max(SMALL[-1] + 1, self.value - self.step // 2), self.value + self.step // 2


def shown(count: int, step: int) -> Shown:
    """One cell taken alone: small counts suppressed, others rounded to the nearest `step`."""
    if count in SMALL:
        return Shown(None, step)
    return Shown((count + step // 2) // step * step, step)


@dataclass(frozen=True, slots=True)
class Publication:
    """The cells of one day, as they are shown."""

    as_at: date
    cells: Mapping[Cell, Shown]
    list_sizes: Mapping[Cell, int] = field(default_factory=dict)
    name: str = "this publication"

    def interval(self, cell: Cell) -> Interval:
        """What the tables say of one cell; anything where it is not in them."""
        if cell not in self.cells:
            return 0, MOST
        return self.cells[cell].interval(self.list_sizes.get(cell))
