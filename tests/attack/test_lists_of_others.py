"""Can a sound list of the wrong people, day or polarity decide who stays? Exit 4, and nothing written."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ndoo.cli import main
from ndoo.cli import uphold_run as command
from ndoo.domain.settings import data_folder
from ndoo.evidence.digest_commitments import places_of
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.safeguards import plausibility
from tests.attack.naive import anti_join
from tests.attack.scene import GO, MAY, MUST_GO, PEOPLE, STAY, Scene, of_allowed, row, table
from tests.conftest import DATA, TODAY
from tests.support.numbers import some

CROWD = some(1200, seed=11)


def crowd(scene: Scene, gone: int) -> None:
    """1,200 people, of whom the first `gone` opted out."""
    scene.put(table([*(row(n, MUST_GO) for n in CROWD[:gone]), *map(row, CROWD[gone:])]))
    scene.put_lists(stay=CROWD[gone:], go=CROWD[:gone])


def test_a_list_of_the_allowed_given_as_opted_out_is_seen_by_its_count(scene: Scene) -> None:
    """It would release exactly those who opted out, and nobody else."""
    crowd(scene, 60)
    scene.put_lists(stay=CROWD[60:], go=CROWD[60:])
    scene.refuses(4, "list-wrong-share", by="opted_out")


def test_a_list_of_the_opted_out_given_as_allowed_is_seen_by_its_count(scene: Scene) -> None:
    crowd(scene, 60)
    scene.put_lists(stay=CROWD[:60], go=CROWD[60:])
    scene.refuses(4, "list-wrong-share")


def test_a_list_of_other_people_is_seen_by_its_count(scene: Scene) -> None:
    """In either polarity: last year's, or another organisation's."""
    crowd(scene, 60)
    others = some(2400, seed=12)[1200:]
    scene.put_lists(stay=others, go=list(set(others) - set(CROWD)))
    scene.refuses(4, "list-wrong-share")
    scene.refuses(4, "list-wrong-share", by="opted_out")


def test_a_list_cut_in_half_is_seen_by_its_count(scene: Scene) -> None:
    crowd(scene, 60)
    scene.put_lists(stay=CROWD[60:600], go=CROWD[:60])
    scene.refuses(4, "list-wrong-share")


def test_a_usual_share_passes_and_an_unusual_one_where_it_is_expected(scene: Scene) -> None:
    crowd(scene, 60)
    assert scene.upholds_both_ways(0).manifest["people"]["removed"] == 60
    scene.refuses(4, "list-wrong-share", "--expect-removed", "6-10")
    crowd(scene, 400)
    scene.refuses(4, "list-wrong-share")
    assert scene.upholds_both_ways(0, "--expect-removed", "30-40").manifest["people"]["removed"] == 400


POLARITIES = [("allowed", "opted_out.txt"), ("opted_out", "allowed.dat")]


@pytest.mark.parametrize(("by", "file"), POLARITIES)
def test_the_wrong_polarity_of_312_people_is_refused(by: str, file: str, scene: Scene) -> None:
    """Both would keep exactly those who opted out: 23 of 312 people. It was released, with a warning."""
    scene.put((DATA / f"pbcseq.{file}").read_bytes(), f"{by}.dat")
    scene.put((DATA / "pbcseq.csv").read_bytes())
    scene.refuses(4, "list-wrong-way-round", by=by)
    scene.refuses(4, "list-wrong-share", "--expect-removed", "1-25", by=by)
    outcome = scene.upholds(0, "--expect-removed", "90-95", by=by)
    assert (outcome.manifest["people"]["removed"], outcome.manifest["people"]["kept"]) == (289, 23)
    assert (outcome.manifest["warnings"], outcome.manifest["expected_removed"]) == ([], [90.0, 95.0])


@pytest.mark.parametrize("opted_out", [1, 2, 4])
def test_the_wrong_polarity_of_12_people_is_refused(opted_out: int, scene: Scene) -> None:
    scene.put(table([*map(row, PEOPLE[opted_out:]), *(row(number, MUST_GO) for number in PEOPLE[:opted_out])]))
    scene.put_lists(stay=PEOPLE[:opted_out], go=PEOPLE[opted_out:])
    for by in ("allowed", "opted_out"):
        scene.refuses(4, "list-wrong-way-round", by=by)
    scene.put_lists(stay=PEOPLE[opted_out:], go=PEOPLE[:opted_out])
    assert scene.upholds_both_ways(0).manifest["people"]["removed"] == opted_out


def test_without_the_bound_exactly_those_who_opted_out_are_released(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is the bound that refuses them, and nothing else."""
    monkeypatch.setattr(plausibility, "SMALLEST_CHANCE", 0)
    scene.put(table([*(row(number, "here") for number in PEOPLE[2:]), *map(row, PEOPLE[:2])]))
    scene.put_lists(go=PEOPLE[2:])
    assert scene.upholds(0, by="opted_out").manifest["people"] == {"read": 12, "kept": 2, "removed": 10, "held": 0}


