"""The three published tables as CSV, with the columns that NHS Digital gives them; written, and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from ndoo.domain.errors import UnfitData
from ndoo.statistics.cells import AGE_GEN, DEAD, NATIONAL, REG_GEO, RES_GEO, TABLES, UNALLOCATED, Cell, age_cells
from ndoo.statistics.publication import STEP, SUPPRESSED, Shown, ShownCells
from ndoo.statistics.references import AREA_COLUMNS, PRACTICE_COLUMNS, References

COLUMNS = {
    AGE_GEN: ("ACH_DATE", "AGE_BAND", "GENDER", "OPT_OUT", "LIST_SIZE", "OPT_OUT_RATE"),
    REG_GEO: ("ACH_DATE", *PRACTICE_COLUMNS, "OPT_OUT", "LIST_SIZE"),
    RES_GEO: ("ACH_DATE", *AREA_COLUMNS, "OPT_OUT"),
}
FILES = {table: f"{table}.csv" for table in TABLES}
_DAY = "%d/%m/%Y"


def cells_of(references: References) -> list[Cell]:
    """Every cell that is published, in the order of the files."""
    return [
        *age_cells(),
        *(Cell(REG_GEO, code) for code in (*sorted(references.practices), UNALLOCATED)),
        *(Cell(RES_GEO, code) for code in (*sorted(references.areas), UNALLOCATED)),
    ]


def written(publication: ShownCells, references: References) -> dict[str, bytes]:
    """Each file's name and bytes. The rate is that of the count as shown, so that it tells no more than the count."""
    files = {}
    for table in TABLES:
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\r\n").writerow
        write(COLUMNS[table])
        for cell in publication.cells:
            if cell.table == table:
                write(_row(cell, publication, references))
        files[FILES[table]] = out.getvalue().encode()
    return files


def _row(cell: Cell, publication: ShownCells, references: References) -> Sequence[str]:
    day, said, size = f"{publication.as_at:{_DAY}}", publication.cells[cell], publication.list_sizes.get(cell)
    if cell.table == AGE_GEN:
        rate = f"{100 * said.value / size:.2f}" if size and said.value is not None else ""
        return day, cell.group, cell.sex, said.text, _size(size), SUPPRESSED if said.value is None else rate
    if cell.table == REG_GEO:
        return day, *_place(references.practices, cell.group, PRACTICE_COLUMNS), said.text, _size(size)
    return day, *_place(references.areas, cell.group, AREA_COLUMNS), said.text


def _size(size: int | None) -> str:
    return "" if size is None else str(size)


def _place(places: Mapping[str, Sequence[str]], code: str, columns: Sequence[str]) -> Sequence[str]:
    if code == UNALLOCATED:
        return [
            UNALLOCATED if name.endswith(("LSOA_CODE", "GP_PRACTICE", "LSOA_NAME", "PRACTICE_NAME")) else ""
            for name in columns
        ]
    return [_plain(text) for text in places[code]]


def _plain(text: str) -> str:
    """A name as a spreadsheet shows it and does not reckon it (ASVS 1.2.10)."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def read_tables(
    files: Mapping[str, bytes], name: str, national_steps: Mapping[Cell, int], method: int | None = None
) -> list[ShownCells]:
    """The publications, one a day, that these files hold; a file more or less does not matter.

    Args:
        files: by name, as in `FILES`.
        name: what to call them.
        national_steps: how the national numbers were rounded; 1 where nobody says, which tells most.
        method: see `ShownCells`.

    Raises:
        UnfitData: a table has other columns, or a cell that is no count.
    """
    found: dict[date, dict[Cell, Shown]] = {}
    sizes: dict[date, dict[Cell, int]] = {}
    for table in TABLES:
        rows = list(_read(table, files[FILES[table]])) if FILES[table] in files else []
        below = [value for _, cell, value, _ in rows if cell not in NATIONAL and value is not None]
        rounded = STEP not in below and all(value % STEP == 0 for value in below)
        for day, cell, value, size in rows:
            own = national_steps.get(cell, 1) if cell in NATIONAL else STEP if rounded else 1
            if cell in found.setdefault(day, {}):
                raise _unreadable(FILES[table])
            found[day][cell] = Shown(value, own)
            if size is not None:
                sizes.setdefault(day, {})[cell] = size
    return [ShownCells(day, cells, sizes.get(day, {}), name, method) for day, cells in sorted(found.items())]


def _read(table: str, raw: bytes) -> Iterator[tuple[date, Cell, int | None, int | None]]:
    try:
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        lines = []
    if not lines or tuple(lines[0]) != COLUMNS[table]:
        raise _unreadable(FILES[table])
    for line in lines[1:]:
        if len(line) != len(COLUMNS[table]):
            raise _unreadable(FILES[table])
        row = dict(zip(COLUMNS[table], line, strict=True))
        try:
            day = datetime.strptime(row["ACH_DATE"], _DAY).date()
            value = None if row["OPT_OUT"] == SUPPRESSED else int(row["OPT_OUT"].replace(",", ""))
            size = int(row["LIST_SIZE"].replace(",", "")) if row.get("LIST_SIZE") else None
        except ValueError:
            raise _unreadable(FILES[table]) from None
        if table == AGE_GEN:
            dead = DEAD.group in (row["AGE_BAND"], row["GENDER"])
            yield day, DEAD if dead else Cell(table, row["AGE_BAND"], row["GENDER"]), value, size
        else:
            yield day, Cell(table, line[1]), value, size


def _unreadable(name: str) -> UnfitData:
    return UnfitData(
        "statistics-unreadable",
        f"{name} is not the table that is published: other columns, a row twice, or a number that is none.",
    )
