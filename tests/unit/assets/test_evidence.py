"""Nothing but a sealed run of this very flow proves that the opt-out was applied to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.evidence import ReleaseEvidence, applied_in, sealed_run
from ndoo.assets.findings import FoundScan, findings_from, plain_target, read_findings, read_scan, scan_days, undated
from ndoo.cli.found_evidence import found_evidence
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import AssetRecord
from ndoo.evidence.seal import Sealer
from ndoo.policy import decide, load_pack
from ndoo.service.asset_register.made_up import manifest
from tests.support.numbers import some
from tests.support.registers_of_assets import NOW, TODAY, register, scan

OURS, THEIRS = Sealer(bytes(range(32))), Sealer(bytes(range(1, 33)))
CODES = {
    "foreign": "sealed by a key",
    "altered": "was changed after it was sealed",
    "no flow": "names no flow",
    "nobody checked": "no one against a list",
    "does not apply": "no one against a list",
    "future": "in the future",
    "undated": "when it was made",
    "no people": "cannot be read",
}


def sealed(change: Callable[[dict[str, Any]], object] = lambda d: None, sealer: Sealer = OURS) -> dict[str, Any]:
    flow = register().flows["F-1"]
    document = manifest_of(flow)
    change(document)
    return sealer.seal(document)


def manifest_of(flow: Any) -> dict[str, Any]:
    from ndoo.assets.record import Record

    renamed = Record(flow.kind, {**flow.said, "id": "F-1"})
    document = manifest(renamed, decide(renamed.facts, load_pack(), TODAY), OURS, TODAY)
    return {name: value for name, value in document.items() if name != "seal"}


def change(what: str) -> dict[str, Any]:
    made = {
        "foreign": lambda: sealed(sealer=THEIRS),
        "altered": lambda: sealed() | {"created": "2026-11-01T09:00:00+00:00"},
        "no flow": lambda: sealed(lambda d: d["decision"].pop("id")),
        "nobody checked": lambda: sealed(lambda d: d.update(list=None, type1={"applied": True})),
        "does not apply": lambda: sealed(lambda d: d["decision"].update(outcome="does_not_apply")),
        "future": lambda: sealed(lambda d: d.update(created=(NOW + timedelta(hours=1)).isoformat())),
        "undated": lambda: sealed(lambda d: d.update(created="soon")),
        "no people": lambda: sealed(lambda d: d["people"].pop("removed")),
    }
    return made[what]()


def put(folder: Path, document: dict[str, Any], name: str = "out.csv.manifest.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_run_is_told_by_the_asset_as_which_it_was_released() -> None:
    asset = asdict(AssetRecord("Theatre register", 3))
    run = sealed_run(ReleaseManifest(sealed(lambda said: said.update(asset=asset))), "out.csv.manifest.json")
    assert run.asset == "Theatre register"


def test_a_sealed_run_of_the_flow_is_proof(tmp_path: Path) -> None:
    document = sealed()
    folder = put(tmp_path / "runs", document)
    counted, refused, documents = applied_in(evidence_in(folder), {OURS.public_key}, NOW)
    assert [(run.flow, run.people_read, run.created.date().isoformat()) for run in counted] == [
        ("F-1", 2001, "2026-11-20")
    ]
    assert not refused and documents == [ReleaseManifest(document)]
    assert evidence_in(folder / "out.csv.manifest.json") == evidence_in(folder)
    assert [one.name for one in evidence_in(folder)] == ["out.csv.manifest.json"]


@pytest.mark.parametrize("what", CODES)
def test_anything_else_is_not(what: str, tmp_path: Path) -> None:
    folder = put(tmp_path / "runs", change(what))
    manifests, unclear = found_evidence([str(folder)])
    counted, refused, _ = applied_in(manifests, {OURS.public_key}, NOW)
    assert not counted and CODES[what] in (*unclear, *refused)[0].because


def test_without_a_trusted_key_nothing_is_proof(tmp_path: Path) -> None:
    counted, refused, _ = applied_in(evidence_in(put(tmp_path / "runs", sealed())), set(), NOW)
    assert not counted and len(refused) == 1


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageFault):
        evidence_in(tmp_path / "none")


def test_evidence_of_every_kind_of_release_counts_and_what_is_none_is_said(tmp_path: Path) -> None:
    """A manifest in a folder, one beside a file, and one of a table in a database; a broken one is not passed over."""
    folder = put(tmp_path / "runs", sealed())
    put(folder / "linked", sealed(lambda d: d["output"].update(format="linked tables")), "manifest.json")
    put(folder / "spark", sealed(lambda d: d["output"].update(format="parquet folder")), "_manifest.json")
    put(folder, sealed(lambda d: d["output"].update(format="sqlite table; sum")), "table.manifest.json")
    put(folder, {"name": "page"}, "page.manifest.json")
    (folder / "half.manifest.json").write_text("{")
    with sqlite3.connect(tmp_path / "w.sqlite") as database:
        database.execute("CREATE TABLE out_manifest (manifest TEXT)")
        told = sealed(lambda d: d["output"].update(format="sqlite table; sum of SHA-256"))
        database.execute("INSERT INTO out_manifest VALUES (?)", (json.dumps(told),))
    database.close()
    manifests, unclear = found_evidence([str(folder), f"sqlite:///{tmp_path / 'w.sqlite'}"])
    counted, refused, _ = applied_in(manifests, {OURS.public_key}, NOW)
    assert (len(counted), refused) == (5, [])
    assert [Path(one.name).name for one in unclear] == ["half.manifest.json", "page.manifest.json"]


def evidence_in(place: Path) -> list[ReleaseEvidence]:
    manifests, unclear = found_evidence([str(place)])
    assert not unclear
    return manifests


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"tables": 5},
        {"tables": [5]},
        {"tables": [{"name": "a", "columns": []}]},
        {"tables": [{"name": "a", "columns": [], "confidential_patient_information": "maybe"}]},
        {"tables": [{"name": 5, "columns": [], "confidential_patient_information": "yes"}]},
        {"tables": [{"name": "a", "columns": ["x"], "confidential_patient_information": "yes"}]},
    ],
)
def test_what_is_no_finding_is_refused(told: Any) -> None:
    with pytest.raises(UnfitData, match="not the JSON"):
        read_findings(told)


def test_a_finding_is_read_without_password_and_without_a_number(tmp_path: Path) -> None:
    number = some(1)[0]
    path = tmp_path / "scan.json"
    told = scan((f"t{number}", "yes", f"nhs_{number} b")) | {"target": "postgresql://ann:secret@db/x/"}
    told["tables"][0]["because"] = ["First.", "Second."]
    path.write_text(json.dumps(told), encoding="utf-8")
    (found,) = findings_from(path).tables
    assert (found.target, found.because) == ("postgresql://db/x", "First. Second.")
    assert number not in repr(found)
    assert plain_target("folder/") == "folder" and findings_from(path, "other").target == "other"


def test_a_scan_says_when_it_was_made_or_is_taken_as_made_when_it_is_handed_over() -> None:
    made = {at: read_scan(scan() | ({"scanned_at": at} if at else {}), "p") for at in ("", "2026-11-01T09:00:00+00:00")}
    assert [one.at and one.at.date() for one in made.values()] == [None, date(2026, 11, 1)]
    assert scan_days(made.values(), NOW) == {"p": TODAY}
    assert scan_days([made["2026-11-01T09:00:00+00:00"]], NOW) == {"p": date(2026, 11, 1)}
    ahead = FoundScan("q", [], NOW + timedelta(days=9))
    assert scan_days([ahead], NOW) == {"q": TODAY}
    assert undated([*made.values(), ahead], NOW) == {"p", "q"}
    assert not undated([made["2026-11-01T09:00:00+00:00"]], NOW)
    for at in ("soon", "2026-11-01T09:00:00", 5):
        with pytest.raises(UnfitData):
            read_scan(scan() | {"scanned_at": at})
