"""Evidence is what somebody has seen, and a duty is what a law says: words that say otherwise are not taken for either."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from ndoo.policy import decide, load_pack
from ndoo.policy.conditions import Given
from ndoo.policy.facts import FlowFacts
from ndoo.policy.flow import read_flow
from ndoo.policy.no_evidence import cites_no_duty, says_that_there_is_none

WHAT = ("letter", "Approval letter", "minutes", "DPIA", "consent form", "the order", "IG assessment 12")
LACKS = (
    "requested",
    "requested, not yet received",
    "not received",
    "not yet seen",
    "to follow",
    "pending",
    "is awaited",
    "not done yet",
    "to be documented",
    "to be confirmed",
    "expected in January",
    "not on file",
    "applied for",
    "outstanding",
    "cannot be found",
)
THERE = (
    "seen",
    "of 3 May 2026",
    "read by the IG lead",
    "version 3, signed",
    "in the register of assets, row 14",
    "says that the opt-out is not to be applied",
    "and a statement that the activity is not contracted",
)
NONE = (
    "no letter",
    "none seen",
    "Awaiting letter",
    "draft",
    "Draft letter",
    "pending",
    "to follow",
    "applied for",
    "we think so",
    "no form on file",
    "To be documented",
    "NOT RECEIVED",
    "not  seen",
    "TBC",
)
NO_DUTY = (
    "NHS Act 2006, section 251",
    "section 251 of the National Health Service Act 2006",
    "s251",
    "NHS Act 2006 s251; COPI 2002 reg 5",
    "COPI Regulations 2002, regulation 5",
    "regulation 2 of the COPI Regulations 2002",
    "Health Service (Control of Patient Information) Regulations 2002, regulation 5",
    "CAG approval",
    "22/CAG/0123",
    "UK GDPR Article 6(1)(e)",
    "UK GDPR articles 6(1)(e) and 9(2)(h)",
    "GDPR",
    "6(1)(c)",
    "Data Protection Act 2018",
    "public task",
    "legitimate interests",
    "data sharing agreement",
    "memorandum of understanding",
    "contract with the ICB",
    "common law",
    "Crime and Disorder Act 1998 section 115",
)
DUTY = (
    "Health and Social Care Act 2012, section 259",
    "Health and Social Care Act 2012, section 251B",
    "section 251A of the Health and Social Care Act 2012",
    "section 259; UK GDPR Article 6(1)(c)",
    "General practice appointments data, direction and data provision notice",
    "direction under section 254, by agreement with NHS England",
    "COPI reg 3(4) notice",
    "Children Act 2004 s16N",
    "Medical Act 1983 s35A",
    "PACE 1984 sch 1 order",
    "the coroner's request; common law",
    "",
)


def test_what_is_awaited_is_no_evidence() -> None:
    assert [text for text in NONE if not says_that_there_is_none(text)] == []
    assert [pair for pair in product(WHAT, LACKS) if not says_that_there_is_none(" ".join(pair))] == []


def test_what_was_seen_is_evidence() -> None:
    assert [pair for pair in product(WHAT, THERE) if says_that_there_is_none(" ".join(pair))] == []
    assert not says_that_there_is_none("No objection letter of 3 May")


def test_support_a_basis_or_an_agreement_is_no_duty() -> None:
    assert [text for text in NO_DUTY if not cites_no_duty(text)] == []
    assert [text for text in DUTY if cites_no_duty(text)] == []


def _code(**gateway: Any) -> str:
    flow = {
        "origin": "england_health_or_adult_social_care",
        "purpose": "commissioning",
        "kind": "disclosure",
        "data": {
            "identifiable": "yes",
            "confidential": True,
            "about_health_or_care": True,
            "form": "identifiable",
            "nhs_number": "present",
        },
        "gateway": gateway,
    }
    return decide(read_flow(flow), load_pack(), date(2026, 11, 30)).reason


@pytest.mark.parametrize("kind", ["statutory_duty", "court_order"])
@pytest.mark.parametrize("citation", NO_DUTY)
def test_who_calls_it_a_duty_is_asked_for_the_law(kind: str, citation: str) -> None:
    assert _code(kind=kind, citation=citation) != "N-LAW"
    assert _code(kind=kind, citation=f"{citation}; Health and Social Care Act 2012, section 259") == "N-LAW"


@pytest.mark.parametrize("evidence", NONE)
def test_no_condition_is_lifted_by_a_letter_that_nobody_has(evidence: str) -> None:
    lifted = {"kind": "regulation_5", "optout_condition": "does_not_apply"}
    assert _code(**lifted, evidence=evidence) != "N-CAG"
    assert _code(**lifted, evidence="letter of 3 May 2026, read by the IG lead") == "N-CAG"


@pytest.mark.parametrize("field", ["evidence", "citation"])
@pytest.mark.parametrize("text", ["", "; copy requested", "; letter to follow", "; not seen"])
def test_a_notice_that_has_ended_is_still_read_where_nobody_has_a_copy(field: str, text: str) -> None:
    """A text that is no evidence says what it says: it never takes a flow out of the opt-out."""
    assert _code(kind="regulation_3", **{field: f"the general COPI notice of April 2020{text}"}) == "R-ENDED"


def test_whose_name_begins_with_no_is_named_all_the_same() -> None:
    given = Given("recipient", given=True)
    assert given.truth(FlowFacts(date(2026, 11, 30), {"recipient": ("No. 10 Surgery, not seen",)})) is True
