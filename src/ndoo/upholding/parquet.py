"""How is Parquet read in bounded memory, and written back with its schema, metadata, compression and encodings?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.upholding.columnar import BYTES_AT_ONCE, ROWS_AT_ONCE, Columnar, RowSink, type_refused

_GROUP_ROWS = 1 << 20
_GROUP_BYTES = 1 << 27


class Parquet(Columnar):
    """A Parquet file."""

    format = "parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq")

    def open(self) -> Any:
        self._file = pq.ParquetFile(self._path, pre_buffer=False, buffer_size=1 << 20)
        return self._file.schema_arrow

    def batches(self) -> Iterator[Any]:
        metadata = self._file.metadata
        for group in range(metadata.num_row_groups):
            whole = metadata.row_group(group)
            width = whole.total_byte_size // max(whole.num_rows, 1) + 1
            rows = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // width))
            yield from self._file.iter_batches(batch_size=rows, row_groups=[group], use_threads=False)
            self.read_share = (group + 1) / metadata.num_row_groups

    def sink(self, handle: int, name: Path) -> RowSink:
        return _ParquetSink(handle, self._file)


class _ParquetSink(RowSink):
    """Writes row groups as large as the input's, up to a bound on memory."""

    def __init__(self, handle: int, like: Any) -> None:
        super().__init__(handle)
        metadata = like.metadata
        self._schema = like.schema_arrow
        groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
        self._rows_a_group = min(max(groups, default=_GROUP_ROWS) or _GROUP_ROWS, _GROUP_ROWS)
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
            raise type_refused() from None
        self._waiting, self._rows, self._bytes = [], 0, 0
        return table

    def store(self, piece: Any) -> None:
        self._writer.write_table(piece, row_group_size=piece.num_rows)

    def close(self) -> None:
        self._writer.close()


def _written_like(file: Any) -> dict[str, Any]:
    """Writer settings that the input's footer shows."""
    metadata = file.metadata
    settings: dict[str, Any] = {
        "version": metadata.format_version if metadata.format_version in ("1.0", "2.4", "2.6") else "2.6",
        "store_schema": b"ARROW:schema" in (metadata.metadata or {}),
    }
    if metadata.num_row_groups and metadata.num_columns:
        columns = [metadata.row_group(0).column(at) for at in range(metadata.num_columns)]
        settings["compression"] = {c.path_in_schema: _codec(c.compression) for c in columns}
        settings["use_dictionary"] = [c.path_in_schema for c in columns if c.has_dictionary_page]
        settings["write_statistics"] = [c.path_in_schema for c in columns if c.is_stats_set]
        settings["use_deprecated_int96_timestamps"] = any(c.physical_type == "INT96" for c in columns)
    return settings


def _codec(name: str) -> str:
    return {"UNCOMPRESSED": "none"}.get(name, name.lower())
