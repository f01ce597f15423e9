"""The statement claims nothing that is not shown, and whoever gets the evidence can see that it is whole."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.gaps import JoinedRecords, join
from ndoo.assets.pack import Proofs, evidence_pack
from ndoo.assets.register import Register
from ndoo.assets.statement import Statement, make
from ndoo.assets.statement_layout import differences, markdown, privacy_notice
from ndoo.evidence.seal import Sealer
from ndoo.policy import load_pack
from tests.support.registers_of_assets import NOW, PLACE, TODAY, asset, document, facts, flow, register, scan
from tests.unit.assets.test_evidence import sealed
from tests.unit.assets.test_gaps import VISITS, known

COLLECTED = {"kind": "statutory_collection", "data__from_gp_record": True, "gateway__kind": "statutory_duty"}
FROM_GP = {"data__from_gp_record": True, "data__registration_current": True}
WITHOUT_NAMES = {
    "data__identifiable": "no",
    "gateway__kind": "none",
    "data__anonymisation_evidence": "assessment 7",
}
CARE = flow("F-1", facts=facts(purpose="individual_care", recipient="the ward", gateway__kind="implied_consent"))


def made(what: Register | None = None, **more: Any) -> Statement:
    found = known(what, **more)
    return make(found, join(found, TODAY), load_pack(), NOW)


def gaps(what: Register | None = None, **more: Any) -> str:
    statement = made(what, **more)
    assert statement.document["claim"] == "not_yet"
    return " ".join(gap.because for gap in statement.gaps)


def test_what_is_shown_is_claimed() -> None:
    statement = made()
    assert (statement.gaps, statement.document["claim"]) == ((), "applies")
    (use,) = statement.document["uses"]
    assert use["last_applied"] == "2026-11-20" and use["outcome"] == "applies" and use["why"] == ""
    assert "sealed_by" not in statement.document["organisation"]
    none = made(register(flow=[CARE]))
    assert (none.gaps, none.document["claim"]) == ((), "no_uses")
    assert none.document["uses"][0]["why"] == "This counts as part of your own care."


@pytest.mark.parametrize(
    ("what", "more", "gap"),
    [
        ({"flow": [flow(facts=facts(data__from_gp_record=None))]}, {}, "whether it comes from the GP record"),
        (
            {"flow": [flow(facts=facts(gateway__kind="public_interest", data__from_gp_record=True))]},
            {},
            "how Type 1 opt-outs are treated",
        ),
        ({"organisation": {"name": "A", "leave_out": ["types"]}}, {}, "leave_out names types, which is no general"),
        (None, {"proof": []}, "nothing proves that it was applied"),
        (None, {"scans": []}, "Nothing was scanned"),
        (None, {"scans": [(PLACE, scan(VISITS, ("copy", "yes", "a")))]}, "no asset explains"),
        (None, {"scans": [("", scan(VISITS))]}, "not looked at"),
        (None, {"stale": {"F-1": ("Facts changed.",)}}, "Facts changed."),
        (
            {"flow": [flow(facts=facts(data__form="pseudonymised", **FROM_GP, **WITHOUT_NAMES))]},
            {},
            "that people with a Type 1 opt-out are left out, as they must be",
        ),
        (
            {"flow": [flow(facts=facts(**FROM_GP))]},
            {},
            "its last sealed manifest says that no Type 1 opt-outs were upheld",
        ),
        ({"flow": []}, {}, "holds no flow"),
        ({"organisation": {"name": "A"}}, {}, "no email address"),
        ({"organisation": {"name": "A", "phone": "1"}}, {}, "how Type 1 opt-outs are upheld"),
        ({"organisation": {"name": "A", "address": "1"}}, {}, "how the opt-out is applied"),
        ({"flow": [flow(article_6=None)]}, {}, "the legal basis under UK GDPR (article_6)"),
        ({"flow": [flow(article_9=None)]}, {}, "the legal basis under UK GDPR (article_9)"),
        ({"flow": [flow(data_types=None)]}, {}, "data_types"),
        ({"flow": [flow(facts=facts(recipient=None))]}, {}, "who receives the data"),
        ({"flow": [flow(facts=facts(gateway__reference=None))]}, {}, "(gateway.reference)"),
        (
            {"flow": [flow(facts=facts(gateway__kind="statutory_duty", gateway__citation=None))]},
            {},
            "(gateway.citation)",
        ),
        ({"flow": [flow(facts=facts(gateway__kind="none"))]}, {}, "no decision that stands"),
    ],
)
def test_what_is_not_shown_is_a_gap(what: dict[str, Any] | None, more: dict[str, Any], gap: str) -> None:
    assert gap in gaps(register(**what) if what else None, **more)


def test_uses_of_which_nothing_differs_are_taken_over_and_no_others() -> None:
    found, pack = known(), load_pack()
    before = make(found, join(found, TODAY), pack, NOW)
    again = make(found, join(found, TODAY), pack, NOW, before)
    assert again.uses["F-1"] is before.uses["F-1"]
    other = known(proof=[])
    assert make(other, join(other, TODAY), pack, NOW, before).uses["F-1"] is not before.uses["F-1"]


def test_without_an_organisation_there_is_a_gap_and_still_a_draft() -> None:
    told = document()
    del told["organisation"]
    from ndoo.assets.register import read_register

    statement = made(read_register(told))
    assert "which organisation" in statement.gaps[0].because
    assert "Nobody is named yet." in markdown(statement.document)
    assert "Questions" not in privacy_notice(statement.document)


def test_data_that_names_nobody_any_more_needs_no_basis() -> None:
    counts = flow(
        article_6=None,
        article_9=None,
        facts=facts(
            data__form="anonymised",
            data__identifiable="no",
            data__anonymisation_evidence="assessment 7",
            gateway__kind="none",
            purpose="planning",
        ),
    )
    assert made(register(flow=[counts])).gaps == ()


def test_names_that_are_not_confidential_are_not_called_information_that_shows_nobody() -> None:
    """Names and addresses show who somebody is, and what is not confidential may still speak of health."""
    named = flow(facts=facts(data__about_health_or_care=False))
    open_to_all = flow(facts=facts(data__confidential=False))
    for one, why in ((named, "does not say anything about your health"), (open_to_all, "was not given in confidence")):
        document = made(register(flow=[one])).document
        assert why in document["uses"][0]["why"]
        assert "does not say who you are" not in str(document)
        assert "with information that does not show who you are" not in str(document["general"])


def test_a_gap_names_a_number_as_it_is_written() -> None:
    assert "the approval's own number, such as 22/CAG/0123 (gateway.reference)" in gaps(
        register(flow=[flow(facts=facts(gateway__reference=None))])
    )


DUTY = {"gateway__kind": "statutory_duty", "gateway__citation": "the direction on appointments"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "does not come from GP records"),
        ({"data__from_gp_record": True}, "Nobody has said yet that people with a Type 1 opt-out are left out of it"),
        (
            {"data__from_gp_record": True, **DUTY, "gateway__type_1": "overridden"},
            "must be given",
        ),
        (
            {"data__from_gp_record": True, **DUTY, "gateway__type_1": "upheld"},
            "left out, as this says: the direction on appointments.",
        ),
        (
            {**COLLECTED, **DUTY},
            "says whether people with a Type 1 opt-out are left out: the direction on appointments.",
        ),
        (
            {**COLLECTED, **DUTY, "gateway__type_1": "upheld"},
            "says that people with a Type 1 opt-out are left out: the direction",
        ),
        ({"data__from_gp_record": True, **DUTY}, "Nobody has said yet how Type 1"),
        ({"data__from_gp_record": None}, "Nobody has said yet whether"),
        ({"data__from_gp_record": True, "gateway__kind": "public_interest"}, "Nobody has said yet how Type 1"),
        (
            {"data__from_gp_record": None, "purpose": "individual_care", "recipient": "the ward"},
            "about uses beyond your own care",
        ),
        ({"data__from_gp_record": None, "gateway__kind": "court_order"}, "A court ordered it"),
        (
            {
                "data__from_gp_record": True,
                "data__form": "aggregate",
                "data__identifiable": "no",
                "gateway__kind": "none",
                "data__anonymisation_evidence": "assessment 7",
            },
            "Only information that does not show who you are leaves",
        ),
        (
            {
                "data__from_gp_record": True,
                "data__form": "pseudonymised",
                **WITHOUT_NAMES,
            },
            "Nobody has said yet that people with a Type 1 opt-out are left out",
        ),
        (
            {**FROM_GP, "data__form": "pseudonymised", **WITHOUT_NAMES, "gateway__type_1": "upheld"},
            "GP records. People with a Type 1 opt-out are left out of it.",
        ),
    ],
)
def test_type_1_is_told_for_each_use(changes: dict[str, Any], words: str) -> None:
    statement = made(register(flow=[flow(facts=facts(**changes))]))
    assert words in statement.document["uses"][0]["type_1"]


def test_type_1_is_not_called_applied_where_the_last_manifest_shows_that_none_were_upheld() -> None:
    """Nor is what another statement said of it taken over."""
    without = known(register(flow=[flow(facts=facts(data__from_gp_record=True))]))
    upheld = replace(without, applied=[replace(run, type_1=True) for run in without.applied])
    pack = load_pack()

    def told(of: JoinedRecords, before: Statement | None = None) -> Statement:
        return make(of, join(of, TODAY), pack, NOW, before)

    shown = told(upheld)
    assert "left out as well" in shown.uses["F-1"].told["type_1"]
    for before in (None, shown):
        assert "Nobody has said yet that" in told(without, before).uses["F-1"].told["type_1"]
    never = replace(without, applied=[])
    assert "Nobody has said yet that" in told(never).uses["F-1"].told["type_1"]


def test_people_can_read_it_and_nothing_in_it_becomes_markup() -> None:
    odd = flow(name="A <script> *study*\n# of [links](x)")
    told = markdown(made(register(flow=[odd])).document)
    assert "### A \\<script\\> \\*study\\* \\# of \\[links\\](x)" in told
    assert (
        "Last updated: 22 November 2026 at 12:00.\n\n## Why information is collected\n" in told
        and "ig@example.org" in told
    )
    assert "None is recorded yet." in markdown(made(register(flow=[])).document), "a gap is no denial"
    assert "Questions: ig@example.org." in privacy_notice(made().document)


def test_what_changed_between_two_versions_is_said() -> None:
    before = made().document
    assert differences(before, {**before, "made": "2026-12-01T10:00+00:00"}) == []
    after = made(
        register(
            organisation={"name": "A trust", "email": "new@example.org", "type_1": "x", "how_applied": "y"},
            flow=[flow("F-2")],
            asset=[asset()],
        ),
        proof=[],
    ).document
    told = " ".join(differences(before, {**after, "policy": {**after["policy"], "version": "2027.1"}}))
    for words in (
        "It said: We comply",
        "The organisation: email was “ig@example.org” and is “new@example.org”",
        "New use: Study F-2.",
        "No longer used: Study F-1.",
        "is version 2027.1",
    ):
        assert words in told
    renamed = made(register(flow=[flow(facts=facts(recipient="B"))])).document
    assert differences(before, renamed) == ["Study F-1: Who gets it was “A university” and is “B”."]


def pack(folder: Path, found: JoinedRecords) -> Path:
    joined = join(found, TODAY)
    statement = make(found, joined, load_pack(), NOW)
    sealer = Sealer(bytes(range(32)))
    proofs = Proofs({"a": sealed()}, [], [])
    held = evidence_pack(found, joined, statement, proofs, NOW, sealer)
    assert held == evidence_pack(found, joined, statement, proofs, NOW, sealer)
    with zipfile.ZipFile(BytesIO(held)) as zipped:
        zipped.extractall(folder)
    return folder


def test_the_items_of_the_toolkit_stand_in_the_pack_as_the_organisation_lists_them(tmp_path: Path) -> None:
    listed = {"name": "A", "email": "e", "type_1": "x", "how_applied": "y", "toolkit": ["2026-27, B2.a, statement.md"]}
    folder = pack(tmp_path, known(register(organisation=listed)))
    assert "as the organisation lists them:\n  2026-27, B2.a, statement.md\n" in (folder / "README.txt").read_text(
        "utf-8"
    )


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-B", folder / "check.py"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "act", ["nothing", "unpack beside the zip", "alter", "lose", "add", "alter a manifest with its digest"]
)
def test_anyone_can_see_that_an_evidence_pack_is_whole(act: str, tmp_path: Path) -> None:
    folder = pack(tmp_path, known(register()) if act != "nothing" else known(Register()))
    if act.startswith("unpack"):
        (folder / "evidence.zip").write_bytes(b"")
    elif act == "alter":
        (folder / "register.toml").write_text("", encoding="utf-8")
    elif act == "lose":
        (folder / "reviews.json").unlink()
    elif act == "add":
        (folder / "manifests" / "00002.json").write_text(json.dumps(sealed()), encoding="utf-8")
    elif act.startswith("alter a"):
        told = (folder / "contents.json").read_text("utf-8")
        (folder / "contents.json").write_text(told.replace('"made": "2026', '"made": "2025'), encoding="utf-8")
    said = checked(folder)
    assert (said.returncode == 0) is (act in ("nothing", "unpack beside the zip")), said.stdout + said.stderr
    assert ("not looked at: evidence.zip" in said.stdout) is act.startswith("unpack")
    assert said.stderr == ""


@pytest.mark.parametrize(
    ("words", "asked", "gap"),
    [
        ("We send the NHS numbers to the national check.", "register", "a register of one’s own was"),
        ("Through MESH, before each release.", "snapshot", "a snapshot of a register was"),
        ("We use the National Data Opt-out Service.", "register", "a register of one’s own was"),
        ("We send the NHS numbers to the national check.", "mesh", ""),
        ("We send the NHS numbers to the national check.", "file", ""),
        ("We ask the register of this service.", "register", ""),
    ],
)
def test_what_is_said_of_how_is_what_the_certificates_say(words: str, asked: str, gap: str) -> None:
    """ "We send the numbers to the national check" stood beside certificates that said "this service's register"."""
    told = document()
    what = register(organisation=told["organisation"] | {"how_applied": words})
    found = known(what)
    found = replace(found, applied=[replace(run, asked=asked) for run in found.applied])
    because = [one.because for one in make(found, join(found, TODAY), load_pack(), NOW).gaps]
    assert all("national check is asked" in one and gap in one for one in because)
    assert len(because) == bool(gap)


@pytest.mark.parametrize(
    ("words", "from_gp", "gap"),
    [
        ("We take no GP data.", True, True),
        ("We take nothing from GP records.", True, True),
        ("We do not use GP data.", True, True),
        ("We take no identifiable data from GP records for uses beyond care.", True, True),
        ("We take no GP data.", False, False),
        ("We never use GP records of people with a Type 1 opt-out.", True, False),
        ("We do not use GP data of people who have a Type 1 opt-out; they are left out.", True, False),
        ("No information from GP records is used without asking.", True, False),
        ("We use GP data.", True, False),
        ("We leave out everybody with a Type 1 opt-out from GP data.", True, False),
    ],
)
def test_what_is_said_of_gp_data_is_what_the_uses_say(words: str, from_gp: bool, gap: bool) -> None:
    told = document()
    uses = [flow(facts=facts(data__from_gp_record=from_gp, data__registration_current=True))]
    what = register(organisation=told["organisation"] | {"type_1": words}, flow=uses)
    said = [one.because for one in made(what).gaps if "there is no GP data" in one.because]
    assert bool(said) is gap


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data__nhs_number": "absent_disproportionate"}, "have no NHS number to look your choice up with"),
        ({"gateway__kind": "regulation_3"}, "or because of another risk to public health"),
        ({"origin": "private_care_private_premises"}, "or care arranged privately in private premises"),
    ],
)
def test_a_reason_says_what_decided(changes: dict[str, Any], words: str) -> None:
    """A use without NHS numbers was "named by the rules", and data from a private hospital came "from outside England"."""
    (use,) = made(register(flow=[flow(facts=facts(**changes))])).document["uses"]
    assert words in use["why"]
