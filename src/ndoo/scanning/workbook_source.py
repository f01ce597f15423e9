"""The sheets of a workbook (Excel, OpenDocument), hidden ones too, every row."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.extras import extra_missing
from ndoo.domain.progress import Progress
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.heading_row import by_position, names_of
from ndoo.scanning.row_source import spoken, take_rows
from ndoo.scanning.survey import TableSurvey
from ndoo.upholding.workbooks.sheet_cells import refuse_sparse
from ndoo.upholding.workbooks.workbook import is_workbook

LARGEST = 1 << 30
"""Bytes that a workbook may unpack to: all of it is held in memory."""
_OLD = b"\xd0\xcf\x11\xe0"
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


def holds_sheets(path: Path, head: bytes) -> bool:
    """Is it a workbook of any kind? Judged by what is in it."""
    if head.startswith(_OLD):
        return path.suffix.lower() in (".xls", ".xla")
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as parts:
            return any(name in _PARTS for name in parts.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def tables_of(path: Path, fingerprint: str | None) -> Iterator[ExaminedTable]:
    """Its sheets.

    Raises:
        UnfitData: it cannot be read. Fault: what reads workbooks is not installed.
    """
    for name in _opened(path).sheet_names:
        yield ExaminedTable(str(name), f"{path.resolve()}\0{name}", fingerprint, _reading(path, str(name)))


def _reading(path: Path, name: str) -> Callable[[Progress], Examined]:
    def read(told: Progress) -> Examined:
        book = _opened(path)
        if is_workbook(path):
            refuse_sparse(path, name, LARGEST)
        try:
            rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except Exception:  # noqa: BLE001  the library's errors have no common kind, and may show a cell
            raise _damaged() from None
        return _examined([row for row in rows if any(value not in ("", None) for value in row)])

    return read


def _examined(rows: list[list[Any]]) -> Examined:
    if not rows:
        return Examined(TableSurvey([]), 0, ["It is empty."])
    texts = [[spoken(value) or "" for value in row] for row in rows[:1000]]
    at = next((at for at, row in enumerate(texts) if sum(map(bool, row)) * 2 > len(row)), 0)
    names = names_of(texts[at], texts[at + 1 :])
    above = rows[:at] if names is not None else []
    body = rows if names is None else rows[at + 1 :]
    survey = TableSurvey(names or by_position(len(texts[0])))
    take_rows(survey, body)
    examined = Examined(survey, survey.rows)
    if above:
        besides = TableSurvey(["(above the heading)"])
        take_rows(besides, ((" ".join(spoken(value) or "" for value in row),) for row in above))
        examined.besides.append(besides)
    return examined


def _opened(path: Path) -> Any:
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise extra_missing("Excel workbooks", "excel") from None
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST:
                raise UnfitData("scan-too-large", "The workbook unpacks to more than 1 GiB. Save its sheets as CSV.")
    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception:  # noqa: BLE001  the library's errors have no common kind, and may show a cell
        raise _damaged() from None


def _damaged() -> UnfitData:
    return UnfitData("scan-damaged-workbook", "The workbook is damaged, encrypted, or no workbook.")
