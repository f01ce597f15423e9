"""One cell at a time: every database reads as `domain.nhs_number.read` does, thousands of damaged cells in one table."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.upholding.database_address import TableName
from ndoo.upholding.sql import read_cells
from ndoo.upholding.sql.decide_rows import HELD
from ndoo.upholding.sql.dialects import DIALECTS, TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, quoted, reading, script
from tests.engines.databases import Place
from tests.engines.worlds import ABROAD
from tests.support.numbers import some

STRANGE = [
    *" -'\"\t\n\r\x0b\x0c_.,+eE0123456789OolI",
    "\u00a0",
    "\u2009",
    "\u3000",
    "\u200b",
    "\ufeff",
    "９",
    "٣",
    "²",
    "‐",
    "–",
    "’",
    "“",
    "é",
    "e\u0301",
    "\U0001d7d7",
    "\0",
    "  ",
    "--",
    "''",
    '""',
]
"""What stands in cells, and what databases take for spaces, digits, quotes, or nothing."""


def cells() -> list[str]:
    """Numbers in every way of writing them, then one, two and three changes to each."""
    dice = random.Random(7)
    whole = [*some(40), *ABROAD, *(str(d) * 10 for d in range(10)), "", "0123456789", "9990000000"]
    written = [
        form
        for n in whole
        for form in (
            n,
            f"{n[:3]} {n[3:6]} {n[6:]}",
            f"{n[:3]}-{n[3:6]}-{n[6:]}",
            f"{n[:3]}{n[3:6]}-{n[6:]}",
            f"'{n}'",
            f'" {n} "',
            f" {n}  ",
        )
    ]
    changed = []
    for cell in written * 6:
        text = cell
        for _ in range(dice.randint(1, 3)):
            at = dice.randint(0, len(text))
            text = text[:at] + dice.choice(STRANGE) + text[at + dice.randint(0, 1) :]
        changed.append(text)
    long = [
        " " * 70 + "9",
        "'" + " " * 70 + "'",
        " " * 80,
        "'" * 64,
        "'" + " " * 62 + "'",
        "x" * 65,
        f"'{' ' * 60}'",
        f"{some(1)[0]}{' ' * 90}",
    ]
    return [*written, *changed, *long]


def expected(cell: str | None) -> tuple[int | None, Undecided | None]:
    answer = read(cell)
    return (int(answer.reveal()), None) if isinstance(answer, NHSNumber) else (None, answer)


def by_database(
    place: Place, type_: str, cells: list[Any], kind: TypeKind
) -> list[tuple[int | None, Undecided | None]]:
    """What the database's own SQL says of each cell."""
    with place.loading() as database:
        place.fill(database, "cells", {"at": "INTEGER", "cell": type_}, list(enumerate(cells)))
        (column,) = [c for c in database.needed(TableName(None, "cells")) if c.name == "cell"]
        assert column.kind is kind or place.kind.startswith("sqlite")
        steps = reading('"cells"', [TableColumn("cell", column.kind, column.type)], "ndoo_")
        rows = database.run(
            script(
                steps,
                'SELECT ndoo_number0, ndoo_why0 FROM ndoo_judged ORDER BY "at"',
                database.dialect,
                width=database.width,
            )
        )
    return [(number if why == 0 else None, HELD.get(why)) for number, why in rows]


@pytest.mark.parametrize("type_", ["TEXT", "VARCHAR(100)", "CHAR(100)"])
def test_text_is_read_to_the_letter(place: Place, type_: str) -> None:
    told = cells()
    if place.kind == "postgresql":  # it takes no NUL
        told = [cell.replace("\0", "\v") for cell in told]
    assert sum(isinstance(read(cell), NHSNumber) for cell in told) > 200
    assert by_database(place, type_, told, TypeKind.TEXT) == [expected(cell) for cell in told]


def test_a_null_is_a_missing_number(place: Place) -> None:
    assert by_database(place, "TEXT", [None, some(1)[0]], TypeKind.TEXT) == [expected(None), expected(some(1)[0])]


def test_a_whole_number_has_ten_digits_or_has_lost_one(place: Place) -> None:
    mine = int(some(1)[0])
    cells = [mine, mine + 1, mine // 10, 123456789, 0, -mine, None, 1111111111, 10_000_000_000, 9_999_999_999]
    text = [None if cell is None else str(cell) if 10**9 <= cell < 10**10 else "?" for cell in cells]
    for type_ in ("BIGINT", "DECIMAL(12,0)", "DECIMAL(18)", "NUMERIC(19, 0)", "DECIMAL(38,0)"):
        assert by_database(place, type_, cells, TypeKind.WHOLE) == [expected(cell) for cell in text]


def test_a_decimal_with_places_behind_the_point_is_no_whole_number(place: Place) -> None:
    mine = int(some(1)[0])
    for type_ in ("DECIMAL(12,1)", "NUMERIC(38,10)", *(("NUMERIC",) if place.kind == "postgresql" else ())):
        assert len(by_database(place, type_, [mine, None], TypeKind.DECIMALS)) == 2


def test_decimals_beyond_every_whole_number_are_none_of_anybodys(place: Place) -> None:
    """Of 38 digits, and what is no number."""
    if place.kind.startswith("sqlite"):
        return  # it keeps them as fractions
    cells: list[Any] = [Decimal("9" * 38), Decimal("-" + "9" * 38), 2**63, 2**64]
    if place.kind == "postgresql":
        cells.append(Decimal("NaN"))
    assert by_database(place, "DECIMAL(38,0)", cells, TypeKind.WHOLE) == [expected("?")] * len(cells)


def test_a_collation_makes_no_digit_of_another_scripts() -> None:
    """Under SQL Server's usual collations 9 is equal to its full-width form; the generated SQL compares bytes."""
    steps = reading("[t]".strip("[]"), [TableColumn("n", TypeKind.TEXT, "nvarchar")], "ndoo_")
    said = script(steps, "SELECT ndoo_why0 FROM ndoo_judged", "tsql")
    assert said.count("COLLATE Latin1_General_BIN2") == 1
    assert "CAST([n] AS NVARCHAR(MAX)) COLLATE Latin1_General_BIN2" in said


def test_sqlite_values_of_other_types_are_nobodys(tmp_path: object, place: Place) -> None:
    """A column of text may hold numbers, fractions and bytes in SQLite."""
    if not place.kind.startswith("sqlite"):
        return
    mine = some(1)[0]
    cells = [mine, int(mine), float(mine), mine.encode(), mine.encode("utf-16-le"), 123456789]
    want = [mine, mine, "?", "?", "?", "?"]
    assert by_database(place, "", cells, TypeKind.TEXT) == [expected(cell) for cell in want]


ODD_NAMES = [*"aA'\"`\\ ", 'q"q', "it's", "-- no", "/* */", "[x]", "x;y", "{0}", "%s", "''", '""', "select", "\u00fc"]
"""What quotes, comments and patterns are made of."""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("names", [ODD_NAMES, ["ndoo_stands_for_0", "a", "ndoo_stands_for_1"]], ids=["odd", "ours"])
def test_no_name_changes_what_a_query_says(names: list[str], dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [TableColumn(name, TypeKind.TEXT, "text") for name in names]
    steps = reading(f"{quoted(names[0])}.{quoted(names[1])}", columns, "ndoo_")
    last = f"SELECT {', '.join(map(quoted, names))}, 'it''s \"a\"' AS \"more\" FROM ndoo_judged"
    said = script(steps, last, dialect)
    monkeypatch.setattr(read_cells, "_translated", read_cells._translated_as_it_is)
    assert said == script(steps, last, dialect)
