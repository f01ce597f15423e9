"""What was upheld in memory is released as a file that anybody can verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import ndoo
from ndoo.library import uphold as upholding
from tests.conftest import TODAY, Ndoo
from tests.unit.library.worlds import FRAMES, GONE, PEOPLE, STAY


@pytest.fixture
def upheld() -> Any:
    return ndoo.uphold(FRAMES["pandas"](), opted_out=GONE, checked_at=TODAY)


@pytest.mark.parametrize("name", ["released.parquet", "released.arrow", "released.FEATHER"])
def test_a_release_is_verified_here_and_by_the_command(name: str, upheld: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    import ndoo as library

    manifest = upheld.release(tmp_path / name)
    assert manifest == tmp_path / f"{name}.manifest.json"
    assert library.verify(tmp_path / name, opted_out=GONE, checked_at=TODAY)
    (tmp_path / "go.txt").write_text("\n".join(GONE))
    said = ndoo("verify", name, "--opted-out", "go.txt", "--checked-at", TODAY)
    assert said.status == 0, said.told


def test_the_manifest_before_and_after_say_the_same(upheld: Any, tmp_path: Path) -> None:
    sealed = json.loads(upheld.release(tmp_path / "r.parquet").read_text())
    assert "seal" not in upheld.manifest
    for same in ("rows", "people", "columns", "list", "input", "created"):
        assert sealed[same] == upheld.manifest[same]
    assert sealed["output"]["name"] == "r.parquet"


def test_what_is_done_to_the_frame_afterwards_is_not_released(upheld: Any, tmp_path: Path) -> None:
    upheld.kept["nhs_number"] = GONE[0]
    upheld.release(tmp_path / "r.parquet")
    assert pq.read_table(tmp_path / "r.parquet")["nhs_number"].to_pylist() == STAY


def test_a_release_takes_the_place_of_an_older_one_but_of_nothing_else(upheld: Any, tmp_path: Path) -> None:
    upheld.release(tmp_path / "r.parquet")
    upheld.release(tmp_path / "r.parquet")
    (tmp_path / "report.parquet").write_text("mine")
    with pytest.raises(ndoo.NdooError) as refused:
        upheld.release(tmp_path / "report.parquet")
    assert refused.value.code == "output-exists"
    assert (tmp_path / "report.parquet").read_text() == "mine"


@pytest.mark.parametrize("name", ["released.csv", "released", "released.parquet.gz", f"of_{PEOPLE[5]}.parquet"])
def test_a_name_that_says_another_format_or_a_person_is_refused(name: str, upheld: Any, tmp_path: Path) -> None:
    with pytest.raises(ndoo.NdooError):
        upheld.release(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_release_that_does_not_verify_is_not_published(
    upheld: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the file written with everybody in it, the verifier would see it before it had its name."""
    everybody = ndoo.uphold(FRAMES["pandas"](), allowed=PEOPLE, checked_at=TODAY, expect_removed=(0, 1))
    whole = upholding._as_parquet(everybody._stored)
    monkeypatch.setattr(upholding, "_as_parquet", lambda _: whole)
    with pytest.raises(ndoo.NdooError) as refused:
        upheld.release(tmp_path / "r.parquet")
    assert refused.value.code == "draft-not-verified"
    assert list(tmp_path.iterdir()) == []


def test_a_seal_that_nobody_knows_is_not_enough(upheld: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upheld.release(tmp_path / "r.parquet")
    key = ndoo.verify(tmp_path / "r.parquet", no_list=True).sealed_by
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "elsewhere"))
    found = ndoo.verify(tmp_path / "r.parquet", no_list=True)
    assert (found.verified, found.signer, bool(found)) == (True, None, False)
    assert ndoo.verify(tmp_path / "r.parquet", no_list=True, signed_by=key)
    with pytest.raises(ndoo.NdooError):
        ndoo.verify(tmp_path / "r.parquet")


def test_a_changed_release_is_told(upheld: Any, tmp_path: Path) -> None:
    upheld.release(tmp_path / "r.parquet")
    pq.write_table(pq.read_table(tmp_path / "r.parquet").slice(1), tmp_path / "r.parquet")
    found = ndoo.verify(tmp_path / "r.parquet", opted_out=GONE, checked_at=TODAY)
    assert not found
    assert {promise.name for promise in found.promises if not promise.kept} == {"digest", "rows"}


def test_a_broken_seal_has_no_signer(upheld: Any, tmp_path: Path) -> None:
    manifest = upheld.release(tmp_path / "r.parquet")
    manifest.write_text(manifest.read_text().replace('"kept": 36', '"kept": 35'))
    found = ndoo.verify(tmp_path / "r.parquet", opted_out=GONE, checked_at=TODAY)
    assert (found.verified, found.sealed_by, found.signer) == (False, None, None)


def test_a_later_list_is_asked_of_an_older_release(upheld: Any, tmp_path: Path) -> None:
    upheld.release(tmp_path / "r.parquet")
    found = ndoo.verify(tmp_path / "r.parquet", opted_out=[*GONE, STAY[0]], checked_at=TODAY)
    assert [promise.name for promise in found.promises if not promise.kept] == ["nobody"]


def test_the_digest_of_what_was_upheld_can_be_opened_by_its_owner(upheld: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    upheld.release(tmp_path / "r.parquet")
    (tmp_path / "go.txt").write_text("".join(f"{number}\n" for number in GONE))
    said = ndoo("key", "open", "r.parquet.manifest.json", "--json", "go.txt")
    assert said.status == 0, said.told
    assert "list" in said.out
