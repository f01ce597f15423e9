"""Finds the unit in which timestamps of 96 bits (INT96) are read exactly.

Spark and Hive wrote them, and write them still. Arrow reads them as nanoseconds in 64 bits, in which a stay that ends on 31 December
9999 ends in 1816, and nobody is told. Microseconds reach every year, and are exact unless a value has a part below them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, fields_of, layout_of
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.columnar.texts import items_of
from ndoo.domain.errors import UnfitData
from ndoo.upholding.column_names import listed

_FARTHEST = (1 << 63) // 1000 - 1
"""Microseconds from 1970 that nanoseconds in 64 bits can count."""


def exact_reader(path: Path, reader: ParquetReader) -> ParquetReader:
    """A reader of the same file to which every timestamp of 96 bits is what it is; `reader` itself where there is none.

    Raises:
        UnfitData: there are both parts of a microsecond and years beyond 1678 to 2261, which no unit of Arrow's holds together.
    """
    names = sorted({leaf.path.partition(".")[0] for leaf in reader.leaves if leaf.physical_type == "INT96"})
    if not names:
        return reader
    coarse = ParquetReader(path, coarse=True)
    with_parts, far = set[str](), set[str]()
    for fine_batch, coarse_batch in zip(reader.batches(names), coarse.batches(names), strict=True):
        for name in names:
            for fine, wide in zip(_counts(fine_batch.column(name)), _counts(coarse_batch.column(name)), strict=True):
                if not pc.all(pc.equal(pc.multiply(wide, 1000), fine), min_count=0).as_py():  # both count round alike
                    with_parts.add(name)
                if pc.any(pc.greater(pc.abs(wide), _FARTHEST)).as_py():
                    far.add(name)
    if with_parts and far:
        raise UnfitData(
            "timestamps-mixed",
            f"Timestamps of 96 bits (INT96) have parts of a microsecond in {listed(sorted(with_parts))}, and years before 1678 or after "
            f"2261 in {listed(sorted(far))}: they cannot be read exactly together. Write them as TIMESTAMP_MICROS.",
        )
    return reader if with_parts else coarse


def _counts(array: Any) -> Iterator[Any]:
    """The timestamps in an array, at any depth, as whole numbers."""
    match layout_of(array.type):
        case Layout.STRUCT:
            for at in range(len(fields_of(array.type))):
                yield from _counts(array.field(at))
        case Layout.LIST | Layout.LIST_VIEW | Layout.FIXED_LIST | Layout.MAP:
            yield from _counts(items_of(array))
        case Layout.FIXED if pa.types.is_timestamp(array.type):
            yield array.drop_null().cast(pa.int64())
