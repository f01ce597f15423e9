"""What is open is found: a table that no asset names, a flow that nothing proves, a record that changed; and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ndoo.assets.calendar import calendar_of
from ndoo.assets.evidence import AppliedRun
from ndoo.assets.findings import read_findings
from ndoo.assets.flow_decisions import decide_all
from ndoo.assets.gaps import Joined, JoinedRecords, join
from ndoo.assets.register import Register
from ndoo.assets.review_rules import Signature, standing
from ndoo.policy import load_pack
from tests.support.registers_of_assets import NOW, PLACE, TODAY, asset, facts, flow, register, scan

VISITS = ("visits", "yes", "nhs_number icd10")


def known(
    what: Register | None = None,
    scans: Sequence[tuple[str, dict[str, Any]]] = ((PLACE, scan(VISITS)),),
    proof: Sequence[date] = (date(2026, 11, 20),),
    **more: Any,
) -> JoinedRecords:
    what = what or register()
    found = [table for place, told in scans for table in read_findings(told, place)]
    runs = [AppliedRun("F-1", "m", datetime(d.year, d.month, d.day, 9, tzinfo=UTC), "k", 5, 1) for d in proof]
    return JoinedRecords(what, decide_all(what, load_pack(), TODAY), found, runs, **more)


def seen(*arguments: Any, today: date = TODAY, **more: Any) -> Joined:
    return join(known(*arguments, **more), today)


def test_nothing_is_open_where_everything_is_explained_and_proven() -> None:
    assert seen().count == 0
    assert seen().to_dict()["open"] == 0


@pytest.mark.parametrize("answer", ["yes", "unsure"])
def test_a_table_that_no_asset_names_is_undeclared(answer: str) -> None:
    found = seen(scans=[(PLACE, scan(VISITS, ("copy", answer, "nhs_number")))])
    assert [item.name for item in found.undeclared] == [f"copy at {PLACE}"] and found.count == 1
    assert not seen(scans=[(PLACE, scan(VISITS, ("codes", "no", "code")))]).undeclared


def test_the_same_name_in_another_place_is_undeclared() -> None:
    found = seen(scans=[(PLACE, scan(VISITS)), ("sqlite:///other.db", scan(VISITS, because=""))])
    assert [item.because for item in found.undeclared] == ["It holds confidential patient information."]
    assert not seen(scans=[(f"{PLACE}/part", scan(VISITS)), (PLACE, scan(VISITS))]).undeclared
    assert seen(scans=[(PLACE, scan(VISITS)), (f"{PLACE}2", scan(VISITS))]).undeclared


def test_a_scan_without_a_place_is_matched_by_name_alone() -> None:
    found = seen(scans=[("", scan(VISITS, ("copy", "yes", "a")))])
    assert [item.name for item in found.undeclared] == ["copy"]
    assert [item.because for item in found.unseen] == [f"No scan has looked at {PLACE}."]


def test_a_pattern_explains_only_what_it_matches() -> None:
    what = register(
        asset=[
            asset(
                tables=[{"name": "visits_[a]_*", "columns": ["nhs_number"]}, {"name": "visits_[a]_1", "columns": ["x"]}]
            )
        ]
    )
    tables = [("visits_[a]_1", "yes", "x"), ("visits_[a]_2", "yes", "nhs_number"), ("visits_a_3", "yes", "nhs_number")]
    found = seen(what, [(PLACE, scan(*tables))])
    assert [item.name for item in found.undeclared] == [f"visits_a_3 at {PLACE}"] and not found.due_for_review


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("nhs_number icd10 postcode", "new: postcode"),
        ("nhs_number", "gone: icd10"),
        ("nhs_number dob", "new: dob; gone: icd10"),
    ],
)
def test_a_changed_table_is_due_for_review(columns: str, said: str) -> None:
    found = seen(scans=[(PLACE, scan(("visits", "yes", columns)))])
    assert [(item.id, item.because) for item in found.due_for_review] == [
        ("A-1", f"The columns of visits changed ({said}).")
    ]


def test_a_declared_table_that_could_not_be_read_is_due_and_not_taken_for_changed() -> None:
    found = seen(scans=[(PLACE, scan(("visits", "unsure", ""), because="Not read: locked."))])
    assert [item.because for item in found.due_for_review] == ["A scan could not read visits. Not read: locked."]


def test_columns_that_nobody_declared_and_tables_that_are_gone_are_due() -> None:
    what = register(asset=[asset(tables=[{"name": "visits"}, {"name": "old", "columns": ["a"]}, {"name": "any_*"}])])
    (item,) = seen(what).due_for_review
    assert item.because == "The columns of visits were never declared. The table old is not where the asset says it is."
    assert not seen(register(asset=[asset(location=[])]), scans=[("", scan(VISITS))]).due_for_review


@pytest.mark.parametrize(
    ("said", "answer", "is_due"),
    [
        ("no", "yes", True),
        ("unsure", "yes", True),
        (None, "yes", True),
        ("no", "unsure", False),
        ("yes", "no", False),
    ],
)
def test_a_scan_that_contradicts_the_asset_is_due(said: str | None, answer: str, is_due: bool) -> None:
    what = register(asset=[asset(patient_information=said)])
    assert bool(seen(what, [(PLACE, scan(("visits", answer, "nhs_number icd10")))]).due_for_review) is is_due


@pytest.mark.parametrize(
    ("changes", "proof", "because"),
    [
        ({}, [], "It ran on 2026-11-20, and no sealed manifest shows that the opt-out was ever applied."),
        (
            {},
            [date(2026, 11, 19), date(2026, 11, 1)],
            "It ran on 2026-11-20, and the last sealed manifest is of 2026-11-19.",
        ),
        ({"last_run": None}, [date(2026, 11, 20)], "Nobody recorded when it last ran."),
        ({"last_run": date(2026, 11, 23)}, [date(2026, 11, 20)], "Its last run, 2026-11-23, lies in the future."),
    ],
)
def test_a_flow_without_proof_since_its_last_run_is_unproven(
    changes: dict[str, Any], proof: list[date], because: str
) -> None:
    found = seen(register(flow=[flow(**changes)]), proof=proof)
    assert [item.because for item in found.unproven] == [because] and found.count == 1


def test_a_flow_that_is_not_live_or_to_which_it_does_not_apply_needs_no_proof() -> None:
    what = register(
        flow=[
            flow(status="planned"),
            flow("F-2", facts=facts(purpose="individual_care", recipient="the ward", gateway__kind="implied_consent")),
        ]
    )
    assert not seen(what, proof=[]).unproven


def test_a_flow_that_must_be_reviewed_or_whose_decision_is_stale_is_undecided() -> None:
    found = seen(register(flow=[flow(facts=facts(gateway__kind=None, purpose=None))]))
    assert found.undecided[0].because.startswith("The answer is review (R-MISSING). To find: ")
    none = facts(gateway__kind="none", gateway__optout_condition=None)
    assert "The answer is review" in seen(register(flow=[flow(facts=none)])).undecided[0].because
    old = seen(stale={"F-1": ("Facts changed.",)})
    assert [item.because for item in old.undecided] == ["Facts changed."]


def test_what_ends_is_told_before_and_after() -> None:
    what = register(flow=[flow(agreement_ends=date(2027, 1, 31))])
    assert [item.because for item in seen(what).soon] == ["The agreement ends on 2027-01-31."]
    later = join(known(what), date(2028, 6, 1))
    assert [item.because for item in later.expired] == [
        "The approval 25/CAG/9102 ended on 2028-05-31.",
        "The agreement ended on 2027-01-31.",
    ]
    nameless = register(flow=[flow(facts=facts(gateway__reference=None))])
    assert join(known(nameless), date(2028, 6, 1)).expired[0].because == "The approval ended on 2028-05-31."


def reviewed(what: Register, on: date) -> JoinedRecords:
    standings = {
        (r.kind, r.id): standing(r, [Signature("owner", "o", on, r)], None, TODAY) for r in what.records() if r.id
    }
    return known(what, standings=standings)


def test_a_review_is_due_near_or_neither() -> None:
    assert join(reviewed(register(), date(2026, 11, 1)), TODAY).count == 0
    assert [item.kind for item in join(reviewed(register(), date(2026, 8, 30)), TODAY).soon] == ["flow"]
    due = join(reviewed(register(), date(2025, 11, 1)), TODAY).due_for_review
    assert [item.id for item in due] == ["A-1", "F-1"] and due[0].because.endswith("It waits for the owner.")


def test_the_calendar_holds_every_day_in_lines_that_any_program_reads() -> None:
    what = register(flow=[flow(name="Séances, “long”; names\\ " * 4, agreement_ends=date(2027, 1, 31))])
    told = calendar_of(reviewed(what, date(2026, 11, 1)), NOW)
    assert told.startswith("BEGIN:VCALENDAR\r\n") and told.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in told.split("\r\n"))
    whole = told.replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20270131" in whole and "SUMMARY:Review: A-1 Visits A-1" in whole
    assert "SUMMARY:Agreement ends: F-1 Séances\\, “long”\\; names\\\\" in whole
    assert whole.count("BEGIN:VEVENT") == 4
    assert "BEGIN:VEVENT" not in calendar_of(known(register(flow=[flow(facts={})])), NOW)
    long = calendar_of(reviewed(register(flow=[flow(name="é€" * 90)]), date(2026, 11, 1)), NOW)
    assert all(len(line.encode()) <= 75 for line in long.split("\r\n"))
    assert "é€" * 90 in long.replace("\r\n ", "")


def test_a_calendar_of_some_records_tells_of_no_other() -> None:
    every = reviewed(register(), date(2026, 11, 1))
    told = calendar_of(every, NOW, only=frozenset({("asset", "A-1")}), names=False)
    assert "SUMMARY:Review: A-1\r\n" in told
    assert "F-1" not in told and "F-1" in calendar_of(every, NOW)


def test_an_old_scan_does_not_show_what_lies_there_now() -> None:
    def after(days: int, **places: int) -> Joined:
        scanned = {PLACE: TODAY - timedelta(days=days)} | {
            place.replace("_", "/"): TODAY - timedelta(days=old) for place, old in places.items()
        }
        return seen(scanned=scanned)

    assert after(31).count == 0
    (item,) = after(32).due_for_review
    assert "more than 31 days ago" in item.because
    assert [one.id for one in seen(scanned={f"{PLACE}/part": TODAY - timedelta(days=40)}).due_for_review] == ["A-1"]
    assert not seen(scanned={f"{PLACE}/part": TODAY - timedelta(days=40), PLACE: TODAY}).count
    (place,) = after(1, elsewhere=40).undeclared
    assert (place.kind, place.name) == ("place", "elsewhere") and not after(1, elsewhere=2).count


def test_a_scan_that_found_nothing_has_looked() -> None:
    found = seen(scans=[], scanned={PLACE: TODAY})
    assert not found.unseen and "is not where the asset says it is" in found.due_for_review[0].because


def two_flows(**more: Any) -> Register:
    return register(flow=[flow(), flow("F-2", **more)])


def proven(what: Register, *runs: AppliedRun) -> list[str]:
    joined = join(JoinedRecords(what, decide_all(what, load_pack(), TODAY), [], runs), TODAY)
    return [f"{item.id}: {item.because}" for item in joined.unproven]


def run_of(ident: str, released: str = "a", asset: str = "") -> AppliedRun:
    return AppliedRun(ident, "m", datetime(2026, 11, 20, 9, tzinfo=UTC), "k", 5, 1, released, "register", asset)


def test_one_file_proves_two_flows_only_where_somebody_says_that_both_get_it() -> None:
    """The same extract proved two different flows."""
    found = proven(two_flows(), run_of("F-1"), run_of("F-2"))
    assert ["The file that proves it proves" in one for one in found] == [True, True]
    assert not proven(two_flows(same_release=["F-1"]), run_of("F-1"), run_of("F-2")), "said by one of both"
    assert not proven(two_flows(), run_of("F-1"), run_of("F-2", "b"))
    assert not proven(two_flows(), run_of("F-1", ""), run_of("F-2", "")), "older manifests whose digest nobody kept"


def test_a_run_for_another_asset_proves_nothing_for_this_flow() -> None:
    found = proven(register(), run_of("F-1", asset="Somebody else’s"))
    assert ["made for another asset" in one for one in found] == [True]
    for name in ("a 1", "visits in 2026", "f 1"):
        assert not proven(register(asset=[asset(name="Visits (in 2026)")]), run_of("F-1", asset=name))
