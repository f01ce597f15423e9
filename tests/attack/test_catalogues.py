"""What a catalogue may hold that leads to people in other ways than one thought: none of it gets anybody through."""

from __future__ import annotations

import re

import pytest

from tests.attack.warehouse import ALL, KEEP, OPT, Warehouse, broken, refused
from tests.conftest import Ndoo
from tests.engines.databases import Place


@pytest.fixture
def clinic(postgresql: Place, ndoo: Ndoo) -> Warehouse:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.patients()
    return warehouse


def _episodes(clinic: Warehouse, *, key: str = "REFERENCES clinic.patients") -> None:
    """Partitioned by year; episode N is of patient N, the even ones in 2026."""
    clinic.run(
        f"CREATE TABLE clinic.episodes (id INTEGER, year INTEGER, patient_id INTEGER {key}) PARTITION BY LIST (year)",
        "CREATE TABLE clinic.e25 PARTITION OF clinic.episodes FOR VALUES IN (2025)",
        "CREATE TABLE clinic.e26 PARTITION OF clinic.episodes FOR VALUES IN (2026)",
        "INSERT INTO clinic.episodes SELECT at, 2026 - at % 2, at FROM generate_series(0, 39) AS at",
    )


def test_a_table_that_inherits_is_refused_because_keys_are_not_inherited(clinic: Warehouse) -> None:
    clinic.run(
        "CREATE TABLE clinic.episodes (id INTEGER, patient_id INTEGER REFERENCES clinic.patients)",
        "CREATE TABLE clinic.old (remark TEXT) INHERITS (clinic.episodes)",
        "INSERT INTO clinic.old SELECT at, at, 'x' FROM generate_series(0, 39) AS at",
    )
    refused(clinic.uphold_schema(), 3, "schema-not-whole", "'episodes'", "inherits")
    clinic.run("CREATE SCHEMA elsewhere", "ALTER TABLE clinic.old SET SCHEMA elsewhere")
    refused(clinic.uphold_schema(), 3, "schema-not-whole", "'episodes'", "inherits")
    refused(clinic.uphold_schema(schema="elsewhere"), 3, "schema-not-whole", "'old'")


def test_a_key_to_a_partition_leads_to_the_table_it_is_of(clinic: Warehouse) -> None:
    _episodes(clinic)
    clinic.run(
        "ALTER TABLE clinic.e26 ADD UNIQUE (id)",
        "CREATE TABLE clinic.results (eid INTEGER REFERENCES clinic.e26 (id))",
        "INSERT INTO clinic.results SELECT id FROM clinic.e26",
    )
    said = clinic.uphold_schema()
    assert said.status == 0, said.told
    assert clinic.run("SELECT eid FROM out.results ORDER BY 1") == [(at,) for at in range(10, 40, 2)]
    assert clinic.verify("out").json["verified"]
    clinic.run("UPDATE clinic.e25 SET id = id - 1")
    refused(clinic.uphold_schema(into="again"), 3, "key-unclear", "'results'", "partition")


@pytest.mark.parametrize("place", ["clinic", "archive"])
def test_a_key_on_a_partition_is_a_key_of_the_table(clinic: Warehouse, place: str) -> None:
    _episodes(clinic, key="")
    clinic.run(
        f"CREATE SCHEMA IF NOT EXISTS {place}",
        f"ALTER TABLE clinic.e25 SET SCHEMA {place}",
        f"ALTER TABLE {place}.e25 ADD FOREIGN KEY (patient_id) REFERENCES clinic.patients",
    )
    said = clinic.uphold_schema()
    assert said.status == 0, said.told
    assert clinic.run("SELECT patient_id FROM out.episodes ORDER BY 1") == [(at,) for at in range(10, 40)]
    assert clinic.verify("out").json["verified"]


def test_a_partition_of_another_schemas_table_is_named_and_not_left_out(clinic: Warehouse) -> None:
    clinic.run(
        "CREATE TABLE public.visits (year INTEGER, ward TEXT) PARTITION BY LIST (year)",
        "CREATE TABLE clinic.visits_2026 PARTITION OF public.visits FOR VALUES IN (2026)",
    )
    refused(clinic.uphold_schema(), 3, "schema-not-whole", "'visits_2026'", "public.visits")


