"""A table's row that stays and holds, in any other cell, the number of somebody withheld stops the run, and `ndoo verify`."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ndoo.domain.answers import Polarity
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import open_database
from ndoo.upholding.databases.stray_numbers import mentioned_in
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.engines.test_tables_verified import broken
from tests.engines.test_tables_verified import schema as schema
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(60)
GO = PEOPLE[0]
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
WIDE = "".join(chr(ord(digit) + 0xFEE0) for digit in GO)
IN_TEXT = (
    f"her mother, {GO}, came too",
    f"{GO[:3]} {GO[3:6]} {GO[6:]}",
    f'["x", "{GO}"]',
    json.dumps({"of": [{"n": int(GO)}]}),
    WIDE,
    f"{GO[0]}.{GO[1:]}E+09",
    f"{GO[:3]}&nbsp;{GO[3:6]}&nbsp;{GO[6:]}",
)
HARMLESS = ("", f"order 12345-{PEOPLE[9]}", "2026-11-23 10:11:12", "Zoë", "9" * 30)
CODES = ", ".join(str(ord(digit)) for digit in GO)
TYPED: dict[str, list[tuple[str, str]]] = {
    "duckdb": [
        ("BIGINT[]", f"[1, {GO}]"),
        ("STRUCT(a INTEGER, b STRUCT(n DOUBLE))", f"{{'a': 1, 'b': {{'n': {GO}}}}}"),
        ("JSON", f"'{{\"n\": {GO}}}'"),
        ("DOUBLE", GO),
        ("DECIMAL(12,1)", GO),
        ("BIGINT", GO),
        ("BLOB", f"'{GO}'::BLOB"),
        ("MAP(VARCHAR, VARCHAR)", f"MAP {{'n': '{GO}'}}"),
        ("HUGEINT", GO),
        ("VARCHAR[]", f"['a', '{GO}']"),
        ("STRUCT(a VARCHAR, b VARCHAR, c VARCHAR)", f"{{'a': '{GO[:3]}', 'b': '{GO[3:6]}', 'c': '{GO[6:]}'}}"),
        (
            "STRUCT(a INTEGER, b STRUCT(n BIGINT, m INTEGER, o SMALLINT)[])",
            f"{{'a': 1, 'b': [{{'n': {GO[:3]}, 'm': {GO[3:6]}, 'o': {GO[6:]}}}]}}",
        ),
        ("UTINYINT[]", f"[{CODES}]"),
        ("SMALLINT[10]", f"[{CODES}]"),
    ],
    "postgresql": [
        ("BIGINT[]", f"'{{1, {GO}}}'"),
        ("JSONB", f"'{{\"n\": {GO}}}'"),
        ("DOUBLE PRECISION", GO),
        ("NUMERIC(12,1)", GO),
        ("BIGINT", GO),
        ("MONEY", f"{GO}::numeric"),
        ("BYTEA", f"'{GO}'::bytea"),
        ("VARCHAR(12)", f"'{GO}'"),
        ("SMALLINT[]", f"'{{{CODES}}}'"),
        ("BIGINT[][]", f"'{{{{{CODES}}}}}'"),
        ("parts", f"('{GO[:3]}', '{GO[3:6]} ', '{GO[6:]}')::parts"),
        ("parts[]", f"ARRAY[('{GO[:3]}', '{GO[3:6]}', '{GO[6:]}')::parts]"),
    ],
    "sqlite": [
        ("", GO),
        ("", f"{GO}.0"),
        ("", f"x'{GO.encode().hex()}'"),
        ("", f"'{GO}' || char(0)"),
        ("TIMESTAMP", f"'{GO}'"),
    ],
}


@pytest.fixture
def upholds(place: Place, ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    (tmp_path / "gone.txt").write_text(GO)
    if place.kind == "postgresql":
        place.run("CREATE TYPE parts AS (a TEXT, b TEXT, c TEXT)")

    def run(column: str, *values: str, into: str = "released", more: tuple[str, ...] = ()) -> Said:
        """Uphold a table whose column `x` has these values, each an SQL literal, among thousands of ordinary ones."""
        rows = ", ".join(f"('{n}', {values[at] if at < len(values) else 'NULL'})" for at, n in enumerate(PEOPLE[10:]))
        place.run(
            "DROP TABLE IF EXISTS visits",
            f"CREATE TABLE visits (nhs_number TEXT, x {column})",
            f"INSERT INTO visits VALUES {rows}, ('{GO}', NULL)",
        )
        return ndoo(
            "uphold",
            place.address,
            "--table",
            "visits",
            "--into",
            into,
            "--nhs-number",
            "nhs_number",
            *LIST,
            "--json",
            *more,
        )

    return run


def _refused(said: Said, place: Place, why: str) -> None:
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions"), why
    assert place.tables() == {"visits"}


def test_text_in_every_disguise(upholds: Callable[..., Said], place: Place) -> None:
    for text in IN_TEXT:
        _refused(upholds("TEXT", "NULL", f"'{text}'"), place, text)
    quiet = upholds("TEXT", *(f"'{text}'" for text in HARMLESS))
    assert quiet.status == 0, quiet.told


def test_numbers_lists_structures_and_bytes(upholds: Callable[..., Said], place: Place) -> None:
    for column, value in TYPED[place.kind.split()[0]]:
        _refused(upholds(column, "NULL", value), place, f"{column} {value}")


def test_what_was_classified_may_stay_and_the_row_of_somebody_removed_is_no_matter(
    upholds: Callable[..., Said], place: Place
) -> None:
    assert upholds("TEXT", f"'see {GO}'", more=("--ignore-column", "x")).status == 0
    place.run(
        f"INSERT INTO visits VALUES ('{GO}', 'again {GO}')", f"DELETE FROM visits WHERE nhs_number = '{PEOPLE[10]}'"
    )
    assert upholds("DATE", into="dates").status == 0


def test_verify_finds_what_was_written_into_a_released_table(
    upholds: Callable[..., Said], place: Place, ndoo: Ndoo
) -> None:
    assert upholds("TEXT").status == 0
    place.run(f"UPDATE released SET x = 'see {GO}' WHERE nhs_number = '{PEOPLE[20]}'")
    said = ndoo("verify", f"{place.address}#released", *LIST, "--json")
    assert (said.status, broken(said)) == (3, ["digest", "nobody"])
    assert "stand in another column: 'x'" in said.told


def test_a_schema_in_which_a_remark_names_somebody(schema: Place, ndoo: Ndoo) -> None:
    from tests.unit.upholding.linked_tables.scene import GO as LEFT

    schema.run(f"UPDATE released.wards SET name = 'see {LEFT}' WHERE ward = 'w0'")
    said = ndoo("verify", f"{schema.address}#released", *LIST, "--json")
    assert broken(said) == ["digest", "nobody"]
    schema.run(f"UPDATE clinic.wards SET name = 'see {LEFT}' WHERE ward = 'w0'")
    call = (
        "uphold",
        schema.address,
        "--schema",
        "clinic",
        "--into",
        "again",
        "--nhs-number",
        "patients.nhs_number",
        *LIST,
        "--json",
    )
    refused: Any = ndoo(*call)
    assert refused.json["error"]["code"] == "column-mentions"
    assert "'wards.name'" in refused.told
    assert ndoo(*call, "--ignore-column", "wards.name").status == 0
    schema.run(
        "ALTER TABLE clinic.episodes ADD remark TEXT", f"UPDATE clinic.episodes SET remark = '{LEFT}' WHERE id = 'e1'"
    )
    hold = ("--mentions", "hold", "--held", "aside", "--replace")
    stopped: Any = ndoo(*call, *hold)
    assert (stopped.status, stopped.json["error"]["code"]) == (2, "column-mentions"), (
        "episodes in ward w0 would lead nowhere"
    )
    assert "'wards.name'" in stopped.told
    schema.run("ALTER TABLE clinic.episodes DROP CONSTRAINT episodes_ward_fkey")
    held: Any = ndoo(*call, *hold)
    assert held.status == 6, held.told
    counts = {name: table["rows"]["held"].get("mentions", 0) for name, table in held.json["tables"].items()}
    assert counts == {"results": 2, "patients": 0, "episodes": 1, "notes": 0, "wards": 1}, (
        "what leads to a held row is held"
    )
    assert set(held.json["mentions"]["columns"]) == {"episodes.remark", "wards.name"}
    assert schema.run("SELECT id FROM aside.results ORDER BY id") == [("r1",), ("r2",)]
    assert ndoo("verify", f"{schema.address}#again", *LIST).status == 0


SPLITS = [tuple(GO), (f" {GO[:3]} ", f'"{GO[3:6]}"', GO[6:])]


@pytest.mark.parametrize("parts", SPLITS)
def test_a_number_that_is_split_over_cells_side_by_side(place: Place, ndoo: Ndoo, parts: tuple[str, ...]) -> None:
    """A registrar's form of ten boxes came through with everybody in it."""
    columns = [f"c{at}" for at in range(len(parts))]
    rows = [(number, *([None] * len(parts))) for number in PEOPLE[10:]]
    rows[7] = (rows[7][0], *parts)
    place.make("visits", {"nhs_number": "TEXT", **dict.fromkeys(columns, "TEXT")}, [*rows, (GO, *parts)])
    Path("gone.txt").write_text(GO)
    call = ("uphold", place.address, "--table", "visits", "--nhs-number", "nhs_number", *LIST, "--json")
    said = ndoo(*call, "--into", "released")
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions"), said.told
    held = ndoo(*call, "--into", "held", "--mentions", "hold")
    assert (held.status, held.json["rows"]["held"]) == (6, {"mentions": 1}), held.told
    apart = ndoo(*call, "--into", "released", "--ignore-column", columns[1])
    assert apart.status == 0, apart.told


