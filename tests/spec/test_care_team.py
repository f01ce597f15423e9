"""Who treats nobody is no care team, and what it calls care is asked about; whoever gives care is not.

Generated: each body of the second table, and each of the pack, as somebody would write it.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from ndoo.policy import Decision, decide, load_pack
from tests.spec.flows import TODAY, plain
from tests.spec.procedure_by_hand import BODIES, CARE, CERTAIN, EXEMPTIONS, by_hand

NO, ASK = "does_not_apply", "review"
INSIDE = {"kind": "internal_use", "gateway__kind": "implied_consent"}
PACKED: dict[str, dict[str, list[str]]] = tomllib.loads(
    (files("ndoo.policy") / "packs/opg/words.toml").read_text(encoding="utf-8")
)
NOBODY, SOUGHT = PACKED["treats_nobody"], PACKED["case_finding"]["mentions"]
NO_CARE, LEAVES = PACKED["gives_no_care"], PACKED["leaves"]


def decided(**changes: Any) -> Decision:
    """A use inside an organisation on implied consent; the second opinion agrees."""
    decision = decide(plain(**{**INSIDE, **changes}), load_pack(), TODAY)
    assert by_hand(decision.flow.said, decision.as_of) == (decision.outcome, decision.reason), changes
    return decision


def written(phrase: str) -> str:
    return phrase.replace("*", "").replace(" ... ", " of Fenshire, ")


def bodies() -> set[str]:
    certain = {phrase for kind in CERTAIN for phrase in BODIES[kind]}
    return certain | {*NOBODY["mentions"], *NOBODY["doubtful"], *BODIES["doubtful"]}


@pytest.mark.parametrize("purpose", ["local_audit", "incident_review", "patient_feedback", "research_recruitment"])
def test_what_a_body_that_treats_nobody_calls_its_own_is_asked_about(purpose: str) -> None:
    for phrase in sorted(bodies()) if purpose == "local_audit" else ["icb*", "universit*"]:
        who = f"To {written(phrase)}, Fenshire"
        for said in ({"controller": who}, {"recipient": who, "controller": "A trust"}, {"title": who}):
            assert decided(purpose=purpose, **said).outcome == ASK, (phrase, said)
        assert decided(purpose=purpose, title=who, controller="A trust", recipient="The ward").outcome == NO, phrase


def test_a_name_in_which_the_same_words_stand_for_somebody_who_gives_care_is_care() -> None:
    for phrase in sorted({*NOBODY["apart"], *BODIES["others of that name"]}):
        assert decided(purpose="local_audit", controller=written(phrase)).outcome == NO, phrase
        beside = decided(purpose="local_audit", controller=f"{written(phrase)}, for NHS England")
        assert beside.outcome == ASK, phrase


def test_totals_are_no_records() -> None:
    for phrase in sorted({*NOBODY["totals"], *BODIES["totals"]}):
        told = {"purpose": "local_audit", "controller": "A trust", "recipient": f"NHS England ({written(phrase)})"}
        assert decided(**told).outcome == NO, phrase
        assert decided(**{**told, "controller": "NHS England"}).outcome == ASK, "who decides is no care team"
        assert decided(purpose="local_audit", title=f"{written(phrase)} to NHS England").outcome == NO, phrase


@pytest.mark.parametrize("purpose", ["individual_care", "screening"])
def test_a_body_that_treats_nobody_and_looks_for_people_at_risk_gives_no_care(purpose: str) -> None:
    for phrase in sorted({*SOUGHT, *BODIES["looking for people at risk"]}):
        for field in ("title", "purpose_detail"):
            told = {"purpose": purpose, "kind": "disclosure", "recipient": "NHS Fenshire ICB", field: written(phrase)}
            asked = decided(**told)
            assert (asked.outcome, asked.reason) == (ASK, "R-NO-GATEWAY"), phrase
            assert "beyond individual care" in asked.because[0].says
            for answer in ({"recipient": "The Fen Surgery"}, {field: "Assessment for continuing care"}):
                assert decided(**{**told, **answer}).outcome == NO, (phrase, answer)
    assert decided(purpose=purpose, gateway__kind=None, recipient="ICB", title="Case finding").outcome == ASK
    assert decided(purpose=purpose, gateway__kind="regulation_5", recipient="ICB", title="Case finding").outcome != NO


def not_exempt_names() -> list[str]:
    return sorted(
        {name for one in EXEMPTIONS.values() if one["effect"] == "not_exempt" for name in one.get("names", ())}
    )


@pytest.mark.parametrize("purpose", CARE)
def test_what_goes_to_whoever_gives_no_care_is_none(purpose: str) -> None:
    """Research databases, companies, and national uses that are not exempt: LeDeR, the renal registry and the like."""
    phrases = sorted({*NO_CARE["mentions"], *BODIES["who gives no care"], *not_exempt_names()})
    for phrase in phrases if purpose == "individual_care" else ["cprd", "leder"]:
        who = f"To {written(phrase)}, Fenshire"
        own_care = purpose in ("individual_care", "screening")
        for said in ({"recipient": who}, *([{"title": who}, {"purpose_detail": who}] if own_care else [])):
            assert decided(purpose=purpose, **said).outcome == ASK, (phrase, said)
        assert decided(purpose=purpose, title=who, controller="A trust", recipient="The ward").outcome == NO, phrase
    study = decided(purpose="research_recruitment", title="Our clinicians invite their own patients to research")
    audit = decided(purpose="local_audit", title="Our hip fractures, held against the national audit of them")
    assert (study.outcome, audit.outcome) == (NO, NO)
    asked = decided(purpose="individual_care", recipient="CPRD")
    assert (asked.reason, "beyond individual care" in asked.because[0].says) == ("R-NO-GATEWAY", True)


GIVES_CARE = (
    "Royal Devon University Healthcare NHS Foundation Trust",
    "University of Nottingham Health Service",
    "The research midwives of the ward",
    "Roche Surgery, Cornwall",
    "Tarn Ward",
    "Defence Medical Services practice, Ministry of Defence",
    "NHS 111",
    "The Fen Pharmacy",
    "NHS England, Summary Care Record",
    "Adult social care, Fenshire County Council",
    "NHS Fenshire ICB continuing healthcare team",
)
INSIDE_SAID = (
    "Text sent to each patient",
    "Findings shared with the team",
    "Duty of candour letter sent to the family",
    "referrals sent to physiotherapy",
    "compared with other practices' published figures",
    "Not submitted to any national database",
    "letter sent to the wrong address",
)


def test_whoever_gives_care_is_not_asked_about_in_whatever_words() -> None:
    for who in GIVES_CARE:
        assert decided(purpose="individual_care", recipient=who).outcome == NO, who
    for detail in INSIDE_SAID:
        for purpose in ("local_audit", "incident_review", "patient_feedback"):
            said = {"purpose": purpose, "purpose_detail": detail, "controller": "A trust", "recipient": "The ward"}
            assert decided(**said).outcome == NO, detail


@pytest.mark.parametrize("purpose", ["local_audit", "incident_review", "patient_feedback", "research_recruitment"])
def test_an_internal_use_whose_words_say_that_records_leave_is_asked_about(purpose: str) -> None:
    for phrase in sorted({*LEAVES["mentions"], *BODIES["leaving"]}) if purpose == "local_audit" else ["pooled with"]:
        for field in ("title", "purpose_detail", "recipient"):
            told = {"purpose": purpose, "controller": "A trust", field: f"Records {written(phrase)} theirs"}
            assert decided(**told).outcome == ASK, (phrase, field)
    for phrase in sorted({*LEAVES["apart"], *BODIES["not leaving"]}):
        assert decided(purpose=purpose, controller="A trust", title=f"Letters {written(phrase)}").outcome == NO, phrase


def test_a_purpose_that_nobody_gave_stays_a_question() -> None:
    for title in ("Case finding", "Visits"):
        for gateway in ("implied_consent", "none", "regulation_5", None):
            assert decided(purpose=None, controller="ICB", title=title, gateway__kind=gateway).outcome != NO
