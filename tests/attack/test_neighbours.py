"""Somebody of ill will owns every object of the database that they may make: they learn nothing, and nothing is verified that is not so."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.warehouse import ALL, KEEP, LIST, OPT, Warehouse, broken, refused
from tests.conftest import Ndoo
from tests.engines.databases import Place

STEALS = """
    CREATE OR REPLACE FUNCTION {}({}) RETURNS {} LANGUAGE plpgsql {} AS $$
    DECLARE t TEXT;
    BEGIN
      FOR t IN SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c WHERE c.relpersistence = 't' AND c.relkind = 'r' LOOP
        BEGIN EXECUTE 'INSERT INTO public.stolen SELECT t::text FROM ' || t || ' AS t'; EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP;
      RETURN {};
    END $$"""


OPENS = """
    DO $$ DECLARE t TEXT; BEGIN
      FOR t IN SELECT oid::regclass FROM pg_class WHERE relowner = current_user::regrole AND relkind IN ('r', 'v') LOOP
        EXECUTE 'GRANT ALL ON ' || t || ' TO PUBLIC';
      END LOOP;
    END $$"""


@pytest.fixture
def warehouse(postgresql: Place, ndoo: Ndoo) -> Iterator[Warehouse]:
    """`loader` upholds, with its own schema first in the path; `mallory` may create in `public`, where her table `stolen` waits."""
    made = Warehouse(postgresql, ndoo)
    made.visits()
    made.run("GRANT CREATE ON SCHEMA public TO PUBLIC")
    mallory = made.as_role("mallory")
    made.as_somebody(mallory, "CREATE TABLE stolen (row TEXT)", "GRANT ALL ON stolen TO PUBLIC")
    loader = made.as_role("loader")
    made.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO loader")
    root, made.place.address = made.place.address, loader
    yield made
    made.place.address = root
    made.run("DROP OWNED BY mallory CASCADE", "DROP OWNED BY loader CASCADE", "DROP ROLE mallory", "DROP ROLE loader")


def _mallory(warehouse: Warehouse, *statements: str) -> None:
    warehouse.as_somebody(warehouse.place.address.replace("//loader:", "//mallory:"), *statements)


def _stolen(warehouse: Warehouse) -> int:
    return warehouse.rows("public.stolen")


def test_an_operator_of_somebody_else_is_not_asked(warehouse: Warehouse) -> None:
    """Each is nearer to our columns' types than the catalogue's own."""
    for at, (name, left, right, gives) in enumerate(
        (
            ("%", "bigint", "integer", "bigint"),
            ("=", "bigint", "integer", "boolean"),
            ("<>", "bigint", "integer", "boolean"),
            ("*", "integer", "bigint", "bigint"),
            ("||", "text", "varchar", "text"),
            ("~", "varchar", "text", "boolean"),
        )
    ):
        worth = {"boolean": "TRUE", "text": "'x'"}.get(gives, "0")
        _mallory(
            warehouse,
            STEALS.format(f"public.m{at}", f"{left}, {right}", gives, "VOLATILE", worth),
            f"CREATE OPERATOR public.{name} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.m{at})",
        )
    said = warehouse.uphold()
    assert (said.status, said.json["rows"]["removed"]) == (0, 10), said.told
    assert warehouse.verify().json["verified"]
    assert _stolen(warehouse) == 0


@pytest.mark.parametrize("path", ["public,pg_catalog", "public,pg_catalog,pg_temp", "pg_temp,public"])
def test_a_function_that_stands_before_the_catalogues_own_is_not_asked(warehouse: Warehouse, path: str) -> None:
    for name, takes, gives, worth in (
        ("sha256", "bytea", "bytea", "NULL"),
        ("encode", "bytea, text", "text", "'00'"),
        ("to_regclass", "text", "regclass", "NULL"),
        ("replace", "text, text, text", "text", "''"),
        ("trim", "text, text", "text", "''"),
        ("btrim", "text, text", "text", "''"),
        ("length", "text", "integer", "0"),
        ("substring", "text, integer, integer", "text", "''"),
        ("format_type", "oid, integer", "text", "'x'"),
        ("abs", "bigint", "bigint", "0"),
        ("octet_length", "text", "integer", "0"),
        ("translate", "text, text, text", "text", "''"),
        ("current_schemas", "boolean", "name[]", "ARRAY['public']::name[]"),
        ("pg_partition_root", "regclass", "regclass", "NULL"),
        ("convert_to", "text, name", "bytea", "NULL"),
    ):
        _mallory(warehouse, STEALS.format(f"public.{name}", takes, gives, "VOLATILE", worth))
    _mallory(
        warehouse,
        "CREATE VIEW public.pg_class AS SELECT 1 AS oid",
        "CREATE VIEW public.pg_depend AS SELECT 1 AS objid",
        "CREATE TYPE public.bigint AS ENUM ('x')",
        "CREATE DOMAIN public.text AS pg_catalog.text CHECK (FALSE)",
    )
    typed, warehouse.place.address = (
        warehouse.place.address,
        f"{warehouse.place.address}&options=-c%20search_path%3D{path}",
    )
    said = warehouse.uphold("public.visits", "public.released")
    assert (said.status, said.json["rows"]["removed"]) == (0, 10), said.told
    assert warehouse.verify("public.released").json["verified"]
    warehouse.place.address = typed
    assert _stolen(warehouse) == 0
    assert warehouse.rows("public.released") == 30


def _owned(warehouse: Warehouse, *statements: str) -> None:
    """A table `hers` that mallory owns, of the rows of `visits`, and what she does to it."""
    rows = ", ".join(f"('{number}', 'w')" for number in ALL)
    _mallory(
        warehouse,
        STEALS.format("public.thief", "x TEXT", "TEXT", "VOLATILE", "x"),
        STEALS.format("public.judge", "x TEXT", "BOOLEAN", "IMMUTABLE", "TRUE"),
        "CREATE TABLE public.hers (nhs_number TEXT, ward TEXT)",
        f"INSERT INTO public.hers VALUES {rows}",
        *statements,
        OPENS,
    )


@pytest.mark.parametrize(
    ("table", "statements"),
    [
        ("hers2", ["CREATE VIEW public.hers2 AS SELECT public.thief(nhs_number) AS nhs_number, ward FROM public.hers"]),
        (
            "hers3",
            [
                "CREATE VIEW public.hers2 AS SELECT nhs_number, ward FROM public.hers WHERE public.judge(ward)",
                "CREATE VIEW public.hers3 AS SELECT * FROM public.hers2",
            ],
        ),
        ("hers", ["CREATE INDEX ON public.hers ((public.judge('x')))"]),
        ("hers", ["CREATE INDEX ON public.hers (ward) WHERE public.judge('x')"]),
        ("hers", ["ALTER TABLE public.hers ADD CHECK (public.judge('x'))"]),
        ("hers", ["CREATE STATISTICS public.s ON (public.judge(ward)), ward FROM public.hers"]),
        ("hers", ["CREATE POLICY p ON public.hers USING (public.judge(ward))"]),
        (
            "hers",
            [
                "CREATE TYPE public.mood AS ENUM ('w')",
                "ALTER TABLE public.hers ALTER ward TYPE public.mood USING 'w'::public.mood",
                STEALS.format("public.told", "x public.mood", "TEXT", "VOLATILE", "'w'"),
                "CREATE CAST (public.mood AS TEXT) WITH FUNCTION public.told(public.mood)",
            ],
        ),
        (
            "hers",
            [
                "CREATE OPERATOR public.@@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = textlike)",
                STEALS.format("public.two", "a TEXT, b TEXT", "BOOLEAN", "IMMUTABLE", "TRUE"),
                "CREATE OPERATOR public.@@@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.two)",
                "ALTER TABLE public.hers ADD CHECK ('a' OPERATOR(public.@@@@) 'b')",
            ],
        ),
        (
            "hers",
            [
                "CREATE DOMAIN public.odd AS TEXT CHECK (public.judge(VALUE))",
                "ALTER TABLE public.hers ALTER ward TYPE public.odd USING ward::public.odd",
            ],
        ),
        (
            "hers",
            [
                "CREATE TABLE public.below () INHERITS (public.hers)",
                "CREATE INDEX ON public.below ((public.judge('x')))",
            ],
        ),
    ],
)
def test_a_table_that_runs_somebody_elses_function_is_not_read(
    warehouse: Warehouse, table: str, statements: list[str]
) -> None:
    _owned(warehouse, *statements)
    before = _stolen(warehouse)
    said = warehouse.uphold(f"public.{table}", "public.released")
    refused(said, 3, "table-runs-code", "another account")
    assert _stolen(warehouse) == before


def test_a_result_that_runs_somebody_elses_function_is_not_verified(warehouse: Warehouse) -> None:
    assert warehouse.uphold("public.visits", "public.released").status == 0
    _mallory(warehouse, STEALS.format("public.judge", "x TEXT", "BOOLEAN", "IMMUTABLE", "TRUE"))
    warehouse.run("ALTER TABLE public.released ADD CHECK (public.judge('x'))", "DELETE FROM public.stolen")
    before = _stolen(warehouse)
    assert broken(warehouse.verify("public.released")) == ["digest"]
    assert _stolen(warehouse) == before


def test_a_manifest_that_runs_somebody_elses_function_is_not_read(warehouse: Warehouse) -> None:
    """Who reads it is the verifier, or whoever replaces the result; all manifests of a database are read by `recall`."""
    assert warehouse.uphold("public.visits", "public.released").status == 0
    _mallory(
        warehouse,
        STEALS.format("public.thief", "", "TEXT", "VOLATILE", "'x'").replace(
            "FOR t", "IF current_user <> 'mallory' THEN RAISE EXCEPTION 'asked'; END IF; FOR t"
        ),
        "CREATE FUNCTION public.judge(x TEXT) RETURNS BOOLEAN LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.thief(); RETURN TRUE; END'",
    )
    warehouse.run("GRANT SELECT ON public.released_manifest TO mallory")
    _mallory(warehouse, "CREATE TABLE public.copied AS TABLE public.released_manifest")
    warehouse.run("DROP TABLE public.released_manifest")
    _mallory(
        warehouse,
        "ALTER TABLE public.copied RENAME TO released_manifest",
        "CREATE INDEX ON public.released_manifest (manifest) WHERE public.judge('x')",
        OPENS,
    )
    refused(warehouse.verify("public.released"), 3, "table-runs-code", "another account")
    refused(warehouse.uphold("public.visits", "public.released", "--replace"), 2, "table-exists")
    said = warehouse.ndoo("recall", warehouse.place.address, *LIST)
    assert "another account" in said.out, said.out


def test_a_verifier_from_whom_a_policy_hides_a_row_proves_nothing(postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.visits()
    assert warehouse.uphold().status == 0
    reader = warehouse.as_role("auditor")
    warehouse.run("GRANT SELECT ON released, released_manifest TO auditor")
    assert warehouse.verify(address=reader).json["verified"]
    warehouse.run(
        f"INSERT INTO released VALUES ('{OPT[0]}', 'hidden')",
        "ALTER TABLE released ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON released USING (ward <> 'hidden')",
    )
    refused(warehouse.verify(address=reader), 5, "database-no-right")
    warehouse.run("DELETE FROM released WHERE ward = 'hidden'", "REVOKE SELECT ON released FROM auditor")
    refused(warehouse.verify(address=reader), 5, "database-no-right")
    assert warehouse.verify().json["verified"]
    warehouse.run("DROP OWNED BY auditor", "DROP ROLE auditor")


SETTINGS = {
    "datestyle": "SQL,DMY",
    "timezone": "Asia/Kathmandu",
    "extra_float_digits": "-5",
    "bytea_output": "escape",
    "intervalstyle": "iso_8601",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "xmlbinary": "hex",
    "search_path": "other,public",
    "row_security": "on",
    "transform_null_equals": "on",
    "backslash_quote": "on",
    "lc_monetary": "C",
}


def test_the_digest_is_the_same_in_every_session(postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(
        "CREATE SCHEMA other", "CREATE TABLE other.wards (a INTEGER)", "CREATE TYPE public.mood AS ENUM ('a\\b')"
    )
    warehouse.visits(
        more=", a regclass, b TIMESTAMPTZ, c DOUBLE PRECISION, d bytea, e INTERVAL, f public.mood, g DATE[], h REAL[], i regtype, j TEXT",
        cells=", 'other.wards', '2026-11-29 12:00+01', 0.1, '\\x00ff', '1 day 2 hours', 'a\\b', '{2026-11-29}', '{0.1}', 'mood', 'a\\''b'".replace(
            "\\'", "'"
        ),
    )
    assert warehouse.uphold("public.visits", "public.released").status == 0
    given = "".join(f"%20-c%20{name}%3D{value}" for name, value in SETTINGS.items())
    address = f"{warehouse.place.address}&options={given.removeprefix('%20')}"
    said = warehouse.verify("public.released", address=address)
    assert said.json["verified"], said.told
    warehouse.place.address, plain = address, warehouse.place.address
    assert warehouse.uphold("public.visits", "public.again").json["output"]["sha256"] == said.json.get(
        "output", {}
    ).get("sha256", warehouse.run("SELECT manifest::json->'output'->>'sha256' FROM public.released_manifest")[0][0])
    warehouse.place.address = plain


def test_of_the_list_nothing_stays_in_the_statistics(postgresql: Place, ndoo: Ndoo) -> None:
    """Neither of the list nor of the tables that are made on the way."""
    from tests.support.numbers import some

    warehouse = Warehouse(postgresql, ndoo)
    warehouse.visits()
    warehouse.patients()
    people = some(3000, seed=15)
    Path("go.txt").write_text("\n".join([*OPT, *people]))
    assert warehouse.uphold().status == 0
    assert warehouse.uphold_schema().status == 0
    assert warehouse.verify("out").json["verified"]
    ((path, folder),) = warehouse.run(
        "CHECKPOINT", "SELECT pg_relation_filepath('pg_statistic'), current_setting('data_directory')"
    )
    held = (Path(folder) / path).read_bytes()
    toast = warehouse.run("SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'pg_statistic'")[0][
        0
    ]
    held += (Path(folder) / toast).read_bytes()
    assert not [
        number for number in [*OPT, *people] if struct.pack("<q", int(number)) in held or number.encode() in held
    ]
    assert warehouse.run("SELECT COUNT(*) FROM pg_class WHERE relpersistence = 't'") == [(0,)]


def test_default_privileges_open_nothing_that_is_made(postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(
        "CREATE ROLE passer_by",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, passer_by",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC, passer_by",
    )
    warehouse.run("CREATE SCHEMA apart", "ALTER DEFAULT PRIVILEGES IN SCHEMA apart GRANT SELECT ON TABLES TO passer_by")
    warehouse.visits()
    warehouse.patients()
    assert warehouse.uphold("visits", "apart.released", "--held", "apart.parked").status == 0
    assert warehouse.uphold_schema("--held", "parked").status == 0
    made = "c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('apart', 'out', 'parked')) AND c.relkind = 'r'"
    assert warehouse.run(f"SELECT COUNT(*) FROM pg_class c WHERE {made}")[0][0] == 6
    assert (
        warehouse.run(
            f"SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE {made} AND a.grantee <> c.relowner"
        )
        == []
    )
    assert (
        warehouse.run(
            "SELECT 1 FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname IN ('out', 'parked') "
            "AND a.grantee <> n.nspowner"
        )
        == []
    )
    warehouse.run("DROP OWNED BY passer_by", "DROP ROLE passer_by")


@pytest.fixture
def file(request: pytest.FixtureRequest, ndoo: Ndoo, tmp_path: Path) -> Iterator[Warehouse]:
    from tests.engines.databases import made

    for place in made(str(request.param), tmp_path, request):
        warehouse = Warehouse(place, ndoo)
        warehouse.visits()
        yield warehouse


@pytest.mark.parametrize("file", ["duckdb"], indirect=True)
def test_macros_of_a_file_are_not_asked(file: Warehouse) -> None:
    file.run(
        "CREATE MACRO sha256(x) AS 'same'",
        "CREATE MACRO sum(x) AS 0",
        "CREATE MACRO count() AS 0",
        "CREATE MACRO trim(a, b) AS ''",
        "CREATE MACRO regexp_full_match(a, b) AS FALSE",
        "CREATE MACRO regexp_matches(a, b) AS FALSE",
        "CREATE MACRO length(a) AS 0",
        "CREATE MACRO strlen(a) AS 0",
        "CREATE MACRO abs(a) AS 0",
        "CREATE MACRO lower(a) AS 'x'",
        "CREATE MACRO current_setting(a) AS 4",
        'CREATE MACRO "%"(a, b) AS 0',
        'CREATE MACRO "-"(a, b) AS 0',
        "CREATE MACRO duckdb_columns() AS TABLE SELECT 1 AS a",
        "CREATE MACRO duckdb_tables() AS TABLE SELECT 1 AS a",
        "CREATE MACRO duckdb_databases() AS TABLE SELECT 'temp' AS database_name, FALSE AS internal",
    )
    said = file.uphold()
    assert (said.status, said.json["rows"]["removed"]) == (0, 10), said.told
    assert file.verify().json["verified"]
    file.run(f"UPDATE released SET ward = 'x' WHERE nhs_number = '{KEEP[0]}'")
    assert broken(file.verify()) == ["digest"]


@pytest.mark.parametrize("file", ["duckdb"], indirect=True)
def test_a_view_reads_no_other_file(file: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("nhs_number,ward\n" + "".join(f"{number},w\n" for number in ALL))
    file.run(
        f"CREATE VIEW other AS SELECT * FROM read_csv('{tmp_path}/secret.csv', all_varchar = TRUE)",
        f"CREATE VIEW another AS SELECT * FROM '{tmp_path}/secret.csv'",
    )
    for view in ("other", "another"):
        refused(file.uphold(view), 1, "database-fault")
    assert file.place.tables() == {"visits", "other", "another"}


@pytest.mark.parametrize("file", ["sqlite"], indirect=True)
def test_tables_named_as_sqlites_own_functions_and_broken_views_change_nothing(file: Warehouse) -> None:
    file.run(
        "CREATE TABLE pragma_table_xinfo (cid, name, type, hidden)",
        "CREATE TABLE ndoo_list (number, listed)",
        "CREATE VIEW broken AS SELECT * FROM nowhere",
        "CREATE TRIGGER t AFTER INSERT ON visits BEGIN DELETE FROM visits; END",
        "CREATE VIEW v AS SELECT nhs_number, ward FROM visits",
    )
    for at, table in enumerate(("visits", "v")):
        said = file.uphold(table, f"released{at}")
        assert (said.status, said.json["rows"]["removed"]) == (0, 10), said.told
        assert file.verify(f"released{at}").json["verified"]


@pytest.mark.parametrize("file", ["sqlite"], indirect=True)
def test_of_an_older_result_nothing_stays_in_the_files_free_pages(file: Warehouse) -> None:
    file.run("PRAGMA secure_delete = OFF", "UPDATE visits SET ward = 'only in the old one ' || ward")
    assert file.uphold().status == 0
    file.run("PRAGMA secure_delete = ON", "UPDATE visits SET ward = 'w'")
    path = file.place.parsed.path
    assert path and b"only in the old one" in path.read_bytes()
    assert file.uphold("visits", "released", "--replace").status == 0
    assert b"only in the old one" not in path.read_bytes()


@pytest.mark.parametrize("file", ["duckdb", "sqlite"], indirect=True)
def test_of_the_list_nothing_stays_in_the_file(file: Warehouse) -> None:
    from tests.support.numbers import some

    people = some(3000, seed=15)
    Path("go.txt").write_text("\n".join([*OPT, *people]))
    assert file.uphold().status == 0
    assert file.verify().json["verified"]
    path = file.place.parsed.path
    assert path
    held = b"".join(one.read_bytes() for one in path.parent.iterdir() if one.name.startswith(path.name))
    assert not [
        n
        for n in people[::10]  # a list that stayed would stay whole, and each is looked for in megabytes
        if n not in ALL
        and any(form in held for form in (n.encode(), struct.pack("<q", int(n)), struct.pack(">q", int(n))[3:]))
    ]


@pytest.mark.parametrize("file", ["sqlite"], indirect=True)
def test_an_index_that_says_other_than_the_rows_is_not_believed(file: Warehouse) -> None:
    """It is asked instead of the table where it is smaller, or is said to be; whoever copies the table gets the rows."""
    assert file.uphold().status == 0
    file.run("CREATE INDEX more ON released (nhs_number, ward)")
    assert file.verify().json["verified"]
    ((sql, page),) = file.run("SELECT sql, rootpage FROM sqlite_master WHERE name = 'more'")
    file.run(
        "ANALYZE",
        "UPDATE sqlite_stat1 SET stat = '10000 1 1 sz=2' WHERE idx = 'more'",
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_master WHERE name = 'more'",
        "PRAGMA schema_version = 900",
    )
    file.run(
        f"UPDATE released SET nhs_number = '{OPT[0]}' WHERE nhs_number = '{KEEP[0]}'",
        "PRAGMA writable_schema = ON",
        f"INSERT INTO sqlite_master VALUES ('index', 'more', 'released', {page}, '{sql}')",
        "PRAGMA schema_version = 901",
    )
    seen = "SELECT COUNT(*) FROM (SELECT nhs_number, ward FROM released{}) WHERE nhs_number = '" + OPT[0] + "'"
    assert (file.run(seen.format("")), file.run(seen.format(" NOT INDEXED"))) == ([(0,)], [(1,)])
    assert "digest" in broken(file.verify())
