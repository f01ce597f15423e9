"""An address says which database is meant and shows nobody a password, a key or an account."""

from __future__ import annotations

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.upholding.database_address import LONGEST_NAME, TableName, address_of, is_address, table_named
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

SECRET = "dont-show-me"


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [
        ("postgresql://db.example:5433/clinic", "postgresql", "postgresql://db.example:5433/clinic"),
        (
            "postgres://somebody@db.example/clinic?sslmode=require",
            "postgresql",
            "postgresql://db.example/clinic?sslmode=require",
        ),
        ("postgresql:///clinic?host=%2Frun%2Fpg&user=x", "postgresql", "postgresql:///clinic?host=%2Frun%2Fpg"),
        ("postgresql+psycopg://db/clinic", "postgresql", "postgresql://db/clinic"),
        ("duckdb:///warehouse.duckdb", "duckdb", "duckdb:///warehouse.duckdb"),
        ("sqlite:////srv/a%20b/clinic.sqlite3", "sqlite", "sqlite:///clinic.sqlite3"),
    ],
)
def test_what_is_said_of_a_database_holds_no_account(typed: str, kind: str, shown: str) -> None:
    assert is_address(typed)
    address = address_of(typed)
    assert (address.kind, address.shown) == (kind, shown)
    assert repr(address) == f"Address({shown})"


def test_a_file_is_found_where_it_is_said_to_be() -> None:
    assert str(address_of("sqlite:////srv/a%20b/c.db").path) == "/srv/a b/c.db"
    assert str(address_of("duckdb:///c.db").path) == "c.db"


@pytest.mark.parametrize("typed", ["extract.csv", "/srv/extract.csv", "C:\\extract.csv", "s3-extract", "folder/x"])
def test_a_path_is_no_address(typed: str) -> None:
    assert not is_address(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (f"postgresql://me:{SECRET}@db/clinic", "address-password"),
        (f"postgresql://db/clinic?password={SECRET}", "address-password"),
        (f"postgresql://db/clinic?sslpassword={SECRET}", "address-password"),
        ("mssql+pyodbc://db/clinic", "address-kind"),
        ("oracle://db/clinic", "address-kind"),
        ("http://db/clinic", "address-unreadable"),
        ("duckdb:///", "address-unreadable"),
        ("duckdb://host/file", "address-unreadable"),
        ("postgresql://[db/clinic", "address-unreadable"),
        ("postgresql://db:x/clinic", "address-unreadable"),
        ("env:NDOO_NOT_THERE", "address-unreadable"),
        (f"duckdb:///{some(1)[0]}.duckdb", "name-identifies"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_and_not_repeated(typed: str, code: str) -> None:
    with pytest.raises(UsageFault) as refused:
        address_of(typed)
    assert refused.value.code == code
    assert SECRET not in refused.value.sentence


def test_a_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE", f"postgresql://me:{SECRET}@db/clinic")
    address = address_of("env:WAREHOUSE")
    assert address.whole == f"postgresql://me:{SECRET}@db/clinic"
    assert SECRET not in f"{address!r}{address.shown}"


def test_a_table_may_stand_in_a_schema() -> None:
    assert table_named("visits") == TableName(None, "visits")
    assert table_named("clinic.visits").quoted == '"clinic"."visits"'
    assert table_named('a"b').quoted == '"a""b"'
    assert str(table_named("clinic.visits").beside("other")) == "clinic.other"


@pytest.mark.parametrize(
    "parts", [("clinic", "visits.2026"), (None, 'a."b"'), ('"x', "é" * 31 + "x"), (None, "v'i;s--its")]
)
def test_a_name_with_dots_and_quotes_can_be_said_and_read_back(parts: tuple[str | None, str]) -> None:
    assert table_named(str(TableName(*parts))) == TableName(*parts)


@pytest.mark.parametrize("sign", ["\0", "\n", "\r", "\x7f", "\x85", "\u2028", "\u202e", "\u200b"])
def test_a_name_with_a_sign_that_nobody_sees_is_refused(sign: str) -> None:
    with pytest.raises(UsageFault) as refused:
        table_named(f"clinic.vis{sign}its")
    assert refused.value.code == "name-unseen-signs"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "clinic.",
        "x" * (LONGEST_NAME + 1),
        "é" * (LONGEST_NAME // 2 + 1),
        "a.b.c",
        '"a',
        'a."b"c',
        "é" * 10 + ".",
        '""',
    ],
)
def test_a_name_that_a_database_would_cut_is_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="bytes"):
        table_named(text)


def test_a_tables_name_names_nobody() -> None:
    with pytest.raises(UsageFault) as refused:
        table_named(f"visits_{some(1)[0]}")
    assert refused.value.code == "name-identifies"


@pytest.mark.parametrize(
    "address", ["s3://bucket/visits", "s3a://bucket/visits", "abfss://a@b/visits", "hdfs:///visits"]
)
@pytest.mark.parametrize("call", [("uphold", "-o", "out", "--engine", "spark"), ("verify",)])
def test_a_store_is_not_taken_for_a_database_and_says_what_reaches_it(
    ndoo: Ndoo, address: str, call: tuple[str, ...]
) -> None:
    said = ndoo(call[0], address, *call[1:], "--allowed", "list.dat", "--checked-at", TODAY, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "store-not-reached")
    assert "uphold_frame" in said.json["error"]["message"]
