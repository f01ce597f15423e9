"""Enumerations, JSON and bytes in a database: a key where they are text, looked into where they are not, and named as what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.support.numbers import some

PEOPLE = some(30, seed=41)
GONE, ANOTHER = PEOPLE[:3], some(31, seed=41)[-1]
"""They opted out; one of them, `PEOPLE[0]`, is named in other cells too."""
TYPES = {"duckdb": {"bytes": "BLOB", "json": "JSON"}, "postgresql": {"bytes": "bytea", "json": "jsonb"}}


@pytest.fixture
def upholds(place: Place, ndoo: Ndoo, tmp_path: Path) -> Any:
    (tmp_path / "gone.txt").write_text("\n".join(GONE))

    def run(*more: object) -> Said:
        return ndoo(
            "uphold",
            place.address,
            "--table",
            "visits",
            "--into",
            "released",
            "--replace",
            "--opted-out",
            "gone.txt",
            "--checked-at",
            TODAY,
            "--json",
            *more,
        )

    return run


def enumeration(place: Place) -> str:
    """A type that knows every number."""
    place.run(
        "CREATE TYPE of_people AS ENUM (" + ", ".join(f"'{number}'" for number in (*PEOPLE, ANOTHER, "unknown")) + ")"
    )
    return "of_people"


def test_an_enumeration_is_text(place: Place, upholds: Any, ndoo: Ndoo) -> None:
    if place.kind not in TYPES:
        return
    place.make("visits", {"nhs_number": enumeration(place), "ward": "TEXT"}, [(n, "w") for n in (*PEOPLE, "unknown")])
    said = upholds()
    assert said.status == 6, said.told
    assert said.json["rows"] == {
        "read": 31,
        "kept": 27,
        "removed": 3,
        "held": {"malformed": 1},
        "kept_without_number": 0,
    }
    assert place.run(
        "SELECT COUNT(*) FROM released WHERE CAST(nhs_number AS TEXT) IN ('" + "', '".join(GONE) + "')"
    ) == [(0,)]
    assert ndoo("verify", f"{place.address}#released", "--opted-out", "gone.txt", "--checked-at", TODAY, "--json").json[
        "verified"
    ]


@pytest.mark.parametrize("type_", ["DECIMAL(10,0)", "NUMERIC(10)", "DECIMAL(38,0)", "DOMAIN"])
def test_decimals_without_places_behind_the_point_are_whole_numbers(
    place: Place, upholds: Any, ndoo: Ndoo, type_: str
) -> None:
    """Every digit is there; one with a place behind the point is refused by name, and so is one whose type says nothing."""
    if type_ == "DOMAIN" and place.kind != "postgresql":
        return
    if type_ == "DOMAIN":
        place.run("CREATE DOMAIN inner_number AS NUMERIC(12,0)", "CREATE DOMAIN outer_number AS inner_number")
        type_ = "outer_number"
    rows = [*((int(number), "w") for number in PEOPLE), (int(PEOPLE[0][:9]), "short"), (None, "none")]
    place.make("visits", {"nhs_number": type_, "ward": "TEXT"}, rows)
    said = upholds("--nhs-number", "nhs_number")
    assert said.status == 6, said.told
    assert said.json["rows"] == {
        "read": 32,
        "kept": 27,
        "removed": 3,
        "held": {"malformed": 1, "missing": 1},
        "kept_without_number": 0,
    }
    assert place.run(f"SELECT COUNT(*) FROM released WHERE nhs_number IN ({', '.join(GONE)})") == [(0,)]
    assert ndoo("verify", f"{place.address}#released", "--opted-out", "gone.txt", "--checked-at", TODAY, "--json").json[
        "verified"
    ]


def test_a_second_column_of_decimals_is_found_and_looked_into(place: Place, upholds: Any) -> None:
    place.make("visits", {"nhs_number": "TEXT", "mother": "DECIMAL(10,0)"}, [(n, int(ANOTHER)) for n in PEOPLE])
    said = upholds("--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (2, "column-unclassified")
    rows = [(n, int(GONE[0]) if at == 20 else at) for at, n in enumerate(PEOPLE)]
    place.make("visits", {"nhs_number": "TEXT", "n": "DECIMAL(10,0)"}, rows)
    said = upholds("--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions"), said.told


def test_a_number_in_a_list_of_decimals_is_seen(place: Place, upholds: Any) -> None:
    if place.kind != "duckdb":
        return
    for said_so in (f"[1, {GONE[0]}]", f"[{', '.join(str(ord(one)) for one in GONE[0])}]"):
        place.make("visits", {"nhs_number": "TEXT"}, [(n,) for n in PEOPLE])
        place.run(
            "ALTER TABLE visits ADD COLUMN x DECIMAL(10,0)[]",
            f"UPDATE visits SET x = {said_so} WHERE nhs_number = '{PEOPLE[9]}'",
        )
        said = upholds("--nhs-number", "nhs_number")
        assert (said.status, said.json["error"]["code"]) == (2, "column-mentions"), said.told


def test_a_second_column_that_is_an_enumeration_is_not_left_unclassified(place: Place, upholds: Any) -> None:
    if place.kind not in TYPES:
        return
    place.make("visits", {"nhs_number": "TEXT", "mother": enumeration(place)}, [(n, ANOTHER) for n in PEOPLE])
    said = upholds("--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (2, "column-unclassified")


@pytest.mark.parametrize("form", ["utf-8", "utf-16-le", "utf-16-be", "deep", "json", "nested"])
def test_bytes_and_json_are_looked_into(form: str, place: Place, upholds: Any) -> None:
    """As text, a database writes zeros between the digits of UTF-16, and nobody sees the number."""
    if place.kind not in TYPES or (form == "nested" and place.kind != "duckdb"):
        return
    kind = TYPES[place.kind]["json" if form in ("json", "deep") else "bytes"]
    cell: Any = {"json": json.dumps({"seen": f"by {PEOPLE[0]}"}), "deep": json.dumps([[{"a": PEOPLE[0]}]])}.get(form)
    clean: Any = json.dumps({"seen": "by nobody"})
    if cell is None:
        encoding = "utf-16-le" if form == "nested" else form
        cell, clean = f"by {PEOPLE[0]}".encode(encoding), b"\x00\xff by nobody \x00"
    if form == "nested":
        cell, clean, kind = [{"a": cell}], [{"a": clean}], "STRUCT(a BLOB)[]"
    rows = [(number, clean) for number in PEOPLE]
    place.make("visits", {"nhs_number": "TEXT", "other": kind}, rows)
    assert upholds().status == 0
    place.make("visits", {"nhs_number": "TEXT", "other": kind}, [*rows, (PEOPLE[-1], cell)])
    said = upholds()
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions")
    assert "'other'" in said.told


@pytest.mark.parametrize("kind", ["bytes", "json"])
def test_a_key_that_is_no_text_is_named_as_what_it_is(kind: str, place: Place, upholds: Any) -> None:
    if place.kind not in TYPES:
        return
    type_ = TYPES[place.kind][kind]
    place.make(
        "visits",
        {"nhs_number": type_, "ward": "TEXT"},
        [(n.encode() if kind == "bytes" else json.dumps(n), "w") for n in PEOPLE],
    )
    said = upholds("--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (3, "column-type")
    assert f"Column 'nhs_number' is of the type {type_}" in said.told
