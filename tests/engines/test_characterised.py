"""Nothing changes unseen: a release of every kind through `uphold`, `verify`, `recall` and `type1 rerun`, pinned by what they say.

What is pinned is what a reader of a manifest, a script that asks for exit statuses and a person who is refused can rely on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from openpyxl import Workbook

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place, made
from tests.support.numbers import some

PEOPLE = some(9, seed=151)
GONE, OBJECTS, LATER = PEOPLE[:3]
"""Opted out, has a Type 1 opt-out, and has both from the day after the release on."""
NOBODY = "9990000000"
"""Its check digit is wrong."""
LISTS = ("--opted-out", "gone.txt", "--checked-at", TODAY, "--type1", "codes.csv")
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"

Arguments = tuple[str, ...]
"""INPUT and where its result goes."""


def _columns(people: Sequence[str]) -> dict[str, list[str]]:
    return {"nhs_number": list(people), "visit": [f"v{at}" for at in range(len(people))]}


def _lines(people: Sequence[str]) -> str:
    return "nhs_number,visit\n" + "".join(f"{number},v{at}\n" for at, number in enumerate(people))


def _text(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    (folder / "in.csv").write_text(_lines(people))
    return "in.csv", "-o", "out.csv"


def _parquet(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    pq.write_table(pa.table(_columns(people)), folder / "in.parquet")
    return "in.parquet", "-o", "out.parquet"


def _arrow(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    feather.write_feather(pa.table(_columns(people)), folder / "in.arrow", compression="uncompressed")
    return "in.arrow", "-o", "out.arrow"


def _excel(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    book = Workbook()
    for line in _lines(people).splitlines():
        book.worksheets[0].append(line.split(","))
    book.save(folder / "in.xlsx")
    return "in.xlsx", "-o", "out.csv"


def _linked(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    (folder / "in").mkdir()
    (folder / "in" / "people.csv").write_text(_lines(people))
    (folder / "in" / "tests.csv").write_text("test,visit\n" + "".join(f"t{at},v{at}\n" for at in range(len(people))))
    key = {"fields": "visit", "reference": {"resource": "people", "fields": "visit"}}
    tables = [
        {"name": "people", "path": "people.csv"},
        {"name": "tests", "path": "tests.csv", "schema": {"foreignKeys": [key]}},
    ]
    (folder / "in" / "datapackage.json").write_text(json.dumps({"name": "small", "resources": tables}))
    return "in", "-o", "out"


def _patients(people: Sequence[str]) -> str:
    return "".join(
        json.dumps({"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]})
        + "\n"
        for at, number in enumerate(people)
    )


def _observations(people: Sequence[str]) -> str:
    return "".join(
        json.dumps({"resourceType": "Observation", "id": f"o{at}", "subject": {"reference": f"Patient/p{at}"}}) + "\n"
        for at in range(len(people))
    )


def _fhir(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    (folder / "in.ndjson").write_text(_patients(people) + _observations(people))
    return "in.ndjson", "-o", "out.ndjson"


def _fhir_folder(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    (folder / "in").mkdir()
    (folder / "in" / "Patient.ndjson").write_text(_patients(people))
    (folder / "in" / "Observation.ndjson").write_text(_observations(people))
    return "in", "-o", "out"


def _sqlite(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    with sqlite3.connect(folder / "house.sqlite") as database:
        database.execute("CREATE TABLE visits (nhs_number TEXT, visit TEXT)")
        database.executemany("INSERT INTO visits VALUES (?, ?)", list(zip(*_columns(people).values(), strict=True)))
    database.close()
    return "sqlite:///house.sqlite", "--table", "visits", "--into", "released"


def _duckdb(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    with duckdb.connect(str(folder / "house.duckdb")) as database:
        database.execute("CREATE TABLE visits (nhs_number VARCHAR, visit VARCHAR)")
        database.executemany("INSERT INTO visits VALUES (?, ?)", list(zip(*_columns(people).values(), strict=True)))
    return "duckdb:///house.duckdb", "--table", "visits", "--into", "released"


def _server(people: Sequence[str], request: pytest.FixtureRequest) -> Place:
    """A schema of two tables, along a foreign key."""
    places = made("postgresql", Path(), request)
    place = next(places)
    request.addfinalizer(lambda: next(places, None))
    rows = ", ".join(f"('{number}', 'v{at}')" for at, number in enumerate(people))
    place.run(
        "CREATE SCHEMA clinic",
        "CREATE TABLE clinic.people (nhs_number text, visit text PRIMARY KEY)",
        "CREATE TABLE clinic.tests (test text, visit text REFERENCES clinic.people)",
        f"INSERT INTO clinic.people VALUES {rows}",
        "INSERT INTO clinic.tests SELECT 't' || visit, visit FROM clinic.people",
    )
    return place


def _postgresql(_: Path, people: Sequence[str], request: pytest.FixtureRequest) -> Arguments:
    return _server(people, request).address, "--table", "clinic.people", "--into", "clinic.released"


def _schema(_: Path, people: Sequence[str], request: pytest.FixtureRequest) -> Arguments:
    return _server(people, request).address, "--schema", "clinic", "--into", "released"


def _spark(folder: Path, people: Sequence[str], request: pytest.FixtureRequest) -> Arguments:
    request.getfixturevalue("spark")
    for at, some_people in enumerate((people[:4], people[4:])):
        (folder / "in" / f"site={at:02}").mkdir(parents=True)
        pq.write_table(pa.table(_columns(some_people)), folder / "in" / f"site={at:02}" / "part-0.parquet")
    return "in", "--engine", "spark", "-o", "out"


def _delta(folder: Path, people: Sequence[str], _: pytest.FixtureRequest) -> Arguments:
    for some_people in (people[:4], people[4:]):
        write_deltalake(folder / "in", pa.table(_columns(some_people)), mode="append")
    return "in", "-o", "out"


@dataclass(frozen=True)
class Kind:
    """What is pinned of a release of one kind."""

    make: Callable[[Path, Sequence[str], pytest.FixtureRequest], Arguments]
    form: str
    """`output.format` in the manifest."""
    called: str
    """What `recall` calls it."""
    more: tuple[str, ...] = ("mentions",)
    """What its manifest has beside `EVERY`."""
    promises: tuple[str, ...] = ("counts", "digest", "rows", "nobody", "type1")
    """Those of `verify`, behind the seal."""
    rows: int = 1
    """So many rows are one person's."""
    missing: str = "column-missing"
    """The error where a column is named that is not there."""
    broken: tuple[str, ...] = ("nobody", "type1")
    """The promises that break where somebody has opted out, and has a Type 1 opt-out, since."""


