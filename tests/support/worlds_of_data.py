"""A made-up hospital extract with every kind of column, in every format that is scanned."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.numbers import some

KINDS = {
    "person": "nhs_number",
    "reference": "none",
    "born": "date_of_birth",
    "admitted": "none",
    "pc": "postcode",
    "dx": "icd10",
    "op": "opcs4",
    "concept": "snomed_ct",
    "code": "read_code",
    "who": "name",
    "lives_at": "address",
    "rings": "phone",
    "writes": "email",
    "remark": "free_text",
    "scottish": "chi_number",
    "cost": "none",
    "flag": "none",
}
"""What each column holds. No heading gives it away but `born`, whose kind is a matter of what the date means."""


def chi(dice: random.Random) -> str:
    """A valid CHI number."""
    from ndoo.domain.nhs_number import check_digit

    while True:
        nine = f"{dice.randint(1, 28):02}{dice.randint(1, 12):02}{dice.randint(30, 99)}{dice.randrange(1000):03}"
        if (digit := check_digit(nine)) is not None:
            return f"{nine}{digit}"


def columns(rows: int = 300, seed: int = 5) -> dict[str, list[str]]:
    """Columns of text; the remarks hold an NHS number in one of fifty rows."""
    dice = random.Random(seed)
    given, family = (
        ["Sarah", "John", "Mohammed", "Priya", "Ewa", "Tunde", "Grace", "Liam"],
        ["Smith", "Khan", "Patel", "Nowak", "Jones", "Okafor", "Wood"],
    )

    def each(*values: str) -> list[str]:
        return [dice.choice(values) for _ in range(rows)]

    numbers = some(rows, seed)
    day = [f"2024-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}" for _ in range(rows)]
    people = [f"{dice.choice(given)} {dice.choice(family)}" for _ in range(rows)]
    inward = "ABDEFGHJLNPQRSTUWXYZ"
    return {
        "person": numbers,
        "reference": [f"{dice.randrange(10**10):010}" for _ in range(rows)],
        "born": [f"{dice.randint(1, 28):02}/{dice.randint(1, 12):02}/{dice.randint(1930, 2015)}" for _ in range(rows)],
        "admitted": day,
        "pc": [
            f"LS{dice.randint(1, 29)} {dice.randint(1, 9)}{dice.choice(inward)}{dice.choice(inward)}"
            for _ in range(rows)
        ],
        "dx": each("E11.9", "I10X", "J45.9", "C50.1", "I21.0", "N18.3", "R07.4"),
        "op": each("W37.1", "Y53.4", "Z94.2", "K40.2", "H22.9", "G45.1"),
        "concept": each("73211009", "38341003", "195967001", "44054006", "22298006"),
        "code": each("C10E.", "H33..", "G20..", "9Nu0.", "XaZ89"),
        "who": people,
        "lives_at": [
            f"{dice.randint(1, 99)} {dice.choice(('Mill', 'High', 'Park'))} {dice.choice(('Road', 'Street', 'Lane'))}, Leeds"
            for _ in range(rows)
        ],
        "rings": [f"07700 900{dice.randrange(1000):03}" for _ in range(rows)],
        "writes": [f"{name.lower().replace(' ', '.')}@example.org" for name in people],
        "remark": [
            f"Seen in clinic and doing well. Mother's number is {n[:3]} {n[3:6]} {n[6:]}."
            if at % 50 == 0
            else "Seen in clinic and doing well, review again in six months."
            for at, n in enumerate(some(rows, seed + 1))
        ],
        "scottish": [chi(dice) for _ in range(rows)],
        "cost": [f"{dice.random() * 1000:.2f}" for _ in range(rows)],
        "flag": each("Y", "N"),
    }


def as_csv(table: Mapping[str, Sequence[str]], *, heading: bool = True, delimiter: str = ",") -> str:
    """Delimited text, quoted where it must be."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    if heading:
        writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return out.getvalue()


def put(path: Path, table: Mapping[str, Sequence[str]]) -> Path:
    """Write the table in the format that the path's name says."""
    match path.name.split(".", 1)[1]:
        case "csv":
            path.write_text(as_csv(table), encoding="utf-8")
        case "tsv":
            path.write_text(as_csv(table, delimiter="\t"), encoding="utf-8")
        case "csv.gz":
            path.write_bytes(gzip.compress(as_csv(table).encode()))
        case "csv.zst":
            import zstandard

            path.write_bytes(zstandard.compress(as_csv(table).encode()))
        case "utf16.csv":
            path.write_bytes(as_csv(table).encode("utf-16"))
        case "parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table(dict(table)), path, row_group_size=100)
        case "arrow":
            from pyarrow import feather
            from pyarrow import table as arrow

            feather.write_feather(arrow(dict(table)), str(path))
        case "json":
            path.write_text(json.dumps(records(table)), encoding="utf-8")
        case "ndjson":
            path.write_text("\n".join(map(json.dumps, records(table))), encoding="utf-8")
        case "xlsx":
            import openpyxl

            book = openpyxl.Workbook()
            book.active.append(list(table))
            for row in zip(*table.values(), strict=True):
                book.active.append(list(row))
            book.save(path)
        case "duckdb":
            put_duckdb(path, {"extract": table})
        case "sqlite":
            put_sqlite(path, {"extract": table})
    return path


def records(table: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """One object a row."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def put_duckdb(path: Path, tables: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """A DuckDB database of these tables; a name with a point in it is schema.table."""
    import duckdb

    with duckdb.connect(str(path)) as database:
        for name, table in tables.items():
            schema, _, plain = name.rpartition(".")
            if schema:
                database.execute(f'create schema "{schema}"')
            place = f'"{schema or "main"}"."{plain}"'
            database.execute(
                f"create table {place} ({', '.join(chr(34) + column + chr(34) + ' varchar' for column in table)})"
            )
            rows = [list(row) for row in zip(*table.values(), strict=True)]
            database.executemany(  # the names are this module's own
                f"insert into {place} values ({', '.join('?' * len(table))})",  # noqa: S608
                rows,
            )


def put_sqlite(path: Path, tables: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """A SQLite database of these tables."""
    with sqlite3.connect(path) as connection:
        for name, table in tables.items():
            connection.execute(f'create table "{name}" ({", ".join(table)})')
            connection.executemany(  # the names are this module's own
                f'insert into "{name}" values ({", ".join("?" * len(table))})',  # noqa: S608
                zip(*table.values(), strict=True),
            )
    connection.close()
