"""Reads a folder of Parquet as one table. File by file past the kernel, as many of its columns as are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.columnar.sizes import ROWS_AT_ONCE
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.column_names import DeclaredNames
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.parquet_and_arrow.parquet import Parquet
from ndoo.upholding.parquet_and_arrow.parquet_parts import FORMAT, ParquetParts, naming, record_of


class ParquetFolder:
    """As a `formats.Dataset`, but that it is only looked at: others write such folders.

    Args:
        names: its columns, where there is no file to say so.

    `files` are the records of its files by their paths, once it was streamed.
    """

    crowded = True
    format = FORMAT

    def __init__(self, parts: ParquetParts, names: Sequence[str] = ()) -> None:
        self._parts = parts
        self.names = DeclaredNames(parts.names if parts.files else names)
        self.files: dict[str, FileRecord] = {}

    def preview(self, watch: Watch) -> None:
        """Look at the first rows of every column."""
        rows = 0
        for path in self._parts.files:
            if rows >= ROWS_AT_ONCE:
                break
            with naming(self._parts.place, path):
                file = _Some(path, self.names)
                file.preview(watch)
                rows += file.rows

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: None,
        held: None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """Show `deciding` the people of every row; of each file only the columns of `watch`, with the keys among them, are read.

        Args:
            progress: called with the bytes read so far; what it raises ends the reading.

        Raises:
            UnfitData: a file is damaged or changes meanwhile, or a column of NHS numbers has a type that loses digits.
        """
        done = 0
        for path, name in zip(self._parts.files, self._parts.paths, strict=True):
            with naming(self._parts.place, path):
                file = _Some(path, watch.names)
                record = file.stream(columns, deciding, watch, kept, held, _further(progress, done))
            done += record.bytes
            self.files[name] = record
        if not self._parts.unchanged():
            raise changed()
        return record_of(self._parts.place.name, self.files)


class _Some(Parquet):
    """Some columns of a Parquet file, in the order in which they are named."""

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        self._wanted = list(wanted)
        super().__init__(path)

    @property
    def rows(self) -> int:
        return self.reader.rows

    def open(self) -> Any:
        whole = super().open()
        return pa.schema([whole.field(name) for name in self._wanted])

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        return super().batches(columns or self._wanted)


def _further(progress: Callable[[int], object], done: int) -> Callable[[int], object]:
    return lambda read: progress(done + read)
