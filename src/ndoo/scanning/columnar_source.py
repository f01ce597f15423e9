"""Parquet and Arrow files: every row of every column, nested ones too, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData
from ndoo.scanning.examined import Examined
from ndoo.scanning.flat import flattened
from ndoo.scanning.survey import Survey
from ndoo.upholding.labels import refuse_identifying

ROWS_AT_ONCE = 1 << 16
_IDENTIFYING = ("metadata-identifies", "The file's own description holds what is a valid NHS number.")


class ByName:
    """Surveys for columns that may be longer than the table, because a row can have several values there."""

    def __init__(self) -> None:
        self.rows = Survey([])
        self.lists: dict[str, Survey] = {}

    def take(self, columns: list[tuple[str, Any]], rows: int) -> None:
        """Look at one batch. The columns that have one cell a row are looked at together, the others by themselves."""
        flat = [(name, array) for name, array in columns if "[]" not in name]
        for name, _ in flat[len(self.rows.names) :]:
            self.rows.add_column(name)
        self.rows.take_arrays([array for _, array in flat], rows)
        for name, array in columns:
            if "[]" in name:
                self.lists.setdefault(name, Survey([name])).take_arrays([array], len(array))


def read_parquet(path: Path, told: Callable[[int], object]) -> Examined:
    """Read a Parquet file.

    Raises:
        UnfitData: it is damaged before its first row.
    """
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError, ValueError):
        raise _damaged() from None
    metadata = file.metadata
    size = path.stat().st_size

    def batches() -> Iterator[Any]:
        for group in range(metadata.num_row_groups):
            width = metadata.row_group(group).total_byte_size // max(metadata.row_group(group).num_rows, 1) + 1
            rows = max(1, min(ROWS_AT_ONCE, (1 << 24) // width))
            yield from file.iter_batches(batch_size=rows, row_groups=[group], use_threads=False)
            told(size * (group + 1) // metadata.num_row_groups)

    return _examined(file.schema_arrow, batches(), metadata.num_rows)


def read_arrow(path: Path, told: Callable[[int], object]) -> Examined:
    """Read an Arrow file or stream. Raises as `read_parquet`."""
    try:
        stream = pa.OSFile(str(path))
        with path.open("rb") as start:
            is_file = start.read(6) == b"ARROW1"
        reader = pa.ipc.open_file(stream) if is_file else pa.ipc.open_stream(stream)
    except (pa.ArrowException, OSError, ValueError):
        raise _damaged() from None

    def batches() -> Iterator[Any]:
        if is_file:
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)
        else:
            yield from reader

    examined = _examined(reader.schema, batches())
    if not is_file:
        examined.notes.append("An Arrow stream cannot show that it is whole.")
    return examined


def _examined(schema: Any, batches: Iterator[Any], expected: int = 0) -> Examined:
    found = ByName()
    found.rows.expect(expected)
    examined = Examined(found.rows, 0)
    try:
        refuse_identifying(schema)
    except UnfitData as error:
        examined.notes.append(error.sentence if error.code == "column-identifies" else _IDENTIFYING[1])
        examined.besides.append(_described())
    try:
        with ThreadPoolExecutor(1) as reader:  # the next batch is decoded while this one is looked at
            coming = reader.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = reader.submit(next, batches, None)
                for first in range(0, batch.num_rows, ROWS_AT_ONCE):
                    part = batch.slice(first, ROWS_AT_ONCE)
                    columns = [
                        entry
                        for name, column in zip(part.schema.names, part.columns, strict=True)
                        for entry in flattened(name, column)
                    ]
                    found.take(columns, part.num_rows)
    except (pa.ArrowException, OSError, ValueError):
        examined.whole = False
        examined.notes.append("The file is damaged: not every row could be read.")
    if not found.rows.names:  # no row group came: the names are known all the same
        for name in schema.names:
            found.rows.add_column(name)
    examined.rows = found.rows.rows
    examined.besides += list(found.lists.values())
    return examined


DESCRIPTION = "(the file's own description)"


def _described() -> Survey:
    """A column for a description that names somebody; what stands in it is not kept."""
    survey = Survey([DESCRIPTION])
    survey.identified = True
    return survey


def _damaged() -> UnfitData:
    return UnfitData("scan-damaged", "The file is damaged or cut off: nothing of it can be read.")
