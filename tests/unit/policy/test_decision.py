"""The answer: obligations, notes, what is missing and what each fact would change, and the trace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.policy import Decision, Flow, decide, load_pack
from tests.spec.flows import TODAY, plain


def decided(**changes: Any) -> Decision:
    return decide(plain(**changes), load_pack(), TODAY)


DIRECTION = {"gateway__kind": "statutory_duty", "gateway__citation": "Health and Social Care Act 2012, section 254"}
REGISTRY = {"purpose": "disease_registration", **DIRECTION}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({**REGISTRY, "recipient": "the cancer registry"}, {"X-NCRS"}),
        ({**REGISTRY, "recipient": "NDRS"}, {"X-NCRS", "X-NCARDRS"}),
        ({**REGISTRY, "recipient": "NDRS", "exemption": "none"}, {"X-NCRS", "X-NCARDRS"}),
        ({**REGISTRY, "exemption": "X-NCARDRS"}, {"X-NCARDRS"}),
        ({**REGISTRY, "recipient": "a register of hips"}, set()),
        ({**DIRECTION, "purpose": "research", "recipient": "the cancer registry"}, set()),
        ({**DIRECTION, "purpose": "patient_survey", "exemption": "X-SURVEY"}, {"X-SURVEY"}),
        ({**DIRECTION, "purpose": "research", "exemption": "X-SURVEY"}, set()),
    ],
)
def test_an_opt_out_of_its_own_is_found_by_the_claim_or_the_name_though_the_law_decides(
    changes: dict[str, Any], named: set[str]
) -> None:
    decision = decided(**changes)
    assert decision.reason == "N-LAW" and {entry.id for entry in decision.own_optouts} == named


@pytest.mark.parametrize(
    ("changes", "reason", "obligations"),
    [
        ({}, "A-S251", ()),
        ({"data__from_gp_record": True}, "A-S251", ("apply_type_1",)),
        ({"data__from_gp_record": None}, "A-S251", ()),
        ({"data__nhs_number": "absent_traceable"}, "A-S251", ("trace_nhs_number",)),
        (
            {"data__nhs_number": "absent_disproportionate", "data__from_gp_record": True},
            "N-NHSNO",
            ("apply_type_1", "record_justification"),
        ),
        ({"gateway__optout_condition": "does_not_apply", "data__from_gp_record": True}, "N-CAG", ("apply_type_1",)),
        (
            {"gateway__optout_condition": "alternative_optout", "gateway__kind": "regulation_2"},
            "N-CAG",
            ("apply_alternative_optout",),
        ),
        (
            {"purpose": "national_audit", "exemption": "X-NNAP", "gateway__optout_condition": "does_not_apply"},
            "X-NNAP",
            ("apply_alternative_optout",),
        ),
        (
            {
                "purpose": "national_audit",
                "exemption": "X-NCAP",
                "gateway__optout_condition": "alternative_optout",
                "data__from_gp_record": True,
            },
            "X-NCAP",
            ("apply_alternative_optout", "apply_type_1", "ask_for_alternative_optout"),
        ),
        (
            {"purpose": "national_audit", "exemption": "X-UKRR", "data__from_gp_record": True},
            "A-S251",
            ("apply_type_1",),
        ),
        (
            {
                "purpose": "official_statistics",
                "exemption": "X-ONS",
                "gateway__kind": "statutory_power",
                "gateway__citation": "section 45A",
                "data__from_gp_record": True,
            },
            "X-ONS",
            (),
        ),
        (
            {
                "gateway__kind": "explicit_consent",
                "gateway__consent_covers_this_use": True,
                "data__from_gp_record": True,
            },
            "N-CONSENT",
            ("consenting_patients_only",),
        ),
        ({"gateway__kind": "public_interest", "data__from_gp_record": True}, "N-OPI", ("record_justification",)),
        ({"gateway__kind": "regulation_3", "data__from_gp_record": True}, "N-REG3", ("check_type_1_in_notice",)),
        ({"gateway__kind": "regulation_3"}, "N-REG3", ()),
        (
            {"gateway__kind": "statutory_duty", "gateway__citation": "section 259", "data__from_gp_record": True},
            "N-LAW",
            ("check_type_1_in_notice",),
        ),
        ({"gateway__kind": "court_order", "data__from_gp_record": True}, "N-LAW", ()),
        ({"purpose": "individual_care", "data__from_gp_record": True}, "N-CARE", ()),
        (
            {
                "data__form": "anonymised",
                "data__identifiable": None,
                "data__anonymisation_evidence": "IG-1",
                "data__from_gp_record": True,
            },
            "N-ANON",
            ("apply_type_1",),
        ),
        (
            {
                "data__form": "pseudonymised",
                "data__identifiable": "no",
                "data__anonymisation_evidence": "IG-1",
                "data__from_gp_record": True,
            },
            "N-ANON",
            ("apply_type_1",),
        ),
        (
            {
                "data__form": "aggregate",
                "data__identifiable": None,
                "data__anonymisation_evidence": "IG-1",
                "data__from_gp_record": True,
            },
            "N-ANON",
            (),
        ),
    ],
)
def test_what_must_be_done_besides(changes: dict[str, Any], reason: str, obligations: tuple[str, ...]) -> None:
    decision = decided(**changes)
    assert (decision.reason, decision.obligations) == (reason, obligations)
    assert len(decision.duties) == len(obligations)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "does not make the flow lawful"),
        ({}, "not opted out is not consent"),
        ({"purpose": "individual_care"}, "is no lawful basis"),
        ({"as_of": date(2022, 7, 30)}, "may not have been bound yet"),
        ({"gateway__optout_condition": "does_not_apply", "gateway__evidence": None}, "nobody has seen the letter"),
        ({"gateway__valid_to": date(2026, 10, 31)}, "The gateway (regulation_5) stood to 2026-10-31, so on 2026-11-02"),
        (
            {"gateway__kind": None, "gateway__valid_from": date(2026, 11, 3), "gateway__valid_to": date(2026, 11, 4)},
            "The gateway (whatever it was) stood from 2026-11-03 to 2026-11-04, so",
        ),
        (
            {"exemption": "X-PICANET-AUDIT"},
            "X-PICANET-AUDIT is claimed and not made out. It asks that `purpose` is `national_audit`; that `gateway.optout_condition`",
        ),
        ({"exemption": "NX-LEDER"}, "NX-LEDER is listed because it is not exempt."),
        ({"exemption": "X-CQC"}, "X-CQC is decided by rule N-LAW, not by its name."),
        (
            {"data__from_gp_record": None},
            "Whether the data comes from the GP record is not known. If it does: Leave out",
        ),
        ({"gateway__kind": "statutory_power"}, "only permits sharing"),
        ({"data__from_gp_record": True}, "Whether the practice registration is current is not known."),
        ({"exemption": "X-UKRR"}, "X-UKRR is listed because it is not exempt."),
        ({"origin": "outside_england"}, "passes on again"),
        (
            {"data__form": "aggregate", "data__identifiable": None, "data__anonymisation_evidence": "IG-1"},
            "guidance on anonymisation of 28 March 2025",
        ),
        (
            {
                "data__form": "aggregate",
                "data__identifiable": None,
                "data__anonymisation_evidence": "IG-1",
                "as_of": date(2025, 3, 27),
            },
            "still names the Information Commissioner's code of 2012",
        ),
    ],
)
def test_what_a_reader_is_told(changes: dict[str, Any], words: str) -> None:
    assert words in " ".join(note.says for note in decided(**changes).notes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"as_of": date(2022, 7, 31)}, "bound yet"),
        ({"as_of": date(2018, 5, 24)}, "bound yet"),
        ({"purpose": "individual_care"}, "does not make the flow lawful"),
        ({}, "is no lawful basis"),
        ({}, "stood"),
        ({}, "claimed"),
        ({}, "GP record"),
        ({"data__from_gp_record": True, "data__registration_current": True}, "registration"),
        ({"exemption": "none"}, "none"),
        ({"purpose": "national_audit", "exemption": "X-NCAP", "gateway__optout_condition": "does_not_apply"}, "X-NCAP"),
        ({"purpose": "individual_care", "exemption": "X-IV-OTHER", "gateway__kind": None}, "Did you"),
        ({"gateway__kind": "implied_consent", "origin": "outside_england", "purpose": "risk_stratification"}, "X-RISK"),
    ],
)
def test_what_a_reader_is_not_told(changes: dict[str, Any], words: str) -> None:
    assert words not in " ".join(note.says for note in decided(**changes).notes)


def test_a_claim_that_another_rule_overtakes_is_not_called_unmade() -> None:
    claim = {"purpose": "individual_care", "exemption": "X-SURVEY"}
    assert "not made out" in " ".join(note.says for note in decided(**claim).notes)
    overtaken = decided(purpose="patient_survey", exemption="X-SURVEY", origin="outside_england")
    assert "X-SURVEY" not in " ".join(note.says for note in overtaken.notes)


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({}, ()),
        ({"gateway__kind": "statutory_power"}, ("statutory_power_only_permits",)),
        ({"origin": "outside_england"}, ("data_passed_on_from_abroad_is_outside",)),
        ({"origin": "childrens_social_care"}, ()),
        ({"purpose": "screening", "origin": "outside_england"}, ("data_passed_on_from_abroad_is_outside",)),
        (
            {"data__form": "aggregate", "data__identifiable": None, "data__anonymisation_evidence": "IG-1"},
            ("anonymisation_standard",),
        ),
        (
            {
                "data__form": "aggregate",
                "data__identifiable": None,
                "data__anonymisation_evidence": "IG-1",
                "as_of": date(2025, 3, 27),
            },
            ("anonymisation_code",),
        ),
    ],
)
def test_an_answer_names_the_settings_that_nobody_confirmed(changes: dict[str, Any], settings: tuple[str, ...]) -> None:
    assert decided(**changes).settings == settings


def test_missing_facts_say_what_each_would_change() -> None:
    decision = decided(origin=None, data__nhs_number=None)
    assert (decision.outcome, decision.reason, decision.family) == ("review", "R-MISSING", "missing_facts")
    assert [item.fact for item in decision.missing] == ["origin", "data.nhs_number"]
    assert decision.missing[0].to_dict() == {
        "fact": "origin",
        "ask": "Where does the data come from?",
        "needed_by": ["N-ORIGIN"],
        "would": [
            {"values": ["england_health_or_adult_social_care"], "outcome": "review", "reasons": ["R-MISSING"]},
            {
                "values": ["childrens_social_care", "outside_england", "private_care_private_premises"],
                "outcome": "does_not_apply",
                "reasons": ["N-ORIGIN"],
            },
        ],
    }
    told = [sentence.says for sentence in decision.because]
    assert told[1:] == [
        "N-ORIGIN may be met (The data comes from outside England's health and adult social care) and would answer: "
        "does not apply.",
        "N-NHSNO may be met (No NHS number, and tracing is out of proportion) and would answer: does not apply.",
        "If not, A-S251 answers: applies (Section 251 support with the standard condition).",
    ]


def test_evidence_that_nobody_has_seen_is_missing() -> None:
    decision = decided(gateway__kind="explicit_consent", gateway__consent_covers_this_use=True, gateway__evidence=None)
    assert decision.reason == "R-MISSING"
    assert [(item.fact, item.needed_by) for item in decision.missing] == [("gateway.evidence", ("R-MISSING",))]
    assert [(c.values, c.outcome, c.reasons) for c in decision.missing[0].would] == [
        (("given",), "does_not_apply", ("N-CONSENT",))
    ]
    both = decided(gateway__kind="explicit_consent", gateway__evidence=None)
    assert [item.fact for item in both.missing] == ["gateway.consent_covers_this_use", "gateway.evidence"]


def test_a_fact_that_cannot_change_the_outcome_is_not_asked_for() -> None:
    decision = decided(purpose="individual_care", origin=None, gateway__kind=None)
    assert (decision.reason, decision.missing) == ("N-CARE", ())


def test_what_would_change_the_answer_is_one_fact_at_a_time() -> None:
    decision = decided()
    changes = decision.would_change()
    assert {change.outcome for change in changes} == {"does_not_apply", "review"}
    for change in changes:
        if change.fact != "as_of":
            for value in change.values:
                meant: Any = {"true": True, "false": False, "left out": None}.get(value, value)
                if change.fact.startswith("gateway.valid"):
                    meant = date.fromisoformat(value)
                other = decide(decision.flow.saying(change.fact, meant), load_pack(), TODAY)
                assert other.outcome == change.outcome
                assert other.reason in change.reasons
    by_fact = {(change.fact, change.outcome): change for change in changes}
    assert by_fact["gateway.optout_condition", "does_not_apply"].values == ("does_not_apply", "alternative_optout")
    assert by_fact["gateway.valid_to", "review"].values == ("2026-11-01",)
    assert by_fact["gateway.valid_from", "review"].values == ("2026-11-03",)
    assert by_fact["data.confidential", "review"].values == ("left out",)
    assert by_fact["data.confidential", "does_not_apply"].now == "true"
    assert by_fact["as_of", "review"].values == ("2018-05-24",)
    assert ("gateway.evidence", "review") not in by_fact
    assert ("gateway.citation", "review") not in by_fact


def test_the_nearest_days_on_either_side_are_those_that_change_it() -> None:
    flow = {"gateway__valid_from": date(2026, 1, 1), "gateway__valid_to": date(2026, 12, 31)}
    days = [c.values for c in decided(**flow).would_change() if c.fact == "as_of"]
    assert days == [("2025-12-31",), ("2027-01-01",)]
    before = [c for c in decided(**flow, as_of=date(2025, 6, 1)).would_change() if c.fact == "as_of"]
    assert [(c.values, c.outcome, c.now) for c in before] == [(("2026-01-01",), "applies", "2025-06-01")]
    claim = {"purpose": "national_audit", "exemption": "X-NCAP", "gateway__optout_condition": "does_not_apply"}
    on_the_way = [c.values for c in decided(**claim).would_change() if c.fact == "as_of"]
    assert on_the_way == [("2018-05-24",)], "before the exemption the letter itself decides, with the same outcome"


def test_an_exemption_to_claim_is_among_the_changes() -> None:
    changes = {(c.fact, c.outcome): c.values for c in decided(purpose="national_audit").would_change()}
    assert ("exemption", "does_not_apply") not in changes, "no letter says so"
    survey = {"purpose": "patient_survey", "gateway__optout_condition": None}
    changes = {(c.fact, c.outcome): c.values for c in decided(**survey).would_change()}
    assert "none" in changes["exemption", "applies"]
    assert changes["exemption", "does_not_apply"] == ("X-SURVEY",)


def test_the_trace_shows_every_rule_tried_in_order() -> None:
    trace = decided(data__nhs_number=None).trace
    assert [step.step for step in trace] == [
        "1",
        "2",
        "3a",
        "3b",
        "3c",
        "3d",
        "4",
        "5a",
        "5b",
        "6a",
        "6b",
        "7a",
        "7b",
        "7c",
        "7d",
        "7e",
        "7f",
        "8",
        "9a",
        "9b",
        "10",
        "11a",
        "11b",
        "11c",
        "11u",
        "11w",
        "11d",
    ]
    by_step = {step.step: step for step in trace}
    assert by_step["1"].facts == {"as_of": "2026-11-02"}
    assert by_step["3b"].to_dict() == {
        "step": "3b",
        "rule": "N-CARE",
        "title": "Invitation to screening",
        "result": "not met",
        "facts": {"purpose": "research", "gateway.kind": "regulation_5"},
        "found": "passed over",
    }
    assert by_step["4"].facts["data.confidential"] is True
    assert by_step["10"].to_dict() == {
        "step": "10",
        "rule": "-",
        "title": "Named exemptions",
        "result": "not met",
        "facts": {"exemption": None},
        "found": "no exemption is claimed",
    }
    assert by_step["11c"].result == "unknown"
    assert by_step["11c"].found == "not known: data.nhs_number; it would answer does_not_apply"
    assert (by_step["11d"].result, by_step["11d"].found) == ("met", "answers applies")
    assert "10" not in [step.step for step in decided(origin="outside_england").trace]
    assert [s.step for s in decided(gateway__kind="none").trace][-3:] == ["12a", "12b", "12"]


def test_the_trace_says_why_a_claim_failed_and_that_a_gateway_lapsed() -> None:
    trace = {s.step: s for s in decided(exemption="X-ICNARC-CMP", gateway__valid_to=date(2026, 1, 1)).trace}
    assert trace["10"].rule == "X-ICNARC-CMP"
    assert trace["10"].found.startswith("not so: `purpose` is `national_audit`; `gateway.kind` is `regulation_5`; ")
    assert trace["10"].facts["gateway.kind"] == "none (off its dates)"
    assert trace["12"].result == "met"
    assert trace["3c"].facts == {
        "purpose": "research",
        "kind": "disclosure",
        "gateway.kind": "none (off its dates)",
    }
    assert trace["7a"].facts == {
        "gateway.kind": "none (off its dates)",
        "gateway.citation": None,
        "gateway.evidence": "approval letter",
    }
    assert decided(as_of=None).trace[0].facts == {"as_of": TODAY.isoformat()}
    looked = {s.step: s for s in decided(exemption="none").trace}
    assert looked["10"].found == "somebody looked, and none covers it"
    listed = {s.step: s for s in decided(exemption="NX-LEDER").trace}
    assert (listed["10"].found, listed["10"].facts) == ("NX-LEDER never decides by its name", {"exemption": "NX-LEDER"})


def test_the_answer_has_the_fields_of_the_schema() -> None:
    answer = decided(id="f-1", title="A study").to_dict()
    assert list(answer) == [
        "id",
        "title",
        "as_of",
        "outcome",
        "reason",
        "family",
        "obligations",
        "missing",
        "because",
        "duties",
        "notes",
        "settings",
        "evidence",
        "policy",
        "trace",
        "would_change",
    ]
    assert (answer["id"], answer["title"], answer["as_of"]) == ("f-1", "A study", "2026-11-02")
    assert list(answer["because"][0]) == ["sentence", "citation"]
    assert list(answer["because"][0]["citation"]) == ["document", "section", "address", "read"]
    assert answer["policy"]["name"] == "opg"
    assert answer["policy"]["date"] == "2026-11-29"
    assert list(answer["would_change"][0]) == ["fact", "now", "values", "outcome", "reasons"]
    assert answer["evidence"] == "the approval letter, its dates and scope"


def test_today_is_passed_in_and_the_flow_s_own_day_goes_first() -> None:
    lapsing = plain(as_of=None, gateway__valid_to=date(2026, 11, 21))
    assert decide(lapsing, load_pack(), date(2026, 11, 21)).outcome == "applies"
    assert decide(lapsing, load_pack(), date(2026, 11, 22)).outcome == "review"
    assert decide(lapsing.saying("as_of", date(2026, 11, 1)), load_pack(), TODAY).outcome == "applies"


def test_before_the_opt_out_existed_the_answer_is_review() -> None:
    decision = decided(as_of=date(2018, 5, 24), purpose="individual_care")
    assert (decision.outcome, decision.reason) == ("review", "R-DATE")
    assert "did not exist before 25 May 2018" in decision.because[0].says
    assert decided(as_of=date(2018, 5, 25)).outcome == "applies"


def test_an_exemption_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnfitData) as error:
        decide(Flow({"exemption": "X-PICNET-AUDIT"}), load_pack(), TODAY)
    assert (
        "exemption must be the id of a named exemption. Did you mean X-PICANET-AUDIT? They are X-ONS,"
        in error.value.sentence
    )


def test_a_named_exemption_says_what_it_covers_and_an_unproved_one_what_to_look_for() -> None:
    claim = {"purpose": "national_audit", "gateway__optout_condition": "does_not_apply"}
    assert [s.says for s in decided(**claim, exemption="X-NCAP").because] == [
        "National Cardiac Audit Programme (NICOR). This is a named exemption (X-NCAP): the NICOR audits of the programme."
    ]
    invoice = {"purpose": "invoice_validation", "exemption": "X-IV-OTHER", "gateway__optout_condition": None}
    assert [s.says for s in decided(**invoice).because] == [
        "Validating invoices for contracted activity. X-IV-OTHER is claimed and not proved. Look for: the letter of CAG "
        "7-07(a-c)/2013 that waives the national data opt-out, with its last day (the newest known: 30 September 2027)."
    ]


def test_an_exemption_counts_from_its_first_day_to_its_last() -> None:
    heart = {"purpose": "national_audit", "exemption": "X-NCAP", "gateway__optout_condition": "does_not_apply"}
    assert decided(**heart, as_of=date(2022, 7, 27)).reason == "N-CAG"
    assert decided(**heart, as_of=date(2022, 7, 28)).reason == "X-NCAP"
    survey = {"purpose": "patient_survey", "exemption": "X-SURVEY-2019", "gateway__optout_condition": "standard"}
    last = decided(**survey, as_of=date(2019, 3, 31))
    assert last.reason == "X-SURVEY-2019"
    assert decided(**survey, as_of=date(2019, 4, 1)).reason == "A-S251"
    days = [(c.values, c.outcome) for c in last.would_change() if c.fact == "as_of"]
    assert days == [(("2018-05-24",), "review"), (("2019-04-01",), "applies")]


@pytest.mark.parametrize("changes", [{"purpose": "individual_care"}, {"gateway__kind": "none"}, {"origin": None}])
def test_what_changes_nothing_is_no_change(changes: dict[str, Any]) -> None:
    decision = decided(**changes)
    assert decision.outcome not in {change.outcome for change in decision.would_change()}
