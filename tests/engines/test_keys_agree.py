"""Keys that nobody declared: the folder's walk and the schema's SQL see what the reference engine sees, and no disguise hides a key."""

from __future__ import annotations

import ctypes
import json
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from ctypes import addressof
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.key_index import KeyCells
from ndoo.numbers.opt_outs import OptOuts
from ndoo.numbers.plain_keys import Baring
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.follow_keys import Follower
from ndoo.upholding.databases.key_evidence import SchemaEvidence
from ndoo.upholding.databases.plain_cells import bare_query
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import sheets_of
from ndoo.upholding.databases.schema_choice import chosen
from ndoo.upholding.linked_tables.descriptor import read_package
from ndoo.upholding.linked_tables.reference import ReferenceTable
from ndoo.upholding.linked_tables.reference_keys import laid_bare
from ndoo.upholding.linked_tables.tables import FolderChoice, Named, opened
from ndoo.upholding.linked_tables.walk import Walk
from ndoo.upholding.sql.list_table import list_table
from ndoo.upholding.table_links.link import Link
from ndoo.upholding.table_links.people import People
from ndoo.upholding.table_links.undeclared import Nobodys, Undeclared
from ndoo.upholding.text import text_lanes
from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place
from tests.engines.key_worlds import IDS, NAMES, PEOPLE, WAYS, KeyFolder, key_folders, made
from tests.engines.test_schema_agrees import load
from tests.engines.worlds import cleaned_list

often = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def walked(folder: KeyFolder, place: Path) -> Undeclared:
    """What the walk over the folder finds."""
    shutil.rmtree(place, ignore_errors=True)
    package = read_package(folder.write(place))
    people = People(OptOuts(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)), keep_missing=False)
    named = {name: Named(sheet.own, sheet.also) for name, sheet in folder.sheets.items()}
    with ThreadPoolExecutor(1) as worker:
        walk = Walk(
            opened(place, package, worker),
            FolderChoice("patients", "", named),
            people,
            lambda _: None,
            nobodys=folder.nobodys,
        )
        return walk.through(lambda _: (None, None))[1]


@pytest.mark.parametrize("pieces", [1 << 16, 2], ids=["all rows at once", "two rows at a time"])
def test_the_walk_finds_what_the_reference_finds(pieces: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lanes, "MAX_ROWS", pieces)

    @often
    @given(folder=key_folders)
    @example(folder=made(1))
    @example(folder=made(8))
    def compared(folder: KeyFolder) -> None:
        found = walked(folder, tmp_path / "in")
        assert found == folder.world().undeclared()

    compared()


def _undeclared_visits(name: str, ids: list[str], way: str, *, of: int, strangers: int = 0) -> KeyFolder:
    """Patients with these keys, and visits of the first `of` of them that nobody declared."""
    keys = [*(WAYS[way](key) for key in ids[:of]), *(f"s{at}" for at in range(strangers))]
    return KeyFolder(
        {
            "patients": ReferenceTable(
                [{"patient_id": key, "nhs_number": PEOPLE[at % len(PEOPLE)]} for at, key in enumerate(ids)],
                own="nhs_number",
            ),
            "visits": ReferenceTable([{"visit": f"v{at}", name: key, "note": "seen"} for at, key in enumerate(keys)]),
        },
        {"patients": (("patient_id",),)},
    )


