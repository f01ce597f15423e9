"""How is a workbook read? Strictly as what its cells hold, one sheet that is named; what is kept comes out as CSV, never as Excel.

A number keeps the digits that Excel kept: of an NHS number that lost its zero, turned into a date or into scientific notation, not
enough are left, so its row is held. Rows and columns that somebody hid are rows and columns; how many were hidden is said.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.upholding.columns import Watch, listed
from ndoo.upholding.deciding import Decides
from ndoo.upholding.delimited import Delimited
from ndoo.upholding.dialect import Reading
from ndoo.upholding.sink import Sink
from ndoo.upholding.source import Source, changed, fingerprint

_LARGEST = 1 << 28
"""Bytes of a workbook unpacked: more is no table for Excel, or a bomb."""
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"")


def is_workbook(path: Path) -> bool:
    """Is this packed file an Excel workbook, and not some other archive?"""
    try:
        with zipfile.ZipFile(path) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


class Workbook:
    """One sheet of an Excel workbook, as text. Its text is in memory only, and passes through `Delimited`."""

    format = "csv"
    suffixes: tuple[str, ...] = Delimited.suffixes

    def __init__(self, path: Path, reading: Reading, worker: ThreadPoolExecutor) -> None:
        self._path, self._worker = path, worker
        self._before = fingerprint(path)
        rows, self._told = _sheet(path, reading.sheet)
        self._memory = os.memfd_create("workbook")
        with os.fdopen(os.dup(self._memory), "wb") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
            csv.writer(text, lineterminator="\n").writerows(rows)
        plain = replace(reading, delimiter=",", encoding="utf-8", quotes=True)
        self._text = Delimited(Path(f"/proc/self/fd/{self._memory}"), plain, worker)
        self.names = self._text.names

    def __del__(self) -> None:
        if hasattr(self, "_memory"):
            os.close(self._memory)

    @property
    def crowded(self) -> bool:
        return self._text.crowded

    def preview(self, watch: Watch) -> None:
        """See `Dataset`."""
        self._text.preview(watch)

    def sink(self, handle: int, name: Path) -> Sink:
        """Room for rows as CSV."""
        return self._text.sink(handle, name)

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: Sink | None,
        held: Sink | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """As `Delimited.stream`; the record is of the workbook.

        Raises:
            UnfitData: it changed since it was opened.
        """
        record = self._text.stream(columns, deciding, watch, kept, held, progress)
        with Source(self._path, self._worker) as source:
            source.hashed_whole()
            stored = source.finish()
        if fingerprint(self._path) != self._before:
            raise changed()
        return FileRecord(self._path.name, *stored, "xlsx", record.rows, self._told)

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return self._text.recording(output, stored, rows)


def _sheet(path: Path, wanted: str | None) -> tuple[list[list[str]], dict[str, Any]]:
    """The rows of a sheet as text, and what the manifest says of it: its name, and what somebody hid."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum
    except ImportError:
        raise Fault("extra-missing", "Workbooks need what `pip install 'ndoo[excel]'` installs.") from None
    try:
        hidden_rows = _hidden_rows(path)
        book = CalamineWorkbook.from_path(str(path))
        sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        names = [one.name for one in sheets]
        name = wanted if wanted is not None or len(names) != 1 else names[0]
        if name not in names:
            raise UsageFault(
                "sheet-several",
                f"The workbook has the sheets {listed(names)}. Name the one that is meant with --sheet.",
            )
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, PasswordError, zipfile.BadZipFile, OSError, ValueError):
        raise UnfitData(
            "workbook-damaged", "The workbook is damaged, protected by a password, or no workbook."
        ) from None
    hidden = sum(one.visible != SheetVisibleEnum.Visible for one in sheets)
    told = {"sheet": name, "sheets": len(names), "hidden_sheets": hidden, "hidden_rows": hidden_rows}
    return [[as_text(cell) for cell in row] for row in cells], told


def _hidden_rows(path: Path) -> int:
    """Over all sheets. Refuses what unpacks to more than a table is."""
    count = 0
    with zipfile.ZipFile(path) as packed:
        if sum(one.file_size for one in packed.infolist()) > _LARGEST:
            raise UnfitData("workbook-large", "The workbook unpacks to more than 256 MiB. Save the sheet as CSV.")
        for name in packed.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                count += len(_HIDDEN.findall(packed.read(name)))
    return count


def as_text(cell: Any) -> str:
    """One cell: text as it is, a whole number as its digits, a date by ISO 8601, truth as Excel shows it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"PT{cell.total_seconds():g}S"
    return str(cell)
