"""A manifest says what was done and is read back with nothing taken on trust."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo import __version__
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import UnfitData
from ndoo.evidence import manifest as manifest_module
from ndoo.evidence.manifest import manifest_path, read_manifest, uphold_manifest, written
from ndoo.evidence.release_record import Columns, Counts, FileRecord, PeopleCounts, ReleaseRecord, UndecidedPolicy


def document(*, checked_at: date | datetime = date(2026, 11, 20), **columns: Any) -> dict[str, Any]:
    made = uphold_manifest(
        ReleaseRecord(
            created=datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC),
            input=FileRecord("in.csv", "a" * 64, 100, "csv", 10, {"delimiter": ","}),
            output=FileRecord("out.csv", "b" * 64, 80, "csv", 7),
            columns=Columns("nhs_number", "found by evidence", **columns),
            rows=Counts(10, 7, 2, {"missing": 1}, 0),
            people=PeopleCounts(9, 6, 2, 1),
            undecided=UndecidedPolicy("hold"),
            provenance=Provenance(Polarity.ALLOWED, "file", None, checked_at, 2, 21, 8),
        )
    )
    return {**made.document}


def refusal(path: Path) -> str:
    with pytest.raises(UnfitData) as refused:
        read_manifest(path)
    assert refused.value.__cause__ is None
    return refused.value.code


def test_the_manifest_says_what_the_contract_says() -> None:
    assert document(also=("mother",), ignored=("old",)) == {
        "ndoo": __version__,
        "kind": "uphold",
        "created": "2026-11-22T09:30:15+00:00",
        "input": {
            "name": "in.csv",
            "sha256": "a" * 64,
            "bytes": 100,
            "format": "csv",
            "rows": 10,
            "dialect": {"delimiter": ","},
        },
        "output": {"name": "out.csv", "sha256": "b" * 64, "bytes": 80, "format": "csv", "rows": 7, "dialect": None},
        "columns": {"nhs_number": "nhs_number", "found": "found by evidence", "also": ["mother"], "ignored": ["old"]},
        "rows": {"read": 10, "kept": 7, "removed": 2, "held": {"missing": 1}, "kept_without_number": 0},
        "people": {"read": 9, "kept": 6, "removed": 2, "held": 1},
        "undecided": {"mode": "hold", "justification": None},
        "list": {
            "polarity": "allowed",
            "source": "file",
            "sha256": None,
            "checked_at": "2026-11-20",
            "age_days": 2,
            "limit_days": 21,
            "numbers": 8,
        },
        "type1": None,
        "decision": None,
        "warnings": [],
    }


def test_when_the_list_was_taken_keeps_its_zone() -> None:
    taken = datetime(2026, 6, 20, 9, 30, tzinfo=UTC)
    assert document(checked_at=taken)["list"]["checked_at"] == "2026-06-20T09:30:00+00:00"


def test_no_count_defaults_to_anything_but_none() -> None:
    assert Counts(1, 1, 0) == Counts(1, 1, 0, {}, 0)
    assert Columns("a", "b") == Columns("a", "b", (), ())
    assert Counts(1, 1, 0).held is not Counts(1, 1, 0).held


@given(st.text(max_size=20), st.lists(st.text(max_size=8), max_size=3))
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, name: str, also: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "out.csv.manifest.json"
    made = document(also=(name, *also))
    stored = written(made)
    path.write_bytes(stored)
    assert stored.isascii()
    assert stored.endswith(b"}\n")
    assert b'\n  "kind": "uphold",\n' in stored
    assert read_manifest(path).document == made


def test_a_manifest_that_is_not_json_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        written({"x": float("nan")})


@pytest.mark.parametrize(
    ("output", "manifest"), [("out.csv", "out.csv.manifest.json"), ("a/b.csv.gz", "a/b.csv.gz.manifest.json")]
)
def test_the_manifest_stands_beside_its_output(output: str, manifest: str) -> None:
    assert manifest_path(Path(output)) == Path(manifest)


def test_an_output_without_a_manifest_is_unproven(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == "manifest-missing"
    with pytest.raises(UnfitData, match="Do not release"):
        read_manifest(tmp_path / "none")


SHAPES = [
    (part, key)
    for part in ("input", "output", "rows", "people", "columns", "undecided", "list")
    for key in document()[part]
]
OPTIONAL = {
    ("input", "format"),
    ("input", "dialect"),
    ("output", "dialect"),
    ("columns", "found"),
    ("undecided", "justification"),
    ("list", "source"),
    ("list", "sha256"),
    ("list", "age_days"),
    ("list", "limit_days"),
    ("list", "numbers"),
}


@pytest.mark.parametrize(("part", "key"), SHAPES)
def test_a_manifest_that_leaves_out_what_verify_needs_is_refused(tmp_path: Path, part: str, key: str) -> None:
    path, made = tmp_path / "m", document()
    del made[part][key]
    path.write_bytes(written(made))
    if (part, key) in OPTIONAL:
        assert read_manifest(path).document == made
    else:
        assert refusal(path) == "manifest-unreadable"


@pytest.mark.parametrize("part", ["input", "output", "rows", "people", "columns", "undecided", "list"])
@pytest.mark.parametrize("value", [None, [], "read kept removed held", 5, True])
def test_a_part_of_another_shape_is_refused(tmp_path: Path, part: str, value: Any) -> None:
    path, made = tmp_path / "m", document()
    path.write_bytes(written({**made, part: value}))
    assert refusal(path) == "manifest-unreadable"
    del made[part]
    path.write_bytes(written(made))
    assert refusal(path) == "manifest-unreadable"


@pytest.mark.parametrize("kind", [None, "check", "Uphold", ["uphold"], 1])
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, kind: Any) -> None:
    path, made = tmp_path / "m", {**document(), "kind": kind}
    path.write_bytes(written(made))
    assert refusal(path) == "manifest-unreadable"
    del made["kind"]
    path.write_bytes(written(made))
    assert refusal(path) == "manifest-unreadable"


@pytest.mark.parametrize(
    "stored",
    [b"", b"\xff\xff", b"null", b"[]", b'"uphold"', b"{", b"[" * 100_000, written(document())[:-3], b"\0" * 10],
)
def test_what_is_no_json_object_is_refused(tmp_path: Path, stored: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(stored)
    assert refusal(path) == "manifest-unreadable"


def test_two_counts_of_one_name_are_not_left_to_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "m"
    stored = written(document())
    for once in (b'"kept": 7,', b'"kind": "uphold",'):
        path.write_bytes(stored.replace(once, once.replace(b"7", b"700") + once, 1))
        assert json.loads(path.read_bytes()) == document(), "an ordinary reader passes over the first of the two"
        assert refusal(path) == "manifest-unreadable"


def test_a_manifest_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path) == "manifest-not-readable"
    assert refusal(tmp_path / "file" / "m") == "manifest-not-readable"


def test_a_huge_manifest_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m"
    path.write_bytes(written(document()))
    monkeypatch.setattr(manifest_module, "LARGEST", path.stat().st_size)
    assert read_manifest(path).document == document()
    monkeypatch.setattr(manifest_module, "LARGEST", path.stat().st_size - 1)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    assert refusal(path) == "manifest-unreadable"
