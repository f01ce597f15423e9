"""`python -m examples.organisation [FOLDER]`: 15 databases of a made-up organisation, with tables that nobody declared.

`tables.toml` says what is in each, and what is planted. Every value is drawn at random from a fixed seed; the NHS numbers
are of the 999 range, which is never issued.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ndoo.domain.nhs_number import check_digit

HERE = Path(__file__).parent
ROWS = 400

GIVEN = [
    "Sarah",
    "John",
    "Mohammed",
    "Priya",
    "Ewa",
    "Tunde",
    "Grace",
    "Liam",
    "Fatima",
    "Oliver",
    "Margaret",
    "Kenneth",
]
FAMILY = ["Smith", "Khan", "Patel", "Nowak", "Jones", "Okafor", "Wood", "Taylor", "Hughes", "Begum", "Murphy", "Evans"]
INWARD = "ABDEFGHJLNPQRSTUWXYZ"


def plan() -> dict[str, dict[str, Any]]:
    """Of each database its tables: columns, and whether they are `declared`, `harmless` or `planted`."""
    return tomllib.loads((HERE / "tables.toml").read_text(encoding="utf-8"))["database"]


def build(folder: Path, rows: int = ROWS) -> list[Path]:
    """Make the databases in a folder, which is made too; older ones of the same names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, database in plan().items():
        path = folder / f"{name}.sqlite3"
        path.unlink(missing_ok=True)
        for table, said in tables(database):
            fill(path, table, said["columns"].split(), rows, said.get("forms", {}), f"{name} {table}")
        made.append(path)
    return made


def fill(
    path: Path, table: str, columns: Sequence[str], rows: int, forms: Mapping[str, str] | None = None, seed: str = ""
) -> None:
    """Make a table in a SQLite database, its rows drawn at random: the same ones for the same seed."""
    dice = random.Random(seed)  # noqa: S311  the same table every time
    drawing = [FORMS[(forms or {}).get(column, _form(column))] for column in columns]
    drawn = (tuple(form(dice, at) for form in drawing) for at in range(rows))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f'create table "{table}" ({", ".join(columns)})')
        places = ", ".join("?" * len(columns))
        connection.executemany(f'insert into "{table}" values ({places})', drawn)  # noqa: S608  the names are ours


