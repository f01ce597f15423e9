"""A decision that no longer stands says so: when a fact, the policy pack or the day alone changes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ndoo.assets.fields import FLOW
from ndoo.assets.flow_decisions import decide_all, kept_now, stale
from ndoo.assets.record import Record, read_record
from ndoo.policy import decide, load_pack
from tests.support.registers_of_assets import TODAY, facts, flow, register


def of(**changed: object) -> Record:
    return read_record(FLOW, flow(facts=facts(**changed)), "it")


def test_a_decision_stands_while_nothing_changes() -> None:
    kept = kept_now(decide(of().facts, load_pack(), TODAY))
    assert stale(kept, of(), load_pack(), date(2027, 3, 1)) == ()
    assert stale(kept, read_record(FLOW, flow(name="Another name", transfer="MESH"), "it"), load_pack(), TODAY) == ()
    assert decide_all(register(), load_pack(), TODAY)["F-1"].outcome == kept.outcome == "applies"


def test_a_flow_that_nobody_decided_on_says_so() -> None:
    assert stale(None, of(), load_pack(), TODAY) == ("Nobody has recorded a decision.",)


def test_a_changed_fact_makes_it_stale_and_is_named() -> None:
    kept = kept_now(decide(of().facts, load_pack(), TODAY))
    changed = of(gateway__reference=None, data__from_gp_record=True, purpose="planning")
    assert stale(kept, changed, load_pack(), TODAY) == (
        "Facts changed since the decision: data.from_gp_record, gateway.reference, purpose.",
    )


def test_another_edition_of_the_policy_makes_it_stale() -> None:
    kept = kept_now(decide(of().facts, load_pack(), TODAY))
    newer = replace(load_pack(), digest="another", version="2027.1")
    told = stale(kept, of(), newer, TODAY)
    assert told == (f"The policy pack changed: opg {load_pack().version} then, opg 2027.1 now.",)


@pytest.mark.parametrize(("day", "is_stale"), [(date(2028, 5, 31), False), (date(2028, 6, 1), True)])
def test_an_approval_that_ran_out_makes_it_stale_from_the_next_day_on(day: date, is_stale: bool) -> None:
    kept = kept_now(decide(of().facts, load_pack(), TODAY))
    told = stale(kept, of(), load_pack(), day)
    assert bool(told) is is_stale
    assert not told or told[0].startswith("The day changes the answer: applies (A-S251) on 2026-11-22, ")
