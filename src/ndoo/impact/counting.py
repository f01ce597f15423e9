"""How many people of each combination of groups are in a table? Each person once, by the first row; in bounded memory."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.impact.grouping import Grouping, grouping_for
from ndoo.numbers.column import can_hold_numbers, validate
from ndoo.numbers.kernel import library, uint8s
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columnar import damaged
from ndoo.upholding.delimited import Delimited
from ndoo.upholding.dialect import Reading
from ndoo.upholding.formats import open_dataset
from ndoo.upholding.source import compression_of

MOST_COLUMNS, MOST_GROUPS = 6, 1000
_RADIX = 1024
_BLOCK = 1 << 24


@dataclass(slots=True)
class Groups:
    """The groupings of the columns, once they are known, and a number for every group that was met."""

    columns: Sequence[str]
    on: date
    groupings: list[Grouping] = field(default_factory=list)
    numbered: list[dict[str, int]] = field(default_factory=list)
    _seen: list[dict[str | None, int]] = field(default_factory=list)

    def codes(self, at: int, values: Sequence[str | None]) -> list[int]:
        """The numbers of the groups of some values of column `at`."""
        grouping, numbered, seen = self.groupings[at], self.numbered[at], self._seen[at]
        for value in values:
            if value not in seen:
                seen[value] = numbered.setdefault(grouping.group(value), len(numbered))
        if len(numbered) > MOST_GROUPS:
            raise UnfitData(
                "impact-groups",
                f"The column {grouping.column!r} has more than {MOST_GROUPS} groups. Group its values first, or name another.",
            )
        return [seen[value] for value in values]

    def settle(self, first: Sequence[Sequence[str | None]]) -> None:
        """Decide how each column is grouped, from its first values."""
        self.groupings = [grouping_for(name, values, self.on) for name, values in zip(self.columns, first, strict=True)]
        self.numbered = [{} for _ in self.columns]
        self._seen = [{} for _ in self.columns]


@dataclass(frozen=True, slots=True)
class Counted:
    """People by combination of groups (each a tuple of numbers in `Groups`), and the rows that name nobody."""

    cells: Counter[tuple[int, ...]]
    rows: int
    nobody: int

    @property
    def units(self) -> int:
        return sum(self.cells.values())


def count(path: Path, groups: Groups, nhs_number: str | None) -> Counted:
    """Count one table; by rows where no column of NHS numbers is named.

    Raises:
        UsageFault: a column that is not there, or too many of them.
        UnfitData: the table cannot be read, a column has too many groups, or it names people.
    """
    if not 1 <= len(groups.columns) <= MOST_COLUMNS or len(set(groups.columns)) != len(groups.columns):
        raise UsageFault("impact-columns", f"Name 1 to {MOST_COLUMNS} different columns with --by.")
    if nhs_number in groups.columns:
        raise UsageFault("impact-by-number", "The column of NHS numbers groups nobody. Name another with --by.")
    wanted = [*groups.columns, *([nhs_number] if nhs_number else [])]
    met = NumberSet(crowded=True)
    keys: Counter[int] = Counter()
    rows = nobody = 0
    for batch in _batches(path, wanted):
        columns = [_encoded(batch.column(at)) for at in range(len(groups.columns))]
        if not groups.groupings:
            groups.settle([column.dictionary.to_pylist() for column in columns])
        rows += batch.num_rows
        key: Any = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
        for at, column in enumerate(columns):
            texts = [None if value is None else str(value) for value in column.dictionary.to_pylist()]
            codes = pa.array(groups.codes(at, [*texts, None]), pa.int64())
            places = pc.fill_null(column.indices, len(texts))
            key = pc.add(pc.multiply(key, _RADIX), codes.take(places))
        if nhs_number:
            fresh, without = _first_rows(batch.column(len(groups.columns)), met)
            key, nobody = key.filter(fresh), nobody + without
        for entry in pc.value_counts(key).to_pylist():
            keys[entry["values"]] += entry["counts"]
    return Counted(Counter({_split(key, len(groups.columns)): n for key, n in keys.items()}), rows, nobody)


def _split(key: int, columns: int) -> tuple[int, ...]:
    return tuple(key // _RADIX**at % _RADIX for at in reversed(range(columns)))


def _encoded(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    return column.dictionary_encode()


def _first_rows(column: Any, met: NumberSet) -> tuple[Any, int]:
    """A mask of the rows in which a person comes for the first time, and how many rows name nobody."""
    if not can_hold_numbers(column.type):
        raise UnfitData("impact-numbers", "The column of NHS numbers is not text or whole numbers: digits may be lost.")
    answers = validate(column)
    fresh = uint8s(answers.length)
    library.ndoo_fresh(
        met.address,
        ctypes.addressof(answers.person),
        ctypes.addressof(answers.why),
        answers.length,
        ctypes.addressof(fresh),
    )
    bytes_ = pa.Array.from_buffers(pa.uint8(), answers.length, [None, pa.py_buffer(fresh)])
    return pc.equal(bytes_, 1), answers.length - answers.valid


def _batches(path: Path, wanted: Sequence[str]) -> Iterator[Any]:
    with ThreadPoolExecutor(1) as worker:
        dataset = open_dataset(path, Reading(), worker)
    if missing := [name for name in wanted if name not in dataset.names]:
        raise UsageFault("column-missing", f"There is no column named {missing[0]!r}.")
    try:
        yield from (b.select(list(wanted)) for b in (_of_text(path, dataset, wanted) if isinstance(dataset, Delimited)
                                                     else _of_columns(path, dataset, wanted)))  # fmt: skip
    except (pa.ArrowException, OSError, UnicodeError):
        raise damaged() from None


def _of_text(path: Path, dataset: Delimited, wanted: Sequence[str]) -> Iterator[Any]:
    from pyarrow import csv

    dialect = dataset.dialect
    with pa.input_stream(str(path), compression=compression_of(path)) as stream:
        yield from csv.open_csv(
            stream,
            csv.ReadOptions(
                block_size=_BLOCK, encoding=dialect.encoding, column_names=list(dataset.names), skip_rows=1
            ),
            csv.ParseOptions(
                delimiter=dialect.delimiter, quote_char='"' if dialect.quotes else False, newlines_in_values=dialect.quotes
            ),
            csv.ConvertOptions(include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.string()),
                               strings_can_be_null=False),
        )  # fmt: skip


def _of_columns(path: Path, dataset: Any, wanted: Sequence[str]) -> Iterator[Any]:
    if dataset.format != "parquet":
        yield from dataset.batches()
        return
    import pyarrow.parquet as pq

    yield from pq.ParquetFile(path).iter_batches(1 << 18, columns=list(wanted))
