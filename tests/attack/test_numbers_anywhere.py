"""A number × a way of writing it × a place × an engine: whoever may not be released is met, in every column in which they are planted.

Each run plants one number in each of a hundred columns, so that one run is a hundred examples: the columns that the refusal names are
compared with those in which somebody withheld was planted. `make soak` makes a hundred thousand.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.support.number_forms import AMONG_DIGITS, AS_WRITTEN
from tests.support.numbers import some

MANY = some(400, seed=91)
GO, STAY = MANY[:12], MANY[12:]
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY, "--nhs-number", "nhs_number", "--expect-removed", "0-100")
FORMS = {**AS_WRITTEN, **AMONG_DIGITS}
COLUMNS, ROWS = 100, 40
SENTENCES = (
    "{}",
    "{}",
    "Her mother: {} came along.",
    "12 March, {}",
    "see <{}>",
    "ref {} / 7",
    "“{}”",
    "x = {};",
    "{} 100%",
    "\n{}\n",
)
FILLERS = (
    "seen in clinic",
    "",
    "BP 128/76",
    "12/03/2024 at 10:30",
    "E11.9",
    "W7",
    "07700 900123 rang",
    "fine & well",
    "£1,250.00",
)
_NAMED = re.compile(r"'(c[0-9]+)'|\bc([0-9]+)\b")


@dataclass(frozen=True)
class Table:
    """Rows of people who may stay, in whose other cells numbers were planted; `withheld` are the columns that must be named."""

    names: list[str]
    rows: list[list[str]]
    withheld: set[str]


def planted(dice: random.Random, fits: Callable[[str], bool]) -> Table:
    """A table with one number in each column; the cells that `fits` refuses are written by another form."""
    names, withheld = [f"c{at}" for at in range(COLUMNS)], set()
    rows = [[dice.choice(FILLERS) for _ in names] for _ in range(ROWS)]
    for at, name in enumerate(names):
        goes = dice.random() < 0.8
        number = dice.choice(GO if goes else STAY)
        while True:
            cell = dice.choice(SENTENCES).format(dice.choice(list(FORMS.values()))(number))
            if fits(cell):
                break
        rows[dice.randrange(ROWS)][at] = cell
        if goes:
            withheld.add(name)
    return Table(["nhs_number", *names], [[STAY[at], *row] for at, row in enumerate(rows)], withheld)


def _text(table: Table, encoding: str, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([table.names, *table.rows])
    return text.getvalue().encode(encoding)


def _without_nul(cell: str) -> bool:
    return "\0" not in cell and "\r" not in cell.replace("\r\n", "")


def _of_windows(cell: str) -> bool:
    try:
        return _without_nul(cell) and cell.encode("cp1252").decode("cp1252") == cell
    except UnicodeError:
        return False


def _columns(table: Table, dice: random.Random) -> pa.Table:
    """Each column of another type that holds text, at some depth."""
    kinds: list[Callable[[list[str]], Any]] = [
        lambda cells: pa.array(cells),
        lambda cells: pa.array(cells, pa.large_string()),
        lambda cells: pa.array(cells).dictionary_encode(),
        lambda cells: pa.array([cell.encode() for cell in cells], pa.binary()),
        lambda cells: pa.array([["x", cell] for cell in cells], pa.list_(pa.string())),
        lambda cells: pa.array([{"a": {"b": cell}} for cell in cells]),
        lambda cells: pa.array([[("k", cell)] for cell in cells], pa.map_(pa.string(), pa.string())),
    ]
    arrays = [pa.array([row[0] for row in table.rows])]
    arrays += [dice.choice(kinds)([row[at] for row in table.rows]) for at in range(1, len(table.names))]
    return pa.table(arrays, names=table.names)


def _workbook(table: Table, path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (table.names, *table.rows):
        book.active.append(row)
    book.save(path)


def _of_excel(cell: str) -> bool:
    """Excel takes no control characters, and what begins like a formula is one."""
    return not re.search(r"[\x00-\x08\x0b-\x1f]", cell) and cell[:1] not in "=+-@" and "\r" not in cell


def _linked(table: Table, path: Path) -> None:
    path.mkdir()
    (path / "t.csv").write_bytes(_text(table, "utf-8", ","))
    (path / "p.csv").write_text("nhs_number,born\n" + "".join(f"{row[0]},1950\n" for row in table.rows))
    link = {"fields": "nhs_number", "reference": {"resource": "p", "fields": "nhs_number"}}
    fields = [{"name": name} for name in table.names]
    resources = [
        {"name": "p", "path": "p.csv", "schema": {"fields": [{"name": "nhs_number"}, {"name": "born"}]}},
        {"name": "t", "path": "t.csv", "schema": {"fields": fields, "foreignKeys": [link]}},
    ]
    (path / "datapackage.json").write_text(json.dumps({"name": "x", "resources": resources}))


Run = tuple[Table, list[str]]


def _sqlite(table: Table) -> list[str]:
    with sqlite3.connect("x.sqlite") as database:
        database.execute(f"CREATE TABLE t ({', '.join(f'{name} TEXT' for name in table.names)})")
        database.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(table.names))})", table.rows)  # noqa: S608
    database.close()
    return ["sqlite:///x.sqlite", "--table", "t", "--into", "u"]


def _duckdb(table: Table) -> list[str]:
    with duckdb.connect("x.duckdb") as database:
        database.execute(f"CREATE TABLE t ({', '.join(f'{name} VARCHAR' for name in table.names)})")
        database.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(table.names))})", table.rows)  # noqa: S608
    return ["duckdb:///x.duckdb", "--table", "t", "--into", "u"]


def _run(engine: str, dice: random.Random) -> Run:
    """Writes a table for one engine into the working folder, and what is said to uphold it."""
    if engine.startswith("text"):
        encoding, fits = dice.choice(
            [("utf-8", _without_nul), ("utf-8-sig", _without_nul), ("utf-16", _without_nul), ("cp1252", _of_windows)]
        )
        table = planted(dice, fits)
        raw = _text(table, encoding, dice.choice(",;\t|"))
        packed = engine == "text, packed"
        Path("in.csv.gz" if packed else "in.csv").write_bytes(gzip.compress(raw) if packed else raw)
        return table, ["in.csv.gz", "-o", "to.csv.gz"] if packed else ["in.csv", "-o", "to.csv"]
    if engine == "Excel":
        table = planted(dice, _of_excel)
        _workbook(table, Path("in.xlsx"))
        return table, ["in.xlsx", "-o", "to.csv"]
    if engine in ("Parquet", "Arrow"):
        table = planted(dice, lambda _: True)
        columns = _columns(table, dice)
        if engine == "Parquet":
            pq.write_table(columns, "in.parquet")
            return table, ["in.parquet", "-o", "to.parquet"]
        feather.write_feather(columns, "in.arrow", compression="uncompressed")
        return table, ["in.arrow", "-o", "to.arrow"]
    table = planted(dice, _without_nul)
    if engine == "linked tables":
        _linked(table, Path("in"))
        return table, ["in", "-o", "to"]
    return table, _sqlite(table) if engine == "SQLite" else _duckdb(table)


ENGINES = ("text", "text, packed", "Excel", "Parquet", "Arrow", "linked tables", "SQLite", "DuckDB")


def missed(engine: str, seed: int, ndoo: Ndoo) -> Iterator[str]:
    """The columns in which somebody withheld was planted and not met, or somebody was met who may stay."""
    table, said = _run(engine, random.Random(seed))
    number = ("--nhs-number", "p.nhs_number") if engine == "linked tables" else ("--nhs-number", "nhs_number")
    answer = ndoo("uphold", *said, *LIST[:4], *LIST[6:], *number)
    assert answer.status == 2, (engine, seed, answer.told)
    named = {f"c{plain or quoted[1:]}" for quoted, plain in _NAMED.findall(answer.told.replace("t.c", "c"))}
    yield from sorted(table.withheld ^ named)


@pytest.mark.parametrize("engine", ENGINES)
def test_whoever_may_not_be_released_is_met_in_every_column(engine: str, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("".join(f"{number}\n" for number in GO))
    assert not list(missed(engine, 1, ndoo))


@pytest.mark.soak
@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_thousand_numbers_in_every_form_and_place(
    engine: str, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """126 runs of a hundred columns for each of eight engines."""
    for seed in range(1_000, 1_126):
        place = tmp_path / str(seed)
        place.mkdir()
        monkeypatch.chdir(place)
        (place / "gone.txt").write_text("".join(f"{number}\n" for number in GO))
        assert not list(missed(engine, seed, ndoo)), seed
