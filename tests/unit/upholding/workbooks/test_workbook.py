"""A workbook is read as what its cells hold: what Excel did to a number is held, and nothing that was hidden is passed over."""

from __future__ import annotations

import csv
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ndoo.domain.errors import UnfitData
from ndoo.upholding.workbooks import sheet_cells, workbook
from ndoo.upholding.workbooks.workbook import as_text
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(6, seed=17)
GO = PEOPLE[0]
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Any:
    (tmp_path / "go.txt").write_text(GO + "\n")

    def run(rows: list[list[Any]], *more: object, change: Any = lambda _: None, output: str = "out.csv") -> Any:
        book = openpyxl.Workbook()
        book.active.append(["nhs_number", "seen", "note"])
        for row in rows:
            book.active.append(row)
        change(book)
        book.save(tmp_path / "in.xlsx")
        return ndoo("uphold", "in.xlsx", "-o", output, "--nhs-number", "nhs_number", *BY, *more, "--json")

    return run


def test_kept_rows_come_out_as_text_and_whole_numbers_keep_their_digits(
    uphold: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    said = uphold(
        [[GO, date(2026, 1, 2), "a"], [PEOPLE[1], datetime(2026, 1, 2, 3, 4), 'b, "c"'], [int(PEOPLE[2]), 1.5, True]]
    )
    assert said.status == 0, said.told
    assert (tmp_path / "out.csv").read_text() == (
        f'nhs_number,seen,note\n{PEOPLE[1]},2026-01-02T03:04:00,"b, ""c"""\n{PEOPLE[2]},1.5,TRUE\n'
    )
    assert said.json["input"]["format"] == "xlsx"
    hidden = {"hidden_sheets": 0, "hidden_rows": 0, "hidden_columns": 0}
    assert said.json["input"]["dialect"] == {"sheet": "Sheet", "sheets": 1, **hidden}
    assert ndoo("verify", "out.csv", *BY).status == 0


@pytest.mark.parametrize("end", ["_x000D_", "_x000D_\n", "\n"])
def test_a_line_end_within_a_cell_comes_out_in_quotes(uphold: Any, ndoo: Ndoo, tmp_path: Path, end: str) -> None:
    said = uphold([[GO, 1, "gone"], [PEOPLE[1], 2, f"two{end}lines"], [PEOPLE[2], 3, "one"]])
    assert said.status == 0, said.told
    with (tmp_path / "out.csv").open(newline="") as text:
        rows = list(csv.reader(text))
    line_end = end.replace("_x000D_", "\r")
    assert rows[1:] == [[PEOPLE[1], "2", f"two{line_end}lines"], [PEOPLE[2], "3", "one"]]
    assert ndoo("verify", "out.csv", *BY).status == 0


def test_numbers_that_excel_damaged_are_held(uphold: Any) -> None:
    damaged = [123456789, 9.99e9 + 0.5, 9.99e20, date(2026, 1, 2), True, "9.99E+09", 0]
    said = uphold([[PEOPLE[1]], *([cell] for cell in damaged), [None, "x"]])
    assert said.status == 6
    assert said.json["rows"]["held"] == {"missing": 1, "malformed": len(damaged)}


KEEPING = ("--undecided", "keep-missing", "--justification", "a test")
TWICE = [row for number in PEOPLE for row in ([number, 1, "first"], [None, 2, f"second of {number[-1]}"])]


@pytest.mark.parametrize("more", [(), KEEPING, ("--undecided", "exclude"), ("--undecided", "stop")])
@pytest.mark.parametrize(
    ("spans", "row"), [(("A8:A9", "A2:A3"), 3), (("A12:A13",), 13), (("A6:C9",), 7), (("A1:A4",), 2)]
)
def test_a_merge_says_whose_a_row_is_and_stops_the_run(
    uphold: Any, tmp_path: Path, more: tuple[str, ...], spans: tuple[str, ...], row: int
) -> None:
    def merge(book: Any) -> None:
        for span in spans:
            book.active.merge_cells(span)

    said = uphold(TWICE, *more, change=merge)
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-merged"), said.told
    assert f"Row {row} has no cell of its own in column 'nhs_number'" in said.json["error"]["message"]
    assert not (tmp_path / "out.csv").exists()


def test_a_merge_in_a_column_of_somebody_else_stops_the_run_too(uphold: Any) -> None:
    """Twins, and their mother's number in one cell for both: a blank there names nobody, so one of them stayed without her."""
    twins = [[PEOPLE[1], 1, GO], [PEOPLE[2], 2, None], *([number, 3, None] for number in PEOPLE[3:])]
    said = uphold(twins, "--also", "note", change=lambda book: book.active.merge_cells("C2:C3"))
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-merged")
    assert "'note'" in said.json["error"]["message"]


@pytest.mark.parametrize("span", ["B2:B3", "A2:C2", "B2:C9"])
def test_merges_that_say_nothing_of_whose_a_row_is_stop_nobody(uphold: Any, span: str) -> None:
    assert (
        uphold([[number, 1, "x"] for number in PEOPLE], change=lambda book: book.active.merge_cells(span)).status == 0
    )


def test_a_merge_above_the_heading_or_below_the_rows_stops_nobody(uphold: Any) -> None:
    def change(book: Any) -> None:
        book.active.insert_rows(1, 2)
        book.active.merge_cells("A1:C2")
        book.active.append(["total", 5])
        book.active.append(["of", 5])
        book.active.merge_cells("A10:A11")

    rows = [[number, 1, "x"] for number in PEOPLE]
    assert uphold(rows, "--skip-rows", "2", "--skip-footer", "2", change=change).status == 0


def test_where_nobody_goes_a_merge_is_the_tables_own(ndoo: Ndoo, uphold: Any, tmp_path: Path) -> None:
    uphold(TWICE, change=lambda book: book.active.merge_cells("A2:A3"))
    said = ndoo("check", "in.xlsx", "-o", "cleaned.dat", "--nhs-number", "nhs_number", *BY)
    assert "workbook-merged" not in said.told


def test_rows_that_somebody_hid_are_rows(uphold: Any, tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book.active.row_dimensions[2].hidden = True
        book.active.row_dimensions[3].hidden = True

    said = uphold([[GO], [PEOPLE[1]], [PEOPLE[2]]], change=hide)
    assert said.json["rows"] == {"read": 3, "kept": 2, "removed": 1, "held": {}, "kept_without_number": 0}
    assert said.json["input"]["dialect"]["hidden_rows"] == 2


def test_of_several_sheets_one_is_named_the_hidden_ones_too(uphold: Any) -> None:
    def more(book: Any) -> None:
        book.create_sheet("Lists").sheet_state = "hidden"

    refused = uphold([[PEOPLE[1]]], change=more)
    assert (refused.status, refused.json["error"]["code"]) == (2, "sheet-several")
    assert "'Sheet', 'Lists'" in refused.told
    assert "several sheets" in refused.told
    assert uphold([[PEOPLE[1]]], "--sheet", "Nothing", change=more).status == 2
    near = uphold([[PEOPLE[1]]], "--sheet", "List", change=more).json["error"]["message"]
    assert "There is no sheet 'List'. Did you mean 'Lists'? The sheets are 'Sheet', 'Lists'." in near
    said = uphold([[PEOPLE[1]]], "--sheet", "Sheet", change=more)
    assert (said.status, said.json["input"]["dialect"]["hidden_sheets"]) == (0, 1)


def test_excel_never_comes_out(uphold: Any, tmp_path: Path) -> None:
    said = uphold([[PEOPLE[1]]], output="out.xlsx")
    assert (said.status, said.json["error"]["code"]) == (2, "output-format")


def test_an_archive_that_is_no_workbook_is_refused(ndoo: Ndoo, uphold: Any, tmp_path: Path) -> None:
    uphold([])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", "nhs_number\n")
        packed.writestr("b.csv", "nhs_number\n")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:20])
    for name in ("a.zip", "cut.zip"):
        said = ndoo("uphold", name, "-o", "b.csv", *BY, "--json")
        assert (said.status, said.json["error"]["code"]) == (3, "format-refused")


