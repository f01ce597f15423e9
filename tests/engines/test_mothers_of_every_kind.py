"""A mother who opts out is not told by the next release, though all children stay: each column that names people is judged, in files, folders,
FHIR, tables, schemas and Spark. So is each row where a table's rows name several people, or lead to one and name another.

Each child has a row with either of two mothers, so that no child goes with one of them. Before, the column of children alone was compared.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import made
from tests.engines.test_characterised import MARKS, SYSTEM, Arguments
from tests.support.numbers import some

CHILDREN, MOTHERS = some(12, seed=161), some(12, seed=162)
GONE, LATER = MOTHERS[1], MOTHERS[7]
BIRTHS = [(child, MOTHERS[(at + by) % 12]) for by in (0, 1) for at, child in enumerate(CHILDREN)]
COLUMNS = {"child": [child for child, _ in BIRTHS], "mother": [mother for _, mother in BIRTHS]}
BOTH = ("--nhs-number", "child", "--also", "mother")


def _text(folder: Path, _: pytest.FixtureRequest) -> Arguments:
    (folder / "in.csv").write_text("child,mother\n" + "".join(f"{child},{mother}\n" for child, mother in BIRTHS))
    return "in.csv", *BOTH, "-o", "out.csv"


def _linked(folder: Path, _: pytest.FixtureRequest) -> Arguments:
    (folder / "in").mkdir()
    (folder / "in" / "people.csv").write_text("id,nhs_number\n" + "".join(f"c{n},{n}\n" for n in CHILDREN))
    (folder / "in" / "births.csv").write_text("id,mother\n" + "".join(f"c{n},{mother}\n" for n, mother in BIRTHS))
    key = {"fields": "id", "reference": {"resource": "people", "fields": "id"}}
    tables = [
        {"name": "people", "path": "people.csv"},
        {"name": "births", "path": "births.csv", "schema": {"foreignKeys": [key]}},
    ]
    (folder / "in" / "datapackage.json").write_text(json.dumps({"name": "births", "resources": tables}))
    return "in", "--nhs-number", "people.nhs_number", "--also", "births.mother", "-o", "out"


def _resources() -> list[dict[str, object]]:
    patients = [
        {"resourceType": "Patient", "id": f"p{n}", "identifier": [{"system": SYSTEM, "value": n}]} for n in CHILDREN
    ]
    mothers = [
        {
            "resourceType": "RelatedPerson",
            "id": f"m{at}",
            "identifier": [{"system": SYSTEM, "value": mother}],
            "patient": {"reference": f"Patient/p{child}"},
        }
        for at, (child, mother) in enumerate(BIRTHS)
    ]
    return [*patients, *mothers]


def _fhir(folder: Path, _: pytest.FixtureRequest) -> Arguments:
    (folder / "in.ndjson").write_text("".join(json.dumps(one) + "\n" for one in _resources()))
    return "in.ndjson", "-o", "out.ndjson"


def _sqlite(folder: Path, _: pytest.FixtureRequest) -> Arguments:
    with sqlite3.connect(folder / "house.sqlite") as database:
        database.execute("CREATE TABLE births (child TEXT, mother TEXT)")
        database.executemany("INSERT INTO births VALUES (?, ?)", BIRTHS)
    database.close()
    return "sqlite:///house.sqlite", "--table", "births", *BOTH, "--into", "released"


def _schema(_: Path, request: pytest.FixtureRequest) -> Arguments:
    places = made("postgresql", Path(), request)
    place = next(places)
    request.addfinalizer(lambda: next(places, None))
    people = ", ".join(f"('c{n}', '{n}')" for n in CHILDREN)
    births = ", ".join(f"('c{n}', '{mother}')" for n, mother in BIRTHS)
    place.run(
        "CREATE SCHEMA clinic",
        "CREATE TABLE clinic.people (id text PRIMARY KEY, nhs_number text)",
        "CREATE TABLE clinic.births (id text REFERENCES clinic.people, mother text)",
        f"INSERT INTO clinic.people VALUES {people}",
        f"INSERT INTO clinic.births VALUES {births}",
    )
    return (
        place.address,
        "--schema",
        "clinic",
        "--nhs-number",
        "people.nhs_number",
        "--also",
        "births.mother",
        "--into",
        "released",
    )


def _spark(folder: Path, request: pytest.FixtureRequest) -> Arguments:
    request.getfixturevalue("spark")
    (folder / "in").mkdir()
    pq.write_table(pa.table(COLUMNS), folder / "in" / "part-0.parquet")
    return "in", "--engine", "spark", *BOTH, "-o", "out"


MADE: dict[str, Callable[[Path, pytest.FixtureRequest], Arguments]] = {
    "text": _text,
    "linked": _linked,
    "fhir": _fhir,
    "sqlite": _sqlite,
    "schema": _schema,
    "spark": _spark,
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, ())) for name in MADE])
def test_a_mother_is_not_told_by_the_next_release(
    name: str, ndoo: Ndoo, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    arguments = MADE[name](tmp_path, request)
    again = (*arguments[:-1], "again") if "--into" in arguments else arguments
    upheld = (
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--expect-removed",
        "0-50",
        "--asset",
        "births",
        "--json",
    )
    (tmp_path / "gone.txt").write_text(f"{GONE}\n")
    first = ndoo("uphold", *arguments, *upheld)
    assert first.status == 0, first.told
    (tmp_path / "gone.txt").write_text(f"{GONE}\n{LATER}\n")
    said = ndoo("uphold", *again, *upheld)
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference"), said.told


def test_a_patient_whose_number_cannot_be_read_hides_no_mother(ndoo: Ndoo, tmp_path: Path) -> None:
    unreadable = {"resourceType": "Patient", "id": "unreadable", "identifier": [{"system": SYSTEM, "value": "999"}]}
    (tmp_path / "in.ndjson").write_text("".join(json.dumps(one) + "\n" for one in [*_resources(), unreadable]))
    upheld = (
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--expect-removed",
        "0-50",
        "--asset",
        "births",
        "--json",
    )
    said = []
    for gone in ((GONE,), (GONE, LATER)):
        (tmp_path / "gone.txt").write_text("".join(f"{number}\n" for number in gone))
        said.append(ndoo("uphold", "in.ndjson", "-o", "out.ndjson", *upheld))
    assert (said[0].status, said[0].json["rows"]["held"]) == (6, {"malformed": 1}), said[0].told
    assert (said[1].status, said[1].json["error"]["code"]) == (5, "asset-difference"), said[1].told


FAMILIES = [*zip(some(30, seed=163), some(30, seed=164), strict=True)]
OWN, STAYING = FAMILIES[29], FAMILIES[0][0]
"""The last mother has two children, of whom the second has a mother who stays."""


def _together(_: Path, request: pytest.FixtureRequest) -> Arguments:
    """A schema with children and mothers in the rows of one table."""
    place = next(places := made("postgresql", Path(), request))
    request.addfinalizer(lambda: next(places, None))
    births = ", ".join(f"('{child}', '{mother}')" for child, mother in BIRTHS)
    place.run(
        "CREATE SCHEMA clinic",
        "CREATE TABLE clinic.births (child text, mother text)",
        f"INSERT INTO clinic.births VALUES {births}",
    )
    keys = ("--nhs-number", "births.child", "--also", "births.mother")
    return place.address, "--schema", "clinic", *keys, "--into", "released"


@pytest.mark.parametrize(
    ("name", "make"),
    [pytest.param(name, make, marks=MARKS.get(name, ())) for name, make in (MADE | {"schema": _together}).items()],
)
def test_families_who_left_are_no_cover_for_a_mother_whose_child_stays(
    name: str,
    make: Callable[[Path, pytest.FixtureRequest], Arguments],
    ndoo: Ndoo,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twelve families leave, and one mother opts out: by each column thirteen are gone, and twelve of them for another reason."""
    births = [*FAMILIES, (STAYING, OWN[1])]
    here = sys.modules[__name__]
    upheld = [
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--expect-removed",
        "0-50",
        "--asset",
        "births",
        "--json",
    ]
    for at, (families, gone) in enumerate(
        ((births, [FAMILIES[20][1]]), ([births[0], *births[13:]], [FAMILIES[20][1], OWN[1]]))
    ):
        monkeypatch.setattr(here, "BIRTHS", families)
        monkeypatch.setattr(here, "CHILDREN", [*dict.fromkeys(child for child, _ in families)])
        monkeypatch.setattr(
            here, "COLUMNS", {key: [one[place] for one in families] for place, key in enumerate(COLUMNS)}
        )
        folder = tmp_path / str(at)
        folder.mkdir()
        monkeypatch.chdir(folder)
        (folder / "gone.txt").write_text("".join(f"{number}\n" for number in gone))
        said = ndoo("uphold", *make(folder, request), *upheld)
        if at:
            assert (said.status, said.json["error"]["code"]) == (5, "asset-difference"), said.told
        else:
            assert said.status == 0, said.told
