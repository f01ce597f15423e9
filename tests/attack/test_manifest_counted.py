"""Attack 4, on a manifest that travels: the recipient counts who is missing. The copy to send tells of nobody, and is verified all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.evidence.manifest import ReleaseManifest, released_manifest
from ndoo.evidence.rounded_counts import is_rounded, rounded, with_rounded_counts
from ndoo.evidence.seal import Sealer
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.support.releases import FILES, FOLDERS, TABLES, release


def missing(document: dict[str, Any]) -> set[int]:
    """Every number of the manifest that is of what stayed behind: of each part, and what was read less what was kept."""
    found: set[int] = set()

    def look(said: Any, name: str) -> None:
        if isinstance(said, dict):
            if "read" in said:
                found.add(said["read"] - said["kept"])
            if "output" in said and "input" in said:
                found.add(said["input"]["rows"] - said["output"]["rows"])
            for key, one in said.items():
                look(one, key)
        elif isinstance(said, list):
            for one in said:
                look(one, name)
        elif type(said) is int and name in ("removed", "held", "orphans", "numbers", "removed_by_it_alone"):
            found.add(said)

    look(document, "")
    return found


@pytest.mark.parametrize("kind", (*FILES, *FOLDERS, *TABLES))
def test_whoever_receives_the_copy_does_not_count_who_is_missing(kind: str, tmp_path: Path, ndoo: Ndoo) -> None:
    """One person was removed of nine, of whom eight stay. The recipient of the copy learns that nought to seven were."""
    made = release(kind, tmp_path, ndoo)
    assert ndoo("show", made.place, "--to-send", "sent.json").status == 0
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert missing(sent) == {0} and is_rounded(sent)
    assert (sent["input"]["bytes"], sent["list"]["numbers"]) == (None, None)
    if kind in TABLES:
        return
    manifest = released_manifest(made.path)
    exact = json.loads(manifest.read_text())
    assert missing(exact) >= {1}, "what tells, in the manifest that stays"
    assert {name: sent["rows"][name] for name in ("kept", "kept_without_number")} == {
        name: exact["rows"][name] for name in ("kept", "kept_without_number")
    }
    manifest.write_bytes((tmp_path / "sent.json").read_bytes())
    said = ndoo("verify", made.place, "--opted-out", "gone.txt", "--checked-at", TODAY, "--json")
    assert said.status == 0, said.told
    assert ndoo("verify", made.place, "--no-list", "--json").status == 0
    assert ndoo("key", "open", made.place, "gone.txt", "--json").json["covered"], "an auditor opens its digests too"
    assert "0 is 0 to 7" in ndoo("show", made.place).out


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_every_count_is_left_five_values_at_least(count: int) -> None:
    same = [other for other in range(max(0, count - 10), count + 11) if rounded(other) == rounded(count)]
    assert count in same and len(same) >= 5
    assert abs(rounded(count) - count) <= (7 if count <= 7 else 2)


def test_rows_that_were_held_are_counted_in_the_same_way(tmp_path: Path, ndoo: Ndoo) -> None:
    people = some(60)
    rows = [*(f"{number},x" for number in people), *(",x" for _ in range(3)), *("9,x" for _ in range(12))]
    (tmp_path / "in.csv").write_text("\n".join(["nhs_number,code", *rows]) + "\n")
    (tmp_path / "gone.txt").write_text("\n".join(people[:13]))
    assert (
        ndoo(
            "uphold",
            "in.csv",
            "-o",
            "out.csv",
            "--opted-out",
            "gone.txt",
            "--checked-at",
            TODAY,
            "--expect-removed",
            "0-50",
        ).status
        == 6
    )
    assert ndoo("show", "out.csv", "--to-send", "sent.json", "--json").status == 0
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert sent["rows"] == {"read": 72, "kept": 47, "removed": 15, "held": {"malformed": 10}, "kept_without_number": 0}
    assert sent["people"] == {"read": 62, "kept": 47, "removed": 15, "held": 0}
    assert not any(character.isdigit() for warned in sent["warnings"] for character in warned["message"])


def test_only_whoever_sealed_a_manifest_makes_a_copy_of_it(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    release("csv", tmp_path, ndoo)
    (tmp_path / "two").mkdir()
    for name in ("a.csv", "b.csv"):
        for suffix in ("", ".manifest.json"):
            (tmp_path / "two" / f"{name}{suffix}").write_bytes((tmp_path / f"out.csv{suffix}").read_bytes())
    assert ndoo("show", "two", "--to-send", "sent.json").status == 2
    assert ndoo("show", "--to-send", "sent.json", "--check", "page.html").status == 2
    manifest = tmp_path / "out.csv.manifest.json"
    document = json.loads(manifest.read_text())
    del document["seal"]
    manifest.write_text(json.dumps(Sealer(bytes(32)).seal(document)))
    said = ndoo("show", "out.csv", "--to-send", "other.json", "--json")
    assert (said.status, said.json["error"]["code"]) == (5, "manifest-of-others")
    assert not (tmp_path / "other.json").exists()


def test_every_list_table_and_piece_is_rounded() -> None:
    def record(rows: int) -> dict[str, Any]:
        return {"rows": rows, "bytes": 9}

    rows = {"read": 30, "kept": 20, "removed": 9, "held": {"missing": 1}, "kept_without_number": 2}
    piece = {"input": record(15), "output": record(12)}
    document: dict[str, Any] = {
        "input": record(60),
        "output": record(40),
        "rows": rows | {"read": 60},
        "people": {"read": 25, "kept": 15, "removed": 8, "held": 2},
        "list": {"numbers": 90, "lists": [{"numbers": 40}, {"numbers": 50}]},
        "type1": {"applied": True, "people": {"removed": 3}, "status": {"sources": [{"rows": 14}]}},
        "left_out": {"Device": 4},
        "warnings": [{"code": "share", "message": "9 of 60"}],
        "mentions": {"by_chance": [{"met": 3}]},
        "tables": {
            name: {
                "rows": dict(rows, held={"orphan": 12, "missing": 1}),
                "input": record(30),
                "output": record(20),
                "orphans": 12,
                "files": [piece],
            }
            for name in ("a", "b")
        },
    }
    made = with_rounded_counts(ReleaseManifest(document)).document
    assert made["rows"] == {"read": 80, "kept": 40, "removed": 20, "kept_without_number": 4, "held": {"orphan": 20}}
    assert made["people"] == {"read": 25, "kept": 15, "removed": 10, "held": 0}
    assert (made["input"], made["output"]) == ({"rows": 80, "bytes": None}, record(40))
    assert made["tables"]["a"]["files"] == [{"input": {"rows": 12, "bytes": None}, "output": record(12)}]
    assert made["tables"]["a"]["orphans"] == 10
    assert made["list"] == {"numbers": None, "lists": [{"numbers": None}] * 2}
    assert made["type1"] == {"applied": True, "people": {"removed": 0}, "status": {"sources": [{"rows": 15}]}}
    assert (made["left_out"], made["mentions"]) == ({"Device": 0}, {"by_chance": []})
    assert made["warnings"] == [{"code": "share", "message": "The sender's own copy says it."}]
    assert with_rounded_counts(ReleaseManifest(document | {"list": None})).document["list"] is None
    assert document["rows"]["removed"] == 9, "what stays is as it was"


def test_a_manifest_that_makes_no_sense_has_no_copy() -> None:
    with pytest.raises((TypeError, LookupError, AttributeError)):
        with_rounded_counts(ReleaseManifest({"rows": {"removed": 1, "held": 5, "kept": 1}, "people": {}}))