def test_a_foreign_table_is_named_and_not_left_out(clinic: Warehouse) -> None:
    clinic.run(
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN TABLE clinic.far (a INTEGER) SERVER s",
    )
    refused(clinic.uphold_schema(), 3, "schema-not-whole", "'far'")


def test_columns_that_have_one_name_behind_their_tables_are_refused(clinic: Warehouse) -> None:
    clinic.run('CREATE TABLE clinic."a.b" (c TEXT)', 'CREATE TABLE clinic.a ("b.c" TEXT)')
    refused(clinic.uphold_schema(), 3, "columns-alike")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE out.more PARTITION OF public.visits FOR VALUES IN (2026)",
        "CREATE TABLE out.more (a TEXT)",
        "CREATE VIEW out.more AS SELECT * FROM clinic.patients",
        "CREATE TYPE out.more AS ENUM ('x')",
        "CREATE DOMAIN out.more AS TEXT",
        "CREATE FUNCTION out.more() RETURNS TEXT LANGUAGE sql AS 'SELECT 1::text'",
        "CREATE SEQUENCE out.more",
        'CREATE COLLATION out.more FROM "C"',
        "CREATE TEXT SEARCH DICTIONARY out.more (TEMPLATE = simple)",
    ],
)
def test_whatever_is_put_into_a_released_schema_is_named(clinic: Warehouse, change: str) -> None:
    clinic.run("CREATE TABLE public.visits (year INTEGER, number TEXT) PARTITION BY LIST (year)")
    assert clinic.uphold_schema().status == 0
    assert clinic.verify("out").json["verified"]
    clinic.run(change)
    said = clinic.verify("out")
    assert "paths" in broken(said)
    assert "more" in said.out


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE elsewhere.more () INHERITS (out.patients)",
        "CREATE TABLE elsewhere.parent (id INTEGER, nhs_number TEXT); ALTER TABLE out.patients INHERIT elsewhere.parent",
        "ALTER TABLE out.patients SET SCHEMA elsewhere; CREATE VIEW out.patients AS SELECT * FROM elsewhere.patients",
        "ALTER TABLE out.patients SET SCHEMA elsewhere; CREATE TABLE elsewhere.whole (id INTEGER, nhs_number TEXT) PARTITION BY LIST (id); "
        "CREATE TABLE out.patients PARTITION OF elsewhere.whole DEFAULT; INSERT INTO out.patients SELECT * FROM elsewhere.patients",
        "ALTER TABLE out.patients SET SCHEMA elsewhere; CREATE TABLE out.patients (id INTEGER, nhs_number TEXT) PARTITION BY LIST (id); "
        "CREATE TABLE elsewhere.part PARTITION OF out.patients DEFAULT; INSERT INTO out.patients SELECT * FROM elsewhere.patients",
        "ALTER TABLE out.patients SET SCHEMA elsewhere; CREATE MATERIALIZED VIEW out.patients AS SELECT * FROM elsewhere.patients",
    ],
)
def test_a_released_table_that_is_none_of_its_own_is_not_verified(clinic: Warehouse, change: str) -> None:
    assert clinic.uphold_schema().status == 0
    clinic.run("CREATE SCHEMA elsewhere", *change.split("; "))
    assert "paths" in broken(clinic.verify("out"))


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE released RENAME TO gone; CREATE VIEW released AS SELECT * FROM gone",
        "ALTER TABLE released RENAME TO gone; CREATE MATERIALIZED VIEW released AS SELECT * FROM gone",
        "CREATE TABLE more () INHERITS (released)",
        "CREATE TABLE above (nhs_number TEXT, ward TEXT); ALTER TABLE released INHERIT above",
    ],
)
def test_a_view_in_a_results_place_is_not_verified(place: Place, ndoo: Ndoo, change: str) -> None:
    if place.kind == "sqlite in UTF-16" or (place.kind != "postgresql" and "CREATE VIEW" not in change):
        return
    warehouse = Warehouse(place, ndoo)
    warehouse.visits()
    assert warehouse.uphold().status == 0
    assert warehouse.verify().json["verified"]
    warehouse.run(*change.split("; "))
    assert broken(warehouse.verify()) == ["digest"]


