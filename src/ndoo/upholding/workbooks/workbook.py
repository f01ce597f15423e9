"""Reads a workbook, strictly as what its cells hold, one sheet that is named; what is kept comes out as CSV, never as Excel.

A number keeps the digits that Excel kept: of an NHS number that lost its zero, turned into a date or into scientific notation, not
enough are left, so its row is held. Rows and columns that somebody hid are rows and columns; how many were hidden is said.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TextIO
from xml.parsers import expat

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked
from ndoo.domain.operating_system import PrivateFile
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.column_names import listed
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.input_files.source import ByteSource, changed, fingerprint
from ndoo.upholding.publication.output_names import PACKED, TEXT
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text.delimited import Delimited
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.text.held_rows import HeldText
from ndoo.upholding.text.text_edges import LINES_LOOKED_AT, refuse_heading_below
from ndoo.upholding.text.text_notes import warned_of
from ndoo.upholding.workbooks.sheet_cells import MergedCells, SheetExtent, WorkbookParts, damaged_workbook


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
    suffixes: tuple[str, ...] = (*TEXT, *PACKED)

    def __init__(self, path: Path, reading: Reading, worker: ThreadPoolExecutor) -> None:
        self._path, self._worker = path, worker
        self._before = fingerprint(path)
        sheet = _sheet(path, reading.sheet, reading.skip_rows + 1)
        end = len(sheet.rows) - reading.skip_footer
        if reading.skip_rows + reading.header > end:
            raise UnfitData("input-empty", "The sheet has no row left, and no heading.")
        if reading.header:
            refuse_heading_below(
                [sheet.rows[reading.skip_rows : end][:LINES_LOOKED_AT]], reading.nulls, reading.skip_rows
            )
        self._left_out = sheet.rows[: reading.skip_rows] + sheet.rows[end:]
        self._memory = PrivateFile("workbook")
        with (
            os.fdopen(os.dup(self._memory.handle), "wb") as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
        ):
            _write(text, sheet.rows[reading.skip_rows : end])
        plain = Reading(delimiter=",", encoding="utf-8", header=reading.header, nulls=reading.nulls, heading_known=True)
        self._text = Delimited(self._memory.path, plain, worker)
        self.names = self._text.names
        _refuse_lacking(sheet.cells, self.names, range(reading.skip_rows + 1, end + 1))
        self._merged, self._rows = sheet.cells.merged, range(reading.skip_rows + reading.header + 1, end + 1)
        self._told = sheet.told | reading.left_out

    def __del__(self) -> None:
        if hasattr(self, "_memory"):
            self._memory.close()

    @property
    def crowded(self) -> bool:
        return self._text.crowded

    def preview(self, watch: Watch) -> None:
        """See `Dataset`."""
        self._text.preview(watch)

    def sink(self, handle: int, name: Path) -> Sink:
        """Room for rows as CSV."""
        return self._text.sink(handle, name)

    def held_sink(self, handle: int, name: Path) -> HeldText:
        """See `Dataset`."""
        return self._text.held_sink(handle, name)

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: Sink | None,
        held: Sink | HeldText | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """As `Delimited.stream`; the record is of the workbook.

        Raises:
            UnfitData: it changed since it was opened, or only merged cells say whose a row is.
        """
        if watch.witness and watch.witness.mentions:  # somebody may go
            _refuse_merged(self._merged, self.names, columns.keys, self._rows)
        record = self._text.stream(columns, deciding, watch, kept, held, progress)
        if watch.lines_below:
            watch.lines_below += self._told.get("skip_footer", 0)
        watch.warned += warned_of("\n".join(map("\t".join, self._left_out)).encode(), "utf-8")
        with ByteSource(self._path, self._worker) as source:
            source.hashed_whole()
            stored = source.finish()
        if fingerprint(self._path) != self._before:
            raise changed()
        blank = {name: many for name, many in (record.dialect or {}).items() if name == "blank_lines_below"}
        return FileRecord(self._path.name, *stored, "xlsx", record.rows, self._told | blank)

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return self._text.recording(output, stored, rows)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of a sheet as text, what the manifest says of it, and what its cells are besides."""

    rows: list[list[str]]
    told: dict[str, Any]
    cells: SheetExtent


def _sheet(path: Path, wanted: str | None, first: int) -> _Sheet:
    """The sheet of that name, or the only one; row `first` is its first that counts, from 1."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ImportError:
        raise extra_missing("Excel workbooks", "excel") from None
    try:
        parts = WorkbookParts(path)
        book = CalamineWorkbook.from_path(str(path))
        sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        names = [one.name for one in sheets]
        name = wanted if wanted is not None or len(names) != 1 else names[0]
        if name not in names:
            near = "" if wanted is None else did_you_mean(wanted, names)
            said = (
                "The workbook has several sheets." if wanted is None else f"There is no sheet {masked(wanted)!r}.{near}"
            )
            raise UsageFault(
                "sheet-several",
                f"{said} The sheets are {listed(names)}. Name the one that is meant with --sheet.",
            )
        cells = parts.cells(name, first)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (
        CalamineError,
        zipfile.BadZipFile,
        OSError,
        ValueError,
        LookupError,
        expat.ExpatError,
    ):
        raise damaged_workbook() from None
    hidden = sum(one.visible != SheetVisibleEnum.Visible for one in sheets)
    told = {"sheet": name, "sheets": len(names), "hidden_sheets": hidden, **parts.hidden}
    return _Sheet([[as_text(cell) for cell in row] for row in rows], told, cells)


def _refuse_lacking(cells: SheetExtent, names: Sequence[str], rows: range) -> None:
    """Raises UnfitData where a cell in these rows has a value that is not there; it would come out blank."""
    found = [
        f"{kind} in column {names[column - 1]!r} from row {row}"
        for kind, places in (
            ("a formula without a kept value", cells.formulas),
            ("an error such as #N/A", cells.errors),
        )
        for column, row in sorted(places.items())
        if row in rows and column <= len(names)
    ]
    if found:
        raise UnfitData(
            "workbook-lacking",
            f"The value of some cells is not there: {'; '.join(found)}. Open the workbook in Excel, put that right, and save it.",
        )


def _write(text: TextIO, rows: Sequence[Sequence[str]]) -> None:
    """As CSV with line feeds. A row in which a cell holds a carriage return is quoted whole: the writer would leave it bare."""
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        (quoted if any("\r" in cell for cell in row) else plain).writerow(row)


def _refuse_merged(merged: Sequence[MergedCells], names: Sequence[str], keys: Sequence[str], rows: range) -> None:
    """Raises UnfitData where cells are merged down a column of NHS numbers: a row below the first is somebody's, and does not say whose."""
    found = sorted(
        (row, key)
        for one in merged
        for key in keys
        if names.index(key) + 1 in one.columns
        and (row := max(one.below.start, rows.start)) < min(one.below.stop, rows.stop)
    )
    if found:
        row, name = found[0]
        raise UnfitData(
            "workbook-merged",
            f"Row {row} has no cell of its own in column {name!r}, where cells are merged: only the merge says whose the row is.",
        )


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
