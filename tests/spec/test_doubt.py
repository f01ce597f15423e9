"""Doubt only grows when a fact goes: nothing that is taken away ever sets the opt-out aside."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.policy import Flow, decide, load_pack, read_flow
from ndoo.policy.decision_record import read_record, record, replay
from ndoo.policy.interview import Interview
from ndoo.policy.write_flow import as_toml
from tests.spec.flows import DECIDING, TODAY, flows, plain
from tests.spec.procedure_by_hand import by_hand

STATEMENTS = ("as_of", "gateway.valid_from", "gateway.valid_to", "exemption")
"""Left out, these say something else (today, no limit, no claim) and do not become unknown: policy, section 4.1."""


def removable(flow: Flow, field: str) -> bool:
    """May the field be taken away as a fact? All but statements, and the one case in which leaving out speaks as well."""
    if field in STATEMENTS:
        return False
    contradicts_its_assessment = (
        field == "data.identifiable"
        and flow.text("data.form") in ("anonymised", "aggregate")
        and bool(flow.text("data.anonymisation_evidence"))
    )
    return not contradicts_its_assessment


@settings(max_examples=600, deadline=None)
@given(flow=flows())
def test_taking_a_fact_away_never_sets_the_opt_out_aside(flow: Flow) -> None:
    pack = load_pack()
    before = decide(flow, pack, TODAY).outcome
    if before != "does_not_apply":
        for field in flow.said:
            if removable(flow, field):
                after = decide(flow.saying(field, None), pack, TODAY)
                assert after.outcome != "does_not_apply", (field, after.reason)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("as_of", {"as_of": date(2018, 5, 24)}),
        ("gateway.valid_from", {"gateway__valid_from": TODAY + timedelta(days=1), "as_of": TODAY}),
        ("gateway.valid_to", {"gateway__valid_to": TODAY - timedelta(days=1), "as_of": TODAY}),
        (
            "exemption",
            {
                "exemption": "X-SURVEY",
                "purpose": "patient_survey",
                "gateway__kind": "regulation_5",
                "gateway__evidence": None,
                "data__nhs_number": "absent_disproportionate",
            },
        ),
    ],
)
def test_a_statement_taken_away_says_something_else(statement: str, said: dict[str, Any]) -> None:
    """The day is today, the gateway stands, nothing is claimed: an answer of its own, and no doubt that was set aside."""
    consented = {"gateway__kind": "explicit_consent", "gateway__consent_covers_this_use": True, **said}
    flow, pack = plain(**consented), load_pack()
    assert decide(flow, pack, TODAY).outcome == "review"
    assert decide(flow.saying(statement, None), pack, TODAY).outcome == "does_not_apply"


def test_every_statement_has_been_taken_away() -> None:
    """So that a field which joins the exceptions is looked at by itself."""
    assert {"as_of", "gateway.valid_from", "gateway.valid_to", "exemption"} == set(STATEMENTS)


def test_an_assessment_speaks_where_nobody_says_whether_people_can_be_told() -> None:
    """The first exception: rule 5a asks that `identifiable` is not said to be yes (worked case NDOO-019a)."""
    contradicted = plain(data__form="anonymised", data__anonymisation_evidence="IG-1")
    pack = load_pack()
    assert decide(contradicted, pack, TODAY).outcome == "applies"
    assert decide(contradicted.saying("data.identifiable", None), pack, TODAY).outcome == "does_not_apply"


def test_a_claim_without_its_letter_is_a_question_and_no_exemption() -> None:
    """Nobody gets through on a name: neither without the letter, nor with one that says the opposite."""
    pack = load_pack()
    claimed = plain(purpose="patient_survey", exemption="X-SURVEY", gateway__optout_condition=None)
    assert decide(claimed, pack, TODAY).outcome == "does_not_apply"
    for without in (claimed.saying("gateway.evidence", None), claimed.saying("gateway.optout_condition", "standard")):
        decision = decide(without, pack, TODAY)
        assert (decision.outcome, decision.reason, decision.family) == ("review", "X-SURVEY", "missing_facts")
    assert [item.fact for item in decide(claimed.saying("gateway.evidence", None), pack, TODAY).missing] == [
        "gateway.evidence"
    ]


@settings(max_examples=600, deadline=None)
@given(flow=flows())
def test_the_engine_and_the_procedure_by_hand_agree(flow: Flow) -> None:
    decision = decide(flow, load_pack(), TODAY)
    assert by_hand(flow.said, decision.as_of) == (decision.outcome, decision.reason)


@settings(max_examples=100, deadline=None)
@given(flow=flows())
def test_a_flow_comes_back_from_its_file_and_a_decision_from_its_record(flow: Flow) -> None:
    decision = decide(flow, load_pack(), TODAY)
    assert read_flow(tomllib.loads(as_toml(flow))) == flow
    again = replay(read_record(json.loads(record(decision, _noon()))), load_pack())
    assert again.same_pack
    assert again.same_answer


@settings(max_examples=60, deadline=None)
@given(flow=flows(), data=st.data())
def test_the_questions_come_to_the_answer_of_the_whole_flow(flow: Flow, data: st.DataObject) -> None:
    """And each question, when it is put, may still change the answer."""
    pack, day = load_pack(), flow.day("as_of") or TODAY
    talk = Interview(Flow({"as_of": day}), pack, day)
    asked = []
    while (field := talk.next_field()) is not None:
        assert field.name not in asked
        asked.append(field.name)
        talk = talk.answered(field, flow.said.get(field.name))
    told, whole = decide(talk.flow, pack, day), decide(flow, pack, day)
    assert told.outcome == whole.outcome
    assert len(asked) < len(DECIDING)
    rest = [name for name in DECIDING if name not in asked and name != "as_of"]
    other = data.draw(flows())
    for name in rest:
        changed = talk.flow if name not in other.said else talk.flow.saying(name, other.said[name])
        first, last = changed.day("gateway.valid_from"), changed.day("gateway.valid_to")
        if not (first and last and last < first):
            assert decide(changed, pack, day).outcome == told.outcome, name


@pytest.mark.parametrize("field", [name for name in DECIDING if name not in STATEMENTS])
def test_no_field_is_decided_on_that_is_only_shown(field: str) -> None:
    assert field not in ("id", "title", "controller", "recipient", "purpose_detail", "gateway.reference")


@settings(max_examples=100, deadline=None)
@given(flow=flows(), words=st.text(max_size=20).filter(str.strip))
def test_what_is_only_shown_never_decides(flow: Flow, words: str) -> None:
    plainly = decide(flow, load_pack(), TODAY)
    for field in ("id", "title", "controller", "recipient", "purpose_detail", "gateway.reference"):
        told = decide(flow.saying(field, words), load_pack(), TODAY)
        assert (told.outcome, told.reason, told.obligations) == (plainly.outcome, plainly.reason, plainly.obligations)


def _noon() -> datetime:

    return datetime(2026, 11, 22, 12, tzinfo=UTC)
