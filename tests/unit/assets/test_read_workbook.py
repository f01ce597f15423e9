"""A workbook from outside is read whole or refused, and one from here computes nothing on anybody's machine."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ndoo.assets import read_workbook
from ndoo.assets.sheets import SHEETS, TABLES_SHEET, as_said, harmless
from ndoo.assets.write_workbook import workbook_of, write_workbook
from ndoo.domain.errors import NdooError
from tests.support.registers_of_assets import asset, register

PAYLOADS = [
    f"{start}{rest}"
    for start in ("=", "+", "-", "@", "\t=", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
    for rest in ("cmd|' /C calc'!A0", 'HYPERLINK("http://example.org")', "1+1", "SUM(A1:A9)", 'DDE("x";"y")')
]


def book(change: Callable[[Any], object] = lambda book: None, told: Any = None) -> bytes:
    opened = openpyxl.load_workbook(io.BytesIO(workbook_of(told or register())))
    change(opened)
    held = io.BytesIO()
    opened.save(held)
    return held.getvalue()


def read(content: bytes, folder: Path) -> Any:
    path = folder / "register.xlsx"
    path.write_bytes(content)
    return read_workbook.read_workbook(path)


def naive(text: str) -> str:
    """What a writer does who only looks for the equals sign."""
    return f"'{text}" if text.startswith("=") else text


def dangerous(text: str) -> bool:
    return text[:1] in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_computes_anything(payload: str) -> None:
    assert not dangerous(harmless(payload)) and as_said(harmless(payload)) == payload
    told = register(asset=[asset(notes=payload, name=payload, identifiers=[payload.strip()])])
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook_of(told))):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and dangerous(cell.value))


def test_looking_for_the_equals_sign_alone_is_not_enough() -> None:
    assert any(dangerous(naive(payload)) for payload in PAYLOADS)


def cell(sheet: str, place: str, value: Any) -> Callable[[Any], object]:
    return lambda opened: opened[sheet].__setitem__(place, value)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (cell("Assets", "B2", "=1+1"), "workbook-formula"),
        (cell("Assets", "B2", "#N/A"), "workbook-formula"),
        (cell("Assets", "A1", "Reference"), "workbook-columns"),
        (cell("Assets", "B1", "Asset reference"), "workbook-columns"),
        (cell("Assets", "Z2", "stray"), "workbook-columns"),
        (cell("Assets", "B2", 12), "workbook-number"),
        (cell("Flows", "T2", 12), "workbook-number"),
        (cell("Tables", "A2", "A-9"), "workbook-tables"),
        (cell("Tables", "B2", 5), "workbook-tables"),
        (cell("Organisation", "A3", "Another"), "workbook-sheets"),
        (lambda opened: opened.create_sheet("More"), "workbook-sheets"),
    ],
)
def test_a_workbook_that_says_something_else_is_refused(
    change: Callable[[Any], object], code: str, tmp_path: Path
) -> None:
    with pytest.raises(NdooError) as stop:
        read(book(change), tmp_path)
    assert stop.value.code == code


def test_a_person_may_have_typed_it(tmp_path: Path) -> None:
    def typed(opened: Any) -> None:
        headings = [c.value for c in opened["Flows"][1]]
        for heading, value in (
            ("Last run", datetime(2026, 11, 19)),
            ("Number of people", 12.0),
            ("From the GP record", "TRUE"),
        ):
            opened["Flows"].cell(2, headings.index(heading) + 1, value)
        opened["Flows"].row_dimensions[3].height = 30
        opened["Flows"]["A3"].number_format = "0.00"
        opened["Assets"].cell(1, 40, "")

    found = read(book(typed), tmp_path)
    assert found.flows["F-1"].text("volume") == "12" and found.flows["F-1"].text("last_run") == "2026-11-19"
    assert found.flows["F-1"].facts.said["data.from_gp_record"] is True
    with pytest.raises(NdooError, match="must be a day"):
        read(book(cell("Flows", "K2", datetime(2026, 11, 19, 9, 30))), tmp_path)

    def without_tables(opened: Any) -> None:
        del opened[TABLES_SHEET]
        del opened[SHEETS["flow"]]
        del opened[SHEETS["organisation"]]

    assert read(book(without_tables), tmp_path).assets["A-1"].tables == ()


def zipped(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return held.getvalue()


def broken_late() -> bytes:
    """A workbook whose first sheet breaks off after the workbook itself was read."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(held, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part, content[: len(content) // 2] if part.filename.endswith("sheet2.xml") else content)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "workbook-unread"),
        (zipped(a_xml=b"<a/>"), "workbook-unread"),
        (zipped(xl__workbook_xml=b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "workbook-unread"),
        (zipped(a_xml=b"0" * 5_000_000), "workbook-large"),
        (b"0" * 300_000, "workbook-large"),
        (broken_late(), "workbook-unread"),
    ],
)
def test_what_is_no_workbook_or_a_bomb_is_refused(
    content: bytes, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_workbook, "UNPACKED", 1_000_000)
    monkeypatch.setattr(read_workbook, "LARGEST", 200_000)
    with pytest.raises(NdooError) as stop:
        read(content, tmp_path)
    assert stop.value.code == code


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_workbook, "MOST_ROWS", 1)
    with pytest.raises(NdooError, match="too large"):
        read(book(), tmp_path)


def test_a_file_that_is_not_there_and_a_library_that_is_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NdooError, match="does not exist"):
        read_workbook.read_workbook(tmp_path / "none.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(NdooError, match="extra"):
        write_workbook(register(), tmp_path / "a.xlsx")
