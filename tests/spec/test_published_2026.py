"""What others have published about the opt-out, as flows; and the facts read again in November 2026.

The cases of `cases/published_2026.json` each have their source: an answer is right where the published text allows it.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from ndoo.policy import Decision, decide, load_pack, read_flow
from ndoo.policy.exemption_rules import DECIDING
from ndoo.policy.flow import Flow
from ndoo.policy.read_pack import pack_names
from tests.spec.flows import TODAY, plain
from tests.spec.procedure_by_hand import CASES, by_hand

PUBLISHED: list[dict[str, Any]] = json.loads((CASES / "published_2026.json").read_text(encoding="utf-8"))
CARE = ("local_audit", "incident_review", "patient_feedback")
YES, NO, ASK = "applies", "does_not_apply", "review"


def decided(**changes: Any) -> Decision:
    """A section 251 flow whose letter was seen, and of whose opt-out condition nobody said anything."""
    return decide(plain(**{"gateway__optout_condition": None, **changes}), load_pack(), TODAY)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_a_published_example_gets_an_answer_that_its_text_allows(case: dict[str, Any]) -> None:
    assert case["source"]
    assert decide(read_flow(case["flow"]), load_pack(), TODAY).outcome in case["right"]


SURVEY = {"purpose": "patient_survey"}
AUDIT = {"purpose": "national_audit"}
RISK = {"purpose": "risk_stratification", "data__from_gp_record": True}
INVOICE = {"purpose": "invoice_validation"}
ANON = {
    "data__form": "aggregate",
    "data__identifiable": "no",
    "data__anonymisation_evidence": "IG-1",
    "data__from_gp_record": True,
}
FACTS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("1 cancer survey, named with its letter", {**SURVEY, "exemption": "X-SURVEY"}, NO, "X-SURVEY"),
    ("1 named without it", {**SURVEY, "exemption": "X-SURVEY", "gateway__evidence": None}, ASK, "X-SURVEY"),
    (
        "1 cancer survey, nobody named it",
        {**SURVEY, "title": "National Cancer Patient Experience Survey 2026"},
        ASK,
        "R-UNNAMED",
    ),
    ("1 GP survey, nobody named it", {**SURVEY, "recipient": "Ipsos", "title": "GP Patient Survey"}, ASK, "R-UNNAMED"),
    ("1 before April 2019", {**SURVEY, "exemption": "X-SURVEY-2019", "as_of": date(2018, 9, 1)}, NO, "X-SURVEY-2019"),
    ("1 a local survey", {**SURVEY, "title": "Survey of the minor injuries unit"}, YES, "A-S251"),
    ("1 somebody looked", {**SURVEY, "title": "CQC survey", "exemption": "none"}, YES, "A-S251"),
    (
        "1 the letter says standard",
        {**SURVEY, "title": "CQC survey", "gateway__optout_condition": "standard"},
        YES,
        "A-S251",
    ),
    ("1 nobody says what it is", SURVEY, ASK, "R-UNNAMED"),
    ("2 oversight, named", {"purpose": "screening", "exemption": "X-SCREEN-OVERSIGHT"}, NO, "X-SCREEN-OVERSIGHT"),
    ("2 oversight, nobody named it", {"purpose": "screening", "recipient": "NHS England"}, ASK, "R-UNNAMED"),
    ("2 invitation", {"purpose": "screening", "gateway__kind": "implied_consent"}, NO, "N-CARE"),
    ("2 research on it", {"purpose": "research", "title": "Research on screening"}, YES, "A-S251"),
    (
        "3 contracted, the waiver recorded",
        {**INVOICE, "exemption": "X-IV-OTHER", "gateway__optout_condition": "does_not_apply"},
        NO,
        "X-IV-OTHER",
    ),
    ("3 the waiver not recorded", {**INVOICE, "exemption": "X-IV-OTHER"}, ASK, "X-IV-OTHER"),
    (
        "3 after the approval",
        {**INVOICE, "as_of": date(2027, 10, 1), "gateway__reference": "CAG 7-07(a-c)/2013"},
        ASK,
        "R-ENDED",
    ),
    (
        "3 extended",
        {
            **INVOICE,
            "as_of": date(2027, 10, 1),
            "gateway__reference": "CAG 7-07(a)(c)/2013",
            "gateway__valid_to": date(2029, 9, 30),
            "gateway__optout_condition": "does_not_apply",
        },
        NO,
        "N-CAG",
    ),
    ("3 nobody named it", INVOICE, ASK, "R-UNNAMED"),
    ("48 non-contracted", {**INVOICE, "exemption": "X-IV-NCA"}, NO, "X-IV-NCA"),
    (
        "4 a practice on its own scores",
        {**RISK, "exemption": "X-RISK-PROVIDER", "kind": "internal_use", "gateway__kind": "implied_consent"},
        NO,
        "X-RISK-PROVIDER",
    ),
    (
        "4 the same, nobody named it",
        {**RISK, "kind": "internal_use", "gateway__kind": "implied_consent"},
        ASK,
        "R-NO-GATEWAY",
    ),
    (
        "4 a supplier for practices",
        {**RISK, "exemption": "X-RISK-PROVIDER", "gateway__kind": "implied_consent"},
        ASK,
        "R-NO-GATEWAY",
    ),
    ("4 a board under its own approval", {**RISK, "gateway__reference": "25/CAG/0100"}, YES, "A-S251"),
    ("5 the national approval ended", {**RISK, "gateway__reference": "CAG 7-04(a)/2013"}, ASK, "R-ENDED"),
    (
        "5 another application in the minutes is no approval",
        {**RISK, "gateway__reference": "CAG 7-04(a)/2013", "gateway__evidence": "minutes which also list 19/CAG/0001"},
        ASK,
        "R-ENDED",
    ),
    (
        "5 a title is no approval",
        {**RISK, "gateway__reference": "CAG 7-04(a)/2013", "title": "Spreadsheet replaced by dashboard"},
        ASK,
        "R-ENDED",
    ),
    *(
        (
            f"18 {purpose} by {who}",
            {"purpose": purpose, "kind": "internal_use", "gateway__kind": "implied_consent", **said},
            ASK,
            "R-NO-GATEWAY",
        )
        for purpose in (*CARE, "research_recruitment")
        for who, said in {
            "a board": {"controller": "NHS Fenshire ICB"},
            "a supplier of boards": {"recipient": "A commissioning support unit"},
        }.items()
    ),
    ("5 its number in the citation", {**RISK, "gateway__citation": "CAG 7-04(a)/2013"}, ASK, "R-ENDED"),
    ("5 its number in the evidence", {**RISK, "gateway__evidence": "letter of CAG 7-04 (a)/2013"}, ASK, "R-ENDED"),
    ("5 its number in the title", {**RISK, "title": "Stratification under CAG 7-04(a)/2013"}, ASK, "R-ENDED"),
    (
        "5 replaced, as the citation says",
        {**RISK, "title": "Once CAG 7-04(a)/2013", "gateway__citation": "24/CAG/0100, which replaced it"},
        YES,
        "A-S251",
    ),
    (
        "3 ended, the number in the citation",
        {**INVOICE, "as_of": date(2028, 1, 1), "gateway__citation": "CAG 7-07(a-c)/2013"},
        ASK,
        "R-ENDED",
    ),
    ("5 while it stood", {**RISK, "gateway__reference": "CAG 7-04(a)/2013", "as_of": date(2022, 9, 30)}, YES, "A-S251"),
    (
        "13 stroke audit",
        {**AUDIT, "exemption": "X-SSNAP", "gateway__optout_condition": "does_not_apply"},
        NO,
        "X-SSNAP",
    ),
    ("13 nobody named it", {**AUDIT, "recipient": "SSNAP, King's College London"}, ASK, "R-UNNAMED"),
    (
        "13 a letter is claimed that nobody saw",
        {**AUDIT, "recipient": "SSNAP", "gateway__optout_condition": "does_not_apply", "gateway__evidence": None},
        YES,
        "A-S251",
    ),
    ("13 research on it", {"exemption": "NX-SSNAP-RESEARCH", "recipient": "SSNAP"}, YES, "A-S251"),
    (
        "17 Assuring Transformation without a letter",
        {"purpose": "commissioning", "exemption": "X-AT", "gateway__evidence": None},
        NO,
        "X-AT",
    ),
    ("17 nobody named it", {"purpose": "commissioning", "title": "Assuring Transformation"}, ASK, "R-UNNAMED"),
    (
        "17 any other commissioning",
        {"purpose": "commissioning", "title": "Identifiable commissioning data"},
        YES,
        "A-S251",
    ),
    (
        "45 official statistics, nobody named it",
        {
            "purpose": "official_statistics",
            "gateway__kind": "statutory_power",
            "gateway__citation": "section 45A",
            "recipient": "ONS",
        },
        ASK,
        "R-NO-GATEWAY",
    ),
    (
        "46 rare diseases, nobody named it",
        {"purpose": "disease_registration", "title": "Congenital anomalies to NCARDRS"},
        ASK,
        "R-UNNAMED",
    ),
    (
        "46 another register",
        {"purpose": "disease_registration", "recipient": "A regional heart register"},
        YES,
        "A-S251",
    ),
    (
        "58 the notice ended",
        {"gateway__kind": "regulation_3", "gateway__citation": "COVID-19 notice under regulation 3(4)"},
        ASK,
        "R-ENDED",
    ),
    (
        "58 while it stood",
        {"gateway__kind": "regulation_3", "gateway__citation": "COVID-19 notice", "as_of": date(2022, 6, 30)},
        NO,
        "N-REG3",
    ),
    ("58 the claim alone", {"gateway__kind": "regulation_3", "exemption": "X-COPI-COVID"}, ASK, "R-ENDED"),
    (
        "53 laboratory reports",
        {"gateway__kind": "regulation_3", "gateway__citation": "COPI Regulations 2002, regulation 3"},
        NO,
        "N-REG3",
    ),
    ("78 kidney registry", {**AUDIT, "exemption": "X-UKRR"}, YES, "A-S251"),
    (
        "78 kidney registry, a letter",
        {**AUDIT, "exemption": "X-UKRR", "gateway__optout_condition": "does_not_apply"},
        NO,
        "N-CAG",
    ),
    ("79 bowel disease registry", {**AUDIT, "exemption": "NX-IBD", "recipient": "IBD Registry"}, YES, "A-S251"),
    ("79 reviews of deaths", {"purpose": "service_evaluation", "exemption": "NX-LEDER"}, YES, "A-S251"),
    (
        "79 reviews of deaths, nobody named it",
        {"purpose": "other", "title": "LeDeR: deaths of people with a learning disability"},
        YES,
        "A-S251",
    ),
    (
        "1 a survey of the programme, in short",
        {**SURVEY, "title": "Children and young people's survey"},
        ASK,
        "R-UNNAMED",
    ),
    ("80 to 81 audits, nobody named them", {**AUDIT, "recipient": "ICNARC"}, ASK, "R-UNNAMED"),
    ("80 to 81 an audit of no name", {**AUDIT, "recipient": "A national audit provider"}, YES, "A-S251"),
)


@pytest.mark.parametrize(("fact", "changes", "outcome", "reason"), FACTS, ids=[fact[0] for fact in FACTS])
def test_a_fact_of_november_2026_decides(fact: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    decision = decided(**changes)
    assert (decision.outcome, decision.reason) == (outcome, reason)
    assert by_hand(decision.flow.said, decision.as_of) == (outcome, reason)


def test_what_is_listed_because_it_is_not_exempt_is_recognised_by_its_words() -> None:
    told = decided(**AUDIT, recipient="UK Renal Registry").notes
    assert [note.source.id for note in told if note.says.startswith("By its words this is X-UKRR")] == ["X-UKRR"]
    assert [n for n in decided(purpose="commissioning", recipient="UK Renal Registry").notes if "X-UKRR" in n.says]
    for said in ({"exemption": "X-UKRR"}, {"gateway__kind": "none"}):
        told = decided(**{**AUDIT, "recipient": "UK Renal Registry", **said}).notes
        assert not [note for note in told if note.says.startswith("By its words")]


def test_regulation_3_without_a_notice_is_told_that_those_of_covid_19_ended() -> None:
    said = {"gateway__kind": "regulation_3", "gateway__citation": None}
    assert [note for note in decided(**said).notes if "ended on 30 June 2022" in note.says]
    assert not [note for note in decided(**said, as_of=date(2022, 6, 30)).notes if "ended on" in note.says]


@pytest.mark.parametrize("purpose", CARE)
def test_the_care_team_s_own_work_is_care_and_nothing_beyond_it(purpose: str) -> None:
    inside = {"purpose": purpose, "kind": "internal_use", "gateway__kind": "implied_consent"}
    assert (decided(**inside).outcome, decided(**inside).reason) == (NO, "N-CARE")
    across = decided(**{**inside, "kind": "disclosure"})
    assert (across.outcome, across.reason) == (ASK, "R-NO-GATEWAY")
    assert "support under regulation 5" in across.because[0].says
    for gateway in ("statutory_power", "none", None):
        assert decided(**{**inside, "gateway__kind": gateway}).outcome == ASK
    assert decided(**{**inside, "kind": None}).outcome == ASK
    assert decided(purpose=purpose).outcome == YES


def test_case_finding_on_implied_consent_is_told_what_to_get() -> None:
    decision = decided(**RISK, gateway__kind="implied_consent", kind="disclosure")
    assert "beyond individual care" in decision.because[0].says
    assert "get section 251 support" in decision.because[0].says
    assert decision.settings == ()


def test_the_question_says_what_to_look_for_and_how_to_answer_it() -> None:
    decision = decided(**AUDIT, recipient="ICNARC")
    asked = [sentence for sentence in decision.because if sentence.says.startswith("Is this ")]
    assert [sentence.says.split(",")[0] for sentence in asked] == ["Is this X-ICNARC-CMP", "Is this X-NCAA"]
    assert "the approval letter or the published minutes" in asked[0].says
    assert asked[0].source.address == "https://www.icnarc.org/national-data-opt-out-2/"
    assert decision.missing[0].fact == "exemption"
    assert {change.outcome for change in decision.missing[0].would if "none" in change.values} == {YES}
    unsure = decided(**AUDIT, recipient="ICNARC", data__nhs_number=None)
    assert unsure.reason == "R-MISSING"
    assert unsure.because[-1] == asked[-1]
    assert decided(**AUDIT, recipient="ICNARC", exemption="none").because[0].says.startswith("Section 251 support")
    assert not [s for s in decided(gateway__kind="none", exemption="none").because if s.says.startswith("Is this ")]


@pytest.mark.parametrize(
    ("changes", "day", "applied"),
    [
        ({}, TODAY, False),
        ({"exemption": "X-OPENSAFELY"}, TODAY, True),
        ({"exemption": "X-OPENSAFELY"}, date(2023, 5, 31), False),
        ({"title": "A study in OpenSAFELY"}, TODAY, True),
        ({"gateway__type_1": "upheld"}, TODAY, True),
        ({"gateway__type_1": "overridden"}, TODAY, False),
        ({"exemption": "X-OPENSAFELY", "data__from_gp_record": False}, TODAY, False),
    ],
)
def test_type_1_survives_an_anonymised_output_where_the_service_upholds_it(
    changes: dict[str, Any], day: date, applied: bool
) -> None:
    decision = decided(**{**ANON, **changes, "as_of": day})
    assert decision.reason == "N-ANON"
    assert ("apply_type_1" in decision.obligations) is applied


@pytest.mark.parametrize("name", pack_names())
def test_on_every_turning_day_an_exemption_is_made_out_by_its_own_conditions_alone(name: str) -> None:
    """Each entry that decides, from the day before its first to the day after its last: exempt inside, and never outside."""
    pack = load_pack(name)
    for entry in (e for e in pack.exemptions.values() if e.effect in DECIDING):
        said: dict[str, Any] = {"exemption": entry.id, "gateway.evidence": "seen", "gateway.citation": "section 1"}
        for fact, values in (
            ("purpose", entry.purposes),
            ("gateway.kind", entry.gateway_kinds),
            ("kind", entry.kinds),
            ("gateway.optout_condition", entry.optout_conditions),
        ):
            said |= {fact: values[0]} if values else {}
        base = {**plain(gateway__optout_condition=None).said, **said}
        first, last = entry.first or pack.begins, entry.last or date(2030, 12, 31)
        for day, inside in ((first, True), (last, True), (first - timedelta(1), False), (last + timedelta(1), False)):
            decision = decide(Flow({**base, "as_of": day}), pack, TODAY)
            if inside:
                assert decision.outcome == NO, entry.id
            elif entry.last and day > entry.last and not entry.optout_conditions:
                assert decision.outcome != NO, entry.id


@pytest.mark.parametrize("name", pack_names())
def test_every_rule_and_exemption_has_its_source_and_the_day_on_which_it_was_read(name: str) -> None:
    pack = load_pack(name)
    sources = [s.source for rule in pack.every_rule() for s in rule.because]
    sources += [entry.source for entry in pack.exemptions.values()]
    assert len(sources) > 50
    for source in sources:
        assert source.address.startswith("https://")
        assert date(2026, 11, 1) <= source.read <= pack.date
