"""Arrow files and streams: read into memory of this process, where nobody changes them meanwhile, and validated in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from ndoo.columnar.ipc_layout import IpcLayout
from ndoo.columnar.reader import Reader

_OPTIONS = pa.ipc.IpcReadOptions(ensure_alignment=pa.ipc.Alignment.DataTypeSpecific)
"""The kernel reads offsets where they lie, so they lie where the processor expects them."""


class _Arrow(Reader):
    def _validate(self, batch: Any) -> None:
        batch.validate(full=True)


class ArrowFileReader(_Arrow):
    """An Arrow IPC file (Feather version 2). See `Reader`."""

    packed = False
    """Are its batches packed?"""

    def _open(self) -> Any:
        with self._path.open("rb") as raw:
            layout = IpcLayout(raw)
            packed = [layout.check(block) for block in (*layout.dictionaries, *layout.batches[:1])]
        self.packed = any(packed)
        self._file = pa.ipc.open_file(pa.OSFile(str(self._path)), options=_OPTIONS)
        return self._file.schema

    def _batches(self, columns: Sequence[str] | None) -> Iterator[Any]:
        with self._path.open("rb") as raw:
            layout = IpcLayout(raw)
            for at, block in enumerate(layout.batches):
                layout.check(block)
                self._come = (at + 1) / len(layout.batches)
                yield self._file.get_batch(at)


class ArrowStreamReader(_Arrow):
    """An Arrow IPC stream, which cannot show that it is whole. See `Reader`."""

    def _open(self) -> Any:
        self._stored = pa.OSFile(str(self._path))
        self._file = pa.ipc.open_stream(self._stored, options=_OPTIONS)
        return self._file.schema

    def _batches(self, columns: Sequence[str] | None) -> Iterator[Any]:
        size = self._stored.size()
        for batch in self._file:
            self._come = self._stored.tell() / size
            yield batch
