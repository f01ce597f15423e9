"""What kind of dataset is this? By its first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from ndoo.domain.errors import UnfitData
from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.upholding.columns import Watch
from ndoo.upholding.deciding import Decides
from ndoo.upholding.delimited import Delimited
from ndoo.upholding.dialect import Reading
from ndoo.upholding.source import first_bytes


class Dataset(Protocol):
    """One input in one format. The manifest's `format`, its columns, and one pass over its rows."""

    format: str
    suffixes: tuple[str, ...]
    names: Sequence[str]

    @property
    def crowded(self) -> bool: ...
    def preview(self, watch: Watch) -> None: ...
    def sink(self, handle: int, name: Path) -> Any: ...
    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: Any,
        held: Any,
        progress: Callable[[int], object],
    ) -> FileRecord: ...
    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord: ...


_REFUSED: tuple[tuple[bytes, str], ...] = (
    (
        b"PK\x03\x04",
        "The input is an archive, or a spreadsheet of a kind that is not read. Save the table as CSV, every column as text.",
    ),
    (b"\xd0\xcf\x11\xe0", "The input is an old spreadsheet. Save the table as CSV, every column as text."),
    (b"%PDF", "The input is a PDF, not a table."),
    (b"SQLite format 3", "The input is a SQLite database, not a table."),
    (
        b"\xff\xff\xff\xff",
        "The input is an Arrow stream, which cannot show that it is whole. Save it as an Arrow file.",
    ),
)


def open_dataset(path: Path, reading: Reading, worker: ThreadPoolExecutor) -> Dataset:
    """The dataset at `path`.

    Raises:
        UnfitData: a format that is not upheld, or a heading that cannot be read.
    """
    head = first_bytes(path, 16)
    if head.startswith(b"PK\x03\x04"):
        from ndoo.upholding.workbook import Workbook, is_workbook

        if is_workbook(path):
            return Workbook(path, reading, worker)
    for magic, sentence in _REFUSED:
        if head.startswith(magic):
            raise UnfitData("format-refused", sentence)
    if head.startswith(b"PAR1"):
        from ndoo.upholding.parquet import Parquet

        return Parquet(path)
    if head.startswith(b"ARROW1"):
        from ndoo.upholding.arrow_ipc import ArrowFile

        return ArrowFile(path)
    return Delimited(path, reading, worker)
