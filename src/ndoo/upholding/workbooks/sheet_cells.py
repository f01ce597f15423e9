"""What an Excel workbook holds besides the values of its cells: what was hidden, how far a sheet reaches, and what was merged.

And where a value is not there: a formula that was never calculated, or an error. The library that reads the values gives a blank for both, and
makes room for every cell up to the farthest one.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from ndoo.domain.errors import UnfitData

LARGEST = 1 << 28
"""Bytes of a workbook unpacked: more is no table for Excel, or a bomb."""
MOST_CELLS = 1 << 24
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_EDGE = re.compile(rb"\b(min|max)\s*=\s*[\"']([0-9]{1,5})[\"']")
_PLACE = re.compile(rb"r\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR = re.compile(rb"t\s*=\s*[\"'](?:e[\"']|&)")
_FORMULA = re.compile(rb"f[\s/>]")
_CELLS = (b"<c ", b"<c>", b"<c/", b":c ", b":c>", b":c/")
_PIECE = 1 << 20
_SPAN = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def damaged_workbook() -> UnfitData:
    return UnfitData("workbook-damaged", "The workbook is damaged, protected by a password, or no workbook.")


@dataclass(frozen=True, slots=True)
class MergedCells:
    """Cells of which the first alone has the value, of several rows: its columns, and the rows below the first, counted from 1."""

    columns: range
    below: range


@dataclass(slots=True)
class SheetExtent:
    """The farthest row and column of a sheet in which something stands, and for each column the first row in which a formula has
    no value, or an error stands. All are counted from 1."""

    rows: int = 0
    columns: int = 0
    formulas: dict[int, int] = field(default_factory=dict)
    errors: dict[int, int] = field(default_factory=dict)
    merged: list[MergedCells] = field(default_factory=list)
    """Those of several rows."""

    def met(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)


class WorkbookParts:
    """The parts of an Excel workbook, of its sheets as XML.

    Raises:
        UnfitData: it unpacks to more than a table is, or is damaged.
    """

    def __init__(self, path: Path, largest: int | None = None) -> None:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if sum(one.file_size for one in packed.infolist()) > (largest or LARGEST):
                raise UnfitData("workbook-large", "The workbook unpacks to more than 256 MiB. Save the sheet as CSV.")
            if len({name.lower() for name in names}) != len(names):
                raise damaged_workbook()  # which of two parts of one name is read, nobody can say
            self._sheets = {name: packed.read(name) for name in names if _is_sheet(name)}
            self._named = _parts_by_sheet(packed)

    @property
    def hidden(self) -> dict[str, int]:
        """How much somebody hid, over all sheets."""
        rows = sum(len(_HIDDEN_ROW.findall(sheet)) for sheet in self._sheets.values())
        spans = [dict(_EDGE.findall(tag)) for sheet in self._sheets.values() for tag in _HIDDEN_COLUMNS.findall(sheet)]
        columns = sum(int(span.get(b"max", 0)) - int(span.get(b"min", 0)) + 1 for span in spans)
        return {"hidden_rows": rows, "hidden_columns": columns}

    def cells(self, sheet: str, first: int = 1) -> SheetExtent:
        """What is to be known of the cells of the sheet of that name.

        Args:
            first: the row from which on values are looked for.

        Raises:
            UnfitData: it is not there or damaged, or it reaches farther than a table does.
        """
        xml = self._sheets.get(self._named.get(sheet, ""))
        if xml is None:
            raise damaged_workbook()
        found = None if b"\0" in xml[:200] or _may_lack(xml) else _extent(xml)  # a NUL: it is no ASCII
        if found is None or found.rows * found.columns > MOST_CELLS:
            found = _read_through(xml, first)
        if found.rows * found.columns > MOST_CELLS:
            raise UnfitData(
                "workbook-sparse",
                "The sheet reaches so far that most of its cells must be empty. Delete the rows and columns behind the table, or save it "
                "as CSV.",
            )
        found.merged = _merged(xml)
        return found


def refuse_sparse(path: Path, sheet: str, largest: int) -> None:
    """Raises UnfitData where the sheet of that name reaches farther than a table does, or cannot be read."""
    try:
        WorkbookParts(path, largest).cells(sheet)
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, expat.ExpatError):
        raise damaged_workbook() from None


def _is_sheet(name: str) -> bool:
    return name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml")


def _parts_by_sheet(packed: zipfile.ZipFile) -> dict[str, str]:
    """In which part each sheet stands, by its name."""
    places = {}
    for _, relation in _elements(packed.read("xl/_rels/workbook.xml.rels")):
        target = posixpath.normpath(posixpath.join("xl", relation.get("Target", "")))
        places[relation.get("Id", "")] = target.lstrip("/")
    named = {}
    for tag, one in _elements(packed.read("xl/workbook.xml")):
        if tag == "sheet":
            identity = next((value for key, value in one.items() if key.endswith(":id")), "")
            named[one.get("name", "")] = places.get(identity, "")
    return named


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element's name, its prefix left aside, and its attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    parser.Parse(xml, True)
    return found


def _parser() -> expat.XMLParserType:
    """A workbook declares no types, and so no entities that could grow."""

    def refuse(*_: object) -> None:
        raise damaged_workbook()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _merged(xml: bytes) -> list[MergedCells]:
    """The merged cells of several rows."""
    if b"mergeCell" not in xml and b"\0" not in xml[:200]:  # a NUL: it is no ASCII
        return []
    found: list[MergedCells] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "mergeCell":
            return
        span = _SPAN.fullmatch(attributes.get("ref", ""))
        if span is None:
            raise damaged_workbook()
        left, top, right, bottom = span.groups()
        if int(bottom) > int(top):
            found.append(MergedCells(range(_column(left), _column(right) + 1), range(int(top) + 1, int(bottom) + 1)))

    parser = _parser()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
    return found


def _may_lack(xml: bytes) -> bool:
    """Could an error stand in it, or a formula?"""
    return bool(_ERROR.search(xml)) or any(xml[found.start() - 1] in b"<:" for found in _FORMULA.finditer(xml))


def _extent(xml: bytes) -> SheetExtent | None:
    """How far the cells reach by the places that they name, empty cells too; None where not each cell names its own."""
    found, named, begin = SheetExtent(), 0, 0
    while begin < len(xml):
        end = xml.find(b"<", begin + _PIECE)
        piece = xml[begin : end if end >= 0 else len(xml)]
        places = _PLACE.findall(piece)
        named += len(places)
        for row in {row for _, row in places}:
            found.met(int(row), 0)
        for letters in {letters for letters, _ in places}:
            found.met(0, _column(letters.decode()))
        begin += len(piece)
    return found if named == sum(map(xml.count, _CELLS)) else None


class _Handler:
    """Follows the cells of a sheet through its XML."""

    def __init__(self, first: int) -> None:
        self.cells, self._first = SheetExtent(), first
        self._row = self._column = 0
        self._type = ""
        self._formula = self._in_value = self._has_value = False
        self._value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif tag == "c":
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._row = int(place[2]) if place else self._row
            self._type, self._value = attributes.get("t", ""), ""
            self._formula = self._has_value = False
        elif tag == "f":
            self._formula = True
        self._in_value = tag in ("v", "t")
        self._has_value |= self._in_value

    def text(self, piece: str) -> None:
        if self._in_value:
            self._value += piece

    def end(self, name: str) -> None:
        self._in_value = False
        if name.rpartition(":")[2] != "c":
            return
        error = self._type == "e"
        blank = self._formula and not self._value.strip() and not (self._type == "str" and self._has_value)
        if (error or blank) and self._row >= self._first:
            (self.cells.errors if error else self.cells.formulas).setdefault(self._column, self._row)
        if self._value or self._formula or error:
            self.cells.met(self._row, self._column)


def _read_through(xml: bytes, first: int) -> SheetExtent:
    handler, parser = _Handler(first), _parser()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler = handler.text
    parser.Parse(xml, True)
    return handler.cells


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = 26 * at + ord(letter) - 64
    return at
