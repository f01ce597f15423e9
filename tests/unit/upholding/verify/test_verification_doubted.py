"""What is about to be released, or was, is not believed where its heading, its keys or its files are not what was looked at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.evidence.manifest import ReleaseManifest, read_manifest
from ndoo.upholding import parquet_findings
from ndoo.upholding.databases import schema_verify
from ndoo.upholding.databases.sqlite import SQLite
from ndoo.upholding.fhir.open_source import OpenExport
from ndoo.upholding.files.verify import inspect_written
from ndoo.upholding.safeguards.feed_shape import FeedShape
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.verify.verification import Promise, ReleaseQuestion
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(40, seed=4)


@pytest.fixture
def released(ndoo: Ndoo, tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("nhs_number,ward\n" + "".join(f"{number},1\n" for number in PEOPLE))
    (tmp_path / "go.txt").write_text("".join(f"{number}\n" for number in PEOPLE[:2]))
    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", TODAY).status == 0
    return tmp_path / "out.csv"


def broken(findings: Any) -> list[str]:
    return [promise.name for promise in findings.promises if not promise.kept]


def test_a_draft_whose_heading_is_another_than_was_written_is_not_believed(released: Path) -> None:
    manifest = read_manifest(released.with_name("out.csv.manifest.json"))
    written: Any = SimpleNamespace(names=["nhs_number", "clinic"])
    assert broken(inspect_written(released, manifest, ReleaseQuestion(), written)) == ["digest"]


def test_a_folder_that_changes_while_it_is_read_is_not_believed(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read_manifest(released.with_name("out.csv.manifest.json"))
    seen = iter(("before", "after"))
    monkeypatch.setattr(parquet_findings, "judge_paths", lambda _: (Promise("paths", True, ""), True))
    monkeypatch.setattr(parquet_findings, "fingerprint", lambda _: next(seen))
    for name in ("parts_named", "parts_of", "contents_of"):
        monkeypatch.setattr(parquet_findings, name, lambda *_, **__: None)
    found = parquet_findings.inspect_parquet_folder(
        released.parent, manifest, ReleaseQuestion(), lambda _: None, lambda *_: cast(Any, None)
    )
    assert broken(found) == ["digest"]


def test_a_key_that_can_hold_no_number_any_more_names_nobody() -> None:
    column = SimpleNamespace(name="nhs_number", kind=TypeKind.OTHER)
    sheet: Any = SimpleNamespace(name="patients", columns=[column])
    rows = {"read": 1, "kept": 1, "removed": 0, "held": {}, "kept_without_number": 0}
    record = {"name": "patients", "format": "postgresql table", "rows": 1}
    said = {"own": "nhs_number", "also": []}
    entry = {"leads_to_person": True, "columns": said, "input": record, "output": record, "rows": rows}
    manifest = ReleaseManifest({"columns": {"nhs_number": "patients.nhs_number"}, "tables": {"patients": entry}})
    with pytest.raises(LookupError):
        schema_verify._choice(manifest, [sheet])


@pytest.mark.parametrize("read_only", [True, False])
def test_a_right_that_is_missing_after_all_is_told_as_that(read_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    database = SQLite.__new__(SQLite)
    database.read_only = read_only
    monkeypatch.setattr(SQLite, "faults", (RuntimeError,))
    monkeypatch.setattr(SQLite, "not_allowed", ("42501",))
    monkeypatch.setattr(SQLite, "fault_code", lambda *_: "42501")
    with pytest.raises(NotPermitted) as refused, database.guarded():
        raise RuntimeError("row of a patient")
    assert refused.value.code == "database-no-right"
    assert "row of a patient" not in refused.value.sentence


def test_the_shape_of_fhir_is_its_standard() -> None:
    nothing: Any = None
    assert OpenExport(nothing, nothing, nothing).shape() == FeedShape("fhir", ())