def _drawn(seed: int) -> tuple[dict[str, str], list[list[str | int | None]]]:
    """Columns side by side of small numbers and texts, in which here and there somebody's number is split."""
    dice = random.Random(seed)
    names = [f"c{at}" for at in range(dice.randint(2, 12))]
    columns = {name: dice.choice(["TEXT", "INTEGER"]) for name in names}

    def cell(type_: str) -> str | int | None:
        digits = "".join(dice.choices("0123456789", k=dice.randint(1, 6)))
        if type_ == "INTEGER":
            return dice.choice([int(digits), None, -int(digits)])
        return dice.choice([digits, f" {digits}", f'"{digits}"', "", "x", f"{digits}x", None, "1" * 10])

    rows = [[cell(type_) for type_ in columns.values()] for _ in range(80)]
    for row in dice.sample(rows, 8 if seed % 3 else 0):
        cuts = sorted(dice.sample(range(1, 10), dice.randint(1, min(9, len(names) - 1))))
        parts = [GO[begin:end] for begin, end in zip([0, *cuts], [*cuts, 10], strict=True)]
        first = dice.randint(0, len(names) - len(parts))
        for name, part, at in zip(names[first:], parts, range(first, len(names)), strict=False):
            row[at] = part if columns[name] == "TEXT" else int(part)
    return columns, rows


