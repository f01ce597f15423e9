"""A file that is not the database that its address says is refused by every command alike, before anything opens it; and commands that
take files say that an address is none."""

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest

from ndoo.cli.list_options import InputPath
from ndoo.cli.main import COMMANDS
from ndoo.upholding.databases.database import Database
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(20)
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
CALLS: dict[str, tuple[str, ...]] = {
    "uphold": ("uphold", "{}", "--table", "visits", "--into", "released", *LIST),
    "uphold #": ("uphold", "{}#visits", "--into", "released", *LIST),
    "verify": ("verify", "{}#released", *LIST),
    "verify --no-list": ("verify", "{}", "--table", "released", "--no-list"),
    "show": ("show", "{}"),
    "show #": ("show", "{}#released"),
    "recall": ("recall", "{}", *LIST),
    "recall #": ("recall", "{}#released", *LIST),
    "type1 rerun": ("type1", "rerun", "{}", "--type1", "codes.csv"),
    "review": ("review", "register.toml", "--evidence", "{}"),
    "statement": ("statement", "register.toml", "--evidence", "{}", "-o", "statement.md"),
    "scan": ("scan", "{}"),
}
WORKS = {"uphold", "uphold #", "scan"}
"""Of a database with data and no release."""
FILES = (
    "in.csv",
    "in.parquet",
    "in.json",
    "in.xlsx",
    "csv.db",
    "parquet.db",
    "empty.db",
    "half.db",
    "other.db",
    "folder",
    "pipe",
    "none.db",
)
MISSING = ("folder", "pipe", "none.db")


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(PEOPLE[0])
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{PEOPLE[1]},9Nu0.,2020-01-01\n")
    (tmp_path / "register.toml").write_text('[[asset]]\nid = "A"\nname = "A"\nlocation = ["in.csv"]\n')
    rows = "nhs_number,ward\n" + "".join(f"{number},a\n" for number in PEOPLE)
    for name in ("in.csv", "in.json", "in.xlsx", "csv.db"):
        (tmp_path / name).write_text(rows)
    with duckdb.connect() as memory:
        memory.read_csv(str(tmp_path / "in.csv")).write_parquet(str(tmp_path / "in.parquet"))
    shutil.copy(tmp_path / "in.parquet", tmp_path / "parquet.db")
    (tmp_path / "empty.db").touch()
    (tmp_path / "half.db").write_bytes(b"\0" * 10)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with duckdb.connect(str(tmp_path / "duckdb")) as database:
        database.execute("CREATE TABLE visits (nhs_number TEXT, ward TEXT)")
        database.executemany("INSERT INTO visits VALUES (?, 'a')", [[number] for number in PEOPLE])
    made = sqlite3.connect(tmp_path / "sqlite")
    made.execute("CREATE TABLE visits (nhs_number TEXT, ward TEXT)")
    made.executemany("INSERT INTO visits VALUES (?, 'a')", [[number] for number in PEOPLE])
    made.commit()
    made.close()


