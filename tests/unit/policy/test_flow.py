"""Bad input gets one sentence that names the field and what it may say, and never repeats a value."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.policy import Flow, read_flow
from ndoo.policy.fields import fields


def refused(document: dict[str, Any]) -> str:
    with pytest.raises(UnfitData) as error:
        read_flow(document)
    assert error.value.exit_status == 3
    return error.value.sentence


def test_a_whole_flow_is_read_and_written_back() -> None:
    document = {
        "as_of": "2026-11-02",
        "origin": "outside_england",
        "data": {"confidential": True, "form": "aggregate"},
        "gateway": {"kind": "none", "valid_to": "2027-01-31"},
        "exemption": "X-ONS",
    }
    flow = read_flow(document)
    assert flow.day("as_of") == date(2026, 11, 2)
    assert flow.said["data.confidential"] is True
    assert flow.document() == document
    assert read_flow(flow.document_flat()) == flow
    assert flow.text("title") == ""
    assert flow.day("gateway.valid_from") is None
    assert flow.day("origin") is None


def test_the_fields_are_those_of_the_schema() -> None:
    assert list(fields()) == [
        "id",
        "title",
        "as_of",
        "controller",
        "recipient",
        "origin",
        "kind",
        "purpose",
        "purpose_detail",
        "data.identifiable",
        "data.confidential",
        "data.about_health_or_care",
        "data.form",
        "data.anonymisation_evidence",
        "data.from_gp_record",
        "data.registration_current",
        "data.nhs_number",
        "gateway.kind",
        "gateway.citation",
        "gateway.reference",
        "gateway.evidence",
        "gateway.valid_from",
        "gateway.valid_to",
        "gateway.consent_covers_this_use",
        "gateway.optout_condition",
        "gateway.type_1",
        "gateway.type_1_citation",
        "exemption",
    ]
    assert len(fields()["purpose"].values) == 19


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"purpos": "research"}, "'purpos' is not a recognised field. Did you mean purpose? The fields are id, "),
        ({"gatway": {"kind": "none"}}, "'gatway' is not a recognised field. Did you mean gateway? The fields are"),
        (
            {"gateway": {"evidance": "x"}},
            "'gateway.evidance' is not a recognised field. Did you mean gateway.evidence?",
        ),
        ({"evidence": "x"}, "'evidence' is not a recognised field. Did you mean gateway.evidence?"),
        ({"Mrs Smith, 1 High St": 1}, "A field has a name that no flow has. The fields are"),
        ({"data": 3}, "data is a table of fields: write [data] and its fields below it."),
        ({"data": {"form": "aggregate"}, "data.form": "aggregate"}, "data.form is said twice."),
        ({"purpose": "reserch"}, "Did you mean research?"),
        ({"purpose": "xyz"}, "purpose must be one of individual_care, research, "),
        ({"purpose": 4}, "purpose must be one of"),
        ({"data": {"identifiable": True}}, "data.identifiable must be one of yes, no. Did you mean yes?"),
        ({"data": {"identifiable": False}}, "data.identifiable must be one of yes, no. Did you mean no?"),
        ({"data": {"confidential": "true"}}, "data.confidential must be true or false, without quotes."),
        ({"as_of": "2 Nov 2026"}, "as_of must be a date such as 2026-11-20."),
        ({"as_of": "2026-13-01"}, "as_of must be a date such as 2026-11-20."),
        ({"as_of": "20261101"}, "as_of must be a date such as 2026-11-20."),
        ({"as_of": "2026-W45-1"}, "as_of must be a date such as 2026-11-20."),
        ({"as_of": datetime(2026, 11, 2)}, "as_of must be a date such as 2026-11-20."),
        ({"as_of": 20261102}, "as_of must be a date such as 2026-11-20."),
        (
            {"gateway": {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}},
            "The dates are in the wrong order: gateway.valid_to is before gateway.valid_from.",
        ),
        ({"title": 3}, "title must be text in quotes."),
        ({"title": "\x1b[2J"}, "title holds a control character."),
        ({"exemption": True}, "exemption must be text in quotes."),
        ({"title": "about 999 000 0018"}, "title holds an NHS number. A flow describes no person: take it out."),
    ],
)
def test_bad_input_gets_its_sentence(document: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(document)


@pytest.mark.parametrize("value", ["Jane Roe", "patient 12"])
def test_a_value_is_never_repeated(value: str) -> None:
    for field in ("purpose", "as_of", "data.confidential"):
        assert value not in refused({field: value})


@pytest.mark.parametrize("value", ["", "  ", "none", "N/A", "-", "TBC", "unknown", "No", "not seen"])
@pytest.mark.parametrize("field", ["gateway.evidence", "gateway.citation", "data.anonymisation_evidence"])
def test_a_word_for_nothing_is_no_evidence(field: str, value: str) -> None:
    assert field not in read_flow({field: value}).said


def test_blank_and_null_are_left_out_and_a_title_may_say_anything() -> None:
    assert read_flow({"origin": "", "as_of": None, "title": "None"}).said == {"title": "None"}


def test_dates_that_touch_are_in_order() -> None:
    day = "2026-02-01"
    assert read_flow({"gateway": {"valid_from": day, "valid_to": day}}).day("gateway.valid_to") == date(2026, 2, 1)


def test_a_flow_with_one_more_thing_said() -> None:
    flow = Flow({"origin": "outside_england"})
    assert flow.saying("kind", "disclosure").said == {"origin": "outside_england", "kind": "disclosure"}
    assert flow.saying("origin", None).said == {}
    assert flow.saying("origin", False).said == {"origin": False}
