"""`ndoo recall ADDRESS`: every table and schema that was released in a database is looked into, and none is passed over."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place
from tests.engines.test_schema_agrees import load
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene
from tests.unit.upholding.linked_tables.scene import PEOPLE as OF_SCHEMA

PEOPLE = some(60)
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)


def test_every_released_table_is_found_and_looked_into(place: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(PEOPLE[0])
    place.make("visits", {"nhs_number": "TEXT", "ward": "TEXT"}, [(n, f"ward {at}") for at, n in enumerate(PEOPLE)])
    assert ndoo("uphold", f"{place.address}#visits", "--into", "released", *LIST).status == 0
    place.run("CREATE TABLE ship_manifest (container TEXT)")
    clear = ndoo("recall", place.address, *LIST, "--json")
    assert (clear.status, clear.json["clear"], len(clear.json["releases"])) == (0, 1, 1), clear.told
    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:3]))
    for address in (place.address, f"{place.address}#released"):
        said = ndoo("recall", address, *LIST, "--json")
        assert (said.status, said.json["hold"]) == (6, 1)
        assert (said.json["releases"][0]["people"], said.json["releases"][0]["rows"]) == (2, 2)
    place.run("CREATE TABLE odd_manifest (manifest TEXT)", "CREATE TABLE other_manifest (manifest TEXT)")
    ((text,),) = place.run("SELECT manifest FROM released_manifest")
    told = text.replace(" table; ", " schema; ").replace("'", "''")
    place.run(f"INSERT INTO other_manifest VALUES ('{told}')")
    broken = ndoo("recall", place.address, *LIST, "--json")
    assert (broken.status, broken.json["hold"], broken.json["undecided"]) == (6, 1, 2)


def test_a_manifest_whose_table_was_renamed_is_told(place: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(PEOPLE[0])
    place.make("visits", {"nhs_number": "TEXT"}, [(one,) for one in PEOPLE])
    for name in ("released", "old"):
        assert ndoo("uphold", f"{place.address}#visits", "--into", name, *LIST).status == 0
    place.run(
        "ALTER TABLE old RENAME TO old_2025",
        "ALTER TABLE old_manifest RENAME TO old_manifest_2025",
        "CREATE TABLE manifest_of_ships (manifest TEXT)",
        "INSERT INTO manifest_of_ships VALUES ('tea')",
        "CREATE TABLE manifest_list (manifest TEXT, ship TEXT)",
    )
    said = ndoo("recall", place.address, *LIST, "--json")
    assert (said.status, said.json["clear"], said.json["undecided"]) == (3, 1, 1), said.told
    assert "old_manifest_2025: cannot be decided. It is the manifest of what was released" in said.told


def test_schemas_are_found_and_what_this_account_may_not_read_is_said(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    load(postgresql, scene(tmp_path / "in"))
    (tmp_path / "gone.txt").write_text(GO + "\n")
    call = ("--schema", "clinic", "--into", "released", "--nhs-number", "patients.nhs_number", *LIST)
    assert ndoo("uphold", postgresql.address, *call).status == 0
    assert ndoo("uphold", f"{postgresql.address}#clinic.notes", "--into", "clinic.some", *LIST).status == 0
    clear = ndoo("recall", postgresql.address, *LIST, "--json")
    assert (clear.status, [(one["kind"], one["answer"]) for one in clear.json["releases"]]) == (
        0,
        [("table", "clear"), ("schema", "clear")],
    ), clear.told
    (tmp_path / "gone.txt").write_text(f"{GO}\n{OF_SCHEMA[1]}\n")
    said = ndoo("recall", postgresql.address, *LIST, "--json")
    assert (said.status, said.json["hold"]) == (6, 2)
    schema = next(one for one in said.json["releases"] if one["kind"] == "schema")
    assert (schema["people"], schema["rows"]) == (1, 5), "their row, an episode, a result, one that hangs on it, a note"
    (tmp_path / "codes.csv").write_text(
        "nhs_number,code,date\n"
        + "".join(f"{one},C10..,2020-01-01\n" for one in OF_SCHEMA[2:])
        + f"{OF_SCHEMA[1]},9Nu0.,2020-01-01\n"
    )
    by_type1 = ndoo("recall", f"{postgresql.address}#released", "--type1", "codes.csv", "--json")
    assert (by_type1.status, by_type1.json["releases"][0]["people"]) == (6, 1), by_type1.told
    role = f"r{postgresql.address.rpartition('/')[2].partition('?')[0]}"
    postgresql.run(f"CREATE ROLE {role} LOGIN")
    try:
        as_role = postgresql.address + f"&options=-c%20role%3D{role}"
        blind = ndoo("recall", as_role, *LIST, "--json")
        assert (blind.status, blind.json["undecided"]) == (3, 2), blind.told
        assert "may not read the manifest" in blind.told
    finally:
        postgresql.run(f"DROP ROLE {role}")
    gone = ndoo("recall", postgresql.address.replace("/u", "/none_u"), *LIST, "--json")
    assert (gone.status, gone.json["undecided"]) == (3, 1), "a database that is not reached is not passed over"