def test_without_the_guard_the_last_of_two_lists_is_the_only_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is the guard that refuses, and nothing else: here of two columns, of which one is named for nothing."""
    scene.put(table())
    scene.refuses(2, "option-repeated", "--nhs-number", "surname", "--nhs-number", "nhs_number")
    monkeypatch.setattr(main, "refuse_repeated_options", lambda *_: None)
    assert (
        scene.upholds(0, "--nhs-number", "surname", "--nhs-number", "nhs_number").manifest["columns"]["nhs_number"]
        == "nhs_number"
    )


def test_what_too_few_people_cannot_tell_is_said_however_quiet_it_is_to_be(scene: Scene) -> None:
    scene.put(table([*map(row, STAY[:2]), row(GO[0], MUST_GO)]))
    scene.put_lists(stay=STAY[:2], go=GO[:1])
    column = ("--nhs-number", "nhs_number")
    outcome = scene.upholds(0, *column)
    (warned,) = outcome.manifest["warnings"]
    assert warned["code"] == "share-unusual"
    assert warned["message"].startswith("33.3 per cent of the people were removed; 0.1 to 25 are usual.")
    assert "the other way round" in warned["message"]
    said = f"WARNING: {warned['message']}"
    assert outcome.said.told.splitlines()[-1] == said
    assert scene.uphold("--quiet", *column).told.splitlines() == [said]
    verified = scene.verify("--quiet")
    assert (verified.status, verified.told.splitlines(), verified.json["warnings"]) == (0, [said], [warned])


def test_a_list_of_other_people_is_said_aloud_or_refused(scene: Scene) -> None:
    """Of those who opted out it removes nobody."""
    scene.put_lists(go=CROWD[1000:])
    scene.put(table([*map(row, CROWD[:300])]))
    (warned,) = scene.upholds(0, by="opted_out").manifest["warnings"]
    assert warned["message"].startswith("0.0 per cent of the people were removed;")
    scene.put(table([*map(row, CROWD[:600])]))
    scene.refuses(4, "list-removes-nobody", by="opted_out")
    assert scene.upholds(0, "--expect-removed", "0-25", by="opted_out").manifest["warnings"] == []


def test_a_list_that_covers_nobody_is_said_aloud(scene: Scene) -> None:
    scene.put(table([*map(row, STAY)]))
    scene.put_lists(stay=GO)
    (warned,) = scene.upholds(6, "--requested", "allowed.dat").manifest["warnings"]
    assert warned["code"] == "list-of-others"


@pytest.mark.parametrize(("gone", "warnings"), [(0, 1), (1, 0), (100, 0), (101, 1)])
def test_a_share_at_its_bounds_is_usual(gone: int, warnings: int, scene: Scene) -> None:
    """Of 400 people, 100 are 25 per cent; and a warning that always comes is not read."""
    scene.put(table([*(row(n, MUST_GO) for n in CROWD[:gone]), *map(row, CROWD[gone:400])]))
    scene.put_lists(stay=CROWD[gone:400], go=CROWD[:gone] or CROWD[400:])
    assert len(scene.upholds_both_ways(0).manifest["warnings"]) == warnings


def test_where_nobody_can_be_decided_on_no_share_is_said(scene: Scene) -> None:
    scene.put(table([row("")] * 3))
    assert scene.upholds(6, "--nhs-number", "nhs_number").manifest["warnings"] == []


def test_duplicates_of_a_few_people_do_not_hide_the_wrong_polarity(scene: Scene) -> None:
    """The share is of people, not of rows: one allowed person's 50,000 visits outweigh nobody."""
    crowd(scene, 60)
    scene.put(table([*map(row, CROWD), *[row(CROWD[0])] * 50_000]))
    scene.put_lists(stay=CROWD[:60], go=CROWD[60:])
    scene.refuses(4, "list-wrong-share")


