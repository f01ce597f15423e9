"""The record of processing and the section of an impact assessment: what nobody said stands there as not said, and no text computes."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

from ndoo.assets.files import register_from
from ndoo.assets.processing_record import NOT_SAID, article_30, dpia_section
from ndoo.assets.register import Register
from ndoo.policy import decide, load_pack
from tests.conftest import ROOT
from tests.support.registers_of_assets import TODAY, asset, facts, flow, register

WHOLE = {
    "role": "joint_controller",
    "controller": "the board and the trust",
    "processor": "A supplier, contract 7",
    "subjects": "patients",
    "abroad": "none",
    "source": "the trust's own wards",
    "security": "encrypted",
    "retention": "8 years",
}


def rows(of: Register) -> list[dict[str, str]]:
    return list(csv.DictReader(article_30(of).splitlines()))


def section(**changed: Any) -> str:
    of = register(asset=[asset(**WHOLE)], flow=[flow(**changed)])
    return dpia_section(of, of.flows["F-1"], decide(of.flows["F-1"].facts, load_pack(), TODAY))


def test_each_activity_says_what_article_30_asks_and_what_nobody_said() -> None:
    other = asset("A-2", article_6="6(1)(c)", contents="staff rota")
    (study, rota) = rows(
        register(asset=[asset(**WHOLE), other], flow=[flow(agreement="DSA-1", agreement_owner="O. Owner")])
    )
    assert (study["Reference"], study["Assets"], study["Purpose"]) == ("F-1", "A-1", "research")
    assert study["Controller or processor"] == "joint controller" and study["Controller"] == "A trust"
    assert study["Processor and contract"] == "A supplier, contract 7"
    assert study["Transfers abroad and safeguard"] == "none" and study["Source of the data"] == "the trust's own wards"
    assert study["UK GDPR Article 6 basis"] == "6(1)(e), a public task"
    assert study["Agreement and its owner"] == "DSA-1 O. Owner"
    assert study["Data protection officer"] == rota["Recipients"] == NOT_SAID
    assert (rota["Reference"], rota["Categories of personal data"]) == ("A-2", "staff rota")
    assert rota["UK GDPR Article 6 basis"] == "6(1)(c), a legal obligation"


def test_a_flow_that_ended_is_no_activity_and_its_asset_still_is_one() -> None:
    (left,) = rows(register(flow=[flow(status="ended")]))
    assert left["Reference"] == "A-1"


def test_no_text_is_computed_by_a_spreadsheet_and_no_organisation_is_guessed() -> None:
    (told,) = rows(replace(register(flow=[flow(name="=1+1")]), organisation=None))
    assert told["Activity"] == "'=1+1" and told["Organisation"] == NOT_SAID


def test_an_activity_of_a_group_names_whose_it_is() -> None:
    group = register_from(ROOT / "examples" / "statements" / "trust-group.toml")
    assert [row["Organisation"] for row in rows(group)][:3] == [
        "Northmoor Hospital NHS Trust",
        "Eastvale Hospital NHS Trust",
        "Northmoor and Eastvale Hospitals Group",
    ]


def test_a_section_of_an_impact_assessment_has_facts_answer_and_reasons() -> None:
    told = section(frequency="monthly", transfer="MESH")
    assert told.startswith("# The national data opt-out: Study F-1") and "\n# " not in told
    assert "| How it is sent, and how often | MESH, every month |" in told
    assert "| Was the information given in confidence? | yes |" in told
    assert "| Does a named exemption cover it? Give its id | not said |" in told
    assert "The national data opt-out applies, on 22 November 2026." in told and "### Why" in told
    open_yet = section(facts=facts(data__from_gp_record=None, data__confidential=None), name="A | <b>")
    assert "| Does it come from the GP record? | not said |" in open_yet
    assert "Review: this cannot be answered yet" in open_yet and "A \\| \\<b\\>" in open_yet


def test_a_purpose_and_its_detail_are_told_apart() -> None:
    told = article_30(register(flow=[flow(facts=facts(purpose="other", purpose_detail="handling a complaint"))]))
    assert "something else: handling a complaint" in told