def tables(database: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and description of each table of one database."""
    for kind in ("declared", "harmless", "planted"):
        for name, said in database.get(kind, {}).items():
            yield name, said if isinstance(said, dict) else {"columns": said}


def _number(dice: random.Random, _: int) -> str:
    while True:
        nine = f"999{dice.randrange(10**6):06}"
        digit = check_digit(nine)
        if digit is not None and len(set(nine)) > 1:
            return f"{nine}{digit}"


def _three(dice: random.Random, between: str) -> str:
    number = _number(dice, 0)
    return between.join((number[:3], number[3:6], number[6:]))


def _chi(dice: random.Random, _: int) -> str:
    while True:
        nine = f"{dice.randint(1, 28):02}{dice.randint(1, 12):02}{dice.randint(30, 99)}{dice.randrange(1000):03}"
        if (digit := check_digit(nine)) is not None:
            return f"{nine}{digit}"


def _day(dice: random.Random, first: date = date(2024, 1, 1), days: int = 900) -> str:
    return (first + timedelta(days=dice.randrange(days))).isoformat()


def _name(dice: random.Random, _: int = 0) -> str:
    return f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"


def _postcode(dice: random.Random, _: int) -> str:
    return f"LS{dice.randint(1, 29)} {dice.randint(1, 9)}{dice.choice(INWARD)}{dice.choice(INWARD)}"


def _note(dice: random.Random, _: int = 0) -> str:
    return dice.choice(
        (
            "Seen at home, wound clean and dry, dressing changed.",
            "Did not attend; a letter was sent and a new date offered.",
            "Much better since the dose was raised, no side effects.",
            "Feels low and sleeps badly; referred for talking therapy.",
        )
    )


def _one_of(*values: str) -> Callable[[random.Random, int], str]:
    return lambda dice, _: dice.choice(values)


FORMS: dict[str, Callable[[random.Random, int], Any]] = {
    "number": _number,
    "spaced": lambda dice, _: _three(dice, " "),
    "hyphened": lambda dice, _: _three(dice, "-"),
    "tagged": lambda dice, _: f"<td>{_three(dice, '</td><td>')}</td>",
    "fraction": lambda dice, _: float(_number(dice, 0)),
    "full_width": lambda dice, _: "".join(chr(0xFF10 + int(digit)) for digit in _number(dice, 0)),
    "in_text": lambda dice, at: f"{_note(dice)} Mother is {_three(dice, ' ')}." if at % 40 == 0 else _note(dice),
    "in_json": lambda dice, _: json.dumps({"subject": {"id": _number(dice, 0)}, "stage": dice.choice("1234")}),
    "in_lines": lambda dice, _: f"{_number(dice, 0)};{_day(dice)};{dice.choice(('E11.9', 'I21.0'))}",
    "chi": _chi,
    "id": lambda _, at: at + 1,
    "order": lambda dice, _: f"{dice.randrange(10**10):010}",
    "day": lambda dice, _: _day(dice),
    "birth": lambda dice, _: _day(dice, date(1930, 1, 1), 31_000),
    "postcode": _postcode,
    "name": _name,
    "address": lambda dice, _: f"{dice.randint(1, 99)} {dice.choice(('Mill', 'High', 'Park'))} Road, Leeds",
    "icd10": _one_of("E11.9", "I10", "J45.9", "C50.1", "I21.0", "N18.3", "R07.4"),
    "opcs4": _one_of("W37.1", "Y53.4", "Z94.2", "K40.2", "H22.9", "G45.1"),
    "snomed": _one_of("73211009", "38341003", "195967001", "44054006", "22298006"),
    "note": _note,
    "drug": _one_of("metformin", "amlodipine", "sertraline", "insulin", "ramipril"),
    "measure": lambda dice, _: round(dice.random() * 120, 1),
    "count": lambda dice, _: dice.randint(1, 60),
    "word": _one_of("red", "amber", "green", "left", "right", "routine", "urgent"),
    "item": _one_of("gloves", "paper", "chairs", "gauze", "batteries"),
    "site": _one_of("north", "south", "riverside"),
    "weekday": _one_of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
}
"""By name, how one cell is drawn."""

_BY_COLUMN = {
    "nhs_number": "number",
    "mother_nhs_number": "number",
    "icd10_main": "icd10",
    "site_icd10": "icd10",
    "opcs4_main": "opcs4",
    "complaint_snomed": "snomed",
    "postcode": "postcode",
    "notes": "note",
    "report": "note",
    "comment": "note",
    "letter": "note",
    "plan": "note",
    "born": "birth",
    "drug": "drug",
    "regimen": "drug",
    "substance": "drug",
    "code": "order",
    "item": "item",
    "site": "site",
    "weekday": "weekday",
    "order_number": "order",
    "name": "name",
    "address": "address",
    "quantity": "count",
    "words": "word",
}
_DAYS = frozenset(
    [
        "admitted",
        "discharged",
        "seen_on",
        "added_on",
        "arrived",
        "left",
        "diagnosed",
        "given",
        "taken",
        "started",
        "onset",
        "treated",
        "implanted",
        "consented",
        "made",
        "day",
    ]
)
_MEASURES = frozenset(
    [
        "weight_g",
        "waited_minutes",
        "value",
        "dose",
        "cost",
        "hba1c",
        "ejection_fraction",
        "weight_before",
        "weight_after",
        "score",
        "amount",
        "paid",
    ]
)


def _form(column: str) -> str:
    if column in _BY_COLUMN:
        return _BY_COLUMN[column]
    if column in _DAYS:
        return "day"
    if column in _MEASURES:
        return "measure"
    return "id" if column.endswith("_id") else "word"


if __name__ == "__main__":
    made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
    print(f"{len(made)} databases in {made[0].parent}")
