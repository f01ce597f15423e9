"""What `verify` says of a folder in which something was changed, and where its manifest's sense is not right."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.evidence.release import release_at
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE, scene

Verify = Callable[..., dict[str, bool]]


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "go.txt").write_text(GO + "\n")
    now = datetime.now(UTC)
    cleaned = read_list(tmp_path / "go.txt", Polarity.OPTED_OUT, checked_at=now, now=now)
    return Request(
        input=scene(tmp_path / "in"),
        output=tmp_path / "out",
        cleaned=cleaned,
        now=now,
        columns=ColumnChoice("patients.nhs_number"),
    )


@pytest.fixture
def verify(request_: Request, tmp_path: Path) -> Verify:
    """Verifies a release after its manifest was changed and sealed anew by the same key."""
    sealer = load_sealer(tmp_path / "keys")
    uphold(request_, sealer)
    path = request_.output / "manifest.json"

    def after(change: Callable[[dict[str, Any]], object] = lambda _: None, **options: Any) -> dict[str, bool]:
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(sealer.seal(manifest)))
        progress = options.pop("progress", lambda _: None)
        result = verify_release(release_at(request_.output), ReleaseQuestion(request_.cleaned, **options), progress)
        return {promise.name: promise.kept for promise in result.promises}

    return after


def test_an_unchanged_release_is_verified(verify: Verify) -> None:
    assert set(verify().values()) == {True}


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["rows"].update(held=None),
        lambda m: m["rows"].update(kept=5),
        lambda m: m["tables"]["wards"]["rows"].update(read=3),
        lambda m: m["tables"]["wards"]["rows"].update(held={"missing": "many"}),
        lambda m: m["tables"].pop("wards"),
        lambda m: m.update(tables=[]),
        lambda m: m["people"].update(held=1),
        lambda m: [part["rows"].update(kept_without_number=1) for part in (m, m["tables"]["wards"])],
    ],
)
def test_counts_without_sense_are_broken(change: Any, verify: Verify) -> None:
    assert verify(change)["counts"] is False


@pytest.mark.parametrize(
    "way",
    [
        ("tables", "notes", "columns", "own"),
        ("tables", "notes", "columns", "also"),
        ("tables", "wards", "rows", "held"),
        ("tables", "notes", "links"),
    ],
    ids=" ".join,
)
def test_what_a_manifest_leaves_out_is_not_taken_for_no(way: tuple[str, ...], verify: Verify) -> None:
    """Links that are not there would not be followed, and a column that is not named not be looked at."""
    assert not all(verify(lambda m: functools.reduce(lambda at, key: at[key], way[:-1], m).pop(way[-1])).values())


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda m: m["output"].update(sha256="0" * 64), "digest"),
        (lambda m: m["tables"]["notes"]["output"].update(dialect="none"), "digest"),
        (lambda m: m["descriptor"].update(sha256="0" * 64), "digest"),
        (lambda m: m.pop("descriptor"), "digest"),
        (lambda m: m["tables"]["notes"]["output"].update(sha256="0" * 64), "digest"),
        (lambda m: m["tables"]["notes"]["columns"].update(own="note"), "digest"),
        (lambda m: m["tables"]["notes"]["columns"].update(own="who"), "digest"),
        (lambda m: m["tables"]["patients"]["columns"].update(own="id"), "digest"),
        (lambda m: m["tables"]["notes"]["output"].update(rows=9), "rows"),
        (lambda m: m["people"].update(kept=1), "rows"),
        (lambda m: m["tables"]["wards"].update(leads_to_person=True), "keys"),
    ],
)
def test_what_the_manifest_says_of_the_folder_must_be_so(change: Any, broken: str, verify: Verify) -> None:
    assert verify(change)[broken] is False


def _rewritten(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        (lambda out: _rewritten(out, "wards.csv", "ward,name\n"), {"digest", "rows"}),
        (lambda out: _rewritten(out, "episodes.csv", "id,patient,ward\ne1,p9,w1\n"), {"digest", "rows", "keys"}),
        (
            lambda out: _rewritten(out, "patients.csv", f"id,nhs_number\np0,{GO}\n"),
            {"digest", "rows", "keys", "nobody"},
        ),
        (lambda out: _rewritten(out, "more.csv", "a\n"), {"paths"}),
        (lambda out: _rewritten(out, "README.md", "a\n"), {"paths"}),
        (lambda out: (out / "wards.csv").unlink(), {"paths", "digest"}),
        (lambda out: _rewritten(out, "wards.csv", 'ward,name\n"'), {"digest"}),
    ],
)
def test_a_change_to_any_file_is_seen(damage: Any, broken: set[str], verify: Verify, request_: Request) -> None:
    damage(request_.output)
    assert {name for name, kept in verify().items() if not kept} == broken


def test_a_folder_that_changes_while_it_is_verified_is_not_verified(verify: Verify, request_: Request) -> None:
    assert verify(progress=_touching(request_.output / "wards.csv"))["digest"] is False


def _touching(path: Path) -> Callable[[int], object]:
    """Changes a file when another one is being read."""
    calls = itertools.count()
    return lambda _: path.touch() if next(calls) == 4 else None


def test_a_folder_that_changes_while_it_is_upheld_is_not_released(request_: Request, tmp_path: Path) -> None:
    from ndoo.domain.errors import UnfitData

    with pytest.raises(UnfitData, match="changed while"):
        uphold(request_, load_sealer(tmp_path / "keys"), _touching(request_.input / "wards.csv"))
    assert not request_.output.exists()


def test_another_column_or_no_list_is_refused(verify: Verify, request_: Request) -> None:
    with pytest.raises(UsageFault):
        verify(nhs_number="notes.nhs_number")
    with pytest.raises(NoUsableList):
        verify_release(release_at(request_.output), ReleaseQuestion())


def test_an_output_that_holds_the_list_is_refused(request_: Request, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "go.txt").write_text(GO)
    with pytest.raises(UsageFault, match="overwrite"):
        uphold(replace(request_, other_inputs=(tmp_path / "out" / "go.txt",)), load_sealer(tmp_path / "keys"))


def test_a_link_to_somewhere_else_is_not_followed(request_: Request, tmp_path: Path) -> None:
    from ndoo.domain.errors import UnfitData

    (tmp_path / "wards.csv").write_text((request_.input / "wards.csv").read_text())
    (request_.input / "wards.csv").unlink()
    (request_.input / "wards.csv").symlink_to(tmp_path / "wards.csv")
    with pytest.raises(UnfitData, match="a link to somewhere else"):
        uphold(request_, load_sealer(tmp_path / "keys"))


def test_somebody_elses_people_are_not_counted_twice(request_: Request, tmp_path: Path) -> None:
    scene(request_.input, notes="note,nhs_number\n" + "".join(f"a,{number}\n" for number in PEOPLE * 3))
    outcome = uphold(request_, load_sealer(tmp_path / "keys"))
    assert (outcome.people.read, outcome.people.kept, outcome.people.removed) == (8, 7, 1)