def test_a_list_of_one_shows_no_digest_of_them(scene: Scene) -> None:
    """Its digest would be found again among all numbers in minutes."""
    scene.put(table([row(STAY[0]), row(GO[0], MUST_GO)]))
    scene.put_lists(stay=STAY[:1], go=GO[:1])
    outcome = scene.upholds_both_ways(0, "--nhs-number", "nhs_number")
    assert outcome.manifest["list"]["sha256"] is None
    scene.put(of_allowed([STAY[0]] * 2), "allowed.dat")
    assert scene.upholds(0, "--nhs-number", "nhs_number").manifest["list"]["sha256"] is None


def at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands at this moment."""
    monkeypatch.setattr(command, "now", lambda: datetime.fromisoformat(moment))


def days_ago(days: int) -> str:
    return (datetime.fromisoformat(TODAY) - timedelta(days=days)).date().isoformat()


def test_a_list_of_unknown_age_is_not_used(scene: Scene) -> None:
    scene.put(table())
    scene.refuses(4, "list-age-unknown", checked_at=None)


def test_the_day_the_file_was_made_is_not_taken_for_the_day_of_the_check(scene: Scene) -> None:
    """A copy of an old list is a new file."""
    scene.put(table())
    os.utime(scene.folder / "allowed.dat")
    scene.refuses(4, "list-age-unknown", checked_at=None)


@pytest.mark.parametrize("days", [22, 23, 365, 2000])
def test_a_list_too_old_is_not_used(days: int, scene: Scene) -> None:
    scene.put(table())
    scene.refuses(4, "list-stale", checked_at=days_ago(days))


@pytest.mark.parametrize("days", [0, 1, 20, 21])
def test_a_list_of_up_to_21_days_is_used_and_its_age_said(days: int, scene: Scene) -> None:
    scene.put(table())
    listed = scene.upholds(0, checked_at=days_ago(days)).manifest["list"]
    assert (listed["age_days"], listed["limit_days"]) == (days, 21)


@pytest.mark.parametrize("days", [-1, -2, -400])
def test_a_list_from_the_future_is_not_used(days: int, scene: Scene) -> None:
    scene.put(table())
    scene.refuses(4, "list-from-future", checked_at=days_ago(days))


def test_a_list_from_a_minute_ahead_is_not_used(scene: Scene) -> None:
    scene.put(table())
    ahead = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    scene.refuses(4, "list-from-future", checked_at=ahead)


@pytest.mark.parametrize(
    "said",
    ["yesterday", "20-11-2026", "2026-11-31", "2026-13-01", "1763596800", "2026-11-20T25:00", ""],
    ids=["word", "turned_round", "no_such_day", "no_such_month", "seconds", "no_such_hour", "nothing"],
)
def test_a_day_that_is_none_is_not_guessed_at(said: str, scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "usage", checked_at=said)


@pytest.mark.parametrize(
    ("clock", "checked_at", "status"),
    [
        ("2026-04-19T23:30+00:00", "2026-03-30", 0),
        ("2026-04-19T23:30+00:00", "2026-03-29", 4),
        ("2026-11-15T00:30+00:00", "2026-10-25", 0),
        ("2026-11-15T00:30+00:00", "2026-10-24", 4),
        ("2026-11-15T00:30+00:00", "2026-10-24T23:30+00:00", 0),
        ("2026-11-15T00:30+00:00", "2026-10-24T22:30+00:00", 4),
        ("2026-11-15T23:59+00:00", "2026-10-25T00:30", 0),
        ("2026-11-16T00:00+00:00", "2026-10-25T00:30", 4),
    ],
    ids=[
        "summer_night_21",
        "summer_night_22",
        "winter_21",
        "winter_22",
        "hour_before_midnight_is_the_next_day_in_summer",
        "two_hours_before_is_not",
        "night_of_the_change",
        "a_minute_later",
    ],
)
def test_days_are_londons_on_both_sides_of_a_change_of_clocks(
    clock: str, checked_at: str, status: int, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever counts in UTC, or in 24 hours, is a day out for an hour in every summer night."""
    scene.put(table())
    at(clock, monkeypatch)
    if status:
        scene.refuses(status, "list-stale", checked_at=checked_at)
    else:
        scene.upholds(0, checked_at=checked_at)