@often
@given(
    name=st.sampled_from(NAMES),
    ids=st.sampled_from(list(IDS)),
    way=st.sampled_from(list(WAYS)),
    count=st.integers(1, 30),
    share=st.floats(0.05, 1),
    strangers=st.integers(0, 1),
    seed=st.integers(0, 999),
)
@example(name="x", ids="from 1 on", way="zeros", count=1, share=1.0, strangers=0, seed=0)
@example(name="patient", ids="of seven digits", way="zeros", count=1, share=1.0, strangers=0, seed=0)
def test_a_key_that_nobody_declared_stops_the_run_whatever_it_is_called_and_however_it_is_written(
    name: str,
    ids: str,
    way: str,
    count: int,
    share: float,
    strangers: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One patient in thirty, or all; as many strangers' visits as patients', at most."""
    dice = random.Random(seed)
    keys = list(dict.fromkeys(IDS[ids](dice, at) for at in range(count)))
    of = max(1, round(share * len(keys)))
    folder = _undeclared_visits(name, keys, way, of=of, strangers=strangers * of)
    found = walked(folder, tmp_path_factory.mktemp("world") / "in")
    columns = {found.column.names for found in found.stops if found.column.table == "visits"}
    if way == "a prefix" and ids == "from 1 on" and not columns:  # a visit's own number could be it too
        assert of < len(keys) / 2 or of < 5 or strangers
    else:
        assert (name,) in columns
    declared = folder.declared("visits", Link((name,), "patients", ("patient_id",)))
    assert not walked(declared, tmp_path_factory.mktemp("world") / "in").stops


@often
@given(wards=st.integers(2, 6), people=st.integers(24, 60), declared=st.booleans(), seed=st.integers(0, 99))
def test_a_list_of_wards_to_which_patients_lead_stops_nobody_though_its_small_numbers_are_keys_of_patients(
    wards: int, people: int, declared: bool, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Declared or not: a row of it is many people's, and it has the name of the column that leads there."""
    dice = random.Random(seed)
    folder = KeyFolder(
        {
            "patients": ReferenceTable(
                [
                    {"patient_id": str(at), "nhs_number": PEOPLE[at % len(PEOPLE)], "ward": str(1 + at % wards)}
                    for at in range(people)
                ],
                own="nhs_number",
                links=(Link(("ward",), "wards", ("ward",)),) if declared else (),
            ),
            "wards": ReferenceTable(
                [{"ward": str(1 + at), "beds": str(dice.randrange(5, 40)), "title": f"W{at}"} for at in range(wards)]
            ),
        },
        {"patients": (("patient_id",),), "wards": (("ward",),)},
    )
    found = walked(folder, tmp_path_factory.mktemp("world") / "in")
    assert found.stops == ()


def test_what_the_caller_says_leads_to_nobody_stops_nothing(tmp_path: Path) -> None:
    folder = _undeclared_visits("patient_id", ["1", "2"], "as it is", of=2)
    assert walked(folder, tmp_path / "in").stops
    for nobodys in (
        Nobodys(frozenset({"visits"})),
        Nobodys(columns=frozenset({("visits", "patient_id"), ("visits", "visit")})),
    ):
        assert not walked(replace(folder, nobodys=nobodys), tmp_path / "in").stops


CELLS = st.one_of(
    st.text("0123456789.pPxX-_ /'\"=+,#", max_size=14),
    st.from_regex(r"\A(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-9:.]{0,12})?\Z"),
    st.from_regex(r"\A[0-3][0-9]/[0-3][0-9]/(19|20)[0-9]{2}\Z"),
    st.from_regex(r"\A[a-z]{0,3}0{0,4}[0-9]{0,9}(\.0{0,3})?[a-z]{0,2}\Z"),
    st.text(max_size=6),
    st.text("ab1", min_size=44, max_size=54),
)


@often
@given(cells=st.lists(CELLS, min_size=1, max_size=12))
def test_two_cells_laid_bare_are_one_key_to_the_kernel_where_they_are_to_the_reference(cells: list[str]) -> None:
    raw = [cell.encode() for cell in cells]
    buffer = ctypes.create_string_buffer(b"".join(raw) or b" ")
    ends = (ctypes.c_int64 * len(raw))(*accumulate(map(len, raw)))
    begins = (ctypes.c_int64 * len(raw))(*(end - len(one) for end, one in zip(ends, raw, strict=True)))
    bare = Baring((1, 2)).of(KeyCells(addressof(buffer), addressof(begins), addressof(ends), 1, csv=False), len(raw))
    right = [laid_bare(cell) for cell in cells]
    assert list(bare.bits[: len(raw)]) == [one.bits if one else 0 for one in right]
    names: dict[int, str | None] = {0: None}
    for at, one in enumerate(right):
        assert (bare.plain[at] == 0, bare.core[at] == 0) == (one is None, one is None or one.core is None)
        for name, text in ((bare.plain[at], one and one.plain), (bare.core[at], one and one.core)):
            assert names.setdefault(name, text) == text
    assert len(names) == len(set(names.values()))


def test_the_database_lays_cells_bare_as_the_reference_does(postgresql: Place) -> None:
    dice = random.Random(5)
    cells = [
        "",
        "0",
        "00",
        "17.",
        "007.00",
        ".5",
        "2024-01-31 10:00",
        "31/01/2024",
        "01312024",
        "20240131t1",
        "v1b2",
        "a" * 49,
        "\u00c4\u0130 7",
        "x" * 300,
    ]
    cells += ["".join(dice.choices("0000123459.pPxX-_ /T", k=dice.randrange(14))) for _ in range(300)]
    cells += [f"{dice.randrange(1890, 2110)}-{dice.randrange(14):02}-{dice.randrange(33):02}" for _ in range(50)]
    postgresql.make("cells", {"c": "TEXT", "many": "TEXT[]"}, [(cell, [cell, None]) for cell in cells])
    with postgresql.loading() as database:
        for column in database.columns(TableName(None, "cells")):
            told = database.run(bare_query([column], "cells", "s.c"))
            found = {
                cell: (plain, core, bits) for plain, core, bits, cell in told if column.name == "c" or plain is not None
            }
            right = {cell: (one.plain, one.core, one.bits) for cell in cells if (one := laid_bare(cell))}
            assert {cell: said for cell, said in found.items() if said[0] is not None} == right


def _found_by_sql(place: Place, folder: KeyFolder, at: Path) -> Undeclared:
    """What the schema's SQL finds, of the same tables as a schema with the same keys."""
    load(place, folder.write(at))
    for name, keys in folder.said_keys.items():
        for key in keys:
            place.run(f'CREATE UNIQUE INDEX ON clinic."{name}" ({", ".join(f"{column}" for column in key)})')
    cleaned = cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)
    database = place.open()
    assert isinstance(database, PostgreSQL)
    with database, database.guarded():
        sheets = sheets_of(database, "clinic")
        choice = chosen(database, sheets, ColumnChoice("patients.nhs_number"))
        database.take_list(list_table(OptOuts(cleaned)))
        follower = Follower(database, sheets, choice, OptOuts(cleaned), database.listed, keep_missing=False)
        follower.follow({})
        return SchemaEvidence(database, sheets, choice, follower, folder.nobodys).judged()


