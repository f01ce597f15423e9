"""Counts the people of each combination of groups in a table. Each person once, by the first row; in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.domain.errors import NotPermitted, UnfitData, UsageFault
from ndoo.impact.cells import BITS, CombinationCounts
from ndoo.impact.few_people import FewPeople
from ndoo.impact.groups import Grouping, grouping_for
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.set_lookup import among, fresh
from ndoo.upholding.datasets.some_columns import some_columns

MOST_COLUMNS, MOST_GROUPS = 6, 1000


@dataclass(slots=True)
class Groups:
    """The groupings of the columns, once they are known, and a number for every group that was met."""

    by: Sequence[str]
    on: date
    earlier: Sequence[Grouping] = ()
    """Columns that another report showed, as they were grouped there."""
    groupings: list[Grouping] = field(default_factory=list)
    numbered: list[dict[str, int]] = field(default_factory=list)
    _known: list[tuple[Any, Any]] = field(default_factory=list)
    """Of each column, the values met so far and the numbers of their groups, as Arrow arrays."""

    @property
    def columns(self) -> list[str]:
        """Every column that is counted, those of this report first."""
        return [*self.by, *(grouping.column for grouping in self.earlier)]

    def settle(self, first: Sequence[Any]) -> None:
        """Decide how each column is grouped, from its first values."""
        self.groupings = [
            *(grouping_for(name, values.to_pylist(), self.on) for name, values in zip(self.by, first, strict=False)),
            *self.earlier,
        ]
        self.numbered = [{} for _ in self.columns]
        self._known = [(pa.array([], pa.string()), pa.array([], pa.int64())) for _ in self.columns]

    def codes(self, at: int, values: Any) -> Any:
        """The numbers of the groups of some values of column `at`: an Arrow array of text in, one of integers out."""
        known, numbers = self._known[at]
        unmet = values.filter(pc.invert(pc.is_in(values, value_set=known)))
        if len(unmet):
            numbers = pa.concat_arrays([numbers, pa.array([self.code(at, v) for v in unmet.to_pylist()], pa.int64())])
            known = pa.concat_arrays([known, unmet])
            self._known[at] = known, numbers
        return numbers.take(pc.index_in(values, value_set=known))

    def code(self, at: int, value: str | None) -> int:
        """The number of one value's group.

        Raises:
            UnfitData: there are too many groups, or the value names a person.
        """
        grouping, numbered = self.groupings[at], self.numbered[at]
        number = numbered.setdefault(grouping.group(value), len(numbered))
        if number >= MOST_GROUPS:
            raise UnfitData(
                "impact-groups",
                f"The column {grouping.column!r} has more than {MOST_GROUPS} groups. Group its values first, or name another.",
            )
        return number


def people_in(path: Path, nhs_number: str, progress: Callable[[int], object]) -> tuple[NumberSet, int]:
    """The people of a table, and how many they are. Raises as `count` does, which says what `progress` is told."""
    met, many = NumberSet(crowded=True), 0
    for batch in some_columns(path, [nhs_number], progress):
        many += fresh(batch.column(0), met).true_count
    return met, many


@dataclass(frozen=True, slots=True)
class CountedGroups:
    """A table by combinations of groups.

    Args:
        staying: of those counted, who is in the table after; where rows are counted, nobody.
        few: the people behind rows; None where people are counted, or nobody asked.
    """

    every: CombinationCounts
    staying: CombinationCounts
    few: FewPeople | None = None


def count(
    path: Path,
    groups: Groups,
    nhs_number: str | None,
    stay: NumberSet | None,
    progress: Callable[[int], object],
    *,
    rows: bool = False,
) -> CountedGroups:
    """Count the people of one table, and again those of them who `stay`.

    A person stands in the groups of their first row; a row that names nobody is no person.

    Args:
        progress: told how many bytes of the table were read.
        rows: count rows, and beside them a few of the people behind them, where `nhs_number` names those.

    Raises:
        UsageFault: a column that is not there, or too many of them.
        UnfitData: the table cannot be read, a column has too many groups, or it names people.
    """
    if not 1 <= len(groups.by) <= MOST_COLUMNS or len(set(groups.by)) != len(groups.by):
        raise UsageFault("impact-columns", f"Name 1 to {MOST_COLUMNS} different columns with --by.")
    if len(groups.columns) > MOST_COLUMNS:
        named = ", ".join(sorted({repr(grouping.column) for grouping in groups.earlier}))
        raise NotPermitted(
            "impact-earlier",
            f"With earlier reports on this cohort, these are more than {MOST_COLUMNS} columns, and it cannot be worked out what they give away together. Use columns that were shown already: {named}.",
        )
    if nhs_number in groups.by:
        raise UsageFault(
            "impact-by-number",
            "--by cannot group by the column of NHS numbers: every group would be one person. Give another column.",
        )
    wanted = list(dict.fromkeys([*groups.columns, *([nhs_number] if nhs_number else [])]))
    met = NumberSet(crowded=True)
    every, staying = CombinationCounts(len(groups.columns)), CombinationCounts(len(groups.columns))
    few = FewPeople() if rows and nhs_number else None
    for batch in some_columns(path, wanted, progress):
        columns = [_encoded(batch.column(wanted.index(name))) for name in groups.columns]
        if not groups.groupings:
            groups.settle([column.dictionary for column in columns])
        key: Any = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
        codes = [_codes(groups, at, column) for at, column in enumerate(columns)]
        for one in codes:
            key = pc.bit_wise_or(pc.shift_left(key, pa.scalar(BITS, pa.int64())), one)
        if nhs_number and stay is not None:
            number = batch.column(wanted.index(nhs_number))
            stays = among(number, stay)
            if few:
                few.add(codes, number, stays)
            else:
                first = fresh(number, met)
                staying.add(key.filter(pc.and_(first, stays)))
                key = key.filter(first)
        every.add(key)
    return CountedGroups(every, staying, few)


def _codes(groups: Groups, at: int, column: Any) -> Any:
    codes = groups.codes(at, column.dictionary).take(column.indices)
    return pc.fill_null(codes, groups.code(at, None)) if codes.null_count else codes


def _encoded(column: Any) -> Any:
    """Dictionary-encoded, its values as text."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    column = column.dictionary_encode()
    return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.cast(pa.string()))
