"""What `verify` says where a manifest's shape is right and its sense is not, and where the file moves under it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import UnfitData
from ndoo.evidence.manifest import manifest_path
from ndoo.evidence.release import release_at
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.files.verify import described
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion, Verification
from ndoo.upholding.verify_release import verify_release
from tests.support.numbers import some

STAY, GO = some(6)[:4], some(6)[4:]


@pytest.fixture
def released(tmp_path: Path) -> Any:
    """An output, and a way to verify it after its manifest was changed and sealed anew by the same key."""
    (tmp_path / "in.csv").write_text("nhs_number\n" + "".join(f"{n}\n" for n in [*STAY, *GO]))
    (tmp_path / "go.txt").write_text("\n".join(GO))
    now, output = datetime.now(UTC), tmp_path / "out.csv"
    cleaned = read_list(tmp_path / "go.txt", Polarity.OPTED_OUT, checked_at=now, now=now)
    sealer = load_sealer(tmp_path / "keys")
    uphold(Request(input=tmp_path / "in.csv", output=output, cleaned=cleaned, now=now), sealer)

    def after(change: Any, progress: Any = lambda _: None) -> dict[str, bool]:
        manifest = json.loads(manifest_path(output).read_text())
        change(manifest)
        manifest_path(output).write_text(json.dumps(sealer.seal(manifest)))
        result: Verification = verify_release(release_at(output), ReleaseQuestion(cleaned), progress)
        return {promise.name: promise.kept for promise in result.promises}

    return after


def test_an_unchanged_release_is_verified(released: Any) -> None:
    assert all(released(lambda _: None).values())


@pytest.mark.parametrize("held", [None, 3, ["missing"], {"missing": "many"}])
def test_counts_without_sense_are_broken(held: Any, released: Any) -> None:
    assert released(lambda m: m["rows"].update(held=held))["counts"] is False


def test_rows_without_a_number_need_the_mode_that_allows_them(released: Any) -> None:
    assert released(lambda m: m["rows"].update(kept_without_number=1))["counts"] is False


def test_a_file_that_changes_while_it_is_verified_is_not_verified(released: Any, tmp_path: Path) -> None:
    def touched(_: int) -> None:
        (tmp_path / "out.csv").touch()

    assert released(lambda _: None, touched)["digest"] is False


def test_a_file_that_is_replaced_between_heading_and_rows_is_not_verified(
    released: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.upholding.files import verify as module

    opened = module.open_dataset

    def replaced(*arguments: Any) -> Any:
        dataset = opened(*arguments)
        (tmp_path / "out.csv").touch()
        return dataset

    monkeypatch.setattr(module, "open_dataset", replaced)
    assert released(lambda _: None)["digest"] is False


def test_who_is_to_be_asked_about_is_read_from_a_whole_description_only(released: Any, tmp_path: Path) -> None:
    columns, reading = described(tmp_path / "out.csv")
    assert (columns.nhs_number, reading.delimiter) == ("nhs_number", ",")
    released(lambda manifest: manifest["columns"].update(also=5))
    with pytest.raises(UnfitData, match="description of the file cannot be read"):
        described(tmp_path / "out.csv")
