"""What is no database of the kind that was meant is refused before it is opened, whatever it is called."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import duckdb
import pytest

from ndoo.domain.database_file import database_kind, refuse_other_file
from ndoo.domain.errors import NdooError

OTHER = {"duckdb": "sqlite", "sqlite": "duckdb"}
NAMES = ("in.db", "in.csv", "in.parquet", "in.json", ":memory:", "sqlite:in.db", "csv:in.db", "a#b %.db")


def _made(kind: str, path: Path) -> Path:
    if kind == "duckdb":
        duckdb.connect(str(path.absolute())).close()
        return path
    opened = sqlite3.connect(path.absolute())
    opened.execute("CREATE TABLE t (x)")
    opened.close()
    return path


def _refused(path: Path, kind: str, *, written: bool = False) -> tuple[str, int, str]:
    with pytest.raises(NdooError) as error:
        refuse_other_file(path, kind, written=written)
    return error.value.code, error.value.exit_status, error.value.sentence


@pytest.mark.parametrize("kind", OTHER)
@pytest.mark.parametrize("name", NAMES)
def test_a_database_is_known_by_its_bytes_and_not_by_its_name(kind: str, name: str, tmp_path: Path) -> None:
    made = _made(kind, tmp_path / "made").rename(tmp_path / name)
    assert database_kind(made) == kind
    refuse_other_file(made, kind)
    refuse_other_file(made, kind, written=True)
    code, status, sentence = _refused(made, OTHER[kind])
    assert (code, status) == ("database-kind", 3)
    assert f" is a {'DuckDB' if kind == 'duckdb' else 'SQLite'} database. Name it as {kind}:///" in sentence


def test_the_address_that_is_advised_is_the_one_of_the_file(tmp_path: Path) -> None:
    from ndoo.upholding.database_address import address_of

    made = _made("duckdb", tmp_path / "made").rename(tmp_path / "a#b %41?.db")
    *_, sentence = _refused(made, "sqlite")
    assert address_of(sentence.rpartition(" as ")[2].removesuffix(".")).path == made


@pytest.mark.parametrize("kind", OTHER)
@pytest.mark.parametrize("size", [1, 7, 8, 11, 12, 16, 24, 4096])
def test_what_is_nobodys_database_is_said_to_be_none(kind: str, size: int, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes((b"nhs_number,ward\n" * 256)[:size])
    code, status, sentence = _refused(path, kind)
    assert (code, status) == ("database-kind", 3)
    assert "leave" in sentence
    assert sentence.endswith("ndoo uphold in.csv -o OUTPUT.")
    whole = _made(kind, tmp_path / "whole").read_bytes()
    path.write_bytes(whole[: min(size, 11)])
    assert _refused(path, kind)[0] == "database-kind", "half of its mark"


def test_an_empty_file_is_an_empty_database_of_sqlite_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    refuse_other_file(tmp_path / "empty", "sqlite", written=True)
    assert _refused(tmp_path / "empty", "duckdb")[:2] == ("database-kind", 3)
    assert database_kind(tmp_path / "empty") is None


def test_an_encrypted_one_is_said_to_be_so(tmp_path: Path) -> None:
    with duckdb.connect() as opened:
        opened.execute("SET force_mbedtls_unsafe = 'true'")
        opened.execute(f"ATTACH '{tmp_path}/locked.db' AS locked (ENCRYPTION_KEY 'a key')")
        opened.execute("CREATE TABLE locked.t (x INTEGER)")
    assert _refused(tmp_path / "locked.db", "duckdb")[:2] == ("database-encrypted", 3)


@pytest.mark.parametrize("kind", OTHER)
def test_what_is_no_file_is_named_as_what_it_is(kind: str, tmp_path: Path) -> None:
    (tmp_path / "hosp").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "in.csv").touch()
    (tmp_path / "loose").symlink_to("nowhere")
    for name, code, words in (
        ("hosp", "is-a-folder", "is a folder"),
        ("pipe", "not-a-file", "is a pipe or a device"),
        ("hopp", "no-such-file", "Did you mean 'hosp'?"),
        (".hidden", "no-such-file", ".hidden does not exist"),
        ("loose", "no-such-file", "is a link"),
        ("a\0b", "no-such-file", "does not exist"),
        ("in.csv/x", "no-such-file", "is not a folder"),
    ):
        found, status, sentence = _refused(tmp_path / name, kind)
        assert (found, status) == (code, 2)
        assert words in sentence


@pytest.mark.parametrize("kind", OTHER)
def test_what_this_account_may_not_use_is_no_fault_of_the_database(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _made(kind, tmp_path / "made")
    for shut in (made, tmp_path):
        with monkeypatch.context() as patched:
            patched.setattr(os, "access", lambda path, _, shut=shut: Path(path) != shut)
            refuse_other_file(made, kind)
            code, status, sentence = _refused(made, kind, written=True)
            assert (code, status) == ("no-permission", 5)
            assert "may not write to" in sentence

    def closed(self: Path, *_: object) -> object:
        raise PermissionError(13, "no", str(self))

    monkeypatch.setattr(Path, "open", closed)
    assert _refused(made, kind)[:2] == ("no-permission", 5)


def test_no_number_in_a_path_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "9990004935").mkdir()
    path = tmp_path / "9990004935" / "9990004935.db"
    for written in (b"x", _made("duckdb", tmp_path / "made").read_bytes()):
        path.write_bytes(written)
        assert "9990004935" not in _refused(path, "sqlite")[2]
