"""Day by day from 2018 to 2030: no day without a rule or under two, and a date that is moved by a day is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from ndoo.policy import Decision, Pack, decide, load_pack
from ndoo.policy.build_pack import build
from ndoo.policy.read_pack import packs_folder, read_tables
from tests.spec.flows import DAYS, TODAY, plain

ONE_DAY = timedelta(days=1)
SURVEY = {"purpose": "patient_survey", "title": "A survey of the NHS Patient Survey Programme"}
ANON = {"data__form": "aggregate", "data__identifiable": "no", "data__anonymisation_evidence": "IG-1"}
INVOICE = {
    "purpose": "invoice_validation",
    "exemption": "X-IV-OTHER",
    "gateway__reference": "CAG 7-07(a-c)/2013",
    "gateway__optout_condition": "does_not_apply",
}
RISK = {"purpose": "risk_stratification", "gateway__reference": "CAG 7-04(a)/2013"}
COVID = {"gateway__kind": "regulation_3", "exemption": "X-COPI-COVID"}


def faults(pack: Pack, day: date) -> Iterator[str]:
    """What has a gap or a clash on a day."""

    def decided(said: dict[str, Any]) -> Decision:
        return decide(plain(**{"gateway__optout_condition": None, **said}, as_of=day), pack, TODAY)

    began = day >= pack.begins
    if (decided({}).reason == "R-DATE") is began:
        yield "the first day"
    if not began:
        return
    entries = pack.exemptions
    surveys = [entry for entry in entries.values() if entry.id.startswith("X-SURVEY")]
    if sum((e.first or day) <= day <= (e.last or day) for e in surveys) != 1 or decided(SURVEY).reason != "R-UNNAMED":
        yield "surveys"
    standards = {s.name: s for s in pack.settings.values() if s.name.startswith("anonymisation_")}
    held = [name for name, s in standards.items() if (s.first or day) <= day <= (s.last or day)]
    if len(held) != 1 or [name for name in decided(ANON).settings if name in standards] != held:
        yield "the standard of anonymisation"
    for what, said, stands, ended in (
        ("invoices", INVOICE, "X-IV-OTHER", day > (entries["X-IV-OTHER"].last or day)),
        ("the notices of COVID-19", COVID, "N-REG3", day > (entries["X-COPI-COVID"].last or day)),
        ("risk stratification", RISK, "A-S251", day > date(2022, 9, 30)),
    ):
        if decided(said).reason != ("R-ENDED" if ended else stands):
            yield what
    if {one.ends for one in pack.watch if one.id == "cag-7-07"} != {entries["X-IV-OTHER"].last}:
        yield "the watch list"


def test_no_day_from_2018_to_2030_is_without_a_rule_or_under_two() -> None:
    day, pack = date(2018, 1, 1), load_pack()
    while day <= date(2030, 12, 31):
        assert not list(faults(pack, day)), day
        day += ONE_DAY


def entry(ident: str, key: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    return lambda tables: (tables["exemptions"][ident], key)


def limit(step: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """The first day of a rule about what ended."""
    return lambda tables: (
        next(r for file in tables["rules"].values() for r in file.get("rule", ()) if r["step"] == step)["when"]["all"][
            0
        ],
        "from",
    )


def standard(name: str, key: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    return lambda tables: (next(n for n in tables["notes"] if n.get("setting") == name)["when"], key)


MOVED: dict[str, Callable[[dict[str, Any]], tuple[dict[str, Any], str]]] = {
    "the last surveys without a letter": entry("X-SURVEY-2019", "to"),
    "the first surveys with one": entry("X-SURVEY", "from"),
    "the last day of the waiver of invoices": entry("X-IV-OTHER", "to"),
    "the first day without it": limit("7e"),
    "its day on the watch list": lambda t: (next(one for one in t["watch"] if one["id"] == "cag-7-07"), "ends"),
    "the last day of the notices": entry("X-COPI-COVID", "to"),
    "the first day without them": limit("7f"),
    "the end of the national risk stratification": limit("7d"),
    "the last day of the code": lambda t: (t["settings"]["anonymisation_code"], "to"),
    "the first day of the guidance": lambda t: (t["settings"]["anonymisation_standard"], "from"),
    "the note on the code": standard("anonymisation_code", "before"),
    "the note on the guidance": standard("anonymisation_standard", "from"),
    "the first day of the opt-out": lambda t: (t["pack"], "begins"),
    "the rule of days before it": lambda t: (t["rules"]["rules/01-date.toml"]["rule"][0]["when"], "before"),
}


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("what", MOVED)
def test_a_date_that_is_moved_by_a_day_is_found(what: str, by: int) -> None:
    tables, digest = read_tables(packs_folder() / "opg")
    tables = deepcopy(tables)
    table, key = MOVED[what](tables)
    table[key] += by * ONE_DAY
    pack = build(tables, digest)
    days = {day + ONE_DAY * step for day in (*DAYS, date(2025, 3, 27), date(2025, 3, 28)) for step in (-1, 0, 1)}
    assert [fault for day in sorted(days) for fault in faults(pack, day)]
