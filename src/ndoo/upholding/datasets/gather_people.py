"""Gathers everybody whom the columns of a dataset name, in one pass, so that they can be asked about."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable

from ndoo.domain.nhs_number import Undecided
from ndoo.numbers.column import REASONS
from ndoo.numbers.kernel import library
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice, Watch, choose
from ndoo.upholding.datasets.formats import Rows
from ndoo.upholding.decision.row_decision import RowDecision


class Gathering(RowDecision):
    """Decides nothing: takes in everybody whom a row names, in any of its columns of NHS numbers, and counts the cells that
    name nobody."""

    def __init__(self, keys: int, *, crowded: bool = False) -> None:
        super().__init__(OptOuts(), keys, crowded=crowded)
        self.everybody = NumberSet(crowded=crowded)
        self.count = 0
        self.without: Counter[Undecided] = Counter()

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `RowDecision`; every row stays."""
        cells = rows * self._keys
        self.count += int(library.ndoo_add(self.everybody.address, person, why, cells))
        codes = ctypes.string_at(why, cells)
        self.without += Counter({reason: codes.count(code) for code, reason in REASONS.items()})
        super().decide(person, why, rows, verdict)


def people_of(dataset: Rows, choice: ColumnChoice, progress: Callable[[int], object]) -> tuple[NumberSet, int]:
    """The people of a dataset, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `uphold` would of this input.
    """
    watch = Watch(dataset.names)
    dataset.preview(watch)
    columns = choose(watch, choice)
    gathering = Gathering(len(columns.keys), crowded=dataset.crowded)
    dataset.stream(columns, gathering, Watch(dataset.names), None, None, progress)
    return gathering.everybody, gathering.count
