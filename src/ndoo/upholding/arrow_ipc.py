"""How is an Arrow IPC file (Feather version 2) read and written back with its schema and metadata?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.upholding.columnar import BYTES_AT_ONCE, ROWS_AT_ONCE, Columnar, RowSink
from ndoo.upholding.residue import Growing


class ArrowFile(Columnar):
    """An Arrow IPC file. A stream is refused (`formats.py`): cut between two batches, it would still look whole."""

    format = "arrow"
    suffixes: tuple[str, ...] = (".arrow", ".feather", ".ipc")

    def open(self) -> Any:
        self._reader = pa.ipc.open_file(pa.OSFile(str(self._path)))
        return self._reader.schema

    def batches(self) -> Iterator[Any]:
        for at in range(self._reader.num_record_batches):
            whole = self._reader.get_batch(at)
            rows = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // (whole.nbytes // max(whole.num_rows, 1) + 1)))
            for begin in range(0, whole.num_rows, rows):
                yield whole.slice(begin, rows)
            self.read_share = (at + 1) / self._reader.num_record_batches

    def sink(self, handle: int, name: Path) -> RowSink:
        first = self._reader.get_batch(0).nbytes if self._reader.num_record_batches else 0
        packed = first * self._reader.num_record_batches > self.size
        return _ArrowSink(handle, self.schema, "lz4" if packed else None)


class _ArrowSink(RowSink):
    def __init__(self, handle: int, schema: Any, compression: str | None) -> None:
        super().__init__(handle)
        options = pa.ipc.IpcWriteOptions(compression=compression, emit_dictionary_deltas=True)
        self._dictionaries = {at: Growing() for at, kind in enumerate(schema.types) if pa.types.is_dictionary(kind)}
        self._writer = pa.ipc.new_file(self._stream, schema, options=options)

    def store(self, piece: Any) -> None:
        for at, growing in self._dictionaries.items():
            piece = piece.set_column(at, piece.schema.field(at), growing.taken_in(piece.column(at)))
        self._writer.write_batch(piece)

    def close(self) -> None:
        self._writer.close()
