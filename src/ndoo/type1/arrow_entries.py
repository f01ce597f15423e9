"""Reads coded entries from Parquet: as text, whatever their types, where no digit can have been lost."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import Cells, int64s, library
from ndoo.type1.columns import ColumnPlaces, places
from ndoo.type1.latest_entry import Reckoner


def feed_parquet(path: Path, reckoner: Reckoner) -> None:
    """Send every row of a Parquet file to `reckoner`.

    Raises:
        UnfitData: damaged, without the columns, or with a column of a type in which digits or days may be lost.
    """

    from ndoo.columnar.faults import faults
    from ndoo.columnar.parquet_reader import ParquetReader

    try:
        file = ParquetReader(path)
        schema = file.schema
        found = places(schema.names)
        names = [schema.names[at] for at in found.every]
        if any(schema.names.count(name) > 1 for name in names):
            raise UnfitData(
                "codes-columns",
                "Two columns of the coded entries have the same name, so it is not clear which is meant. Rename one.",
            )
        for batch in file.batches(names):
            with faults():
                feed_arrow(batch.columns, found, reckoner)
    except UnfitData as error:
        raise _damaged() if error.code == "input-damaged" else error from None


def _damaged() -> UnfitData:
    return UnfitData("codes-damaged", "The coded entries are damaged or cut off: they cannot be read.")


def feed_arrow(columns: list[Any], arranged: ColumnPlaces, reckoner: Reckoner) -> None:
    """Send rows to `reckoner`: the Arrow arrays of `arranged.every`, in that order."""
    reckoner.arrange(arranged)
    texts = [_as_text(column) for column in columns]
    cells, alive = [], []
    for text in texts:
        validity, offsets, data = (b.address if b else None for b in text.buffers())
        begin, end = int64s(len(text)), int64s(len(text))
        library.ndoo_arrow_cells(
            offsets, 1, validity, text.offset, len(text), ctypes.addressof(begin), ctypes.addressof(end)
        )
        cells.append(Cells(data, ctypes.addressof(begin), ctypes.addressof(end), 1, 0))
        alive.append((begin, end))
    reckoner.take(cells, len(texts[0]))


def _as_text(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = pa.types
    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_fixed_size_binary(kind):
        return column.cast(pa.large_binary())
    if kinds.is_floating(kind) or kinds.is_decimal(kind):
        return _whole_numbers(column).cast(pa.large_string())
    if kinds.is_timestamp(kind):
        if kind.tz is not None:
            column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, "Europe/London")))
        column = column.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    try:
        return column.cast(pa.large_string())
    except pa.ArrowNotImplementedError:
        raise UnfitData(
            "codes-type",
            "A column of the coded entries is a list, a structure or of another type that is not text. Write one code in a row, as text.",
        ) from None


def _whole_numbers(column: Any) -> Any:
    """Numbers that were stored as fractions and are whole: every digit of them is there. A NaN is a blank."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if pa.types.is_decimal(column.type):
            return column.cast(pa.decimal128(38, 0))
        if pa.types.is_float64(column.type):
            whole = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
            return whole.cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    raise UnfitData(
        "codes-type",
        "A column of the coded entries is stored as decimal fractions: digits may be lost. Store text.",
    )