def test_no_list_of_before_the_opt_out_is_used(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock stands at its beginning."""
    scene.put(table())
    at("1970-01-01T00:00+00:00", monkeypatch)
    scene.refuses(4, "list-before-opt-out", checked_at="1970-01-01")


@pytest.mark.parametrize("days", ["-1", "soon", "367", "1e9", "21.5"])
def test_a_limit_that_is_none_lets_no_list_pass(days: str, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", days)
    scene.refuses(2, "setting", checked_at=days_ago(30))


def test_a_stricter_limit_holds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "7")
    scene.refuses(4, "list-stale", checked_at=days_ago(8))
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "0")
    scene.refuses(4, "list-stale", checked_at=days_ago(1))


def test_a_lifted_limit_is_said_in_the_manifest_and_by_whoever_verifies(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of long ago lets an old list pass for a fresh one."""
    scene.put(table())
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "60")
    outcome = scene.upholds(0, "--quiet", checked_at=days_ago(40))
    (warned,) = outcome.manifest["warnings"]
    assert warned["code"] == "list-limit-lifted"
    assert (outcome.manifest["list"]["limit_days"], outcome.manifest["list"]["limit_in_force"]) == (60, 21)
    assert outcome.said.told == f"WARNING: {warned['message']}\n"
    monkeypatch.delenv("NDOO_LIST_LIMIT_DAYS")
    verified = scene.verify("--quiet")
    assert (verified.status, verified.told, verified.json["warnings"]) == (0, outcome.said.told, [warned])
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "60")
    assert scene.verify().json["warnings"] == [warned] * 2, "of the list that it is verified with, too"
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "7")
    stricter = scene.upholds(0, checked_at=days_ago(5)).manifest
    assert (stricter["warnings"], stricter["list"]["limit_in_force"]) == ([], 21)


def test_a_missing_list_is_not_an_empty_one(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "allowed.dat").unlink()
    scene.refuses(4, "list-missing")


def test_a_link_to_a_list_that_is_gone_is_a_missing_list(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "allowed.dat").unlink()
    (scene.folder / "allowed.dat").symlink_to("gone.dat")
    scene.refuses(4, "list-missing")


def test_a_folder_is_no_list(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "allowed.dat").unlink()
    (scene.folder / "allowed.dat").mkdir()
    scene.refuses(4, "list-missing")