def test_a_damaged_or_swollen_workbook_is_refused(
    ndoo: Ndoo, uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook")
    said = ndoo("uphold", "bad.xlsx", "-o", "b.csv", *BY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-damaged")
    monkeypatch.setattr(sheet_cells, "LARGEST", 100)
    said = uphold([[PEOPLE[1]]])
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-large")


def test_without_the_package_it_says_which(uphold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    said = uphold([[PEOPLE[1]]])
    assert (said.status, "ndoo[excel]" in said.told) == (2, True)


def test_a_workbook_that_changes_meanwhile_is_not_released(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed = workbook.Delimited.stream

    def touching(*arguments: Any) -> Any:
        (tmp_path / "in.xlsx").touch()
        return streamed(*arguments)

    monkeypatch.setattr(workbook.Delimited, "stream", touching)
    assert uphold([[PEOPLE[1]]]).json["error"]["code"] == "input-changed"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a", "a"),
        (5.0, "5"),
        (-5.0, "-5"),
        (1e16, "1e+16"),
        (0.1, "0.1"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(minutes=1), "PT60S"),
        (7, "7"),
        ("", ""),
    ],
)
def test_a_cell_is_written_in_one_way(cell: Any, text: str) -> None:
    assert as_text(cell) == text


def test_a_file_that_is_gone_is_no_workbook(tmp_path: Path) -> None:
    assert not workbook.is_workbook(tmp_path / "gone.xlsx")
    with pytest.raises(UnfitData):
        workbook._sheet(tmp_path / "gone.xlsx", None, 1)
