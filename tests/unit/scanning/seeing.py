"""A scan of what a test writes, and its findings by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ndoo.scanning.scan import scan
from ndoo.scanning.scan_result import ColumnFinding, TableFinding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def seen(target: Path | str) -> TableFinding:
    """The one table of a target."""
    (table,) = scan(str(target), now=NOW).tables
    return table


def kinds(table: TableFinding) -> dict[str, str]:
    """The kind of each column."""
    return {column.name: str(column.kind) for column in table.columns}


def column(table: TableFinding, name: str) -> ColumnFinding:
    """One column."""
    return next(column for column in table.columns if column.name == name)


def text_in(folder: Path, text: str | bytes, name: str = "in.csv") -> TableFinding:
    """The finding on a file of this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return seen(path)