@pytest.mark.parametrize("seed", [0, 1, 4, 9, 17])
def test_the_schemas_sql_finds_what_the_reference_finds(postgresql: Place, tmp_path: Path, seed: int) -> None:
    folder = made(seed)
    assert _found_by_sql(postgresql, folder, tmp_path / "in") == folder.world().undeclared()


def test_a_schema_whose_key_nobody_declared_is_not_released_whole(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, own_data_folder: Path
) -> None:
    folder = _undeclared_visits("patient", [str(at) for at in range(12)], "zeros", of=12)
    load(postgresql, folder.write(tmp_path / "in"))
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:2]))
    by = ("--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    call = (
        "uphold",
        postgresql.address,
        "--schema",
        "clinic",
        "--into",
        "released",
        "--nhs-number",
        "patients.nhs_number",
        *by,
    )
    said = ndoo(*call)
    assert (said.status, said.json["error"]["code"]) == (2, "key-undeclared")
    assert "visits.patient (of patients.patient_id)" in said.told
    assert not postgresql.run("SELECT 1 FROM pg_namespace WHERE nspname = 'released'")
    assert ndoo(*call, "--leads-to-nobody", "nowhere").json["error"]["code"] == "table-missing"
    assert ndoo(*call, "--leads-to-nobody", "patients").json["error"]["code"] == "leads-to-somebody"
    upheld = ndoo(*call, "--leads-to-nobody", "visits.patient", "--leads-to-nobody", "visits.visit")
    assert upheld.json["leads_to_nobody"] == ["visits.patient", "visits.visit"], upheld.told
    assert ndoo("verify", f"{postgresql.address}#released", *by).status == 0
    manifest = json.loads(postgresql.run("SELECT manifest FROM released.ndoo_manifest")[0][0]) | {"leads_to_nobody": []}
    sealed = json.dumps(load_sealer(own_data_folder).seal(manifest)).replace("'", "''")
    postgresql.run(f"UPDATE released.ndoo_manifest SET manifest = '{sealed}'")
    broken = ndoo("verify", f"{postgresql.address}#released", *by)
    assert [promise["name"] for promise in broken.json["promises"] if not promise["kept"]] == ["keys"]
    assert "visits.patient (of patients.patient_id)" in broken.told


@pytest.mark.parametrize("way", ["as it is", "zeros", "hyphens", "capitals"])
@pytest.mark.parametrize("ids", list(IDS))
def test_a_schema_made_from_a_file_without_a_heading_is_not_released(
    ids: str, way: str, postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    """Somebody's row became the names of columns, whether or not its table was then tied to the others."""
    dice = random.Random(3)
    keys = list(dict.fromkeys(IDS[ids](dice, at) for at in range(12)))
    folder = _undeclared_visits("patient", keys, "as it is", of=len(keys))
    load(postgresql, folder.write(tmp_path / "in"))
    first = WAYS[way](keys[3])
    postgresql.run(f'ALTER TABLE clinic.visits RENAME COLUMN patient TO "{first}"')
    if way == "as it is":
        postgresql.run("CREATE UNIQUE INDEX ON clinic.patients (patient_id)")
        postgresql.run(
            f'ALTER TABLE clinic.visits ADD FOREIGN KEY ("{first}") REFERENCES clinic.patients (patient_id) NOT VALID'
        )
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:2]))
    said = ndoo(
        *(
            "uphold",
            postgresql.address,
            "--schema",
            "clinic",
            "--into",
            "released",
            "--nhs-number",
            "patients.nhs_number",
        ),
        *("--opted-out", "go.txt", "--checked-at", TODAY, "--json"),
    )
    assert (said.status, said.json["error"]["code"]) == (3, "heading-missing"), said.told
    assert "Table 'visits'" in said.told
    assert not postgresql.run("SELECT 1 FROM pg_namespace WHERE nspname = 'released'")
