"""The fewest questions that still decide, and answers in the words that people type."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.policy import Flow, load_pack
from ndoo.policy.fields import fields
from ndoo.policy.interview import Interview
from tests.spec.flows import TODAY, plain

NOTHING = Interview(Flow({}), load_pack(), TODAY)


def asked(answers: dict[str, Any], start: Flow | None = None) -> list[str]:
    """The questions put to somebody who answers like this; None where they do not know."""
    talk = Interview(start or Flow({}), load_pack(), TODAY)
    names = []
    while (field := talk.next_field()) is not None:
        names.append(field.name)
        talk = talk.answered(field, answers.get(field.name))
    return names


def test_care_is_settled_by_two_questions() -> None:
    assert asked({"gateway.kind": "implied_consent", "purpose": "individual_care"}) == ["gateway.kind", "purpose"]


def test_regulation_3_needs_its_dates_and_whether_type_1_is_asked_about() -> None:
    assert asked({"gateway.kind": "regulation_3"}) == [
        "gateway.kind",
        "gateway.valid_from",
        "gateway.valid_to",
        "data.from_gp_record",
    ]


def test_consent_is_settled_without_asking_about_the_data() -> None:
    names = asked(
        {"gateway.kind": "explicit_consent", "gateway.consent_covers_this_use": True, "gateway.evidence": "x"}
    )
    assert set(names) <= {
        "gateway.kind",
        "data.identifiable",
        "gateway.consent_covers_this_use",
        "gateway.evidence",
        "gateway.valid_from",
        "gateway.valid_to",
    }


def test_a_whole_flow_leaves_at_most_what_nobody_has_said() -> None:
    assert asked({}, plain()) == ["gateway.valid_from", "gateway.valid_to"] or set(asked({}, plain())) <= {
        "gateway.valid_from",
        "gateway.valid_to",
        "exemption",
        "data.anonymisation_evidence",
    }


def test_somebody_who_knows_nothing_is_not_asked_for_ever() -> None:
    names = asked({})
    assert len(names) == len(set(names))
    assert names[0] == "gateway.kind"
    assert not {"id", "title", "as_of", "controller", "purpose_detail"} & set(names)


def test_a_lapsed_gateway_needs_no_question_about_itself() -> None:
    names = asked({}, Flow({"gateway.kind": "regulation_5", "gateway.valid_to": date(2026, 1, 1)}))
    assert not {"gateway.optout_condition", "data.nhs_number", "gateway.valid_from"} & set(names)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("origin", "3", "outside_england"),
        ("origin", "outside_england", "outside_england"),
        ("origin", " Outside England ", "outside_england"),
        ("origin", "out", "outside_england"),
        ("purpose", "research", "research"),
        ("data.nhs_number", "present", "present"),
        ("data.confidential", "y", True),
        ("data.confidential", "No", False),
        ("data.confidential", "true", True),
        ("data.confidential", "f", False),
        ("gateway.valid_to", "2026-12-31", "2026-12-31"),
        ("gateway.evidence", "letter of 3 May", "letter of 3 May"),
        ("exemption", "x-picanet-audit", "X-PICANET-AUDIT"),
        ("origin", "", None),
        ("origin", "?", None),
        ("gateway.evidence", "  ", None),
    ],
)
def test_an_answer_is_understood(name: str, typed: str, value: object) -> None:
    assert NOTHING.understood(fields()[name], typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("origin", "5", "origin must be a number from 1 to 4, or one of england_health_or_adult_social_care,"),
        ("origin", "0", "origin must be a number from 1 to 4"),
        ("data.nhs_number", "absent", "data.nhs_number must be a number from 1 to 3, or one of present, absent_t"),
        ("data.confidential", "1", "data.confidential must be yes, no, true, false."),
        ("data.confidential", "maybe", "data.confidential must be yes, no, true, false."),
        ("exemption", "X-P", "exemption must be none, X-ONS, "),
        ("gateway.valid_to", "tomorrow", "gateway.valid_to must be a date such as 2026-11-20."),
        ("gateway.evidence", "999 000 0018", "gateway.evidence holds an NHS number."),
    ],
)
def test_an_answer_that_is_none_is_refused(name: str, typed: str, sentence: str) -> None:
    with pytest.raises(UnfitData) as error:
        NOTHING.understood(fields()[name], typed)
    assert sentence in error.value.sentence


def test_dates_in_the_wrong_order_are_refused_when_they_are_typed() -> None:
    talk = Interview(Flow({"gateway.valid_from": date(2026, 6, 1)}), load_pack(), TODAY)
    with pytest.raises(UnfitData, match="wrong order"):
        talk.understood(fields()["gateway.valid_to"], "2026-05-31")


def test_a_word_for_nothing_counts_as_asked() -> None:
    talk = NOTHING.answered(fields()["gateway.evidence"], "n/a")
    assert talk.passed == {"gateway.evidence"}
    assert talk.flow.said == {}


def test_with_a_fact_that_nobody_knows_other_questions_are_still_put() -> None:
    names = asked({"gateway.kind": "regulation_5", "gateway.optout_condition": "does_not_apply"})
    assert "gateway.evidence" in names