@pytest.mark.parametrize(
    ("place", "reckoned"),
    [
        ("duckdb", "CASE WHEN current_setting('search_path') = 'system.main' THEN '{}' ELSE '{}' END"),
        ("sqlite", "CASE WHEN 'a' LIKE 'A' THEN '{}' ELSE '{}' END"),  # another PRAGMA case_sensitive_like
    ],
    indirect=["place"],
)
def test_a_column_that_shows_the_verifier_somebody_else_is_not_verified(
    place: Place, ndoo: Ndoo, reckoned: str
) -> None:
    warehouse = Warehouse(place, ndoo)
    warehouse.run(
        "CREATE TABLE visits (nhs_number VARCHAR, ward VARCHAR)", f"INSERT INTO visits VALUES ('{KEEP[0]}', 'w')"
    )
    assert warehouse.uphold().status == 0
    warehouse.run(
        "DROP TABLE released",
        f"CREATE TABLE released (nhs_number VARCHAR AS ({reckoned.format(KEEP[0], OPT[0])}), ward VARCHAR)",
        "INSERT INTO released (ward) VALUES ('w')",
    )
    assert broken(warehouse.verify()) == ["digest"]


WITHHELD = OPT[3]
_AS_BYTES = f"convert_to('seen by {WITHHELD}', 'UTF8')"
_AS_WIDE_BYTES = "decode('{}', 'hex')".format(f"{WITHHELD}".encode("utf-16-le").hex())


@pytest.mark.parametrize(
    ("types", "type_", "cell"),
    [
        ([], "bytea", _AS_BYTES),
        (["CREATE DOMAIN blob AS bytea"], "blob", _AS_BYTES),
        (["CREATE DOMAIN blob AS bytea", "CREATE DOMAIN text AS blob"], "public.text", _AS_WIDE_BYTES),
        ([], "bytea[]", f"ARRAY[{_AS_BYTES}]"),
        ([], "bytea[]", f"ARRAY[{_AS_WIDE_BYTES}]"),
        ([], "bytea[]", f"ARRAY[convert_to('{WITHHELD[:5]}', 'UTF8'), convert_to('{WITHHELD[5:]}', 'UTF8')]"),
        ([], "text[][]", f"ARRAY[ARRAY['{WITHHELD[:3]}', '{WITHHELD[3:6]}'], ARRAY['{WITHHELD[6:]}', 'x']]"),
        (["CREATE TYPE pair AS (a INTEGER, b bytea)"], "pair", f"ROW(1, {_AS_WIDE_BYTES})::pair"),
        (["CREATE TYPE pair AS (a INTEGER, b bytea[])"], "pair[]", f"ARRAY[ROW(1, ARRAY[{_AS_WIDE_BYTES}])::pair]"),
        (["CREATE DOMAIN date_of_remark AS TEXT"], "date_of_remark", f"'by {WITHHELD}'"),
        (["CREATE DOMAIN booked AS TEXT", "CREATE DOMAIN timed AS booked"], "timed", f"'by {WITHHELD}'"),
        (["CREATE TYPE interval_of AS (a TEXT)"], "interval_of", f"ROW('by {WITHHELD}')::interval_of"),
        (["CREATE TYPE uuids AS ENUM ('none', 'by " + WITHHELD + "')"], "uuids", f"'by {WITHHELD}'"),
        (["CREATE TYPE bool_range AS RANGE (subtype = int8)"], "bool_range", f"'[{WITHHELD},{int(WITHHELD) + 1})'"),
        (["CREATE DOMAIN money_of AS money"], "money_of", f"'{WITHHELD}.00'"),
    ],
)
def test_a_type_is_what_it_is_and_not_what_it_is_called(
    postgresql: Place, ndoo: Ndoo, types: list[str], type_: str, cell: str
) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(*types)
    warehouse.visits(more=f", remark {type_}", cells=", NULL")
    assert warehouse.uphold().status == 0
    warehouse.run(f"UPDATE visits SET remark = {cell} WHERE nhs_number = '{KEEP[0]}'")
    refused(warehouse.uphold(into="again"), 2, "column-mentions", "'remark'")


