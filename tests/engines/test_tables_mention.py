"""A table's row that stays and holds, in any other cell, the number of somebody withheld stops the run, and `ndoo verify`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.engines.test_tables_verified import broken
from tests.engines.test_tables_verified import schema as schema
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
    from tests.unit.upholding.linked.scene import GO as LEFT

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