EVERY = {
    "columns",
    "commitments",
    "created",
    "decision",
    "input",
    "kind",
    "list",
    "ndoo",
    "output",
    "people",
    "rows",
    "seal",
    "type1",
    "undecided",
    "warnings",
}
_LINKED = ("counts", "paths", "digest", "rows", "keys", "nobody", "type1")
_FOLDER = ("counts", "paths", "digest", "rows", "nobody", "type1")
_FHIR = ("counts", "digest", "rows", "keys", "nobody", "type1")
KINDS = {
    "text": Kind(_text, "csv", "file"),
    "parquet": Kind(_parquet, "parquet", "file"),
    "arrow": Kind(_arrow, "arrow", "file"),
    "excel": Kind(_excel, "csv", "file"),
    "linked": Kind(
        _linked, "linked tables", "linked tables", ("mentions", "tables", "descriptor", "leads_to_nobody"), _LINKED, 2
    ),
    "fhir": Kind(
        _fhir, "fhir", "fhir", ("files", "left_out", "mentions", "resources"), _FHIR, 2, "fhir-columns", ("nobody",)
    ),
    "fhir_folder": Kind(
        _fhir_folder,
        "fhir",
        "fhir",
        ("files", "left_out", "mentions", "resources"),
        _LINKED,
        2,
        "fhir-columns",
        ("nobody",),
    ),
    "sqlite": Kind(_sqlite, "sqlite table", "table"),
    "duckdb": Kind(_duckdb, "duckdb table", "table"),
    "postgresql": Kind(_postgresql, "postgresql table", "table", ("mentions", "required")),
    "schema": Kind(_schema, "postgresql schema", "schema", ("mentions", "tables", "leads_to_nobody"), _LINKED, 2),
    "delta": Kind(_delta, "delta table", "delta table", ("files", "mentions", "table_version"), _FOLDER),
    "spark": Kind(_spark, "parquet folder", "parquet folder", ("files",), _FOLDER),
}
MARKS = {
    "spark": (
        pytest.mark.xdist_group("spark"),
        pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
        pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    )
}


