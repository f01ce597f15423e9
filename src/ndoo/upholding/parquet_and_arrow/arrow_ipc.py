"""Reads an Arrow IPC file (Feather version 2), and writes it back with its schema and metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ndoo.columnar.arrow_reader import ArrowFileReader
from ndoo.columnar.growing_dictionary import GrowingDictionary
from ndoo.columnar.layouts import Layout, layout_of
from ndoo.columnar.shown_rows import schema_with
from ndoo.upholding.parquet_and_arrow.columnar import Columnar, RowSink


class ArrowFile(Columnar):
    """An Arrow IPC file. A stream is refused (`formats.py`): cut between two batches, it would still look whole."""

    format = "arrow"
    suffixes: tuple[str, ...] = (".arrow", ".feather", ".ipc")

    def open(self) -> Any:
        self.reader: ArrowFileReader = ArrowFileReader(self._path)
        return self.reader.schema

    def room(self, handle: int, before: Sequence[str]) -> RowSink:
        return _ArrowSink(handle, schema_with(before, self.schema), "lz4" if self.reader.packed else None)


class _ArrowSink(RowSink):
    def __init__(self, handle: int, schema: Any, compression: str | None) -> None:
        super().__init__(handle)
        options = pa.ipc.IpcWriteOptions(compression=compression, emit_dictionary_deltas=True)
        self._dictionaries = {
            at: GrowingDictionary(schema.field(at).name)
            for at, kind in enumerate(schema.types)
            if layout_of(kind) is Layout.DICTIONARY
        }
        self._writer = pa.ipc.new_file(self._stream, schema, options=options)

    def store(self, piece: Any) -> None:
        for at, growing in self._dictionaries.items():
            piece = piece.set_column(at, piece.schema.field(at), growing.taken_in(piece.column(at)))
        self._writer.write_batch(piece)

    def close(self) -> None:
        self._writer.close()
