"""A national use that nobody named as an exemption, and that its texts name: asked about, whatever else the flow records.

Generated: each entry's names as they stand in the second table, each purpose, each text of a flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from ndoo.policy import Decision, decide, load_pack
from ndoo.policy.exemption_rules import BY_RULE, DECIDING, EVERYWHERE
from ndoo.policy.fields import fields
from tests.spec.flows import TODAY, plain
from tests.spec.procedure_by_hand import EXEMPTIONS, by_hand

YES, NO, ASK = "applies", "does_not_apply", "review"
PURPOSES = (*fields()["purpose"].values, None)
GATEWAYS = ("regulation_5", "regulation_2", "implied_consent", "none", None)
ANSWERED = {name: set(entry["answers"]) for name, entry in EXEMPTIONS.items() if entry.get("answers")}


def decided(**changes: Any) -> Decision:
    """A flow whose letter was seen, and of whose opt-out condition nobody said anything."""
    return decide(plain(**{"gateway__optout_condition": None, "as_of": None, **changes}), load_pack(), TODAY)


def written(phrase: str) -> str:
    """A phrase of the table as somebody would write it."""
    return phrase.replace("*", "").replace(" ... ", " in 2026 ").replace(" & ", " of ")


def names() -> Iterator[tuple[str, str]]:
    for ident, entry in EXEMPTIONS.items():
        if entry["effect"] in (*DECIDING, BY_RULE) and not entry["to"]:
            yield from ((ident, written(name)) for name in entry.get("names", ()))


def topics() -> Iterator[tuple[str, str]]:
    for ident, entry in EXEMPTIONS.items():
        if not entry["to"]:
            yield from ((ident, written(topic)) for topic in entry.get("topics", ()))


def asked(decision: Decision) -> set[str]:
    """The entries that the answer asks about."""
    return {s.says.split(",")[0].removeprefix("Is this ") for s in decision.because if s.says.startswith("Is this ")}


def told_as_not_exempt(decision: Decision) -> bool:
    return any(note.says.startswith("By its words this is NX-") for note in decision.notes)


@pytest.mark.parametrize(("ident", "name"), list(names()), ids=str)
def test_a_name_asks_whatever_the_purpose_and_wherever_it_stands(ident: str, name: str) -> None:
    """Never a silent `applies`, and never a silent exemption: a question, or the answer says that it is not exempt."""
    for purpose in PURPOSES:
        for field in EVERYWHERE if purpose == "other" else ("title",):
            decision = decided(purpose=purpose, **{field.replace(".", "__"): f"To: {name}, 2026"})
            assert by_hand(decision.flow.said, decision.as_of) == (decision.outcome, decision.reason)
            if decision.outcome == YES:
                assert purpose in ("research", "research_recruitment") and told_as_not_exempt(decision), (
                    purpose,
                    field,
                )
            elif decision.reason not in ("R-MISSING", "R-ENDED"):
                assert decision.reason == "R-UNNAMED", (purpose, field)
                assert asked(decision), (purpose, field)


@pytest.mark.parametrize(("ident", "topic"), list(topics()), ids=str)
def test_a_topic_asks_under_an_approval_whatever_the_purpose(ident: str, topic: str) -> None:
    for purpose in PURPOSES:
        decision = decided(purpose=purpose, title=f"The {topic}")
        assert by_hand(decision.flow.said, decision.as_of) == (decision.outcome, decision.reason)
        assert decision.outcome == ASK or (decision.outcome == YES and told_as_not_exempt(decision)), purpose


def test_what_a_topic_joins_may_stand_in_any_order() -> None:
    joined = [
        (ident, phrase) for ident, entry in EXEMPTIONS.items() for phrase in entry.get("topics", ()) if "&" in phrase
    ]
    assert len(joined) > 20
    for ident, phrase in joined:
        for order in permutations(phrase.replace("*", "").split(" & ")):
            decision = decided(purpose="planning", title=f"The {' of our '.join(order)}, 2026")
            assert (decision.outcome, ident in asked(decision)) == (ASK, True), order


@pytest.mark.parametrize(
    "title",
    [
        "Our own maternity services survey",
        "Local community mental health survey",
        "Our own urgent and emergency care survey",
        "Children and young people's survey, own patients",
        "General practice patient survey of our own patients",
    ],
)
def test_a_provider_s_own_survey_of_its_patients_is_care_and_a_local_one_under_an_approval_is_no_national_one(
    title: str,
) -> None:
    inside = {"purpose": "patient_feedback", "kind": "internal_use", "gateway__kind": "implied_consent"}
    assert decided(**inside, title=title).outcome == NO
    assert decided(purpose="patient_feedback", title=title).outcome == YES


@pytest.mark.parametrize(
    "purpose", ["individual_care", "screening", "local_audit", "incident_review", "patient_feedback"]
)
@pytest.mark.parametrize("gateway", ["implied_consent", "none", "regulation_5"])
def test_what_goes_to_a_national_programme_is_no_care_in_silence(purpose: str, gateway: str) -> None:
    inside = {"purpose": purpose, "kind": "internal_use", "gateway__kind": gateway}
    for said in ({"recipient": "SSNAP"}, {"title": "Data for the Sentinel Stroke National Audit Programme"}):
        decision = decided(**inside, **said)
        assert decision.outcome == ASK, said
        assert decision.reason in ("R-UNNAMED", "R-NO-GATEWAY")
        by_scope = {"X-SCREEN-OVERSIGHT"} if (purpose, gateway) == ("screening", "regulation_5") else set()
        assert asked(decision) == {"X-SSNAP"} | by_scope
        assert by_hand(decision.flow.said, decision.as_of) == (decision.outcome, decision.reason)


def test_a_local_audit_that_speaks_of_a_national_one_and_stays_with_the_team_is_care() -> None:
    inside = {"purpose": "local_audit", "kind": "internal_use", "gateway__kind": "implied_consent"}
    assert decided(**inside, title="Local re-audit against SSNAP standards", recipient="The stroke team").outcome == NO
    assert decided(**inside, title="Local re-audit against SSNAP standards", exemption="none").outcome == NO
    assert decided(**inside, title="Bowel screening: surveillance of polyps").outcome == NO
    assert (
        decided(purpose="screening", gateway__kind="implied_consent", title="Breast screening programme").outcome == NO
    )


@pytest.mark.parametrize(
    ("wrong", "ident"),
    [
        ({"purpose": "other", "purpose_detail": "National Cancer Patient Experience Survey"}, "X-SURVEY"),
        ({"purpose": "other", "title": "N.C.P.E.S. sample"}, "X-SURVEY"),
        ({"purpose": "service_evaluation", "gateway__reference": "21/CAG/0084"}, "X-SURVEY"),
        ({"purpose": "service_evaluation", "gateway__reference": "21CAG0084"}, "X-SURVEY"),
        ({"purpose": "patient_feedback", "title": "GP-Patient Survey 2026"}, "X-SURVEY"),
        ({"purpose": "planning", "title": "CQC Adult Inpatient Survey 2026"}, "X-SURVEY"),
        ({"purpose": "local_audit", "title": "SSNAP2026"}, "X-SSNAP"),
        ({"purpose": "local_audit", "recipient": "ＳＳＮＡＰ"}, "X-SSNAP"),
        ({"purpose": "planning", "gateway__reference": "CAG 7-07(a)(c)/2013"}, "X-IV-OTHER"),
        ({"purpose": "planning", "gateway__citation": "CAG7-07 (a–c)/2013"}, "X-IV-OTHER"),
        ({"purpose": "commissioning", "title": "Backing data for invoice validation"}, "X-IV-OTHER"),
        ({"purpose": "commissioning", "title": "Non-contracted activity, out of area"}, "X-IV-NCA"),
        (
            {"purpose": "national_audit", "title": "Oversight of the bowel cancer screening programme"},
            "X-SCREEN-OVERSIGHT",
        ),
        ({"purpose": "local_audit", "recipient": "SQAS (North)"}, "X-SCREEN-OVERSIGHT"),
        ({"purpose": "service_evaluation", "title": "NHS Breast Screening Programme QA"}, "X-SCREEN-OVERSIGHT"),
        ({"purpose": "regulation", "title": "Assuring Transformation return"}, "X-AT"),
        ({"purpose": "planning", "recipient": "NDRS"}, "X-NCRS"),
        ({"purpose": "planning", "recipient": "the Office for National Statistics"}, "X-ONS"),
        ({"purpose": "disease_registration", "title": "Tri-annual upload to NICOR"}, "X-NCAP"),
        ({"purpose": "service_evaluation", "recipient": "OpenSAFELY"}, "X-OPENSAFELY"),
    ],
    ids=str,
)
def test_a_national_use_recorded_as_something_else_is_asked_about(wrong: dict[str, Any], ident: str) -> None:
    decision = decided(**wrong)
    assert (decision.outcome, decision.reason) == (ASK, "R-UNNAMED")
    assert ident in asked(decision)
    says = next(s.says for s in decision.because if s.says.startswith(f"Is this {ident},"))
    assert "record `purpose` as" in says or ident == "X-OPENSAFELY"
    assert decided(**wrong, exemption="none").outcome == YES, "somebody looked"
    assert decided(**wrong, gateway__optout_condition="standard").outcome == YES, (
        "its letter says the standard condition"
    )


def test_naming_it_under_another_purpose_does_not_turn_the_question_into_an_answer() -> None:
    wrong = decided(purpose="local_audit", title="SSNAP", exemption="X-SSNAP")
    assert (wrong.outcome, wrong.reason, asked(wrong)) == (ASK, "R-UNNAMED", {"X-SSNAP"})
    right = decided(
        purpose="national_audit", title="SSNAP", exemption="X-SSNAP", gateway__optout_condition="does_not_apply"
    )
    assert (right.outcome, right.reason) == (NO, "X-SSNAP")


@pytest.mark.parametrize(
    "title",
    [
        "Outcomes of stroke rehabilitation, a cohort study",
        "HES linked to ONS mortality data",
        "Cohort with deaths from the Office for National Statistics",
        "Oral nutritional supplements (ONS) prescribing",
        "Ward invoices",
        "Heart failure admissions in Fenshire",
        "Diabetes in children, waiting times",
        "Intensive care follow-up clinic",
        "Neonatal unit cots",
        "Survey of staff",
        "Cancer waiting times",
        "Care homes rated by the CQC rating",
        "Screening for frailty at the front door",
        "Add-ons to the record",
        "Epilepsy nurse evaluation",
        "Learning disability health checks",
        "Transforming outpatient care",
        "Local stroke audit across three trusts",
        "Cefalexin and cefuroxime use",
        "Learning disability and work, a cohort",
        "National Diabetes Audit, adults",
        "ONS date of death",
        "Homes rated by the CQC",
        "Services regulated by the Care Quality Commission",
        "National Audit of Dementia",
        "National Hip Fracture Database",
        "Letter of 7/07/2026",
        "TAVI waiting list",
    ],
)
@pytest.mark.parametrize("purpose", ["research", "planning", "commissioning", "service_evaluation"])
def test_an_unrelated_title_does_not_ask(title: str, purpose: str) -> None:
    if title == "Ward invoices":
        assert decided(purpose=purpose, title=title).outcome == ASK, "an invoice is"
        return
    decision = decided(purpose=purpose, title=title, recipient="A university or a board")
    assert (decision.outcome, asked(decision)) == (YES, set())


def test_research_on_what_a_programme_holds_is_told_that_it_is_not_exempt() -> None:
    for title in (
        "NDRS releases cancer data",
        "SSNAP data for research",
        "NHS Bowel Cancer Screening Programme cohort",
    ):
        decision = decided(purpose="research", title=title)
        assert decision.outcome == YES and told_as_not_exempt(decision)
    claimed = decided(purpose="planning", title="SSNAP", exemption="NX-SSNAP-RESEARCH")
    assert claimed.outcome == YES, "somebody said that it is the entry that is not exempt"


def test_a_register_of_deaths_of_people_is_told_to_be_listed_whatever_its_purpose() -> None:
    decision = decided(purpose="planning", title="LeDeR reviews")
    assert [n for n in decision.notes if n.says.startswith("By its words this is NX-LEDER")]


def test_before_an_exemption_began_its_name_asks_nothing() -> None:
    day = {"as_of": date(2022, 7, 27), "purpose": "local_audit"}
    assert decided(**day, title="NICOR").outcome == YES
    assert decided(**{**day, "as_of": date(2022, 7, 28)}, title="NICOR").outcome == ASK
