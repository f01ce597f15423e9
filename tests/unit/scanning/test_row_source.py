"""Workbooks, JSON and SQLite: hidden sheets, keys that are values, broken lines, damaged files."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest

from ndoo.domain.errors import NdooError
from ndoo.domain.progress import told_to_nobody
from ndoo.scanning import json_source, sqlite_source, workbook_source
from ndoo.scanning.row_source import spoken
from ndoo.scanning.scan import scan
from ndoo.scanning.scan_result import ScanVerdict
from tests.support.numbers import some
from tests.support.worlds_of_data import put_sqlite
from tests.unit.scanning.seeing import NOW, column, kinds, seen
from tests.unit.upholding.workbooks.test_sheet_cells import sheet, with_sheet

NUMBERS = some(60)


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_every_sheet_is_read_also_a_hidden_one(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "in.xlsx", plain=[["colour"], ["red"]], tucked=[["ref"], *([int(n)] for n in NUMBERS)], none=[]
    )
    book = openpyxl.load_workbook(path)
    book["tucked"].sheet_state = "hidden"
    book.save(path)
    found = {table.name: table for table in scan(str(path), now=NOW).tables}
    assert kinds(found["tucked"]) == {"ref": "nhs_number"}
    assert found["none"].notes == ("It is empty.",)


def test_what_stands_above_the_heading_is_looked_at_too(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "in.xlsx",
        s=[["Extract for NHS no " + NUMBERS[0]], ["colour", "day", "place"], ["red", 1, "x"], ["blue", 2, "y"]],
    )
    table = seen(path)
    assert list(kinds(table)) == ["colour", "day", "place", "(above the heading)"]
    assert table.verdict is not ScanVerdict.NO
    headless = seen(workbook(tmp_path / "in.xlsx", s=[[n, 1] for n in NUMBERS]))
    assert kinds(headless) == {"1": "nhs_number", "2": "none"}


def test_a_workbook_that_cannot_be_read_is_never_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "in.xlsx", s=[["a"], ["b"]])
    with pytest.raises(NdooError, match="damaged"):
        workbook_source._reading(path, "gone")(told_to_nobody)
    with monkeypatch.context() as other, pytest.raises(NdooError, match="damaged"):
        other.setattr(workbook_source, "is_workbook", lambda _: False)  # as of OpenDocument
        workbook_source._reading(path, "gone")(told_to_nobody)
    monkeypatch.setattr(workbook_source, "LARGEST", 100)
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(60))
    found = scan(str(tmp_path), now=NOW).tables
    assert [table.name for table in found] == ["cut.zip", "in.xlsx", "old.doc", "old.xls"]
    assert {table.verdict for table in found} == {ScanVerdict.UNSURE}
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert "ndoo[excel]" in seen_error(path)


def test_a_sheet_of_one_far_cell_does_not_end_the_scan(tmp_path: Path) -> None:
    far = '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
    found = seen(with_sheet(tmp_path / "in.xlsx", sheet(far)).rename(tmp_path / "far.xlsx"))
    assert (found.verdict, found.notes) == (ScanVerdict.UNSURE, ("workbook-sparse",))
    (tmp_path / "bad").mkdir()
    cut = seen(with_sheet(tmp_path / "bad" / "in.xlsx", sheet('<x:row><x:c t="e"><x:v>')).rename(tmp_path / "cut.xlsx"))
    assert (cut.verdict, cut.notes) == (ScanVerdict.UNSURE, ("workbook-damaged",))


def seen_error(path: Path) -> str:
    with pytest.raises(NdooError) as error:
        scan(str(path), now=NOW)
    return error.value.sentence


def test_keys_that_are_values_are_not_told(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    document = {
        "by_number": {n: {"stage": 1} for n in NUMBERS},
        "by_name": {"Sarah Smith": 1, "John Khan": 2},
        "many": {f"k{at}x": at for at in range(1, 10)},
        "deep": [[1, [2]]],
        "nothing": None,
    }
    path.write_text(json.dumps(document))
    table = seen(path)
    assert column(table, "by_number.{}").kind == "nhs_number"
    assert "Smith" not in json.dumps(table.told())
    assert "by_number.{}.stage" in kinds(table)


def test_a_list_of_values_is_a_column(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text(json.dumps(NUMBERS, indent=1))
    assert kinds(seen(tmp_path / "in.json")) == {"value": "nhs_number"}
    (tmp_path / "in.json").write_text(json.dumps([[int(n)] for n in NUMBERS]))
    assert kinds(seen(tmp_path / "in.json")) == {"[]": "nhs_number"}


def test_lines_that_are_no_json_are_looked_at(tmp_path: Path) -> None:
    lines = [*(json.dumps({"a": at}) for at in range(5)), "", f"broken {NUMBERS[0]}", json.dumps({"b": 1})]
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    table = seen(tmp_path / "in.ndjson")
    assert list(kinds(table)) == ["a", "b", "(lines that are no JSON)"]
    assert table.columns[-1].kind == "nhs_number"
    (tmp_path / "in.ndjson").write_text("{not json\n" + "\n".join(NUMBERS))
    table = seen(tmp_path / "in.ndjson")
    assert table.notes[-1] == "It begins as JSON does and is none: it was read as text."
    assert table.columns[0].kind == "nhs_number"


def test_a_document_too_large_for_memory_is_never_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_source, "LARGEST", 10)
    monkeypatch.setattr(json_source, "_AT_ONCE", 2)
    monkeypatch.setattr(json_source, "_MOST_PATHS", 1)
    (tmp_path / "in.json").write_text('{\n"a": [1, 2],\n"b": 3\n}')
    assert seen(tmp_path / "in.json").verdict is ScanVerdict.UNSURE
    (tmp_path / "in.json").write_text("\n".join(json.dumps({"a": [n], "b": [n]}) for n in NUMBERS))
    assert kinds(seen(tmp_path / "in.json")) == {"a[]": "nhs_number", "(deeper)": "nhs_number"}


def test_values_of_every_type_are_said_as_people_see_them() -> None:
    values = [
        None,
        "a",
        True,
        False,
        7,
        7.0,
        7.5,
        Decimal("9990004935"),
        b"x",
        date(2024, 1, 2),
        datetime(2024, 1, 2, tzinfo=UTC),
        time(1, 2),
        UUID(int=1),
        {"a": 1},
        [1],
        (1,),
        1j,
    ]
    assert [spoken(value) for value in values] == [
        None,
        "a",
        "true",
        "false",
        "7",
        "7",
        "7.5",
        "9990004935",
        "x",
        "2024-01-02",
        "2024-01-02T00:00:00+00:00",
        "01:02:00",
        "00000000-0000-0000-0000-000000000001",
        '{"a": 1}',
        "[1]",
        "[1]",
        "1j",
    ]


def test_half_a_character_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"a": "\\ud800"}\n{"a": "x"}\n')
    assert seen(tmp_path / "in.ndjson").rows == 2


def test_a_damaged_database_is_never_no(tmp_path: Path) -> None:
    path = tmp_path / "in.sqlite"
    put_sqlite(path, {"t": {"word": [f"word number {at} of many" * 20 for at in range(2000)]}})
    whole = path.read_bytes()
    path.write_bytes(whole[:200_000] + bytes(90_000) + whole[290_000:])
    assert seen(path).verdict is ScanVerdict.UNSURE
    path.write_bytes(whole[:100] + b"x" * 5000)
    assert "damaged, locked or encrypted" in seen(path).because


def test_a_table_that_went_away_meanwhile_is_named(tmp_path: Path) -> None:
    from ndoo.scanning.sqlite_source import tables_of

    path = tmp_path / "in.sqlite"
    put_sqlite(path, {"t": {"word": ["a"]}})
    (table,) = tables_of(path, None)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("drop table t")
    with pytest.raises(NdooError):
        table.read(told_to_nobody)


def test_odd_names_of_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f'create table "of ""{NUMBERS[0]}""" (word)')
        connection.execute("create table other (b blob)")
        connection.execute("insert into other values (?)", (NUMBERS[1].encode(),))
        connection.execute("create view v as select * from other")
    names = [table.name for table in scan(str(path), now=NOW).tables]
    assert names == ['of "**********"', "other"]


def test_how_many_rows_a_damaged_table_has_is_not_known_and_stops_no_scan(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "in.sqlite")) as connection:
        assert sqlite_source._counted(connection, '"none"') == 0
        connection.execute("create table t (x)")
        connection.execute("insert into t values (1), (2)")
        assert sqlite_source._counted(connection, '"t"') == 2
