"""One version of a Delta table as a dataset of rows and columns, and the Parquet files of the table that is released from it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ndoo.columnar.shown_rows import ShownRows
from ndoo.evidence.release import OF_DELTA
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.delta.log import TableIdentity, log_of, record_of_log
from ndoo.upholding.delta.schema import schema_text
from ndoo.upholding.delta.snapshot import Snapshot
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.parquet_and_arrow.columnar import ColumnarRows, TakesRows
from ndoo.upholding.parquet_and_arrow.parquet import ParquetSink
from ndoo.upholding.parquet_and_arrow.parquet_parts import record_of
from ndoo.upholding.publication.folder_publication import FolderDraft

FORMAT = "delta table"
_ROWS_A_FILE = 1 << 23


class DeltaTable(ColumnarRows):
    """See `formats.Rows`; what it releases goes into a `TableDraft`.

    Args:
        version: None for the newest.

    Raises:
        UsageFault, UnfitData: see `Snapshot`; a column's type or name cannot be released.
    """

    format = FORMAT
    suffixes: tuple[str, ...] = ()
    reader: Snapshot

    def __init__(self, path: Path, version: int | None) -> None:
        self._version = version
        super().__init__(path)
        self.size = self.reader.size
        schema_text(self.schema)  # every type of it can be written

    def open(self) -> Any:
        """See `ColumnarRows`."""
        self.reader = Snapshot(self._path, self._version)
        return self.reader.schema

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: TakesRows | None,
        held: TakesRows | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """See `formats.Rows`; the digest is that of every file of this version, with those of its log."""
        with ThreadPoolExecutor(1) as reader:
            files = reader.submit(self.reader.records)
            read = self.decide_rows(columns, deciding, watch, kept, held, progress)
            whole = record_of(self._path.name, files.result(), FORMAT)
        if not self.reader.is_unchanged():
            raise changed()
        return FileRecord(whole.name, whole.sha256, whole.bytes, FORMAT, read)


class TableDraft:
    """Takes the rows of a new Delta table into files of Parquet; use as a context manager, and `finish` it.

    Args:
        written: which table it is to be.
    """

    def __init__(self, draft: FolderDraft, schema: Any, written: TableIdentity) -> None:
        self._draft, self._schema, self._written = draft, schema, written
        self._files: dict[str, FileRecord] = {}
        self._sink: ParquetSink | None = None
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink:
            self._sink.__exit__()

    def write(self, rows: ShownRows) -> None:
        """Take some rows, or none."""
        self._open_file().write(rows)
        self._rows += rows.batch.num_rows
        if self._rows >= _ROWS_A_FILE:
            self._end_file()

    def finish(self) -> dict[str, FileRecord]:
        """End it with its log; each file by its path in the folder, in the order of the paths."""
        if self._sink or not self._files:  # a table of no rows has a file, which says what its columns are
            self._end_file()
        log = log_of(self._written, self._schema, self._files)
        self._draft.put(OF_DELTA, log)
        return {OF_DELTA: record_of_log(log), **self._files}

    def _open_file(self) -> ParquetSink:
        if self._sink is None:
            self._name = f"part-{len(self._files):05}.parquet"
            self._sink = ParquetSink(self._draft.file(self._name), self._schema, settings={"compression": "snappy"})
        return self._sink

    def _end_file(self) -> None:
        sink = self._open_file()
        sha256, stored = sink.finish()
        sink.__exit__()
        self._files[self._name] = FileRecord(self._name, sha256, stored, "parquet", self._rows)
        self._sink, self._rows = None, 0
