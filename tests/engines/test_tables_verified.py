"""`ndoo verify ADDRESS#TABLE`: what was changed, slipped in or forged in a database is found, and nothing there is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.objections import Objections
from ndoo.upholding.databases.database import open_database
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.engines.databases import Place, made
from tests.engines.test_schema_agrees import load
from tests.engines.test_type1_agrees import people
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene

PEOPLE = some(60)
GONE = PEOPLE[:3]
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)


def broken(said: Said) -> list[str]:
    return [promise["name"] for promise in said.json["promises"] if not promise["kept"]]


@pytest.fixture
def verifies(place: Place, ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    """Runs `ndoo verify` on a table `released` of this place, which is made first."""
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    place.make("visits", {"nhs_number": "TEXT", "ward": "TEXT"}, [(n, f"ward {at}") for at, n in enumerate(PEOPLE)])
    made_ = ndoo("uphold", f"{place.address}#visits", "--into", "released", *LIST)
    assert made_.status == 0, made_.told
    return lambda *more, table="released": ndoo("verify", f"{place.address}#{table}", *(more or LIST), "--json")


def test_a_released_table_is_proven_and_left_as_it_is(verifies: Callable[..., Said], place: Place, ndoo: Ndoo) -> None:
    before = place.tables()
    said = verifies()
    assert (said.status, said.json["verified"], broken(said)) == (0, True, []), said.told
    assert [promise["name"] for promise in said.json["promises"]] == ["seal", "counts", "digest", "rows", "nobody"]
    assert ndoo("verify", place.address, "--table", "released", *LIST).told.endswith("Verified.\n")
    assert place.tables() == before
    with open_database(place.parsed, read_only=True) as database, pytest.raises(database.faults):
        database.settle()
        database.run("UPDATE released SET ward = 'x'")


@pytest.mark.parametrize(
    ("change", "promises"),
    [
        ("UPDATE released SET ward = 'another' WHERE nhs_number = '{stays}'", ["digest"]),
        ("DELETE FROM released WHERE nhs_number = '{stays}'", ["digest", "rows"]),
        ("INSERT INTO released VALUES ('{gone}', 'a')", ["digest", "rows", "nobody"]),
        ("INSERT INTO released VALUES (NULL, 'a')", ["digest", "rows", "nobody"]),
        ("UPDATE released SET ward = nhs_number", ["digest"]),
        ("ALTER TABLE released RENAME COLUMN nhs_number TO number", ["digest"]),
        (
            "UPDATE released_manifest SET manifest = replace(manifest, '\"kept\": 57', '\"kept\": 58')",
            ["seal", "counts", "rows"],
        ),
        (
            'UPDATE released_manifest SET manifest = replace(manifest, \'"nhs_number": "nhs_number"\', \'"nhs_number": [1]\')',
            ["seal", "digest"],
        ),
    ],
)
def test_what_was_done_afterwards_is_found(
    change: str, promises: list[str], place: Place, request: pytest.FixtureRequest
) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    verifies = request.getfixturevalue("verifies")
    place.run(change.format(stays=PEOPLE[9], gone=GONE[0]))
    said = verifies()
    assert (said.status, broken(said)) == (3, promises), said.told


@pytest.mark.parametrize(
    ("prepare", "more", "status", "code"),
    [
        ("DROP TABLE released_manifest", LIST, 3, "manifest-missing"),
        ("DELETE FROM released_manifest", LIST, 3, "manifest-unreadable"),
        ("UPDATE released_manifest SET manifest = '{{'", LIST, 3, "manifest-unreadable"),
        ("SELECT 1", ("--opted-out", "gone.txt", "--checked-at", "2020-01-01"), 4, "list-stale"),
        ("SELECT 1", ("--nhs-number", "ward", *LIST), 2, "column-other"),
        ("SELECT 1", ("--quiet",), 4, "list-missing"),
        ("SELECT 1", ("--table", "released", *LIST), 2, "usage"),
        ("SELECT 1", ("--mesh", "x"), 2, "mesh-and-table"),
    ],
)
def test_what_cannot_be_proven_is_refused(
    prepare: str, more: tuple[str, ...], status: int, code: str, place: Place, request: pytest.FixtureRequest
) -> None:
    if place.kind == "sqlite in UTF-16" or (prepare == "SELECT 1" and place.kind != "duckdb"):
        return  # the same code
    verifies = request.getfixturevalue("verifies")
    place.run(prepare)
    said = verifies(*more)
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told


def test_somebody_who_opts_out_later_is_found_with_a_later_list(
    verifies: Callable[..., Said], tmp_path: Path, place: Place
) -> None:
    (tmp_path / "gone.txt").write_text(PEOPLE[20])
    said = verifies()
    assert (said.status, broken(said)) == (3, ["nobody"])
    assert "It holds 1 person in 1 row withheld by this list" in said.told


def test_type_1_opt_outs_and_releases_without_a_list_are_verified(place: Place, own_data_folder: Path) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    now = datetime.now(UTC)
    place.make("visits", {"nhs_number": "TEXT"}, [(number,) for number in PEOPLE])
    type1 = Objections(people(PEOPLE[:5]), people([]), people(PEOPLE[:6]), {"people": 6})
    later = Objections(people(PEOPLE[:9]), people(PEOPLE[9:10]), people(PEOPLE[:9]), {"people": 9})
    for decision, objections in ((None, type1), ({"outcome": "does_not_apply"}, None)):
        request = Request(
            place.at("visits"), place.at("released"), None, now, replace=True, decision=decision, type1=objections
        )
        assert uphold(request, load_sealer(own_data_folder)).manifest.needs_no_list
        assert place.verify("released", ReleaseQuestion(type1=objections)).verified
        proved = place.verify("released", ReleaseQuestion(type1=later))
        assert [one.name for one in proved.promises if not one.kept] == ["type1"]
        listed = cleaned_list(Polarity.OPTED_OUT, PEOPLE[20:22], None)
        proved = place.verify("released", ReleaseQuestion(listed, objections))
        assert [one.name for one in proved.promises if not one.kept] == ["nobody"], (
            "it is applied, whatever the manifest says"
        )


def test_a_table_without_any_number_is_verified_with_a_list_too(place: Place, own_data_folder: Path) -> None:
    """No column names people, so every cell is looked at."""
    now, sealer = datetime.now(UTC), load_sealer(own_data_folder)
    for notes, broken in ((["a", "b"], []), (["a", f"see {PEOPLE[0]}"], ["nobody"])):
        place.make("notes", {"note": "TEXT"}, [(note,) for note in notes])
        request = Request(
            place.at("notes"), place.at("released"), None, now, replace=True, decision={"outcome": "does_not_apply"}
        )
        assert uphold(request, sealer).manifest.columns.nhs_number is None
        proved = place.verify("released", ReleaseQuestion(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)))
        assert [one.name for one in proved.promises if not one.kept] == broken


@pytest.fixture
def schema(request: pytest.FixtureRequest, tmp_path: Path, ndoo: Ndoo) -> Iterator[Place]:
    """A PostgreSQL schema `released` of linked tables, made by `ndoo uphold`."""
    for place in made("postgresql", tmp_path, request):
        scene(tmp_path / "in")
        load(place, tmp_path / "in")
        (tmp_path / "gone.txt").write_text(GO + "\n")
        upheld = ndoo(
            "uphold",
            place.address,
            "--schema",
            "clinic",
            "--into",
            "released",
            "--nhs-number",
            "patients.nhs_number",
            *LIST,
        )
        assert upheld.status == 0, upheld.told
        yield place


def test_a_released_schema_is_proven_along_its_keys(schema: Place, ndoo: Ndoo) -> None:
    said = ndoo("verify", f"{schema.address}#released", *LIST, "--json")
    assert (said.status, broken(said)) == (0, []), said.told
    assert [one["name"] for one in said.json["promises"]] == [
        "seal",
        "counts",
        "paths",
        "digest",
        "rows",
        "keys",
        "nobody",
    ]
    bare = ndoo("verify", f"{schema.address}#released", "--no-list", "--json")
    assert (bare.status, broken(bare)) == (0, [])
    assert [one["name"] for one in bare.json["promises"]] == ["seal", "counts", "paths", "digest", "rows"]
    patient = "(SELECT nhs_number FROM released.patients WHERE id = 'p1')"
    changes: list[tuple[str, str, list[str]]] = [
        (
            "UPDATE released.wards SET name = 'x' WHERE ward = 'w0'",
            "UPDATE released.wards SET name = 'North' WHERE ward = 'w0'",
            ["digest"],
        ),
        (
            "UPDATE released.episodes SET patient = 'p0' WHERE id = 'e1'",
            "UPDATE released.episodes SET patient = 'p1' WHERE id = 'e1'",
            ["digest", "keys"],
        ),
        (
            f"INSERT INTO released.notes VALUES ('z', '{GO}')",
            "DELETE FROM released.notes WHERE note = 'z'",
            ["digest", "rows", "nobody"],
        ),
        (
            "CREATE MATERIALIZED VIEW released.more AS SELECT * FROM clinic.patients",
            "DROP MATERIALIZED VIEW released.more",
            ["paths"],
        ),
        ("CREATE VIEW released.more AS SELECT * FROM clinic.patients", "DROP VIEW released.more", ["paths"]),
        ("CREATE TABLE released.more AS SELECT * FROM clinic.patients", "DROP TABLE released.more", ["paths"]),
        (
            "CREATE TABLE released.more (id TEXT) PARTITION BY LIST (id); CREATE TABLE released.one PARTITION OF released.more DEFAULT",
            "DROP TABLE released.more",
            ["paths"],
        ),
        ("CREATE SEQUENCE released.more", "DROP SEQUENCE released.more", ["paths"]),
        (
            "CREATE FUNCTION released.more() RETURNS SETOF text LANGUAGE sql AS 'SELECT nhs_number FROM clinic.patients'",
            "DROP FUNCTION released.more()",
            ["paths"],
        ),
        (
            "ALTER TABLE released.wards RENAME TO departments",
            "ALTER TABLE released.departments RENAME TO wards",
            ["paths", "digest"],
        ),
        ("CREATE INDEX quick ON released.wards (ward)", "DROP INDEX released.quick", []),
        (
            "ALTER TABLE released.patients ADD old TEXT; UPDATE released.patients SET old = nhs_number",
            "ALTER TABLE released.patients DROP old",
            ["digest"],
        ),
        (
            f"ALTER TABLE released.notes ALTER nhs_number TYPE bytea USING {patient}::bytea".replace(patient, "NULL"),
            "ALTER TABLE released.notes ALTER nhs_number TYPE text USING NULL",
            ["digest"],
        ),
        (
            "ALTER TABLE released.patients ALTER nhs_number TYPE boolean USING true; "
            "ALTER TABLE released.notes ALTER nhs_number TYPE boolean USING true",
            "",
            ["digest"],
        ),
    ]
    for change, undo, promises in changes:
        schema.run(change)
        said = ndoo("verify", schema.address, "--schema", "released", *LIST, "--json")
        assert (said.status, broken(said)) == (3 if promises else 0, promises), (change, said.told)
        bare = ndoo("verify", f"{schema.address}#released", "--no-list", "--json")
        assert broken(bare) == [promise for promise in promises if promise not in ("keys", "nobody")], change
        if undo:
            schema.run(undo)


def test_what_stands_in_an_ignored_column_of_a_schema_is_said(schema: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    mothers = some(2, seed=99)
    schema.run(
        "DROP SCHEMA released CASCADE",
        "ALTER TABLE clinic.wards ADD sister TEXT",
        f"UPDATE clinic.wards SET sister = CASE ward WHEN 'w0' THEN '{mothers[0]}' ELSE '{mothers[1]}' END",
    )
    call = (
        "--schema",
        "clinic",
        "--into",
        "released",
        "--nhs-number",
        "patients.nhs_number",
        "--ignore-column",
        "wards.sister",
    )
    assert ndoo("uphold", schema.address, *call, *LIST).status == 0
    (tmp_path / "gone.txt").write_text(f"{GO}\n{mothers[0]}\n")
    for more, withheld in ((LIST, 1), (("--no-list",), 0)):
        said = ndoo("verify", f"{schema.address}#released", *more, "--json")
        assert (said.status, said.json["ignored"]) == (
            0,
            [{"column": "wards.sister", "nhs_numbers": 2, "withheld": withheld}],
        )


def test_a_forged_manifest_of_a_schema_is_no_way_around_it(schema: Place, ndoo: Ndoo) -> None:
    ((text,),) = schema.run("SELECT manifest FROM released.ndoo_manifest")
    for part, forged, promises in (
        ("decision", {"outcome": "does_not_apply"}, ["seal", "digest"]),
        ("columns", {"nhs_number": "patients.id", "also": [], "ignored": []}, ["seal", "digest"]),
        ("tables", {}, ["seal", "counts", "paths", "digest"]),
        ("tables", 5, ["seal", "counts", "paths", "digest"]),
    ):
        document = {**json.loads(text), part: forged}
        schema.run(f"UPDATE released.ndoo_manifest SET manifest = '{json.dumps(document)}'")
        said = ndoo("verify", f"{schema.address}#released", *LIST, "--json")
        assert (said.status, broken(said)) == (3, promises), said.told
    schema.run("CREATE TABLE released_manifest (manifest TEXT)")
    for more, status, code in (
        ((), 2, "table-or-schema"),
        (("--type1", "codes.csv"), 4, "codes-missing"),
    ):
        said = ndoo("verify", f"{schema.address}#released", *LIST, "--json", *more)
        assert (said.status, said.json["error"]["code"]) == (status, code)
    with pytest.raises(NoUsableList, match="People were to be removed"):
        nobody = Objections(people([]), people([]), people([]), {})
        schema.verify("released", ReleaseQuestion(type1=nobody), whole_schema=True)
    elsewhere = ndoo("verify", "sqlite:///x.db", "--schema", "released", *LIST, "--json")
    assert elsewhere.json["error"]["code"] == "schema-elsewhere"
    of_file = ndoo("verify", "gone.txt", "--table", "released", *LIST, "--json")
    assert of_file.json["error"]["code"] == "table-of-file"
    twice = ndoo("uphold", f"{schema.address}#a", "--table", "b", "--into", "c", *LIST, "--json")
    assert twice.json["error"]["code"] == "table-twice"


def test_a_schema_of_which_type_1_alone_removed_somebody_is_verified_under_any_decision(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    """The opt-out does not apply to its flow, and Type 1 opt-outs were upheld all the same."""
    load(postgresql, scene(tmp_path / "in"))
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{GO},9Nu0.,2020-01-01\n")
    (tmp_path / "gone.txt").write_text(some(9, seed=31)[8] + "\n")
    free = next((ROOT / "examples" / "flows").glob("8-*.toml"))
    call = ("--schema", "clinic", "--into", "released", "--nhs-number", "patients.nhs_number", "--type1", "codes.csv")
    said = ndoo("uphold", postgresql.address, *call, "--flow", free, "--json")
    assert (said.status, said.json["people"]["removed"]) == (0, 1), said.told
    for more in ((), LIST):
        proved = ndoo("verify", f"{postgresql.address}#released", "--type1", "codes.csv", *more, "--json")
        assert (proved.status, broken(proved)) == (0, []), proved.told
