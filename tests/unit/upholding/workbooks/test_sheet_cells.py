"""A value that is not there is not made blank, and a sheet that reaches to the last cell does not fill the memory."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ndoo.domain.errors import UnfitData
from ndoo.upholding.workbooks import sheet_cells
from ndoo.upholding.workbooks.sheet_cells import MergedCells, SheetExtent, WorkbookParts
from tests.conftest import ROOT, TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(8, seed=23)
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)
CASES = ROOT / "tests" / "spec" / "cases" / "world" / "excel_values"
_START = '<?xml version="1.0" encoding="UTF-8"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def sheet(*rows: str, before: str = "", end: str = "</x:worksheet>") -> str:
    return f"{_START}{before}<x:sheetData>{''.join(rows)}</x:sheetData>{end}"


def changed(path: Path, parts: dict[str, bytes | None], source: Path | None = None) -> Path:
    """A workbook of one sheet, some of its parts written anew or left out."""
    if source is None:
        source = path.with_name("plain.xlsx")
        book = openpyxl.Workbook()
        book.active.append(["nhs_number", "bmi"])
        book.save(source)
        book.close()
    with zipfile.ZipFile(source) as plain, zipfile.ZipFile(path, "w") as packed:
        for name in plain.namelist():
            content = parts.get(name, plain.read(name))
            if content is not None:
                packed.writestr(name, content)
        for name in parts.keys() - set(plain.namelist()):
            packed.writestr(name, parts[name] or b"")
    return path


def with_sheet(path: Path, xml: str | bytes) -> Path:
    return changed(path, {"xl/worksheets/sheet1.xml": xml if isinstance(xml, bytes) else xml.encode()})


@pytest.mark.parametrize(
    ("cell", "lacks"),
    [
        ('<x:c r="B2"><x:f>1+1</x:f><x:v>2</x:v></x:c>', SheetExtent(2, 2)),
        ('<x:c r="B2"><x:f>1+1</x:f><x:v/></x:c>', SheetExtent(2, 2, {2: 2})),
        ('<x:c r="B2"><x:f>1+1</x:f></x:c>', SheetExtent(2, 2, {2: 2})),
        ('<x:c r="B2"><x:f t="shared" si="0"/><x:v> </x:v></x:c>', SheetExtent(2, 2, {2: 2})),
        ('<x:c r="B2" t="str"><x:f>""</x:f><x:v></x:v></x:c>', SheetExtent(2, 2)),
        ('<x:c r="B2" t="str"><x:f>""</x:f></x:c>', SheetExtent(2, 2, {2: 2})),
        ('<x:c r="B2" t="e"><x:v>#REF!</x:v></x:c>', SheetExtent(2, 2, {}, {2: 2})),
        ("<x:c r='B2' t='e'><x:f>1/0</x:f><x:v>#DIV/0!</x:v></x:c>", SheetExtent(2, 2, {}, {2: 2})),
        ('<x:c r="B2" t="&#101;"><x:v>#N/A</x:v></x:c>', SheetExtent(2, 2, {}, {2: 2})),
        ('<x:c r="B2" t="inlineStr"><x:is><x:t>of f </x:t></x:is></x:c>', SheetExtent(2, 2)),
        ('<x:c r="B2"/>', SheetExtent(2, 1)),
    ],
)
def test_a_value_that_is_not_there_is_seen(cell: str, lacks: SheetExtent, tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "in.xlsx", sheet(f'<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c>{cell}</x:row>'))
    assert WorkbookParts(path).cells("Sheet") == lacks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_cells_merged_over_several_rows_are_told(encoding: str, tmp_path: Path) -> None:
    refs = ("A2:A3", "B2:D2", "$AB$4:$AC$6")
    merged = "".join(f'<x:mergeCell ref="{ref}"/>' for ref in refs)
    xml = sheet(
        '<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>',
        end=f"<x:mergeCells>{merged}</x:mergeCells></x:worksheet>",
    )
    path = with_sheet(tmp_path / "in.xlsx", xml.replace("UTF-8", encoding.upper()).encode(encoding))
    assert WorkbookParts(path).cells("Sheet").merged == [
        MergedCells(range(1, 2), range(3, 4)),
        MergedCells(range(28, 30), range(5, 7)),
    ]


@pytest.mark.parametrize("ref", ["", "A2", "2:3", "A2:A3 B2:B3"])
def test_merged_cells_that_are_nowhere_are_damage(ref: str, tmp_path: Path) -> None:
    merged = f'<x:mergeCells><x:mergeCell ref="{ref}"/></x:mergeCells></x:worksheet>'
    path = with_sheet(tmp_path / "in.xlsx", sheet('<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>', end=merged))
    with pytest.raises(UnfitData) as said:
        WorkbookParts(path).cells("Sheet")
    assert said.value.code == "workbook-damaged"


def test_cells_without_a_place_stand_one_after_another(tmp_path: Path) -> None:
    rows = (
        '<x:row><x:c><x:v>1</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>'
    )
    path = with_sheet(tmp_path / "in.xlsx", sheet(rows))
    assert WorkbookParts(path).cells("Sheet") == SheetExtent(2, 2, {}, {2: 2})
    plain = with_sheet(tmp_path / "in.xlsx", sheet("<x:row><x:c><x:v>1</x:v></x:c></x:row>"))
    assert WorkbookParts(plain).cells("Sheet") == SheetExtent(1, 1)
    wide = with_sheet(
        tmp_path / "in.xlsx",
        sheet('<x:row r="1"><x:c r="A1" t="e"/></x:row>').replace("UTF-8", "UTF-16").encode("utf-16"),
    )
    assert WorkbookParts(wide).cells("Sheet").errors == {1: 1}


def test_a_sheet_of_one_far_cell_is_refused_and_empty_ones_count_for_nothing(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would ask for 270 GB, and end the process."""
    far = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="1048576"><x:c r="XFD1048576"{}</x:row>'
    path = with_sheet(tmp_path / "in.xlsx", sheet(far.format(' s="1"/>')))
    assert WorkbookParts(path).cells("Sheet") == SheetExtent(1, 1)
    path = with_sheet(tmp_path / "in.xlsx", sheet(far.format("><x:v>1</x:v></x:c>")))
    with pytest.raises(UnfitData, match="Delete the rows"):
        WorkbookParts(path).cells("Sheet")
    (tmp_path / "go.txt").write_text(PEOPLE[0])
    said = ndoo("uphold", "in.xlsx", "-o", "out.csv", *BY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-sparse")


def test_a_far_row_whose_cells_name_no_place_is_seen(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">' + "<c><v>1</v></c>" * 20 + "</row>"
    path = with_sheet(tmp_path / "in.xlsx", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    with pytest.raises(UnfitData, match="Delete the rows"):
        WorkbookParts(path).cells("Sheet")


def test_what_was_hidden_is_counted(tmp_path: Path) -> None:
    hidden = '<x:row r="1" hidden="1"/><x:row r="2" hidden="true"/><x:row r="3" hidden="0"/>'
    columns = '<x:cols><x:col min="2" max="4" hidden="1"/><x:col min="6" max="6"/><x:col hidden="true" min="9" max="9"/></x:cols>'
    path = with_sheet(tmp_path / "in.xlsx", sheet(hidden, before=columns))
    assert WorkbookParts(path).hidden == {"hidden_rows": 2, "hidden_columns": 4}


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/_rels/workbook.xml.rels": None},
        {"xl/_rels/workbook.xml.rels": b"<Relationships/>"},
        {"xl/_rels/workbook.xml.rels": b"<"},
        {"xl/worksheets/sheet1.xml": None},
        {"xl/worksheets/SHEET1.xml": b"<worksheet/>"},
        {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'},
        {"xl/worksheets/sheet1.xml": sheet('<x:row><x:c t="e"><x:v>').encode()},
    ],
)
def test_a_damaged_workbook_is_refused(parts: dict[str, bytes | None], tmp_path: Path, ndoo: Ndoo) -> None:
    changed(tmp_path / "in.xlsx", parts)
    (tmp_path / "go.txt").write_text(PEOPLE[0])
    said = ndoo("uphold", "in.xlsx", "-o", "out.csv", *BY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-damaged")


def test_an_absolute_target_is_found(tmp_path: Path) -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Target="/xl/worksheets/sheet1.xml"/></Relationships>'
    )
    path = changed(tmp_path / "in.xlsx", {"xl/_rels/workbook.xml.rels": relations.encode()})
    assert WorkbookParts(path).cells("Sheet") == SheetExtent(1, 2)


def test_a_column_without_its_values_is_named_with_its_first_row(ndoo: Ndoo, tmp_path: Path) -> None:
    """Calamine gives a blank for each, as in its issue 720."""
    (tmp_path / "in.xlsx").write_bytes((CASES / "in.xlsx").read_bytes())
    (tmp_path / "go.txt").write_bytes((CASES / "go.txt").read_bytes())
    said = ndoo("uphold", "in.xlsx", "-o", "out.csv", *BY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "workbook-lacking")
    assert (
        "a formula without a kept value in column 'bmi' from row 2; an error such as #N/A in column 'note' from row 2"
        in said.told
    )
    assert not list(tmp_path.glob("out*"))


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Any:
    (tmp_path / "go.txt").write_text(PEOPLE[0] + "\n")

    def run(rows: list[list[Any]], *more: object) -> Any:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "in.xlsx")
        book.close()
        return ndoo("uphold", "in.xlsx", "-o", "out.csv", *BY, *more, "--json")

    return run


ROWS = [[number, "x"] for number in PEOPLE]


def test_a_sheet_with_a_title_and_a_total_is_refused_with_the_remedy(uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    title, foot = [["Report:\nof two lines"], [None], [f"Asked by {PEOPLE[1]}"]], [["End"], ["Total: 8 rows"]]
    book = [*title, ["nhs_number", "seen"], *ROWS, *foot]
    said = uphold(book)
    assert (said.status, said.json["error"]["code"], "--skip-rows 3" in said.told) == (3, "heading-below", True)
    said = uphold(book, "--skip-rows", 3)
    assert (said.status, said.json["error"]["code"], "--skip-footer 2" in said.told) == (3, "lines-below", True)
    assert "--skip-footer 2" in uphold(book, "--skip-rows", 3, "--skip-footer", 1).told
    said = uphold(book, "--skip-rows", 3, "--skip-footer", 2)
    assert said.status == 0, said.told
    assert (said.json["input"]["dialect"]["skip_rows"], said.json["input"]["dialect"]["skip_footer"]) == (3, 2)
    assert "left-out-numbers" in str(said.json["warnings"])
    assert (tmp_path / "out.csv").read_text() == "nhs_number,seen\n" + "".join(f"{n},x\n" for n in PEOPLE[1:])
    assert ndoo("verify", "out.csv", *BY).status == 0
    assert uphold(book, "--skip-rows", 99).json["error"]["code"] == "input-empty"


def test_a_formula_outside_the_table_stops_nobody(uphold: Any) -> None:
    book = [["Run", "=TODAY()"], ["nhs_number", "seen"], *ROWS, ["Total", "=COUNT(A3:A10)"]]
    assert uphold(book, "--skip-rows", 1, "--skip-footer", 1).status == 0
    said = uphold(book, "--skip-rows", 1)
    assert (said.status, "'seen' from row 11" in said.told) == (3, True)


def test_a_sheet_without_a_heading_is_read_by_position(uphold: Any) -> None:
    said = uphold([["Report", "of today"], *ROWS], "--skip-rows", 1, "--no-header", "--nhs-number", "1")
    assert (said.status, said.json["rows"]["kept"]) == (0, len(ROWS) - 1)


def test_null_means_no_number_in_a_sheet_too(uphold: Any) -> None:
    book = [["nhs_number", "seen"], *ROWS, ["NULL", "x"]]
    assert uphold(book).json["rows"]["held"] == {"malformed": 1}
    assert uphold(book, "--null", "NULL").json["rows"]["held"] == {"missing": 1}


def test_the_library_alone_would_blank_them(tmp_path: Path) -> None:
    """The naive reading, kept to show that the guard is needed."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(CASES / "in.xlsx")).get_sheet_by_index(0).to_python()
    assert {tuple(row[1:]) for row in rows[1:]} == {("", "")}


def test_a_large_sheet_is_told_by_its_cells_that_hold_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_cells, "MOST_CELLS", 3)
    cells = "".join(f'<x:c r="{letter}1"/>' for letter in "ABCD")
    path = with_sheet(tmp_path / "in.xlsx", sheet(f'<x:row r="1">{cells}</x:row>'))
    assert WorkbookParts(path).cells("Sheet") == SheetExtent()
