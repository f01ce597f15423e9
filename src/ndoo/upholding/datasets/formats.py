"""What kind of dataset a file is: by its first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.input_files.foreign_formats import refuse_foreign
from ndoo.upholding.input_files.source import first_bytes
from ndoo.upholding.text.delimited import Delimited
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.what_works_where import SourceKind, refuse


class Rows(Protocol):
    """One input: its columns, and one pass over its rows."""

    @property
    def names(self) -> Sequence[str]: ...
    @property
    def crowded(self) -> bool: ...
    def preview(self, watch: Watch) -> None: ...
    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: Any,
        held: Any,
        progress: Callable[[int], object],
    ) -> FileRecord: ...


class Dataset(Rows, Protocol):
    """One file in one format, the manifest's `format`, in which its rows are written too."""

    format: str
    suffixes: tuple[str, ...]

    def sink(self, handle: int, name: Path) -> Any: ...
    def held_sink(self, handle: int, name: Path) -> Any:
        """As `sink`, of held rows with two columns before them, which are called as its `columns` say."""
        ...

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord: ...


_HEAD = 256


def open_dataset(path: Path, reading: Reading, worker: ThreadPoolExecutor) -> Dataset:
    """The dataset at `path`.

    Raises:
        UnfitData: a format that is not upheld, or a heading that cannot be read.
        UsageFault: what `reading` says goes with text alone.
    """
    head = first_bytes(path, _HEAD)
    if head.startswith(b"PK\x03\x04"):
        from ndoo.upholding.workbooks.workbook import Workbook, is_workbook

        if is_workbook(path):
            refuse(SourceKind.WORKBOOK, *reading.wished)
            return Workbook(path, reading, worker)
    refuse_foreign(path, head)
    if head.startswith((b"PAR1", b"ARROW1")):
        refuse(SourceKind.COLUMNAR, *reading.wished)
    if head.startswith(b"PAR1"):
        from ndoo.upholding.parquet_and_arrow.parquet import Parquet

        return Parquet(path)
    if head.startswith(b"ARROW1"):
        from ndoo.upholding.parquet_and_arrow.arrow_ipc import ArrowFile

        return ArrowFile(path)
    refuse(SourceKind.TEXT, *reading.wished)
    return Delimited(path, reading, worker)
