"""Parquet and Arrow files: every row of every column, nested ones too, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.columnar.arrow_reader import ArrowFileReader, ArrowStreamReader
from ndoo.columnar.ipc_layout import MAGIC
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.columnar.reader import Reader
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.scanning.examined import Examined
from ndoo.scanning.flat import FlatColumn, flattened
from ndoo.scanning.headings import shown
from ndoo.scanning.survey import TableSurvey
from ndoo.upholding.parquet_and_arrow.labels import refuse_identifying

ROWS_AT_ONCE = 1 << 16
_IDENTIFYING = "The file's own description holds what is a valid NHS number."


class ByName:
    """Surveys for columns that may be longer than the table, because a row can have several values there."""

    def __init__(self) -> None:
        self.rows = TableSurvey([])
        self.lists: dict[str, TableSurvey] = {}

    def take(self, columns: list[FlatColumn], rows: int) -> None:
        """Look at one batch. The columns that have one cell a row are looked at together, the others by themselves."""
        flat = [column for column in columns if column.by_row]
        for column in flat[len(self.rows.names) :]:
            self.rows.add_column(column.name)
        self.rows.take_arrays([column.texts for column in flat], rows)
        for column in columns:
            if not column.by_row:
                survey = self.lists.setdefault(column.name, TableSurvey([column.name]))
                survey.take_arrays([column.texts], len(column.texts))


def read_parquet(path: Path, told: Callable[[int], object]) -> Examined:
    """Read a Parquet file.

    Raises:
        UnfitData: it is damaged or encrypted before its first row.
    """
    reader = ParquetReader(path)
    return _examined(reader, path.stat().st_size, told, reader.rows)


def read_arrow(path: Path, told: Callable[[int], object]) -> Examined:
    """Read an Arrow file or stream. Raises as `read_parquet`."""
    with path.open("rb") as start:
        is_file = start.read(len(MAGIC)) == MAGIC
    reader = ArrowFileReader(path) if is_file else ArrowStreamReader(path)
    examined = _examined(reader, path.stat().st_size, told)
    if not is_file:
        examined.notes.append("An Arrow stream cannot show that it is whole.")
    return examined


def _examined(reader: Reader, size: int, told: Callable[[int], object], expected: int = 0) -> Examined:
    found = ByName()
    found.rows.expect(expected)
    examined = Examined(found.rows, 0)
    try:
        refuse_identifying(reader.schema)
    except UnfitData as error:
        examined.notes.append(error.sentence if error.code == "column-identifies" else _IDENTIFYING)
        examined.besides.append(_described())
    for column, kind in reader.unread:
        examined.whole = False
        examined.notes.append(f"The column {shown(column)!r} is, or holds, a type that is not read: {shown(kind)}.")
    batches = reader.batches()
    try:
        with ThreadPoolExecutor(1) as beside:  # the next batch is decoded while this one is looked at
            coming = beside.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                told(int(size * reader.read_share))
                coming = beside.submit(next, batches, None)
                for first in range(0, batch.num_rows, ROWS_AT_ONCE):
                    part = batch.slice(first, ROWS_AT_ONCE)
                    columns = [
                        entry
                        for name, column in zip(part.schema.names, part.columns, strict=True)
                        for entry in flattened(name, column)
                    ]
                    found.take(columns, part.num_rows)
    except NdooError as error:
        examined.whole = False
        examined.notes.append(f"Not every row could be read. {error.sentence}")
    if not found.rows.names:  # no row group came: the names are known all the same
        for name in reader.schema.names:
            found.rows.add_column(name)
    examined.rows = found.rows.rows
    examined.besides += list(found.lists.values())
    return examined


DESCRIPTION = "(the file's own description)"


def _described() -> TableSurvey:
    """A column for a description that names somebody; what stands in it is not kept."""
    survey = TableSurvey([DESCRIPTION])
    survey.identified = True
    return survey
