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
NO_CARE = PACKED["gives_no_care"]


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


def who_give_no_care() -> list[str]:
    uses = {name for one in EXEMPTIONS.values() if one["effect"] == "not_exempt" for name in one.get("names", ())}
    return sorted({*NO_CARE["mentions"], *BODIES["who gives no care"], *uses})


@pytest.mark.parametrize("purpose", CARE)
def test_what_goes_to_whoever_gives_nobody_care_is_asked_about(purpose: str) -> None:
    """Research databases, companies, public bodies, and national uses that are not exempt: LeDeR and the like."""
    for phrase in who_give_no_care() if purpose == "individual_care" else ["cprd", "leder"]:
        name = written(phrase)
        for who in (name.upper(), f"The {name}", f"{name} Ltd", f"CPRD and {name}, for the NHS"):
            asked = decided(purpose=purpose, recipient=who)
            assert (asked.outcome, asked.reason) == (ASK, "R-NO-GATEWAY"), who
            assert "beyond individual care" in asked.because[0].says
        for told in ({"recipient": f"{name} clinic nurse"}, {"title": name, "recipient": "The ward"}):
            assert decided(purpose=purpose, **told).outcome == NO, told
    assert decided(purpose=purpose, gateway__kind="none", recipient="CPRD").outcome == ASK
    assert decided(purpose=purpose, gateway__kind=None, recipient="CPRD").outcome == ASK
    assert decided(purpose=purpose, gateway__kind="regulation_5", recipient="CPRD").outcome == "applies"


@pytest.mark.parametrize(
    "who",
    [
        "Dr Foster, GP partner",
        "Our nurse who gives Pfizer dose 2",
        "The ward; nothing goes to the insurer",
        "Royal Devon University Healthcare NHS Foundation Trust",
        "Occupational health, not the employer",
        "The research midwives of the ward",
        "The patient's solicitor's former GP",
        "NHS England, Summary Care Record",
    ],
)
def test_a_name_with_anything_beside_it_may_be_somebody_who_gives_care(who: str) -> None:
    assert decided(purpose="individual_care", recipient=who).outcome == NO


def test_a_purpose_that_nobody_gave_stays_a_question() -> None:
    for title in ("Case finding", "Visits"):
        for gateway in ("implied_consent", "none", "regulation_5", None):
            assert decided(purpose=None, controller="ICB", title=title, gateway__kind=gateway).outcome != NO
