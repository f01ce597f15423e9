"""What a flow means on its day: dates of the gateway, and what leaving out says."""

from __future__ import annotations

from datetime import date

import pytest

from ndoo.policy import Flow
from ndoo.policy.facts import FlowFacts, facts_of, stands
from tests.spec.flows import plain

FIRST, LAST = date(2024, 6, 1), date(2027, 5, 31)


@pytest.mark.parametrize(
    ("day", "standing"),
    [(date(2024, 5, 31), False), (FIRST, True), (date(2026, 1, 1), True), (LAST, True), (date(2027, 6, 1), False)],
)
def test_a_gateway_stands_on_both_its_last_days_and_not_next_to_them(day: date, standing: bool) -> None:
    flow = plain(gateway__valid_from=FIRST, gateway__valid_to=LAST)
    assert stands(flow, day) is standing
    facts = facts_of(flow, day)
    assert facts.possible("gateway.kind") == (("regulation_5",) if standing else ("none",))
    assert facts.lapsed is not standing


def test_no_dates_are_no_limit() -> None:
    assert FlowFacts(FIRST, {}).lapsed is False
    assert stands(Flow({}), date(2026, 1, 1))
    assert facts_of(Flow({}), date(2026, 1, 1)).possible("gateway.kind") == ()


def test_an_unknown_gateway_off_its_dates_is_none_all_the_same() -> None:
    assert facts_of(Flow({"gateway.valid_to": FIRST}), LAST).possible("gateway.kind") == ("none",)


def test_a_condition_left_out_is_the_standard_one() -> None:
    assert facts_of(Flow({}), FIRST).possible("gateway.optout_condition") == ("standard",)
    said = Flow({"gateway.optout_condition": "alternative_optout"})
    assert facts_of(said, FIRST).possible("gateway.optout_condition") == ("alternative_optout",)
    still_open = frozenset({"gateway.optout_condition"})
    assert facts_of(Flow({}), FIRST, still_open).possible("gateway.optout_condition") == ()


@pytest.mark.parametrize("field", ["gateway.valid_from", "gateway.valid_to"])
def test_while_a_date_is_still_to_be_asked_a_gateway_may_be_none(field: str) -> None:
    facts = facts_of(plain(), FIRST, frozenset({field}))
    assert facts.possible("gateway.kind") == ("regulation_5", "none")
    assert list(facts.to_find("gateway.kind")) == [field]
    assert facts_of(plain(gateway__kind="none"), FIRST, frozenset({field})).possible("gateway.kind") == ("none",)
    assert list(facts.to_find("origin")) == ["origin"]
    assert facts_of(plain(), FIRST, frozenset({"exemption"})).possible("gateway.kind") == ("regulation_5",)
    assert list(facts_of(Flow({}), FIRST, frozenset({field})).to_find("gateway.kind")) == ["gateway.kind"]
