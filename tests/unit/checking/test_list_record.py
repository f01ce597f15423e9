"""The record that `ndoo check` writes beside a cleaned list: it dates the list, and nothing that is typed contradicts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.checking.list_record import record_beside
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.domain.london import london_date
from ndoo.evidence.manifest import manifest_path, written
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.checking.sentences import assert_readable

PEOPLE = some(30)
NOW = datetime.now(UTC)


@pytest.fixture
def cleaned(ndoo: Ndoo, tmp_path: Path) -> Path:
    """A cleaned list of 28 of 30 people, checked three days ago, with its record."""
    (tmp_path / "asked.dat").write_text("\n".join(PEOPLE))
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:2]))
    ago = (NOW - timedelta(days=3)).isoformat(timespec="seconds")
    said = ndoo("check", "asked.dat", "-o", "cleaned.dat", "--opted-out", "go.txt", "--checked-at", ago)
    assert said.status == 0, said.told
    return tmp_path / "cleaned.dat"


def read(
    path: Path, *, polarity: Polarity = Polarity.ALLOWED, checked_at: datetime | date | None = None
) -> CleanedList:
    return read_list(path, polarity, checked_at=checked_at, now=NOW)


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(NoUsableList) as refusal:
        read(path, **options)
    assert_readable(refusal.value.sentence)
    assert refusal.value.exit_status == 4
    return refusal.value.code


@pytest.fixture
def change(cleaned: Path, tmp_path: Path) -> Callable[..., None]:
    """Changes the record, and seals it anew."""

    def changed(*, sealed: bool = True, **said: Any) -> None:
        document = json.loads(manifest_path(cleaned).read_text()) | said
        if sealed:
            document = load_sealer(tmp_path / "keys").seal(document)
        manifest_path(cleaned).write_bytes(written(document))

    return changed


def test_the_date_of_the_check_need_not_be_typed(cleaned: Path, ndoo: Ndoo) -> None:
    provenance = read(cleaned).provenance
    assert provenance.age_days == 3
    assert provenance.record_sealed_by == json.loads(manifest_path(cleaned).read_text())["seal"]["public_key"]
    said = ndoo("uphold", "asked.csv", "-o", "out.csv", "--allowed", "cleaned.dat", "--json")
    assert said.json["error"]["code"] != "list-age-unknown"


def test_the_release_names_who_sealed_the_record(cleaned: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number\n" + "".join(f"{number}\n" for number in PEOPLE))
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "cleaned.dat", "--json")
    assert said.status == 0, said.told
    key = json.loads(manifest_path(cleaned).read_text())["seal"]["public_key"]
    assert said.json["list"]["record_sealed_by"] == key
    assert f"Its date is that of its own record, sealed by {key}." in said.told
    assert ndoo("verify", "out.csv", "--allowed", "cleaned.dat").status == 0


def test_a_list_that_is_older_than_it_is_said_to_be_is_refused(cleaned: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    """The naive way believes what is typed: a list of last year is of today, if its user says so."""
    for day in (NOW - timedelta(days=2), london_date(NOW - timedelta(days=4)), NOW):
        assert refused(cleaned, checked_at=day) == "list-date-contradicted"
    ago = NOW - timedelta(days=3)
    for same in (ago, london_date(ago)):
        assert read(cleaned, checked_at=same).provenance.checked_at == read(cleaned).provenance.checked_at
    manifest_path(cleaned).unlink()
    assert read(cleaned, checked_at=NOW).provenance.age_days == 0
    (tmp_path / "in.csv").write_text("nhs_number\n" + "".join(f"{number}\n" for number in PEOPLE))
    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "cleaned.dat").status == 4, "nobody says its age now"


def test_the_age_of_the_record_is_judged(cleaned: Path, change: Callable[..., None]) -> None:
    change(checked_at=(NOW - timedelta(days=30)).isoformat())
    assert refused(cleaned) == "list-stale"
    change(checked_at=(NOW + timedelta(days=2)).isoformat())
    assert refused(cleaned) == "list-from-future"


def test_a_cleaned_list_is_never_taken_for_those_who_must_go(cleaned: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    """Its people would be removed, and exactly those who opted out released; of two people no count shows it."""
    assert refused(cleaned, polarity=Polarity.OPTED_OUT) == "list-is-cleaned"
    (tmp_path / "in.csv").write_text(f"nhs_number\n{PEOPLE[0]}\n{PEOPLE[5]}\n")
    call = ("uphold", "in.csv", "-o", "out.csv", "--nhs-number", "nhs_number", "--checked-at", TODAY, "--json")
    said = ndoo(*call, "--opted-out", "cleaned.dat")
    assert (said.status, said.json["error"]["code"]) == (4, "list-is-cleaned")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[: len(raw) // 22 * 11],
        lambda raw: raw + (PEOPLE[0] + "\n").encode(),
        lambda raw: raw.replace(PEOPLE[5].encode(), PEOPLE[0].encode()),
    ],
    ids=["cut", "added", "replaced"],
)
def test_a_list_that_was_changed_after_its_check_is_refused(cleaned: Path, spoil: Callable[[bytes], bytes]) -> None:
    cleaned.write_bytes(spoil(cleaned.read_bytes()))
    assert refused(cleaned) == "list-not-its-record"
    assert refused(cleaned, checked_at=NOW - timedelta(days=3)) == "list-not-its-record"


def test_a_list_of_one_has_no_digest_and_still_its_record(cleaned: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "one.dat").write_text(PEOPLE[5])
    assert ndoo("check", "one.dat", "-o", "alone.dat", "--opted-out", "go.txt", "--checked-at", TODAY).status == 0
    assert read(tmp_path / "alone.dat").provenance.numbers == 1
    (tmp_path / "alone.dat").write_text(f"{PEOPLE[5]}\n{PEOPLE[6]}\n")
    assert refused(tmp_path / "alone.dat") == "list-not-its-record"


def test_a_record_that_was_changed_is_refused(cleaned: Path, change: Callable[..., None]) -> None:
    change(sealed=False, checked_at=TODAY)
    assert refused(cleaned) == "list-record-broken"
    assert refused(cleaned, checked_at=NOW) == "list-record-broken"


def test_a_list_of_people_whom_nobody_checked_is_no_cleaned_list(
    cleaned: Path, change: Callable[..., None], ndoo: Ndoo, tmp_path: Path
) -> None:
    """`ndoo check` under a decision that the opt-out does not apply writes everybody."""
    change(checked_at=None)
    assert refused(cleaned) == "list-never-checked"
    assert refused(cleaned, checked_at=NOW) == "list-never-checked"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"kind": "check"}',
        b'{"kind": "check", "kind": "check", "output": {}}',
        b"[" * 100_000,
    ],
    ids=["empty", "no_keys", "a_list", "bytes", "half", "a_key_twice", "deep"],
)
def test_what_cannot_be_read_as_a_record_is_no_reason_to_believe_the_date_that_is_typed(
    cleaned: Path, raw: bytes
) -> None:
    manifest_path(cleaned).write_bytes(raw)
    assert refused(cleaned, checked_at=NOW) == "list-record-unreadable"


@pytest.mark.parametrize(
    "said",
    [
        {"checked_at": "soon"},
        {"checked_at": ["2026-11-20"]},
        {"output": {}},
        {"output": {"sha256": None, "bytes": True}},
        {"output": {"sha256": 5, "bytes": 5}},
        {"output": []},
    ],
)
def test_a_record_without_sense_is_refused(cleaned: Path, change: Callable[..., None], said: dict[str, Any]) -> None:
    change(**said)
    assert refused(cleaned) == "list-record-unreadable"


def test_a_folder_in_the_record_s_place_is_refused(cleaned: Path) -> None:
    manifest_path(cleaned).unlink()
    manifest_path(cleaned).mkdir()
    assert refused(cleaned) == "list-record-unreadable"


def test_the_manifest_of_a_release_says_nothing_of_a_check(cleaned: Path, change: Callable[..., None]) -> None:
    """A released column of numbers may be named as a list; somebody has to say of which day it is."""
    change(kind="uphold")
    assert record_beside(cleaned) is None
    assert refused(cleaned) == "list-age-unknown"


def test_a_link_to_the_list_does_not_hide_its_record(cleaned: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    link = tmp_path / "here" / "list.dat"
    link.symlink_to(cleaned)
    assert read(link).provenance.age_days == 3


def test_a_path_that_can_have_no_record_has_none(tmp_path: Path) -> None:
    for path in (Path(), Path("/"), tmp_path / ("x" * 250), tmp_path / "none" / "list.dat"):
        assert record_beside(path) is None