def test_a_list_that_may_not_be_read_is_not_an_empty_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions do not bind root, who may run the tests, so the refusal is played."""
    scene.put(table())
    opened = Path.open

    def refusing(path: Path, *more: object, **options: object) -> object:
        if path.name == "allowed.dat":
            raise PermissionError(13, "not for you", str(path))
        return opened(path, *more, **options)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refusing)
        said = scene.uphold()
    assert (said.status, said.json["error"]["code"]) == (4, "list-not-readable")
    assert not (scene.folder / "out.csv").exists()


def test_no_list_at_all_removes_nobody_and_keeps_nobody(scene: Scene) -> None:
    scene.put(table())
    said = scene.ndoo("uphold", "in.csv", "-o", "out.csv", "--checked-at", TODAY, "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "list-missing")
    assert not (scene.folder / "out.csv").exists()


def test_lists_of_both_polarities_are_never_mixed(scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "two-lists", "--opted-out", "opted_out.dat")
    scene.refuses(2, "two-lists", "--opted-out", "opted_out.dat", "--allowed", "allowed.dat")
    scene.refuses(2, "two-lists", "--allowed", "allowed.dat", by="opted_out")


def test_of_several_lists_none_is_forgotten(scene: Scene) -> None:
    """Of a repeated `--opted-out` only the last was read: half of those who opted out were released."""
    scene.put(table([*map(row, CROWD[:100]), *(row(number, MUST_GO) for number in CROWD[100:110])]))
    parts = [CROWD[100:103], CROWD[103:108], CROWD[107:110]]
    for at, part in enumerate(parts):
        scene.put(of_allowed(part), f"go{at}.dat")
    scene.put_lists(go=parts[0])
    outcome = scene.upholds(0, "--opted-out", "go1.dat", "--opted-out", "go2.dat", by="opted_out")
    assert outcome.manifest["people"]["removed"] == 10
    told = outcome.manifest["list"]
    digests = [hashlib.sha256(of_allowed(part).encode()).hexdigest() for part in parts]
    key = load_sealer(data_folder()).opening_of(outcome.manifest)
    assert [places_of(outcome.manifest, digest, key) for digest in digests] == [[f"list/{at}"] for at in range(3)]
    assert [(one["source"], one["numbers"], one["checked_at"]) for one in told["lists"]] == [
        ("file", len(part), TODAY) for part in parts
    ]
    assert (told["numbers"], told["sha256"]) == (10, None)
    assert "3 lists were joined, of 10 people. The oldest counts." in outcome.said.told
    go = (scene.folder / "go2.dat").read_text()
    assert anti_join(table(map(row, CROWD[100:110])), go).count(MAY) == 7, "the naive way takes the last list alone"
    released = ("verify", "out.csv", "--opted-out", "opted_out.dat", "--opted-out", "go1.dat", "--checked-at", TODAY)
    assert scene.ndoo(*released, "--opted-out", "go2.dat").status == 0


def test_people_who_were_checked_in_parts_may_all_stay(scene: Scene) -> None:
    scene.put(table([*map(row, CROWD[:100]), *(row(number, MUST_GO) for number in CROWD[100:110])]))
    scene.put_lists(stay=CROWD[:50])
    scene.put(of_allowed(CROWD[50:100]), "more.dat")
    assert scene.upholds(0, "--allowed", "more.dat").manifest["people"]["kept"] == 100


def test_a_person_on_whom_two_checks_differ_is_held_and_not_guessed_at(scene: Scene) -> None:
    """One list has them, the other, which asked about them too, has not: they opted out before one of the two checks."""
    scene.put(table([*map(row, CROWD[:100]), *(row(number, MUST_GO) for number in CROWD[100:103])]))
    scene.put_lists(stay=[*CROWD[:60], CROWD[100]])
    for name, numbers in (
        ("more.dat", CROWD[50:100]),
        ("asked.dat", [*CROWD[:60], *CROWD[100:102]]),
        ("asked_more.dat", [*CROWD[50:101]]),
    ):
        scene.put(of_allowed(numbers), name)
    pairs = ("--requested", "asked.dat", "--allowed", "more.dat", "--requested", "asked_more.dat")
    outcome = scene.upholds(6, *pairs)
    assert outcome.held == {"ambiguous": 1, "not_covered": 1}
    assert outcome.manifest["people"] == {"read": 103, "kept": 100, "removed": 1, "held": 2}
    checked = ("verify", "out.csv", "--allowed", "allowed.dat", "--checked-at", TODAY, *pairs)
    assert scene.ndoo(*checked).status == 0
    scene.put(table([*map(row, CROWD[:100]), row(CROWD[100], MUST_GO)]))
    assert scene.uphold("--allowed", "more.dat", output="bare.csv").status == 0, (
        "a bare list says nothing of who was asked about"
    )
    assert scene.ndoo("verify", "bare.csv", "--allowed", "allowed.dat", "--checked-at", TODAY, *pairs).status == 3
    scene.refuses(2, "requested-unpaired", "--allowed", "more.dat", "--requested", "asked.dat")
    scene.refuses(4, "list-not-asked-for", *pairs[:1], "asked_more.dat", *pairs[2:5], "asked.dat")


def test_the_oldest_of_several_lists_counts(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "asked.dat").write_text(of_allowed([*STAY, *GO]))
    for name, days in (("old.dat", 20), ("young.dat", 2)):
        check = ("check", "asked.dat", "-o", name, "--opted-out", "opted_out.dat", "--checked-at", days_ago(days))
        assert scene.ndoo(*check, "--expect-removed", "1-50").status == 0
    call = ("uphold", "in.csv", "-o", "out.csv", "--allowed", "young.dat", "--allowed", "old.dat", "--json")
    listed = scene.ndoo(*call).json["list"]
    assert (listed["age_days"], [one["age_days"] for one in listed["lists"]]) == (20, [2, 20])
    said = scene.ndoo(*call, "--checked-at", days_ago(2))
    assert (said.status, said.json["error"]["code"]) == (4, "list-date-contradicted")


def test_a_list_that_answers_another_request_is_not_used(scene: Scene) -> None:
    """A reply names nobody who was not asked about."""
    scene.put(table())
    scene.put(of_allowed([*STAY[1:], *GO]), "asked.dat")
    scene.refuses(4, "list-not-asked-for", "--requested", "asked.dat")


def test_whoever_was_not_asked_about_is_held_and_not_removed(scene: Scene) -> None:
    scene.put(table([*map(row, STAY), row(GO[0], MUST_GO), row(GO[1], MUST_GO)]))
    scene.put(of_allowed([*STAY, GO[0]]), "asked.dat")
    outcome = scene.upholds(6, "--requested", "asked.dat")
    assert outcome.held == {"not_covered": 1}
    assert outcome.manifest["rows"]["removed"] == 1


def test_a_damaged_request_is_no_request(scene: Scene) -> None:
    scene.put(table())
    scene.put("nhs_number\n" + of_allowed(STAY), "asked.dat")
    scene.refuses(4, "list-header", "--requested", "asked.dat")


def test_a_request_says_nothing_about_those_who_opted_out(scene: Scene) -> None:
    scene.put(table())
    scene.put(of_allowed(), "asked.dat")
    scene.refuses(2, "requested-alone", "--requested", "asked.dat", by="opted_out")
