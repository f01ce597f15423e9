"""A search that meets what it cannot read says so: what is passed over in silence could hold anybody."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.evidence import find_releases as module
from ndoo.evidence.find_releases import database_kind, find_releases, is_manifest_name
from tests.unit.evidence.test_release import described, linked


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "manifest.json").write_text(json.dumps(linked()))
    (tmp_path / "a" / "b" / "x.csv.manifest.json").write_text(json.dumps(described("csv")))
    return tmp_path


def test_what_may_not_be_read_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.place.name for one in find_releases(place).releases] == ["a", "x.csv"]
    scandir = os.scandir

    def closed(path: Path) -> Any:
        if path.name == "b":
            raise PermissionError
        return scandir(path)

    with monkeypatch.context() as machine:
        machine.setattr(os, "scandir", closed)
        assert [(one.place.name, one.because) for one in find_releases(place).unclear] == [
            ("b", "This folder may not be read.")
        ]

    def refuse(path: Path) -> str | None:
        raise PermissionError if path.name == "secret" else FileNotFoundError

    (place / "secret").write_text("")
    (place / "vanishes").write_text("")
    os.mkfifo(place / "pipe")  # is not opened: nobody would ever answer
    with monkeypatch.context() as machine:
        machine.setattr(module, "database_kind", refuse)
        assert [one.place.name for one in find_releases(place).unclear] == ["secret"]


def test_a_folder_that_vanishes_meanwhile_is_no_fault(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is going on publishes its draft by renaming it."""
    scandir = os.scandir

    def gone(path: Path) -> Any:
        if path.name == "b":
            raise FileNotFoundError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", gone)
    found = find_releases(place)
    assert (len(found.releases), found.unclear) == (1, [])


def test_a_folder_named_as_a_manifest_is_said_and_looked_into(place: Path) -> None:
    (place / "manifest.json").mkdir()
    (place / "manifest.json" / "y.csv.manifest.json").write_text(json.dumps(described("csv")))
    found = find_releases(place)
    assert [one.place.name for one in found.unclear] == ["manifest.json"]
    assert [one.place.name for one in found.releases] == ["a", "x.csv", "y.csv"]


@pytest.mark.parametrize(
    ("name", "beside", "document", "passed_over"),
    [
        ("manifest.json", "", {"name": "page"}, True),
        ("manifest.json", "datapackage.json", {"name": "page"}, False),
        ("x.manifest.json", "", {"name": "page"}, True),
        ("x.manifest.json", "x", {"name": "page"}, False),
        ("_manifest.json", "", {"name": "page"}, False),
        ("manifest.json", "", {}, False),
        ("manifest.json", "", [], False),
        ("manifest.json", "", {"rows": 5}, False),
        ("x.manifest.json", "", {"ndoo": "0.1.0", "kind": "check"}, True),
        ("x.manifest.json", "x", {"ndoo": "0.1.0", "kind": "check"}, True),
        ("x.manifest.json", "", {"kind": "check"}, False),
        ("x.manifest.json", "", {"ndoo": "0.1.0", "kind": "uphold"}, False),
        ("x.manifest.json", "", {"ndoo": "0.1.0", "kind": 5}, False),
    ],
)
def test_only_what_is_surely_another_tool_s_is_left_aside(
    name: str, beside: str, document: object, passed_over: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(json.dumps(document))
    if beside:
        (tmp_path / beside).write_text("")
    found = find_releases(tmp_path)
    assert ([p.name for p in found.of_others], [u.place.name for u in found.unclear]) == (
        ([name], []) if passed_over else ([], [name])
    )


@settings(max_examples=40)
@given(st.binary(max_size=40))
def test_whatever_stands_in_a_manifest_s_place_is_a_release_unclear_or_another_s(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "x.csv").write_text("")
        (Path(name) / "x.csv.manifest.json").write_bytes(content)
        found = find_releases(Path(name))
        assert len(found.unclear) == 1


def test_a_database_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    import sqlite3

    import duckdb

    sqlite3.connect(tmp_path / "a.csv").execute("CREATE TABLE t (x)").connection.close()
    duckdb.connect(str(tmp_path / "b.txt")).close()
    (tmp_path / "c.sqlite").write_text("text")
    assert [database_kind(tmp_path / name) for name in ("a.csv", "b.txt", "c.sqlite")] == ["sqlite", "duckdb", None]
    assert [path.name for path in find_releases(tmp_path).databases] == ["a.csv", "b.txt"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "a.csv")
    assert [one.place.name for one in find_releases(tmp_path / "in").unclear] == ["link"]


def test_a_name_is_a_manifest_s_or_it_is_not() -> None:
    names = (
        "manifest.json",
        "_manifest.json",
        "a.manifest.json",
        ".manifest.json",
        "amanifest.json",
        "manifest.json.bak",
    )
    assert [is_manifest_name(name) for name in names] == [True, True, True, False, False, False]
