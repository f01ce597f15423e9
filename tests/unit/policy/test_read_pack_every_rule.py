"""A rule that no flow meets, or that every flow meets, decides nothing: each is met by one, not by another, and unknown for a third."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from ndoo.policy import Flow, load_pack
from ndoo.policy.exemption_rules import EVERYWHERE
from ndoo.policy.facts import facts_of
from ndoo.policy.pack import Rule
from ndoo.policy.read_pack import pack_names
from tests.spec.flows import values_of

RULES = {
    (rule.step, rule.code, rule.when): (name, rule) for name in pack_names() for rule in load_pack(name).every_rule()
}
"""Each once: a pack that extends another has its rules too."""
EVERY_RULE = [pytest.param(rule, id=f"{name}-{rule.step}") for name, rule in RULES.values()]
NEVER_UNKNOWN = {"1": {True, False}, "12": {True}}
"""The day is always known, and the last rule always answers."""


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_every_rule_is_met_by_one_flow_not_by_another_and_unknown_for_a_third(rule: Rule) -> None:
    worded = rule.step[0] == "3" or rule.step in ("11x", "11y") or rule.code == "R-UNNAMED"
    by_words = dict.fromkeys(EVERYWHERE, (None,)) if worded else {}
    if rule.step == "11x":
        by_words |= {"title": ("Case finding",), "controller": ("NHS Fenshire ICB", None)}
    if rule.step == "11y":
        by_words |= {"recipient": ("CPRD", None)}
    reads = [fact for fact in dict.fromkeys(rule.when.reads()) if fact != "as_of"]
    days = (date(2018, 1, 1), date(2019, 1, 1), date(2022, 8, 1), date(2027, 10, 1))
    found = set()
    likely = (
        {
            "gateway.kind": ("regulation_5", "regulation_3", "implied_consent", None),
            "gateway.valid_to": (None,),
            "exemption": (None, "none"),
            **by_words,
            "title": ("SSNAP",) if rule.step == "11w" else (None,),
            "gateway.reference": ("CAG 7-04(a)/2013", "CAG 7-07(a-c)/2013", None),
            "gateway.citation": ("COPI notice", None),
            "purpose": ("screening", "research", *values_of("purpose")),
        }
        if rule.code in ("R-ENDED", "R-UNNAMED")
        else by_words
    )
    for day, values in product(days, product(*(likely.get(fact, values_of(fact)) for fact in reads))):
        said = {fact: value for fact, value in zip(reads, values, strict=True) if value is not None}
        found.add(rule.when.truth(facts_of(Flow(said), day)))
        if found == {True, False, None}:
            break
    assert found == NEVER_UNKNOWN.get(rule.step, {True, False, None})
