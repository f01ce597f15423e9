"""Worked flows and their answers: what the opt-out's policy comes to, case by case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndoo.policy import decide, load_pack, read_flow
from tests.conftest import ROOT, Ndoo
from tests.spec.flows import TODAY
from tests.spec.procedure_by_hand import CASES, by_hand

WORKED: list[dict[str, Any]] = json.loads((CASES / "applicability_open.json").read_text(encoding="utf-8"))
EXAMPLES = {
    "1-national-audit-with-an-exemption": ("does_not_apply", "X-PICANET-AUDIT", ("ask_for_alternative_optout",)),
    "2-research-feed-of-the-same-body": ("applies", "A-S251", ()),
    "3-contracted-invoice-validation": ("review", "X-IV-OTHER", ()),
    "4-risk-stratification": ("applies", "A-S251", ("apply_type_1",)),
    "5-section-251-study": ("applies", "A-S251", ("trace_nhs_number",)),
    "6-cancer-registration": ("does_not_apply", "N-LAW", ()),
    "7-consented-cohort": ("does_not_apply", "N-CONSENT", ("consenting_patients_only",)),
    "8-anonymised-dashboards": ("does_not_apply", "N-ANON", ()),
}


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case["id"])
def test_a_worked_flow_gets_its_answer(case: dict[str, Any]) -> None:
    decision = decide(read_flow(case["flow"]), load_pack(), TODAY)
    expected = case["expected"]
    assert decision.outcome == expected["outcome"]
    assert decision.family == expected["reason_family"]
    if "obligations" in expected:
        assert set(decision.obligations) == set(expected["obligations"])


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case["id"])
def test_the_procedure_by_hand_agrees(case: dict[str, Any]) -> None:
    flow = read_flow(case["flow"])
    decision = decide(flow, load_pack(), TODAY)
    assert by_hand(flow.said, decision.as_of) == (decision.outcome, decision.reason)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_answers_as_its_first_line_says(name: str, ndoo: Ndoo) -> None:
    outcome, reason, obligations = EXAMPLES[name]
    said = ndoo("applies", ROOT / "examples" / "flows" / f"{name}.toml", "--json")
    assert (said.json["outcome"], said.json["reason"]) == (outcome, reason)
    assert said.json["obligations"] == list(obligations)
    assert said.status == (7 if outcome == "review" else 0)


def test_all_examples_are_told_in_a_line_each(ndoo: Ndoo) -> None:
    paths = sorted((ROOT / "examples" / "flows").glob("*.toml"))
    assert [path.stem for path in paths] == list(EXAMPLES)
    said = ndoo("applies", *paths)
    lines = said.told.splitlines()
    assert len(lines) == len(EXAMPLES) + 2
    assert all(len(line) <= 80 for line in lines)
    assert said.status == 7
    assert lines[-1].startswith("8 flows: applies 3, does not apply 4, review 1.")


def test_the_cases_are_whole() -> None:
    assert len(WORKED) == 143
    assert len({case["id"] for case in WORKED}) == 143
    assert Path(CASES / "exemptions.json").is_file()