def _lists(folder: Path, opted_out: Sequence[str], objecting: Sequence[str]) -> None:
    (folder / "gone.txt").write_text("".join(f"{number}\n" for number in opted_out))
    codes = "".join(f"{number},9Nu0.,2020-01-01\n" for number in objecting)
    (folder / "codes.csv").write_text("nhs_number,code,date\n" + codes)


def _place(arguments: Arguments) -> str:
    """The release that these arguments make."""
    return f"{arguments[0]}#{arguments[-1]}" if "--into" in arguments else arguments[-1]


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, ())) for name in KINDS])
def test_every_kind_is_upheld_verified_and_found_again_as_it_was(
    name: str, ndoo: Ndoo, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kind = KINDS[name]
    _lists(tmp_path, [GONE], [OBJECTS])
    arguments = kind.make(tmp_path, [*PEOPLE, NOBODY], request)
    before = {path.name for path in tmp_path.iterdir()}
    for more, status, code in (
        (("--nhs-number", "nothing"), 2, kind.missing),
        (("--expect-removed", "90-95"), 4, "list-wrong-share"),
        (("--undecided", "stop"), 3, "rows-undecided"),
    ):
        refused = ndoo("uphold", *arguments, *LISTS, *more, "--json")
        assert (refused.status, refused.json["error"]["code"]) == (status, code)
        assert {path.name for path in tmp_path.iterdir()} == before, "something stayed behind"

    said = ndoo("uphold", *arguments, *LISTS, "--json")
    manifest, rows, place = said.json, kind.rows, _place(arguments)
    assert said.status == 6
    assert set(manifest) == EVERY | {*kind.more}
    assert str(manifest["output"]["format"]).partition(";")[0] == kind.form
    assert manifest["rows"] == {
        "read": 10 * rows,
        "kept": 7 * rows,
        "removed": 2 * rows,
        "kept_without_number": 0,
        "held": manifest["rows"]["held"],
    }
    assert sum(manifest["rows"]["held"].values()) == rows
    assert manifest["people"] == {"read": 9, "kept": 7, "removed": 2, "held": 0}
    assert manifest["type1"]["people"] == {"removed": 1, "removed_by_it_alone": 1}
    assert manifest["type1"]["rows"]["removed_by_it_alone"] == rows
    assert manifest["undecided"] == {"mode": "hold", "justification": None}

    verified = ndoo("verify", place, *LISTS, "--json")
    assert verified.status == 0, verified.told
    assert tuple(promise["name"] for promise in verified.json["promises"]) == ("seal", *kind.promises)
    _lists(tmp_path, [GONE, LATER], [OBJECTS, LATER])
    verified = ndoo("verify", place, *LISTS, "--json")
    broken = [promise["name"] for promise in verified.json["promises"] if not promise["kept"]]
    assert (verified.status, broken) == (3, [*kind.broken])
    recalled = ndoo("recall", place, *LISTS, "--json")
    (found,) = recalled.json["releases"]
    assert (recalled.status, found["kind"], found["answer"]) == (6, kind.called, "holds somebody withheld")
    assert (found["people"], found["rows"]) == (1, rows)
    again = ndoo("type1", "rerun", place, "--type1", "codes.csv", "--json")
    assert (again.status, len(again.json["rerun"])) == (6, 1)
    _lists(tmp_path, [GONE], [OBJECTS])
    again = ndoo("type1", "rerun", place, "--type1", "codes.csv", "--json")
    assert (again.status, len(again.json["clear"])) == (0, 1)
