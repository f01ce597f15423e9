"""Writes the register as a workbook with the columns of the asset and flow template."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from ndoo.assets.fields import ASSET, FACTS, FLOW, ORGANISATION
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.sheets import SHEETS, TABLE_COLUMNS, TABLES_SHEET, columns, harmless
from ndoo.domain.extras import extra_missing
from ndoo.policy import Flow
from ndoo.policy.write_flow import put_bytes

_WIDTH = 24


def openpyxl() -> Any:
    """The library that reads and writes workbooks.

    Raises:
        UsageFault: it is not installed.
    """
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise extra_missing("Workbooks of the asset register", "service") from None
    return openpyxl


def write_workbook(register: Register, output: Path) -> None:
    """Writes the workbook whole, or not at all.

    Raises:
        Fault: the folder does not exist or cannot be written to. UsageFault: the library is not installed.
    """
    put_bytes(output, workbook_of(register))


def workbook_of(register: Register) -> bytes:
    """The workbook. A text that a spreadsheet could take for a formula stands behind an apostrophe.

    Raises:
        UsageFault: the library is not installed.
    """
    book = openpyxl().Workbook()
    book.remove(book.active)
    for kind, records in (
        (ORGANISATION, [register.organisation] if register.organisation else []),
        (ASSET, list(register.assets.values())),
        (FLOW, list(register.flows.values())),
    ):
        headings = columns(kind)
        rows = [[_cell(record, name) for name in headings.values()] for record in records]
        _fill(book.create_sheet(SHEETS[kind]), tuple(headings), rows)
    tables = [
        [asset.id, table.name, column]
        for asset in register.assets.values()
        for table in asset.tables
        for column in (table.columns or (None,))
    ]
    _fill(book.create_sheet(TABLES_SHEET), TABLE_COLUMNS, tables)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(record: Record, name: str) -> Any:
    if name.startswith(f"{FACTS}."):
        facts = record.said.get(FACTS)
        value: Any = facts.said.get(name.removeprefix(f"{FACTS}.")) if isinstance(facts, Flow) else None
    else:
        value = record.said.get(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(map(str, value)) if isinstance(value, tuple) else value


def _fill(sheet: Any, headings: tuple[str, ...], rows: list[list[Any]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for down, row in enumerate([list(headings), *rows], 1):
        for across, value in enumerate(row, 1):
            if value is None:
                continue
            cell = sheet.cell(down, across)
            if isinstance(value, int | date):
                cell.value = value
            else:
                cell.value = harmless(value)
                cell.data_type = "s"  # a text such as #N/A stays one
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if down == 1:
                cell.font = Font(bold=True)
    for across in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(across)].width = _WIDTH
    sheet.freeze_panes = "B2"
