"""How is Parquet read, and written back with its schema, metadata, compression and encodings?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.columnar.parquet_footer import Mark
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.upholding.columnar import Columnar, RowSink, unwritten

_GROUP_ROWS = 1 << 20
_GROUP_BYTES = 3 << 25


class Parquet(Columnar):
    """A Parquet file."""

    format = "parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq", ".parq")

    def open(self) -> Any:
        self.reader: ParquetReader = ParquetReader(self._path)
        return self.reader.schema

    def sink(self, handle: int, name: Path) -> RowSink:
        return _ParquetSink(handle, self.reader)


class _ParquetSink(RowSink):
    """Writes row groups as large as the input's, up to a bound on memory."""

    def __init__(self, handle: int, like: ParquetReader) -> None:
        super().__init__(handle)
        self._schema = like.schema
        self._rows_a_group = min(max(like.footer.rows, default=_GROUP_ROWS) or _GROUP_ROWS, _GROUP_ROWS)
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0
        self._writer = pq.ParquetWriter(self._stream, self._schema, **_written_like(like))

    def gathered(self, batch: Any) -> Any:
        if batch is not None:
            self._waiting.append(batch)
            self._rows += batch.num_rows
            self._bytes += batch.nbytes
            if self._rows < self._rows_a_group and self._bytes < _GROUP_BYTES:
                return None
        if not self._rows:
            return None
        try:
            table = pa.Table.from_batches(self._waiting, self._schema).unify_dictionaries()
        except pa.ArrowException:
            raise unwritten() from None
        self._waiting, self._rows, self._bytes = [], 0, 0
        return table

    def store(self, piece: Any) -> None:
        self._writer.write_table(piece, row_group_size=piece.num_rows)
        pa.default_memory_pool().release_unused()  # it would keep what a group of rows took, as if for the next

    def close(self) -> None:
        self._writer.close()


def _written_like(file: ParquetReader) -> dict[str, Any]:
    """Writer settings that the input's footer shows."""
    settings: dict[str, Any] = {
        "version": file.format_version if file.format_version in ("1.0", "2.4", "2.6") else "2.6",
        "store_schema": file.stores_schema,
    }
    if file.footer.rows and (columns := file.footer.group(0)):
        settings["compression"] = {c.path: c.codec for c in columns}
        settings["use_dictionary"] = [c.path for c in columns if Mark.DICTIONARY in c.marks]
        settings["write_statistics"] = [c.path for c in columns if Mark.STATISTICS in c.marks]
        settings["use_deprecated_int96_timestamps"] = any(c.physical == "INT96" for c in columns)
    return settings
