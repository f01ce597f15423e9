"""Reads a register from a workbook. Read strictly: no formula, no guess, nothing that is larger than it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ndoo.assets.fields import ASSET, FACTS, ORGANISATION, TABLES, fields
from ndoo.assets.register import Register, read_register
from ndoo.assets.sheets import SHEETS, TABLE_COLUMNS, TABLES_SHEET, as_said, columns
from ndoo.assets.write_workbook import openpyxl
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import near
from ndoo.domain.nhs_number import masked
from ndoo.policy.fields import fields as policy_fields

LARGEST = 20 << 20
"""Bytes of the file."""
UNPACKED = 200 << 20
"""Bytes of all its parts together, unpacked: beyond that it is a bomb."""
MOST_ROWS = 200_000
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def read_workbook(path: Path) -> Register:
    """The register in a workbook with the sheets that `ndoo assets export` writes.

    Raises:
        UsageFault: there is no such file, or the library is not installed.
        UnfitData: it is no workbook, too large, holds a formula, or a cell says what its column does not take. The
            sentence names sheet, row and column, never a value.
    """
    library = openpyxl()
    _weighed(path)
    try:
        book = library.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception:  # noqa: BLE001  the library raises whatever its parsers raise, and their words may hold a cell
        raise _unfit() from None
    try:
        if not set(book.sheetnames) <= {*SHEETS.values(), TABLES_SHEET}:
            raise UnfitData(
                "workbook-sheets", f"The workbook has a sheet besides {', '.join([*SHEETS.values(), TABLES_SHEET])}."
            )
        document: dict[str, Any] = {}
        for kind, name in SHEETS.items():
            rows = list(_rows(book, name, tuple(columns(kind)))) if name in book.sheetnames else []
            document[kind] = [_record(kind, row, f"Sheet {name}, row {at}") for at, row in rows]
        _tables(book, document[ASSET])
    except UnfitData:
        raise
    except Exception:  # noqa: BLE001  as above, for a part that is read late
        raise _unfit() from None
    finally:
        book.close()
    organisations = document.pop(ORGANISATION)
    if len(organisations) > 1:
        raise UnfitData("workbook-sheets", f"The sheet {SHEETS[ORGANISATION]} has more than one row.")
    return read_register(document | ({ORGANISATION: organisations[0]} if organisations else {}))


def _unfit() -> UnfitData:
    return UnfitData("workbook-unread", "This is not a workbook (.xlsx) that can be read.")


def _weighed(path: Path) -> None:
    try:
        if path.stat().st_size > LARGEST:
            raise UnfitData("workbook-large", "The workbook is too large, or unpacks to something that is.")
        with ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > UNPACKED:
                raise UnfitData("workbook-large", "The workbook is too large, or unpacks to something that is.")
            for part in parts.infolist():
                with parts.open(part) as opened:  # an entity could grow without end, and no workbook has one
                    if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in opened.read(1 << 16):
                        raise _unfit()
    except FileNotFoundError:
        raise UsageFault(
            "register-file-missing",
            f"{masked(str(path))} does not exist (the register of assets).{near(path)} Check the path.",
        ) from None
    except (OSError, BadZipFile, NotImplementedError, RuntimeError):
        raise _unfit() from None


def _rows(book: Any, name: str, expected: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row that is not empty, its number and its cells by their headings."""
    headings: list[str] = []
    for at, cells in enumerate(book[name].iter_rows(), 1):
        if at > MOST_ROWS:
            raise UnfitData("workbook-large", "The workbook is too large, or unpacks to something that is.")
        values = [_value(cell, f"Sheet {name}, row {at}") for cell in cells]
        if at == 1:
            headings = ["" if value is None else str(value) for value in values]
            while headings and not headings[-1]:
                headings.pop()
            if len(set(headings)) != len(headings) or not set(headings) <= set(expected):
                raise UnfitData("workbook-columns", f"The first row of sheet {name} names other columns, or one twice.")
        elif any(value is not None for value in values):
            if any(value is not None for value in values[len(headings) :]):
                raise UnfitData("workbook-columns", f"Sheet {name}, row {at} has a cell without a heading.")
            yield at, dict(zip(headings, values, strict=False))


def _value(cell: Any, where: str) -> Any:
    """What a cell holds, a text freed of the apostrophe that kept it from being a formula."""
    value = cell.value
    if cell.data_type == "f":
        raise UnfitData("workbook-formula", f"{where} holds a formula. A register is words, numbers and dates only.")
    if cell.data_type == "e":
        raise UnfitData("workbook-formula", f"{where} holds an error of a spreadsheet.")
    if isinstance(value, str):
        return as_said(value.replace("\r\n", "\n")) or None
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _record(kind: str, row: dict[str, Any], where: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    for heading, name in columns(kind).items():
        value = row.get(heading)
        if value is None:
            continue
        if name.startswith(f"{FACTS}."):
            fact = name.removeprefix(f"{FACTS}.")
            if policy_fields()[fact].kind == "yes_no" and isinstance(value, str):
                value = _WORDS.get(value.strip().lower(), value)
            facts[fact] = value
        elif fields(kind)[name].kind == "texts" and isinstance(value, str):
            told[name] = [line for line in value.split("\n") if line.strip()]
        else:
            told[name] = value
        if isinstance(value, int) and not isinstance(value, bool) and not _takes_numbers(kind, name):
            raise UnfitData(
                "workbook-number", f"{where}, {heading}: a number where text is expected. Format the cell as text."
            )
    return told | ({FACTS: facts} if facts else {})


def _takes_numbers(kind: str, name: str) -> bool:
    return not name.startswith(f"{FACTS}.") and fields(kind)[name].kind == "number"


def _tables(book: Any, assets: list[dict[str, Any]]) -> None:
    """Puts the tables of the sheet Tables into the assets that they are of."""
    if TABLES_SHEET not in book.sheetnames:
        return
    by_id = {asset.get("id"): asset for asset in assets}
    for at, row in _rows(book, TABLES_SHEET, TABLE_COLUMNS):
        of, name, column = (row.get(heading) for heading in TABLE_COLUMNS)
        if of not in by_id or not isinstance(name, str):
            raise UnfitData(
                "workbook-tables", f"Sheet {TABLES_SHEET}, row {at} names no asset of the workbook, or no table."
            )
        tables = by_id[of].setdefault(TABLES, [])
        if not tables or tables[-1]["name"] != name:
            tables.append({"name": name, "columns": []})
        if column is not None:
            tables[-1]["columns"].append(column)
