"""How are coded entries read from Parquet? As text, whatever their types, where no digit can have been lost."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import Cells, int64s, library
from ndoo.type1.columns import places
from ndoo.type1.reckoning import Reckoner

_ROWS_AT_ONCE = 1 << 16


def feed_parquet(path: Path, reckoner: Reckoner) -> None:
    """Send every row of a Parquet file to `reckoner`.

    Raises:
        UnfitData: damaged, without the columns, or with a column of a type in which digits or days may be lost.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        found = places(file.schema_arrow.names)
        names = [file.schema_arrow.names[at] for at in found.every]
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names, use_threads=False):
            feed_arrow([batch.column(name) for name in names], reckoner)
    except (pa.ArrowException, OSError):
        raise UnfitData("codes-damaged", "The coded entries are damaged or cut off: they cannot be read.") from None


def feed_arrow(columns: list[Any], reckoner: Reckoner) -> None:
    """Send rows to `reckoner`: Arrow arrays of numbers, codes, days and, where there are any, schemes."""
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

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        raise UnfitData(
            "codes-type",
            "A column of the coded entries is stored as decimal fractions: digits may be lost. Store text.",
        )
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, "Europe/London")))
        column = column.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    return column.cast(pa.large_string())