def _call(name: str, address: str) -> list[str]:
    return [word.format(address) for word in CALLS[name]]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_what_is_no_such_database_is_refused_by_every_command(
    kind: str, call: str, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tmp_path / ("sqlite" if kind == "duckdb" else "duckdb"), tmp_path / "other.db")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(duckdb, "connect", opened)
    monkeypatch.setattr(Database, "run", opened, raising=False)
    for name in FILES:
        if (kind, name) == ("sqlite", "empty.db"):
            continue  # that one is a database
        said = ndoo(*_call(call, f"{kind}:///{name}"), "--json")
        assert said.status == (2 if name in MISSING else 3), (name, said.told)
        code, sentence = said.json["error"]["code"], said.json["error"]["message"]
        assert code == {"folder": "is-a-folder", "pipe": "not-a-file", "none.db": "no-such-file"}.get(
            name, "database-kind"
        )
        assert name in sentence, "the file is named"
        assert "published" not in sentence
        if name == "other.db":
            assert f" database. Name it as {'sqlite' if kind == 'duckdb' else 'duckdb'}:///other.db." in sentence
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("call", sorted(WORKS))
@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
@pytest.mark.parametrize("name", ["as.csv", "as.parquet", ":memory:"])
def test_a_database_is_opened_whatever_it_is_called(
    kind: str, call: str, name: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    (tmp_path / kind).rename(tmp_path / name)
    said = ndoo(*_call(call, f"{kind}:///{name}"), "--json")
    assert said.status == 0, said.told
    if call != "scan":
        assert ndoo("verify", f"{kind}:///{name}#released", *LIST).status == 0


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_what_may_not_be_used_is_no_permission(
    kind: str, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda path, _: Path(path).name != kind)
        said = ndoo(*_call("uphold", f"{kind}:///{kind}"), "--json")
        assert (said.status, said.json["error"]["code"]) == (5, "no-permission")
    real = Path.open

    def shut(path: Path, *more: Any, **options: Any) -> Any:
        if path.name == kind:
            raise PermissionError(13, "no", str(path))
        return real(path, *more, **options)

    monkeypatch.setattr(Path, "open", shut)
    for call in CALLS:
        said = ndoo(*_call(call, f"{kind}:///{kind}"), "--json")
        assert (said.status, said.json["error"]["code"]) == (5, "no-permission"), call


def test_what_a_database_refuses_where_it_is_only_read_publishes_nothing(ndoo: Ndoo, tmp_path: Path) -> None:
    whole = (tmp_path / "duckdb").read_bytes()
    (tmp_path / "duckdb").write_bytes(whole[:5000])
    read, written = (ndoo(*_call(call, "duckdb:///duckdb"), "--json") for call in ("verify", "uphold"))
    assert (read.status, read.json["error"]["code"]) == (1, "database-fault")
    assert "is as it was" in read.json["error"]["message"]
    assert "Nothing was published" in written.json["error"]["message"]


def test_a_scan_is_of_a_whole_database(ndoo: Ndoo) -> None:
    for address, code in (("sqlite:///sqlite#visits", "scan-whole"), ("duckdb://", "scan-address")):
        assert ndoo("scan", address, "--json").json["error"]["code"] == code
    assert "none.db#visits does not exist" in ndoo("scan", "sqlite:///none.db#visits").told


def test_coded_entries_are_not_read_from_every_database(ndoo: Ndoo) -> None:
    for address, status, code in (
        ("duckdb:///duckdb#visits", 2, "codes-kind"),
        ("mysql://host/gp#visits", 2, "codes-kind"),
        ("sqlite:///duckdb#visits", 3, "database-kind"),
        ("sqlite:///in.csv#visits", 3, "database-kind"),
        ("sqlite:///folder#visits", 2, "is-a-folder"),
        ("duckdb", 3, "codes-format"),
        ("sqlite", 3, "codes-format"),
    ):
        said = ndoo("type1", "status", address, "--json")
        assert (said.status, said.json["error"]["code"]) == (status, code), address


def _parameters(command: click.Command, name: str) -> Iterator[tuple[str, click.Parameter]]:
    for parameter in command.params:
        yield name, parameter
    for inner in getattr(command, "commands", {}).values():
        yield from _parameters(inner, f"{name} {inner.name}")


def test_every_path_that_is_taken_is_one_that_refuses_addresses() -> None:
    found = [
        (name, parameter.name, parameter.type)
        for command in COMMANDS
        for name, parameter in _parameters(importlib.import_module(f"ndoo.cli.{command}").command, command)
        if isinstance(parameter.type, click.Path)
    ]
    assert len(found) > 30
    assert [one for one in found if not isinstance(one[2], InputPath)] == []


@pytest.mark.parametrize(
    "call",
    [
        ("check", "{}", "-o", "out.txt", *LIST),
        ("check", "in.csv", "-o", "{}", *LIST),
        ("check", "in.csv", "-o", "out.txt", "--opted-out", "{}"),
        ("impact", "{}", "in.csv", "--by", "ward", "-o", "out.html"),
        ("impact", "in.csv", "{}", "--by", "ward", "-o", "out.html"),
        ("applies", "{}"),
        ("mesh", "request", "{}", "--profile", "x"),
        ("register", "import", "{}"),
        ("uphold", "in.csv", "-o", "{}", *LIST),
        ("uphold", "in.csv", "codes.csv", "-o", "{}", *LIST),
        ("uphold", "in.csv", "-o", "out.csv", "--allowed", "{}"),
        ("uphold", "in.csv", "-o", "out.csv", "--held", "{}", *LIST),
        ("backup", "{}"),
    ],
    ids=lambda call: f"{call[0]} {call.index('{}')}",
)
def test_where_a_file_is_taken_an_address_is_said_to_be_none(call: tuple[str, ...], ndoo: Ndoo, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for address in ("sqlite:///sqlite", "duckdb:///none.db", "postgresql://ann:s3cret@host/x", "https://host/in.csv"):
        said = ndoo(*(word.format(address) for word in call), "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "address-of-no-file"), said.told
        assert "s3cret" not in said.out + said.told
    assert sorted(tmp_path.iterdir()) == before


def test_what_an_option_means_in_a_database_is_said(ndoo: Ndoo) -> None:
    skipped = ndoo(*_call("uphold", "sqlite:///sqlite"), "--skip-rows", "1", "--json").json["error"]
    assert skipped["code"] == "lines-of-text"
    assert "Leave these options out" in skipped["message"]
    for option in ("--held", "--into"):
        into = ["held.csv"] if option == "--into" else ["released", option, "held.csv"]
        said = ndoo("uphold", "sqlite:///sqlite#visits", "--into", *into, *LIST, "--json").json["error"]
        assert (said["code"], said["message"].startswith(f"{option} names a table here")) == ("table-place", True)
