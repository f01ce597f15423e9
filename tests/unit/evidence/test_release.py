"""A released folder that holds anything else than what was released: every way in which a path can be there is seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.evidence.earlier_outputs import earlier_folder
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import Release, ReleaseKind, difference, named_files, place_of, release_at
from tests.support.canary import assert_silent
from tests.support.numbers import some

NAMED = frozenset(("manifest.json", "a.csv", "deep/er/b.csv"))
SHAPE = {
    "kind": "uphold",
    "input": {"name": 1, "sha256": 1, "bytes": 1, "rows": 1},
    "people": {"read": 1, "kept": 1, "removed": 1, "held": 1},
    "rows": {"read": 1, "kept": 1, "removed": 1, "held": 1, "kept_without_number": 0},
    "undecided": {"mode": "hold"},
    "columns": {"nhs_number": "n", "also": [], "ignored": []},
    "list": {"polarity": "allowed", "checked_at": "2026-11-20"},
}


def described(form: str, **more: Any) -> dict[str, Any]:
    """A manifest whose shape is right."""
    return {**SHAPE, "output": {"name": "out", "sha256": "", "bytes": 1, "format": form, "rows": 1}, **more}


def linked() -> dict[str, Any]:
    tables = {"a": {"path": "a.csv"}, "b": {"path": "deep/er/b.csv"}}
    return described("linked tables", tables=tables, descriptor={"name": "datapackage.json"})


@pytest.fixture
def released(tmp_path: Path) -> Path:
    (tmp_path / "out" / "deep" / "er").mkdir(parents=True)
    for path in NAMED:
        (tmp_path / "out" / path).write_text("x")
    return tmp_path / "out"


def test_what_is_named_and_nothing_else_is_a_release(released: Path) -> None:
    assert not difference(released, NAMED)


MORE: dict[str, tuple[Callable[[Path], object], str]] = {
    "hidden": (lambda out: (out / ".a.csv").write_text(""), "'.a.csv'"),
    "hidden_deep": (lambda out: (out / "deep" / "er" / ".b").write_text(""), "'deep/er/.b'"),
    "of_finder": (lambda out: (out / ".DS_Store").write_text(""), "'.DS_Store'"),
    "of_finder_beside_a_file": (lambda out: (out / "._a.csv").write_text(""), "'._a.csv'"),
    "of_explorer": (lambda out: (out / "Thumbs.db").write_text(""), "'Thumbs.db'"),
    "of_spark": (lambda out: (out / "_SUCCESS").write_text(""), "'_SUCCESS'"),
    "of_hadoop": (lambda out: (out / ".a.csv.crc").write_text(""), "'.a.csv.crc'"),
    "of_an_editor": (lambda out: (out / "a.csv~").write_text(""), "'a.csv~'"),
    "empty_folder": (lambda out: (out / "empty").mkdir(), "'empty/'"),
    "hidden_folder": (lambda out: (out / ".git").mkdir(), "'.git/'"),
    "empty_folder_deep": (lambda out: (out / "deep" / "er" / "x").mkdir(), "'deep/er/x/'"),
    "folder_of_files": (lambda out: [(out / "n").mkdir(), (out / "n" / "a.csv").write_text("")], "'n/'"),
    "other_capitals": (lambda out: (out / "A.csv").write_text(""), "'A.csv'"),
    "other_normal_form": (lambda out: (out / "a\u0301.csv").write_text(""), "'a\u0301.csv'"),
    "link_to_a_file": (lambda out: (out / "l").symlink_to(out / "a.csv"), "'l'"),
    "link_to_a_folder": (lambda out: (out / "l").symlink_to(out / "deep"), "'l'"),
    "link_to_nothing": (lambda out: (out / "l").symlink_to(out / "none"), "'l'"),
    "link_upwards": (lambda out: (out / "deep" / "l").symlink_to(out), "'deep/l'"),
    "pipe": (lambda out: os.mkfifo(out / "p"), "'p'"),
    "name_of_no_encoding": (lambda out: Path(os.fsdecode(os.fsencode(out) + b"/\xff")).write_text(""), "'\\udcff'"),
    "name_of_a_line_end": (lambda out: (out / "a\nb").write_text(""), "'a\\nb'"),
}


@pytest.mark.parametrize("what", MORE)
def test_whatever_else_stands_there_is_named(what: str, released: Path) -> None:
    make, named = MORE[what]
    make(released)
    found = difference(released, NAMED)
    assert len(found.more) == 1 and not found.missing
    assert named in found.because and "Delete that" in found.because


GONE: dict[str, Callable[[Path], object]] = {
    "missing": lambda out: (out / "a.csv").unlink(),
    "a_link_to_itself_elsewhere": lambda out: [
        (out / "a.csv").rename(out.parent / "a.csv"),
        (out / "a.csv").symlink_to(out.parent / "a.csv"),
    ],
    "a_folder": lambda out: [(out / "a.csv").unlink(), (out / "a.csv").mkdir()],
    "a_pipe": lambda out: [(out / "a.csv").unlink(), os.mkfifo(out / "a.csv")],
    "behind_a_link": lambda out: [
        (out / "deep").rename(out.parent / "deep"),
        (out / "deep").symlink_to(out.parent / "deep"),
    ],
}


@pytest.mark.parametrize("what", GONE)
def test_a_named_file_that_is_no_plain_file_there_is_missing(what: str, released: Path) -> None:
    GONE[what](released)
    found = difference(released, NAMED)
    assert len(found.missing) == 1 and "not there as a plain file" in found.because


def test_a_hard_link_is_a_plain_file(released: Path) -> None:
    os.link(released / "a.csv", released.parent / "twin")
    assert not difference(released, NAMED)


def test_no_number_in_a_name_is_repeated_and_a_thousand_names_are_not_listed(released: Path) -> None:
    for number in some(9):
        (released / f"{number}.csv").write_text("")
    because = difference(released, NAMED).because
    assert_silent(because, "a sentence about paths")
    assert "and 4 more" in because


def test_a_folder_that_may_not_be_read_is_no_release(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def closed(path: Path) -> Any:
        if path.name == "deep":
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(NotPermitted, match="may not be read"):
        difference(released, NAMED)
    (released / "manifest.json").write_text(json.dumps(linked()))
    assert not earlier_folder(ReleaseKind.LINKED_TABLES).is_one(released)


NAMES = st.sampled_from(["a", "A", ".a", "_a", "a.csv", "manifest.json", "é", "e\u0301", "x=1", "site=00"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(named=st.sets(PATHS, max_size=4), there=st.sets(PATHS, max_size=5), folders=st.sets(PATHS, max_size=2))
@example(named={"a"}, there={"a"}, folders={"b"})
def test_what_differs_is_exactly_what_was_made_to_differ(
    named: set[str], there: set[str], folders: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("paths")
    files = set()
    for path in sorted(there):
        try:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_text("")
            files.add(path)
        except OSError:  # a file stands where a folder should
            continue
    for path in folders:
        try:
            (out / path).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
    found = difference(out, named)
    assert set(found.missing) == named - files
    ways = {parent.as_posix() for path in named for parent in Path(path).parents}
    below = {path.relative_to(out).as_posix(): path for path in out.rglob("*")}
    right = {p for p, path in below.items() if (path.is_file() and p not in named) or (path.is_dir() and p not in ways)}
    outermost = {p for p in right if not any(parent.as_posix() in right for parent in Path(p).parents)}
    assert {path.rstrip("/") for path in found.more} == outermost


def test_each_kind_names_its_files(tmp_path: Path) -> None:
    assert named_files(Release(tmp_path, ReleaseManifest(linked()))) == {
        "manifest.json",
        "datapackage.json",
        "a.csv",
        "deep/er/b.csv",
    }
    fhir, parquet = described("fhir", files={"p.ndjson": {}}), described("parquet folder", files={"x=1/p.parquet": {}})
    assert named_files(Release(tmp_path, ReleaseManifest(fhir))) == {"manifest.json", "p.ndjson"}
    assert named_files(Release(tmp_path, ReleaseManifest(parquet))) == {"_manifest.json", "x=1/p.parquet"}


def test_an_older_manifest_of_parquet_names_what_readers_read_and_an_empty_mark_of_spark(tmp_path: Path) -> None:
    for name in ("_x=1", "x=1", "_hidden", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.parquet").write_text("x")
    (tmp_path / "_manifest.json").write_text("{}")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "l.parquet").symlink_to(tmp_path / "x=1" / "p.parquet")
    older = Release(tmp_path, ReleaseManifest(described("parquet folder")))
    assert named_files(older) == {"_manifest.json", "_SUCCESS", "_x=1/p.parquet", "x=1/p.parquet"}
    assert difference(tmp_path, named_files(older)).more == (".hidden/", "_hidden/", "l.parquet")
    (tmp_path / "_SUCCESS").write_text("somebody")
    assert "_SUCCESS" in difference(tmp_path, named_files(older)).more


@pytest.mark.parametrize(
    "document",
    [
        described("linked tables"),
        described("linked tables", tables=[], descriptor={"name": "d"}),
        described("fhir", files=5),
        described("fhir", files=[5]),
        described("linked tables", tables={"a": 5}, descriptor={"name": "d"}),
    ],
)
def test_a_manifest_without_sense_is_of_no_release(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    assert not any(earlier_folder(kind).is_one(tmp_path) for kind in ReleaseKind)


def test_a_release_is_found_by_its_folder_its_file_and_its_manifest(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(linked()))
    (tmp_path / "out.csv.manifest.json").write_text(json.dumps(described("csv")))
    for path in ("out", "out/manifest.json"):
        assert (release_at(tmp_path / path).place, release_at(tmp_path / path).kind) == (
            tmp_path / "out",
            ReleaseKind.LINKED_TABLES,
        )
    for path in ("out.csv", "out.csv.manifest.json"):
        assert (release_at(tmp_path / path).place, release_at(tmp_path / path).kind) == (
            tmp_path / "out.csv",
            ReleaseKind.FILE,
        )
    (tmp_path / "manifest.json.manifest.json").write_text(json.dumps(described("fhir")))
    assert place_of(tmp_path / "manifest.json") == tmp_path / "manifest.json"
    assert place_of(tmp_path / ".manifest.json") == tmp_path / ".manifest.json"


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("csv", "out/manifest.json"),
        ("parquet folder", "out/manifest.json"),
        ("linked tables", "out/_manifest.json"),
        ("linked tables", "out.manifest.json"),
        ("sqlite table; sums", "out/manifest.json"),
        ("postgresql schema; sums", "out/_manifest.json"),
    ],
)
def test_a_manifest_of_another_kind_than_what_it_stands_beside_is_refused(form: str, name: str, tmp_path: Path) -> None:
    """Else another code would judge the release than the one that knows it."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(json.dumps({**linked(), **described(form)}))
    with pytest.raises(UnfitData) as refused:
        release_at(tmp_path / name)
    assert refused.value.code == "manifest-of-another"