def test_a_key_is_text_where_its_domains_are(postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(
        "CREATE DOMAIN date_of AS TEXT",
        'CREATE DOMAIN "time" AS date_of',
        'CREATE TABLE visits (nhs_number public."time", stored INTEGER GENERATED ALWAYS AS (7) STORED, id INTEGER GENERATED ALWAYS AS IDENTITY)',
    )
    warehouse.run("INSERT INTO visits (nhs_number) VALUES " + ", ".join(f"('{n}')" for n in ALL))
    assert warehouse.uphold().json["rows"] == {
        "read": 40,
        "kept": 30,
        "removed": 10,
        "held": {},
        "kept_without_number": 0,
    }
    assert warehouse.run("SELECT COUNT(*), MIN(stored), COUNT(DISTINCT id) FROM released") == [(30, 7, 30)]
    assert warehouse.verify().json["verified"]


def test_a_key_that_compares_in_its_own_way_is_refused(clinic: Warehouse) -> None:
    for sign, function in (
        ("<<<", "text_lt"),
        ("<<<=", "text_le"),
        ("===", "texteq"),
        (">>>=", "text_ge"),
        (">>>", "text_gt"),
    ):
        clinic.run(f"CREATE OPERATOR public.{sign} (LEFTARG = text, RIGHTARG = text, FUNCTION = {function})")
    clinic.run(
        "CREATE OPERATOR CLASS public.own FOR TYPE text USING btree AS OPERATOR 1 public.<<<, OPERATOR 2 public.<<<=, "
        "OPERATOR 3 public.===, OPERATOR 4 public.>>>=, OPERATOR 5 public.>>>, FUNCTION 1 bttextcmp(text, text)",
        "CREATE TABLE clinic.wards (code TEXT)",
        "CREATE UNIQUE INDEX ON clinic.wards (code public.own)",
        "CREATE TABLE clinic.beds (ward TEXT REFERENCES clinic.wards (code))",
    )
    refused(clinic.uphold_schema(), 3, "key-unclear", "'beds'", "operator")


def test_keys_between_columns_of_other_collations_are_followed(clinic: Warehouse) -> None:
    """The database compares them by their bytes; to ask it for `=` is a fault."""
    clinic.run(
        'CREATE TABLE clinic.beds (code TEXT COLLATE "C" PRIMARY KEY, patient_id INTEGER REFERENCES clinic.patients)',
        "INSERT INTO clinic.beds SELECT 'bed ' || id, id FROM clinic.patients",
        'CREATE TABLE clinic.stays (bed TEXT COLLATE "POSIX" REFERENCES clinic.beds, "mother" VARCHAR(9) REFERENCES clinic.beds)',
        "INSERT INTO clinic.stays SELECT code FROM clinic.beds",
        'CREATE TABLE clinic.rounds (code TEXT COLLATE "ucs_basic" PRIMARY KEY, next TEXT COLLATE "C" REFERENCES clinic.rounds, bed TEXT REFERENCES clinic.beds)',
        "INSERT INTO clinic.rounds SELECT code, code, code FROM clinic.beds",
    )
    said = clinic.uphold_schema()
    assert said.status == 0, said.told
    for table in ("stays", "rounds"):
        beds = clinic.run(f"SELECT bed FROM out.{table}")
        assert sorted(beds) == sorted((f"bed {at}",) for at in range(10, 40))
    assert clinic.verify("out").json["verified"]


def test_a_collation_for_which_other_texts_are_the_same_is_no_fault(clinic: Warehouse) -> None:
    """This PostgreSQL is built without the library that has them, so one of its own is said to be of that kind."""
    clinic.run(
        "CREATE COLLATION public.loose (provider = libc, locale = 'C.UTF-8')",
        "UPDATE pg_collation SET collisdeterministic = FALSE WHERE collname = 'loose'",
        "CREATE TABLE clinic.seen (id INTEGER REFERENCES clinic.patients, remark TEXT COLLATE public.loose)",
        "INSERT INTO clinic.seen SELECT id, 'seen on the ward' FROM clinic.patients",
        "CREATE TABLE public.visits (nhs_number TEXT COLLATE public.loose, ward TEXT COLLATE public.loose)",
        "INSERT INTO public.visits SELECT nhs_number, 'the third ward' FROM clinic.patients",
    )
    assert [said.json["rows"]["removed"] for said in (clinic.uphold(), clinic.uphold_schema())] == [10, 20]
    assert clinic.verify().json["verified"]
    assert clinic.verify("out").json["verified"]
    clinic.run(
        "CREATE TABLE clinic.wards (code TEXT COLLATE public.loose PRIMARY KEY)",
        "CREATE TABLE clinic.beds (ward TEXT COLLATE public.loose REFERENCES clinic.wards (code))",
    )
    refused(clinic.uphold_schema(into="again"), 3, "key-unclear", "'beds'", "collation")


@pytest.mark.parametrize(
    ("id_", "key", "cell"),
    [
        ("TEXT", "'K' || at || '-7'", "convert_to('K' || at || '-7', 'UTF8')"),
        ("TEXT", "'K' || at || '-7'", "ARRAY[convert_to('K' || at || '-7', 'UTF8')]"),
        ("UUID", "md5(at::text)::uuid", "uuid_send(md5(at::text)::uuid)"),
        ("BYTEA", "uuid_send(md5(at::text)::uuid)", "md5(at::text)::uuid"),
        ("BYTEA", "uuid_send(md5(at::text)::uuid)", "md5(at::text)"),
        (
            "INTEGER",
            "100000 + at * 37",
            "(SELECT array_agg(100000 + (at + 5 * n) % 40 * 37) FROM generate_series(0, 6) AS n)::clinic.keys",
        ),
    ],
)
def test_a_key_that_nobody_declared_is_seen_in_bytes_and_in_lists_of_any_type(
    id_: str, key: str, cell: str, postgresql: Place, ndoo: Ndoo
) -> None:
    """As text, bytes are other letters and digits; and a list below a domain is no list by its name."""
    clinic = Warehouse(postgresql, ndoo)
    people = f"unnest(ARRAY[{', '.join(map(repr, ALL))}]) WITH ORDINALITY AS p(nhs_number, at)"
    clinic.run(
        "CREATE SCHEMA clinic",
        "CREATE DOMAIN clinic.keys AS INTEGER[]",
        f"CREATE TABLE clinic.patients (id {id_} PRIMARY KEY, nhs_number TEXT)",
        f"INSERT INTO clinic.patients SELECT {key}, nhs_number FROM {people}",
        f"CREATE TABLE clinic.seen AS SELECT 'w' AS ward, {cell} AS whose FROM generate_series(1, 40) AS at",
    )
    refused(clinic.uphold_schema(), 2, "key-undeclared", "seen.whose (of patients.id)")


def test_a_table_without_columns_is_named_as_what_it_is(clinic: Warehouse) -> None:
    clinic.run("CREATE TABLE clinic.nothing ()")
    refused(clinic.uphold_schema(), 3, "table-without-columns", "'clinic.nothing'")


def test_a_database_whose_texts_are_of_no_encoding_is_read_or_refused(postgresql: Place, ndoo: Ndoo) -> None:
    """Its texts came as bytes, which was an unexpected fault."""
    postgresql.run("CREATE DATABASE raw TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        raw = Warehouse(Place("postgresql", re.sub(r"/u[a-z0-9]+\?", "/raw?", postgresql.address)), ndoo)
        raw.visits()
        assert raw.uphold().status == 0
        assert raw.verify().status == 0
        raw.run("UPDATE visits SET ward = E'caf\\xe9' WHERE ward = 'w30'")
        refused(raw.uphold("visits", "again"), 1, "database-fault", "22021")
    finally:
        postgresql.run("DROP DATABASE raw WITH (FORCE)")