def test_cells_side_by_side_are_seen_as_in_a_file(place: Place) -> None:
    """The database says which rows may have a number, so that the kernel comes to what it comes to by all rows."""
    listed = cleaned_list(Polarity.OPTED_OUT, [GO], None)
    came = Counter[bool]()
    for seed in range(12):
        columns, rows = _drawn(seed)
        known = [[], ["c1"]][seed % 4 == 3]
        place.make("visits", columns, rows)
        arrays = [
            pa.array([row[at] for row in rows], pa.string() if type_ == "TEXT" else pa.int64())
            for at, type_ in enumerate(columns.values())
        ]
        of_a_file = MentionSearch(list(columns), known, OptOuts(listed))
        of_a_file.batch(pa.record_batch(arrays, names=list(columns)))
        with open_database(place.parsed, read_only=True) as database:
            table = database.resolved(TableName(None, "visits"))
            found = mentioned_in(database, table, database.columns(table), known, OptOuts(listed))
        assert (found.found, found.by_chance) == (of_a_file.found, of_a_file.by_chance), seed
        came[bool(found.found)] += 1
    assert min(came[True], came[False]) > 1, came


def test_rows_that_name_somebody_are_held_back_and_the_rest_is_released(
    upholds: Callable[..., Said], place: Place
) -> None:
    """Whatever stands in the cell, and twice the same."""
    for at, (column, value) in enumerate(
        [("TEXT", f"'{IN_TEXT[at]}'") for at in (1, 4)] + TYPED[place.kind.split()[0]]
    ):
        into, held = f"held{at}", ("--mentions", "hold", "--held", f"aside{at}")
        said = upholds(column, "NULL", value, value, into=into, more=held)
        assert said.status == 6, (column, value, said.told)
        assert said.json["rows"]["held"] == {"mentions": 2}
        assert said.json["mentions"] == {"mode": "hold", "columns": ["x"], "by_chance": []}
        kept, aside = (place.run(f"SELECT nhs_number FROM {name}") for name in (into, f"aside{at}"))
        assert {number for (number,) in aside} == set(PEOPLE[11:13])
        assert {number for (number,) in kept} == {PEOPLE[10], *PEOPLE[13:]}


def test_a_row_of_somebody_who_goes_is_removed_and_not_held_for_what_it_mentions(
    upholds: Callable[..., Said], place: Place
) -> None:
    place_before = upholds("TEXT", f"'see {GO}'", more=("--mentions", "hold", "--undecided", "exclude"))
    assert (place_before.status, place_before.json["rows"]["removed"]) == (0, 1)
    assert place_before.json["rows"]["held"] == {"mentions": 1}
    assert upholds("TEXT", "'fine'", into="fine", more=("--mentions", "hold")).json["mentions"]["columns"] == []
