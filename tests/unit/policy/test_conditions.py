"""Three values: what is unknown stays unknown unless something else settles it."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from ndoo.policy.conditions import All, Among, AnyOf, AsSaid, Dated, Fixed, Given, Mentions, Not, Truth, UnknownIf
from ndoo.policy.facts import FlowFacts
from ndoo.policy.read_conditions import BadClause, condition

DAY = date(2026, 11, 2)
NOTHING = FlowFacts(DAY, {})
OPEN = FlowFacts(DAY, {}, frozenset({"origin", "gateway.evidence", "gateway.valid_from", "gateway.valid_to"}))
UNKNOWN = Among("purpose", frozenset({"research"}))
OF = {True: Fixed(True, "yes"), False: Fixed(False, "no"), None: UNKNOWN}
TRUTHS: tuple[Truth, ...] = (True, False, None)


def with_kind(*kinds: str) -> FlowFacts:
    return FlowFacts(DAY, {"gateway.kind": kinds}, frozenset({"gateway.valid_from", "gateway.valid_to"}))


@pytest.mark.parametrize(("one", "two"), list(product(TRUTHS, TRUTHS)))
def test_connectives_are_those_of_kleene(one: Truth, two: Truth) -> None:
    order = {False: 0, None: 1, True: 2}
    parts = (OF[one], OF[two])
    assert All(parts).truth(NOTHING) is min((one, two), key=order.__getitem__)
    assert AnyOf(parts).truth(NOTHING) is max((one, two), key=order.__getitem__)
    assert Not(OF[one]).truth(NOTHING) is {True: False, False: True, None: None}[one]
    assert UnknownIf(OF[one]).truth(NOTHING) is (False if one is False else None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("To SSNAP, King's College", True),
        ("the NMTR's sender", False),
        ("Autistic people", True),
        ("automatic", False),
        ("gp-patient  SURVEY", True),
        ("", False),
    ],
)
def test_a_text_mentions_whole_words_and_no_piece_of_one(text: str, told: bool) -> None:
    mentions = Mentions(("title", "recipient"), ("ssnap", "autis*", "gp patient survey", "end"))
    assert mentions.truth(FlowFacts(DAY, {"title": (text,)} if text else {})) is told
    assert mentions.truth(FlowFacts(DAY, {"title": ("no",), "recipient": (text,)})) is told
    assert Mentions(("title",), ("x",), silence=True).truth(NOTHING) is True
    asked = Mentions(("gateway.evidence",), ("x",))
    assert (asked.truth(OPEN), list(asked.needs(OPEN))) == (None, ["gateway.evidence"])
    assert asked.words() == "`gateway.evidence` mentions “x”"
    assert Mentions(("title",), ("x*",), silence=True).words().endswith("mentions “x”, or none of them is given")


def test_a_fact_is_among_values_or_not_or_unknown() -> None:
    among = Among("gateway.kind", frozenset({"regulation_2", "regulation_5"}))
    assert among.truth(with_kind("regulation_5")) is True
    assert among.truth(with_kind("none")) is False
    assert among.truth(with_kind("regulation_5", "none")) is None
    assert among.truth(NOTHING) is None
    assert list(among.needs(NOTHING)) == ["gateway.kind"]
    assert list(among.needs(with_kind("regulation_5", "none"))) == ["gateway.valid_from", "gateway.valid_to"]


def test_what_is_said_is_known_even_when_nothing_is() -> None:
    said = Among("origin", frozenset({"outside_england"}), said=True)
    assert said.truth(NOTHING) is False
    assert said.truth(OPEN) is None
    assert said.truth(FlowFacts(DAY, {"origin": ("outside_england",)})) is True


def test_evidence_left_out_is_absent_until_somebody_is_still_to_be_asked() -> None:
    seen, unseen = Given("gateway.evidence", True), Given("gateway.evidence", False)
    assert (seen.truth(NOTHING), unseen.truth(NOTHING)) == (False, True)
    assert (seen.truth(OPEN), unseen.truth(OPEN)) == (None, None)
    held = FlowFacts(DAY, {"gateway.evidence": ("letter",)})
    assert (seen.truth(held), unseen.truth(held)) == (True, False)
    assert list(seen.needs(OPEN)) == ["gateway.evidence"]
    assert list(seen.reads()) == ["gateway.evidence"]


def test_both_days_are_included() -> None:
    one = Dated(DAY, DAY)
    assert one.truth(NOTHING) is True
    assert one.truth(FlowFacts(date(2026, 11, 1), {})) is False
    assert one.truth(FlowFacts(date(2026, 11, 3), {})) is False
    assert Dated(None, None).truth(NOTHING) is True
    assert (list(one.needs(NOTHING)), list(one.reads())) == ([], ["as_of"])
    assert one.words() == "the day lies from 2026-11-02 to 2026-11-02"
    assert Dated(None, DAY).words() == "the day lies to 2026-11-02"


def test_only_unknown_parts_need_anything() -> None:
    both = All((OF[True], UNKNOWN, Among("origin", frozenset({"outside_england"}))))
    assert list(both.needs(NOTHING)) == ["purpose", "origin"]
    assert list(AnyOf((OF[False], UNKNOWN)).needs(NOTHING)) == ["purpose"]
    assert list(Not(UNKNOWN).needs(NOTHING)) == ["purpose"]
    assert list(both.reads()) == ["purpose", "origin"]
    assert list(AnyOf((Not(UNKNOWN),)).reads()) == ["purpose"]
    assert (list(OF[True].needs(NOTHING)), list(OF[True].reads())) == ([], [])


def test_a_doubt_asks_for_what_is_not_said_and_for_everything_in_a_contradiction() -> None:
    doubt = UnknownIf(All((Given("data.form", True), Among("data.identifiable", frozenset({"no"})))))
    assert list(doubt.needs(FlowFacts(DAY, {"data.form": ("identifiable",)}))) == ["data.identifiable"]
    said = FlowFacts(DAY, {"data.form": ("identifiable",), "data.identifiable": ("no",)})
    assert list(doubt.needs(said)) == ["data.form", "data.identifiable"]
    assert list(doubt.reads()) == ["data.form", "data.identifiable"]


def test_conditions_have_words() -> None:
    clause = {
        "any": [
            {"all": [{"fact": "purpose", "in": ["research", "planning"]}, {"fact": "kind", "given": True}]},
            {"not": {"fact": "data.confidential", "said": [False]}},
            {"unknown_if": {"fact": "data.form", "given": False}},
            {"always": True},
        ]
    }
    assert condition(clause).words() == (
        "(`purpose` is `planning` or `research` and `kind` is given) or "
        "not (`data.confidential` is said to be `false`) or "
        "unknown where `data.form` is not given or in every other case"
    )


def test_days_are_read_as_from_and_before() -> None:
    assert condition({"from": DAY}) == Dated(DAY, None)
    assert condition({"before": DAY}) == Dated(None, date(2026, 11, 1))


@pytest.mark.parametrize(
    "clause",
    [
        {},
        {"always": False},
        {"always": True, "fact": "origin"},
        {"fact": "orign", "in": ["outside_england"]},
        {"fact": "orign", "given": True},
        {"fact": "origin", "in": ["outside"]},
        {"fact": "origin", "in": ["outside_england"], "said": ["outside_england"]},
        {"fact": "origin", "said": ["outside"]},
        {"fact": "origin", "said": ["outside_england"], "always": True},
        {"fact": "data.confidential", "in": ["true"]},
        {"fact": "origin", "given": "yes"},
        {"fact": "origin", "given": True, "always": True},
        {"from": "2026-11-02"},
        {"from": DAY, "before": DAY, "always": True},
        {"before": DAY, "always": True},
        {"all": []},
        {"any": []},
        {"all": [{"always": True}], "always": True},
        {"any": [{"always": True}], "always": True},
        {"not": {"always": True}, "always": True},
        {"unknown_if": {"always": True}, "always": True},
        {"maybe": True},
    ],
)
def test_a_clause_that_is_not_understood_is_refused(clause: dict[str, object]) -> None:
    with pytest.raises(BadClause):
        condition(clause)


def test_nobody_is_asked_for_the_sake_of_what_a_flow_might_say() -> None:
    said = AsSaid(Mentions(("gateway.citation",), ("notice",)))
    asked = FlowFacts(DAY, {}, frozenset({"gateway.citation"}))
    assert said.truth(asked) is False and said.part.truth(asked) is None
    assert list(said.needs(asked)) == [] and list(said.reads()) == ["gateway.citation"]
    assert said.truth(FlowFacts(DAY, {"gateway.citation": ("COPI notice",)})) is True
    assert said.words() == said.part.words()
