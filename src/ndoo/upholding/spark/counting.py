"""What does a dataset of Parquet come to? Its columns of NHS numbers past the kernel, and each file's digest, in one reading.

Whole rows are Spark's to read; the kernel counts rows and people exactly at a few bytes a row, while Spark is writing. Two
programs that know nothing of each other so come to the same number of rows, or nothing is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.upholding.columnar import ROWS_AT_ONCE
from ndoo.upholding.columns import Watch
from ndoo.upholding.deciding import Decides
from ndoo.upholding.parquet import Parquet
from ndoo.upholding.spark.parts import Parts, paths_in

_FIRST_ROWS = 1 << 17


def first_look(parts: Parts) -> Watch:
    """What the first rows of every column show."""
    watch, rows = Watch(parts.names), 0
    for path in parts.files:
        if rows >= _FIRST_ROWS:
            break
        file = _Some(path, parts.names)
        file.preview(watch)
        rows += file.rows
    return watch


def counted(
    parts: Parts, columns: Columns, deciding: Decides, progress: Callable[[int], object]
) -> list[tuple[str, FileRecord]]:  # fmt: skip
    """Show `deciding` the people of every row; each file's path in the folder, and its record.

    Args:
        progress: called with the bytes read so far; what it raises ends the counting.

    Raises:
        UnfitData: a file is damaged, or a column of NHS numbers has a type that loses digits.
    """
    records, done = [], 0
    for path, name in zip(parts.files, paths_in(parts.place, parts.files), strict=True):
        file, before = _Some(path, columns.keys), done
        record = file.stream(
            columns, deciding, Watch(file.names), None, None, lambda read, at=before: progress(at + read)
        )  # type: ignore[misc]
        done += record.bytes
        records.append((name, record))
    return records


class _Some(Parquet):
    """Some columns of a Parquet file, in the order in which they are named."""

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        self._wanted = list(wanted)
        super().__init__(path)

    @property
    def rows(self) -> int:
        return int(self._file.metadata.num_rows)

    def open(self) -> Any:
        whole = super().open()
        return pa.schema([whole.field(name) for name in self._wanted])

    def batches(self) -> Iterator[Any]:
        done = 0
        for batch in self._file.iter_batches(ROWS_AT_ONCE, columns=self._wanted, use_threads=False):
            yield batch.select(self._wanted)
            done += batch.num_rows
            self.read_share = done / self.rows
