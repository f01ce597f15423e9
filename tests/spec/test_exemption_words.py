"""The words and numbers that people write: which of them lead to a question, and which must not."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from ndoo.policy import Decision, decide, load_pack
from tests.spec.flows import TODAY, plain

YES, NO, ASK = "applies", "does_not_apply", "review"
RISK = "risk_stratification"


def decided(**changes: Any) -> Decision:
    """A section 251 flow whose letter was seen, and of whose opt-out condition nobody said anything."""
    return decide(plain(**{"gateway__optout_condition": None, **changes}), load_pack(), TODAY)


def asked(decision: Decision) -> list[str]:
    """The entries that the answer asks about."""
    return [s.says.split(",")[0].removeprefix("Is this ") for s in decision.because if s.says.startswith("Is this ")]


@pytest.mark.parametrize(
    "said",
    [
        {"gateway__citation": "COPI 2002, reg 3(4)", "gateway__evidence": "UKHSA notice of 2025"},
        {"gateway__citation": "COPI 2002 reg 3, 4 March 2024 protocol"},
        {"gateway__citation": "COPI 2002, regulation 3, 3.4"},
        {"gateway__citation": "COPI 2002, regulation 3(4), notice of 3/4/2025 on tuberculosis"},
        {"gateway__citation": "COPI 2002 regulation 3", "title": "COVID-19 surveillance"},
    ],
)
def test_another_notice_under_regulation_3_is_not_told_that_those_of_covid_19_ended(said: dict[str, Any]) -> None:
    decision = decided(purpose="communicable_disease", gateway__kind="regulation_3", **said)
    assert (decision.outcome, decision.reason) == (NO, "N-REG3")


@pytest.mark.parametrize(
    "said",
    [
        {"gateway__citation": "COVID-19 notice under regulation 3(4)"},
        {"gateway__citation": "Notice of the Secretary of State on Covid-19, reg 3(4)"},
        {"gateway__citation": "COPI notices, regulation 3(4)"},
        {"gateway__citation": "COVID-19 COPI, regulation 3(4)"},
        {"gateway__citation": "Notice under regulation 3(4) of 17 March 2020"},
        {"gateway__citation": "regulation 3", "gateway__evidence": "the coronavirus notice"},
    ],
)
def test_a_notice_on_covid_19_has_ended_in_whatever_words(said: dict[str, Any]) -> None:
    decision = decided(purpose="communicable_disease", gateway__kind="regulation_3", **said)
    assert (decision.outcome, decision.reason) == (ASK, "R-ENDED")


@pytest.mark.parametrize("purpose", ["research", RISK, "invoice_validation"])
@pytest.mark.parametrize(
    "reference",
    [
        "25/CAG/0100, letter of 7/04/2025",
        "24/CAG/0012, annual review 7/04/2025",
        "27/CAG/0012, letter 7/07/2027",
        "CAG letter of 7-04-2025",
        "CAG 7/07/2027",
        "CAG 7-04(a)/2013, replaced by 24/CAG/0021",
        "CAG 7-07(a-c)/2013, replaced by 27/CAG/0021",
    ],
)
def test_a_day_in_the_reference_is_no_approval_that_ended(reference: str, purpose: str) -> None:
    said = {"purpose": purpose, "gateway__reference": reference, "exemption": "none"}
    decision = decided(**said, as_of=date(2027, 11, 2))
    assert (decision.outcome, decision.reason) == (YES, "A-S251")


@pytest.mark.parametrize(
    "reference", ["CAG 7-04(a)/2013", "CAG 7-04", "7-04(a)", "CAG 7-04/2013", "cag7-04(a)", "ref. CAG 7-04, extended"]
)
def test_the_national_approval_of_risk_stratification_is_known_by_its_number(reference: str) -> None:
    """Whatever the purpose is called, and wherever the number stands: nothing rests on an approval that ended."""
    for purpose, field in product(
        (RISK, "planning", "research"), ("gateway__reference", "title", "purpose_detail", "id")
    ):
        assert decided(purpose=purpose, **{field: reference}).reason == "R-ENDED"


@pytest.mark.parametrize("reference", [None, "CAG 7-07(a-c)/2013", "CAG 7-07(a)(c)/2013", "CAG 7-07", "7-07(b)"])
def test_no_invoice_is_checked_under_an_approval_that_has_ended(reference: str | None) -> None:
    said = {"purpose": "invoice_validation", "gateway__reference": reference, "exemption": "X-IV-OTHER"}
    late = decided(**said, as_of=date(2028, 1, 1))
    assert (late.outcome, late.reason) == (ASK, "R-ENDED")
    seen = decided(**said, as_of=date(2028, 1, 1), gateway__optout_condition="does_not_apply")
    assert (seen.outcome, seen.reason) == (ASK, "R-ENDED")
    assert decided(**said, as_of=date(2027, 9, 30), gateway__optout_condition="does_not_apply").outcome == NO


SURVEYS = (
    "General Practice Patient Survey",
    "NHS In-patient Survey 2024",
    "Adult inpatients survey",
    "NHS outpatients survey",
    "Out-patients survey",
    "A&E survey 2022",
    "Mental health community survey",
    "Survey of community mental health services",
    "National Cancer Experience Survey 2024",
    "Cancer patients' experience survey",
    "Children's and young people's patient experience survey",
    "Children’s and young people’s experience",
    "NHS Patient Survey",
    "National patients survey",
    "Urgent and emergency care survey",
    "GP-patient survey",
)
AUDITS = {
    "Intensive Care National Audit and Research Centre": {"X-ICNARC-CMP", "X-NCAA"},
    "Intensive-care audit": {"X-ICNARC-CMP"},
    "Paediatric Intensive Care Audit Network": {"X-PICANET-AUDIT"},
    "National Institute for Cardiovascular Outcomes Research": {"X-NCAP", "X-UKTAVI"},
    "Adult cardiac surgery audit": {"X-NCAP"},
    "Heart attack audit MINAP": {"X-NCAP"},
    "Stroke national audit": {"X-SSNAP"},
    "Neonatal care audit": {"X-NNAP"},
    "ICNARC Case Mix Programme": {"X-ICNARC-CMP"},
    "Children's diabetes audit": {"X-NPDA"},
    "Epilepsies audit": {"X-EPILEPSY12"},
}


@pytest.mark.parametrize("title", SURVEYS)
def test_a_national_survey_in_other_words_is_asked_about(title: str) -> None:
    decision = decided(purpose="patient_survey", title=title, recipient="A contractor")
    assert (decision.outcome, asked(decision)) == (ASK, ["X-SURVEY"])
    early = decided(purpose="patient_survey", title=title, recipient="A contractor", as_of=date(2019, 3, 31))
    assert (early.outcome, asked(early)) == (ASK, ["X-SURVEY-2019"])


@pytest.mark.parametrize(
    "title",
    [
        "People discharged in July, questionnaire about their stay",
        "Sample for the mailing contractor",
        "How was it for you? 2026",
        "Annual survey, wave 3",
        None,
    ],
)
def test_words_that_name_no_survey_are_asked_about_too(title: str | None) -> None:
    """Nobody said that it is none of the national surveys, so nobody knows."""
    decision = decided(purpose="patient_survey", title=title)
    assert (decision.outcome, asked(decision)) == (ASK, ["X-SURVEY"])
    standard = decided(purpose="patient_survey", title=title, gateway__optout_condition="standard")
    assert standard.outcome == YES, "its letter says the standard condition"
    assert decided(purpose="patient_survey", title=title, exemption="none").outcome == YES, "somebody looked"


@pytest.mark.parametrize(
    "title",
    [
        "A local NHS 111 survey",
        "A local cancer survey",
        "A survey of our own maternity ward",
        "Falls clinic survey",
        "Survey of callers of 111",
        "Regional hospice questionnaire",
        "The trust’s own questionnaire",
        "A dental practice’s questionnaire",
        "Survey by Fenshire ICB",
    ],
)
def test_a_local_survey_is_not_asked_about(title: str) -> None:
    assert decided(purpose="patient_survey", title=title).outcome == YES


@pytest.mark.parametrize("name", AUDITS)
def test_a_national_audit_in_other_words_is_asked_about(name: str) -> None:
    for field in ("recipient", "title"):
        decision = decided(purpose="national_audit", **{field: name})
        assert (decision.outcome, set(asked(decision))) == (ASK, AUDITS[name])


def test_cancer_data_and_transforming_care_are_asked_about() -> None:
    cancer = decided(purpose="disease_registration", gateway__kind="regulation_2", title="Cancer data under reg 2")
    assert (cancer.outcome, asked(cancer)) == (ASK, ["X-NCRS"])
    for title in (
        "Inpatients in mental health hospitals, Transforming Care return",
        "People with a learning disability or autism in hospital",
        "Autistic inpatients return",
    ):
        care = decided(purpose="commissioning", title=title)
        assert (care.outcome, asked(care)) == (ASK, ["X-AT"])


@pytest.mark.parametrize("title", ["Learning disability health checks", "Autism diagnosis waiting times"])
def test_not_everything_on_learning_disability_is_assuring_transformation(title: str) -> None:
    assert decided(purpose="commissioning", title=title).outcome == YES


def test_what_public_health_england_sends_elsewhere_is_not_asked_about_as_sent_to_it() -> None:
    day = {"as_of": date(2021, 6, 1)}
    phe = "Public Health England"
    assert asked(decided(**day, recipient=phe)) == ["X-PHE-SOS"]
    assert asked(decided(**day, recipient=None, title="Cohort for PHE")) == ["X-PHE-SOS"]
    assert decided(**day, controller=phe, recipient="A university").outcome == YES
    assert decided(**day, controller=phe, recipient="A university", title="PHE release").outcome == YES
    assert decided(**day, controller=phe).outcome == YES


@pytest.mark.parametrize("name", ["X-SSNAP", "X-NPDA", "X-ICNARC-CMP", "X-NCAP", "X-NNAP"])
def test_naming_the_right_exemption_is_no_worse_than_leaving_it_out(name: str) -> None:
    """Its letter was seen, and nobody says what it says of the opt-out."""
    decision = decided(purpose="national_audit", recipient="SSNAP, ICNARC or NICOR", exemption=name)
    assert (decision.outcome, decision.reason, asked(decision)) == (ASK, name, [])
    assert f"{name} is claimed and not proved" in decision.because[0].says
    assert [missing.fact for missing in decision.missing] == ["gateway.optout_condition"]
    said = {change.values: change.outcome for change in decision.missing[0].would}
    assert {value: outcome for values, outcome in said.items() for value in values} == {
        "standard": YES,
        "does_not_apply": NO,
        "alternative_optout": NO,
    }


def test_a_practice_on_its_own_patients_scores_is_not_told_to_get_an_approval() -> None:
    inside = {"purpose": RISK, "kind": "internal_use", "gateway__kind": "implied_consent", "data__from_gp_record": True}
    decision = decided(**inside)
    assert (decision.outcome, asked(decision)) == (ASK, ["X-RISK-PROVIDER"])
    assert not [s for s in decision.because if "get section 251 support" in s.says]
    assert decided(**inside, exemption="X-RISK-PROVIDER").outcome == NO
    across = decided(**{**inside, "kind": "disclosure"})
    assert "get section 251 support" in across.because[0].says


@pytest.mark.parametrize(
    "said",
    [
        {"controller": "Fenshire ICB"},
        {"controller": "Fenshire Integrated Care Board"},
        {"title": "Scores from linked GP and hospital data"},
        {"purpose_detail": "stratified by a commissioning support unit"},
        {"title": "GP and SUS data"},
    ],
)
def test_a_board_s_stratification_is_not_exempt_as_a_practice_s_own(said: dict[str, Any]) -> None:
    """It would let everybody who opted out through, without any approval."""
    inside = {
        "purpose": RISK,
        "kind": "internal_use",
        "gateway__kind": "implied_consent",
        "exemption": "X-RISK-PROVIDER",
    }
    assert decided(**inside).outcome == NO
    decision = decided(**{**inside, **said})
    assert (decision.outcome, decision.reason) == (ASK, "R-NO-GATEWAY")
    assert "beyond individual care" in decision.because[0].says


@pytest.mark.parametrize(
    "title", ["Disputes under the acute contract", "Contract challenges", "Block contract activity"]
)
def test_activity_under_a_contract_is_not_exempt_as_non_contracted(title: str) -> None:
    claimed = {"purpose": "invoice_validation", "exemption": "X-IV-NCA"}
    assert decided(**claimed, title="Non-contracted activity, a patient on holiday").outcome == NO
    decision = decided(**claimed, title=title)
    assert (decision.outcome, asked(decision)) == (ASK, ["X-IV-OTHER"])


@pytest.mark.parametrize(
    ("said", "applied"),
    [
        ({"recipient": "OpenSAFELY"}, True),
        ({"exemption": "X-OPENSAFELY"}, True),
        ({"gateway__citation": "NHS OpenSAFELY Data Analytics Service Pilot Directions 2025"}, True),
        ({"recipient": "OpenSAFELY", "gateway__type_1": "overridden"}, False),
        ({"recipient": "OpenSAFELY", "data__from_gp_record": False}, False),
        ({"recipient": "NHS England"}, False),
    ],
)
def test_type_1_is_upheld_in_opensafely_also_under_its_direction(said: dict[str, Any], applied: bool) -> None:
    law = {"gateway__kind": "statutory_duty", "gateway__citation": "a direction", "data__from_gp_record": True}
    decision = decided(**{**law, **said})
    assert decision.reason == "N-LAW"
    assert ("apply_type_1" in decision.obligations) is applied
