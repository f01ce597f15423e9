"""`ndoo applies` as people and scripts call it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from ndoo.cli import applies as applies_command
from ndoo.policy import load_pack
from tests.conftest import ROOT, Ndoo

EXAMPLES = ROOT / "examples" / "flows"
STUDY = EXAMPLES / "5-section-251-study.toml"
INVOICES = EXAMPLES / "3-contracted-invoice-validation.toml"


class Typed(io.StringIO):
    """Answers on stdin; `terminal` as somebody types them, else piped in."""

    def __init__(self, text: str, *, terminal: bool = False) -> None:
        super().__init__(text)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> type[Typed]:
    class Stdin(Typed):
        def __init__(self, text: str, *, terminal: bool = False) -> None:
            super().__init__(text, terminal=terminal)
            monkeypatch.setattr(sys, "stdin", self)

    return Stdin


def test_the_explanation_can_be_kept_in_a_file_and_json_stands_alone(ndoo: Ndoo) -> None:
    plainly = ndoo("applies", STUDY)
    assert (plainly.status, plainly.err) == (0, "")
    assert "The national data opt-out applies, on 2 November 2026. (A-S251)" in plainly.told
    as_json = ndoo("applies", STUDY, "--json", "--quiet")
    assert as_json.told == ""
    assert as_json.json["outcome"] == "applies"
    assert ndoo("applies", STUDY, "--format", "json", "-q").json == as_json.json


def test_a_form_asked_for_goes_to_stdout(ndoo: Ndoo) -> None:
    assert ndoo("applies", STUDY, "--format", "markdown").out.startswith("# Outcomes of crisis care")
    told = ndoo("applies", STUDY, "--format", "text")
    assert told.out.startswith("Outcomes of crisis care")
    assert told.err == ""


def test_review_is_exit_status_7(ndoo: Ndoo) -> None:
    assert ndoo("applies", INVOICES, "-q").status == 7


def test_the_day_on_the_command_line_goes_before_the_flow_s(ndoo: Ndoo) -> None:
    assert ndoo("applies", STUDY, "--as-of", "2025-05-31", "--json").json["outcome"] == "review"
    assert ndoo("applies", STUDY, "--as-of", "2025-06-01", "--json").json["as_of"] == "2025-06-01"
    assert ndoo("applies", STUDY, INVOICES, "--as-of", "2025-05-31", "--json").json["summary"] == {"review": 2}


def test_today_in_london_is_the_day_of_a_flow_without_one(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    monkeypatch.setattr(applies_command, "now", lambda: datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    (tmp_path / "f.toml").write_text('purpose = "individual_care"\n')
    assert ndoo("applies", "f.toml", "--json").json["as_of"] == "2026-07-01"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--as-of", "2018-05-24"), 3, "before 25 May 2018 the national data opt-out did not exist"),
        (("--as-of", "24.5.2026"), 2, "Invalid value for '--as-of': not a date such as 2026-11-20."),
        (("--as-of", "2026-W45-1"), 2, "Invalid value for '--as-of': not a date such as 2026-11-20."),
        (("--pack", "oqg"), 2, "There is no policy pack 'oqg'. Did you mean opg?"),
        (("-o", "x.toml"), 2, "-o goes with --ask."),
        (("--format", "pdf"), 2, "pdf"),
        (("--replay", "none.json"), 2, "--replay decides the flow that the file holds"),
    ],
)
def test_a_wrong_call_gets_its_sentence(arguments: tuple[str, ...], status: int, sentence: str, ndoo: Ndoo) -> None:
    said = ndoo("applies", STUDY, *arguments)
    assert said.status == status
    assert sentence in said.told


def test_no_flow_and_no_such_flow_are_wrong_calls(ndoo: Ndoo) -> None:
    assert ndoo("applies").status == 2
    assert ndoo("applies", "none.toml").status == 2
    assert ndoo("applies", STUDY, "none.toml").status == 2
    assert ndoo("applies", STUDY, INVOICES, "--ask").status == 2
    assert ndoo("applies", STUDY, INVOICES, "--save", "d.json").status == 2
    assert ndoo("applies", "--replay", "none.json").status == 2


def test_bad_input_is_exit_status_3_and_json_says_so_too(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text('purpose = "reserch"\n')
    said = ndoo("applies", "f.toml", "--json")
    assert said.status == 3
    assert said.json["error"]["exit_status"] == 3
    assert said.json["error"]["message"].endswith("Did you mean research?")


def test_a_flow_dated_before_the_opt_out_is_told_that_it_did_not_exist(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text("as_of = 2018-05-24\n")
    said = ndoo("applies", "f.toml")
    assert said.status == 7
    assert "did not exist before 25 May" in said.told


def test_several_flows_get_a_line_each_and_a_summary(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("applies", EXAMPLES, "--json")
    assert len(said.json["flows"]) == 8
    assert said.json["summary"] == {"does_not_apply": 4, "applies": 3, "review": 1}
    assert said.json["flows"][0]["file"] == "1-national-audit-with-an-exemption.toml"
    assert said.json["policy"]["name"] == "opg"
    assert "8 flows: applies 3, does not apply 4, review 1. Policy pack opg" in said.told
    assert ndoo("applies", STUDY, EXAMPLES / "6-cancer-registration.toml").status == 0
    full = ndoo("applies", STUDY, INVOICES, "--format", "markdown")
    assert full.out.count("## Why") == 2
    proposal = ndoo("applies", EXAMPLES, "--pack", "proposal-2026")
    assert "no policy in force" in proposal.told.splitlines()[-1]


def test_a_table_has_a_flow_a_row_and_a_bad_one_stops_no_other(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text(
        "id,purpose,origin,data.confidential\nf-1,individual_care,,\nf-2,reserch,,\nf-3,research,outside_england,true\n"
    )
    said = ndoo("applies", "flows.csv", "--json")
    assert said.status == 3
    assert [flow.get("outcome") for flow in said.json["flows"]] == ["does_not_apply", None, "does_not_apply"]
    assert said.json["flows"][1]["error"]["code"] == "flow-value"
    assert "unfit           flows.csv, row 2: purpose must be one of" in said.told
    (tmp_path / "broken.toml").write_text("a = = 1")
    both = ndoo("applies", "broken.toml", STUDY, "--json")
    assert both.status == 3
    assert both.json["summary"] == {"unfit": 1, "applies": 1}
    assert "unfit           broken.toml is not valid TOML" in both.told


def test_a_json_list_of_one_is_one_flow_and_of_two_are_several(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('[{"purpose": "individual_care"}]')
    (tmp_path / "two.json").write_text('[{"purpose": "individual_care"}, {"purpose": "individual_care"}]')
    assert ndoo("applies", "one.json", "--json").json["reason"] == "N-CARE"
    assert len(ndoo("applies", "two.json", "--json").json["flows"]) == 2
    assert ndoo("applies", "two.json", "--ask").status == 2


def test_a_decision_is_kept_and_replayed(ndoo: Ndoo, tmp_path: Path) -> None:
    kept = ndoo("applies", STUDY, "--save", "d.json")
    assert kept.told.rstrip().endswith("Kept in d.json.")
    again = ndoo("applies", "--replay", "d.json", "--json")
    assert again.status == 0
    assert again.json["same_answer"] is True
    assert "The same policy pack gives the same answer as was kept." in again.told
    other = ndoo("applies", "--replay", "d.json", "--pack", "proposal-2026")
    assert "The policy pack is another one than then, and the answer is the same:" in other.told
    document = json.loads((tmp_path / "d.json").read_text())
    document["answer"]["outcome"] = "does_not_apply"
    (tmp_path / "d.json").write_text(json.dumps(document))
    assert ndoo("applies", "--replay", "d.json").status == 3
    document["answer"]["policy"]["digest"] = load_pack("proposal-2026").digest
    (tmp_path / "d.json").write_text(json.dumps(document))
    today = ndoo("applies", "--replay", "d.json")
    assert today.status == 0
    assert "The policy pack is another one than then, and so is the answer:" in today.told
    assert "  The outcome was does_not_apply and is applies." in today.told


def test_another_pack_with_nothing_different_says_so(ndoo: Ndoo, tmp_path: Path) -> None:
    ndoo("applies", STUDY, "--save", "d.json")
    document = json.loads((tmp_path / "d.json").read_text())
    document["answer"]["policy"]["digest"] = "of last year"
    (tmp_path / "d.json").write_text(json.dumps(document))
    assert "another one than then, and the answer is the same." in ndoo("applies", "--replay", "d.json").told


def test_a_decision_that_cannot_be_written_is_no_decision(ndoo: Ndoo) -> None:
    said = ndoo("applies", STUDY, "--save", "none/d.json")
    assert (said.status, "'none'" in said.err) == (2, True)


def test_questions_are_answered_from_a_pipe_and_the_flow_is_written(
    ndoo: Ndoo, tmp_path: Path, typing: type[Typed]
) -> None:
    typing("regulation_3\n\n2026-12-31\nyes\n")
    said = ndoo("applies", "--ask", "-o", "f.toml", "--as-of", "2026-11-02", "--json")
    assert (said.status, said.json["reason"]) == (0, "N-REG3")
    assert said.json["obligations"] == ["check_type_1_in_notice"]
    assert "1. What allows the use of confidential information?" in said.told
    assert " 4  regulation_3: regulation 3 (communicable disease" in said.told
    assert "That is enough after 4 questions." in said.told
    assert (tmp_path / "f.toml").read_text() == (
        "# A data flow, for `ndoo applies`. A field left out is not known.\nas_of = 2026-11-02\n\n"
        '[data]\nfrom_gp_record = true\n\n[gateway]\nkind = "regulation_3"\nvalid_to = 2026-12-31\n'
    )
    assert ndoo("applies", "f.toml", "--json").json["reason"] == "N-REG3"


def test_answers_that_end_too_early_leave_the_rest_unknown(ndoo: Ndoo, typing: type[Typed]) -> None:
    typing("regulation_5\n")
    said = ndoo("applies", "--ask", "--json")
    assert (said.status, said.json["reason"]) == (7, "R-MISSING")
    assert "No more answers" in said.told


def test_a_wrong_answer_is_asked_again_at_a_terminal_and_refused_in_a_pipe(
    ndoo: Ndoo, tmp_path: Path, typing: type[Typed]
) -> None:
    typing("regulation_4\nimplied_consent\n1\n", terminal=True)
    said = ndoo("applies", "--ask", "--json")
    assert said.json["reason"] == "N-CARE"
    assert "gateway.kind must be a number from 1 to 10, or one of" in said.told
    assert "That is enough after 2 questions." in said.told
    typing("regulation_4\nimplied_consent\n1\n")
    assert ndoo("applies", "--ask", "-o", "f.toml").status == 3
    assert not (tmp_path / "f.toml").exists()


def test_first_answers_are_not_asked_again(ndoo: Ndoo, tmp_path: Path, typing: type[Typed]) -> None:
    (tmp_path / "f.toml").write_text('[gateway]\nkind = "implied_consent"\n')
    typing("individual_care\n")
    said = ndoo("applies", "--ask", "f.toml", "--json")
    assert said.json["reason"] == "N-CARE"
    assert "That is enough after 1 question." in said.told
    (tmp_path / "g.toml").write_text('exemption = "X-NOBODY"\n')
    assert ndoo("applies", "--ask", "g.toml").status == 3


def test_questions_keep_to_eighty_columns(ndoo: Ndoo, typing: type[Typed]) -> None:
    typing("\n" * 40)
    said = ndoo("applies", "--ask", "--as-of", "2026-11-02")
    assert all(len(line) <= 80 or "https://" in line for line in said.told.splitlines())
    assert "yes or no" in said.told
