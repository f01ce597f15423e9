"""A statement says no sentence that has no origin, asserts nothing that is not shown, and reads the same in every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.evidence import AppliedRun
from ndoo.assets.files import register_from
from ndoo.assets.findings import read_findings
from ndoo.assets.flow_decisions import decide_all
from ndoo.assets.gaps import JoinedRecords, join
from ndoo.assets.general import ORIGINS
from ndoo.assets.register import Register
from ndoo.assets.review_rules import ReviewStanding
from ndoo.assets.statement import Statement, make
from ndoo.assets.statement_blocks import MANY, POINT, ROWS, TEXT, blocks
from ndoo.assets.statement_forms import FORMS, put_statement
from ndoo.assets.statement_html import html
from ndoo.assets.statement_layout import differences, markdown
from ndoo.assets.statement_pdf import pdf
from ndoo.domain.errors import UnfitData
from ndoo.policy import load_pack
from ndoo.policy.pack import APPLIES
from ndoo.policy.paragraphs import paragraph
from ndoo.policy.read_conditions import BadClause
from tests.conftest import ROOT
from tests.support.registers_of_assets import facts, flow, register
from tests.unit.assets.test_gaps import known
from tests.unit.assets.test_statement import WITHOUT_NAMES, made

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = date(2026, 11, 29)
EXAMPLES = sorted((ROOT / "examples" / "statements").glob("*.toml"))
CLAIMS = {"board": "applies", "care-provider": "no_uses", "council": "no_uses", "practice": "no_uses"}
SHARED = {"Northmoor Hospital NHS Trust": "applies", "Eastvale Hospital NHS Trust": "no_uses"}


def seen(of: Register, proven: bool = True) -> JoinedRecords:
    """Everything scanned and, where the opt-out applies, proven."""
    decisions = decide_all(of, load_pack(), TODAY)
    found = [
        table
        for asset in of.assets.values()
        for table in read_findings(
            {
                "tables": [
                    {
                        "name": t.name,
                        "confidential_patient_information": asset.text("patient_information"),
                        "because": "So it is.",
                        "columns": [{"name": c} for c in t.columns],
                    }
                    for t in asset.tables
                ]
            },
            asset.texts("location")[0],
        )
    ]
    runs = [
        AppliedRun(name, "m", NOW, "k", 5, 1, type_1=True)
        for name, d in decisions.items()
        if d.outcome == APPLIES and proven
    ]
    scanned = {asset.texts("location")[0]: TODAY for asset in of.assets.values()}
    return JoinedRecords(of, decisions, found, runs, scanned=scanned)


def stated(of: Register, proven: bool = True) -> Statement:
    joined = seen(of, proven)
    return make(joined, join(joined, TODAY), load_pack(), NOW)


def statements() -> Iterator[tuple[str, Statement]]:
    for path in EXAMPLES:
        whole = register_from(path)
        members = whole.organisation.texts("members") if whole.organisation else ()
        for member in members:
            yield member, stated(whole.of(member))
        if not members:
            yield path.stem, stated(whole)


def general(statement: Statement) -> dict[str, str]:
    return {
        one["id"]: " ".join(sentence["says"] for sentence in one["sentences"]) for one in statement.document["general"]
    }


def test_five_kinds_of_organisations_publish_without_a_gap_and_every_sentence_has_its_origin() -> None:
    claims = {}
    for name, statement in statements():
        assert statement.gaps == ()
        claims[name] = statement.document["claim"]
        for one in statement.document["general"]:
            for sentence in one["sentences"]:
                assert sentence["says"] and "{" not in sentence["says"] and ".." not in sentence["says"]
                assert set(sentence["origin"]) in ({"source"}, {"record"}) and all(sentence["origin"].values())
        for use in statement.document["uses"]:
            assert {f"uses.{field}" for field, _ in ROWS if use.get(field)} <= set(ORIGINS)
        assert statement.document["origins"] == ORIGINS
        for block in blocks(statement.document):
            assert block.origin in ORIGINS if block.kind in (TEXT, POINT) else not block.origin, block
    assert claims == CLAIMS | SHARED


def test_every_form_says_every_block() -> None:
    for _, statement in statements():
        told, page, printed = markdown(statement.document), html(statement.document), pdf(statement.document)
        bare = re.sub(r"<[^>]+>", "", page)
        for block in blocks(statement.document):
            assert block.text in bare.replace("&#x27;", "'").replace("&amp;", "&")
            assert block.text.split()[0] in told.replace("\\", "")
        assert printed.startswith(b"%PDF-1.7") and printed == pdf(statement.document)
        assert printed.count(b" BDC") == printed.count(b"EMC") and b"/StructTreeRoot" in printed
        assert "\n\n\n" not in told


def test_organisations_that_share_a_register_have_their_own_flows_and_name() -> None:
    told = dict(statements())
    first, second = (told[name].document for name in SHARED)
    assert first["organisation"]["name"] in markdown(first)
    assert {use["id"] for use in first["uses"]} == {"F-01", "F-03", "F-04"}
    assert {use["id"] for use in second["uses"]} == {"F-02", "F-03", "F-04"}
    with pytest.raises(UnfitData, match="shares the register"):
        register().of("Nobody")
    with pytest.raises(UnfitData, match="does not share"):
        register(flow=[flow(members=["Nobody"])])


def test_a_use_with_an_opt_out_of_its_own_says_so() -> None:
    told = {use["id"]: use["why"] for use in dict(statements())["Eastvale Hospital NHS Trust"].document["uses"]}
    assert told["F-02"].endswith("This use has an opt-out of its own. Ask us how to use it.")
    assert "of its own" not in told["F-03"] + told["F-04"]


def test_what_is_not_shown_is_not_asserted_in_general_either() -> None:
    whole = register_from(ROOT / "examples" / "statements" / "board.toml")
    shown, unproven = general(stated(whole)), general(stated(whole, proven=False))
    assert "take the whole records of those people out" in shown["left-out"]
    assert "left-out" not in unproven
    undecided = made(register(flow=[flow(facts=facts(gateway__kind=None))]))
    assert "checked" not in general(undecided)
    assert "3 of our 5 uses" in shown["most-work"] and "some-work" not in shown
    assert (
        "1 of our 3 uses works with information that does not show who you are."
        in general(dict(statements())["practice"])["some-work"]
    )


def test_one_use_is_never_called_most() -> None:
    one = [flow("F-001", facts=facts(data__form="aggregate", **WITHOUT_NAMES))]
    assert "most-work" not in general(made(register(flow=one)))
    two = [*one, flow("F-002", facts=facts(data__form="aggregate", **WITHOUT_NAMES))]
    assert "all of our 2 uses work" in general(made(register(flow=two)))["most-work"]


def test_an_organisation_switches_a_paragraph_off_and_without_a_use_says_what_it_would_do() -> None:
    told = general(dict(statements())["care-provider"])
    assert "We do not use or share confidential patient information beyond care at this time." in told["checked"]
    assert "the manager checks first whether your choice applies" in told["checked"]
    assert (
        "the use named here against the national rules as they stood on 29 November 2026. Your choice does not apply to it."
        in general(dict(statements())["council"])["checked"]
    )
    assert "type-1" in told
    assert "There are no uses to list." in markdown(dict(statements())["care-provider"].document)
    off = register(organisation={"name": "A", "email": "e", "type_1": "x", "how_applied": "y", "leave_out": ["type-1"]})
    assert "type-1" not in general(made(off))


def test_a_change_of_the_general_paragraphs_is_told_and_another_day_is_no_news() -> None:
    whole = register_from(ROOT / "examples" / "statements" / "board.toml")
    before = stated(whole).document
    changed = {**before, "general": [one for one in before["general"] if one["id"] != "purposes"]}
    assert differences(before, changed) == [
        "Under “Why information is collected”: was “improving the quality and standards of care research into the development of new "
        "treatments preventing illness and diseases monitoring safety planning services” and is “not there”."
    ]
    older = {name: value for name, value in before.items() if name != "general"}
    assert len(differences(older, before)) == len(before["general"])
    dated = [say for one in before["general"] for say in one["sentences"] if say["origin"].get("record") == "scans"]
    monitoring = {"id": "monitoring", "heading": "How we monitor uses", "sentences": dated}
    assert dated and differences(older, {**older, "general": [monitoring]}) == [], "only days are no news"
    later = known(whole, scanned={"sqlite:///warehouse.db": date(2026, 11, 20)})
    assert not [
        line
        for line in differences(before, make(later, join(later, TODAY), load_pack(), NOW).document)
        if "monitor" in line
    ]


def test_nothing_in_a_text_becomes_markup_or_a_command_of_the_pdf() -> None:
    odd = register(
        flow=[flow(name="A <script>(x)\\ & https://a.example/?q=1&b=2.", data_types="word " * 400 + "w" * 300)]
    )
    document = made(odd).document
    page, printed = html(document), pdf(document)
    assert "<script>" not in page
    assert '<a href="https://a.example/?q=1&amp;b=2">https://a.example/?q=1&amp;b=2</a>.' in page
    assert b"(<script>\\(x\\)\\\\ ) Tj" in printed
    assert printed.count(b"/Type/Page/") >= 2
    with pytest.raises(UnfitData, match="Write it as HTML"):
        pdf(made(register(flow=[flow(name="Łódź")])).document)


def test_the_end_of_a_file_s_name_decides_its_form(tmp_path: Path) -> None:
    document = made().document
    for name, start in (
        ("s.pdf", b"%PDF"),
        ("s.HTML", b"<!doctype"),
        ("s.md", b"# How A trust"),
        ("s", b"# How"),
        ("s.json", b'{\n  "kind"'),
    ):
        put_statement(tmp_path / name, document)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert set(FORMS) == {"markdown", "html", "privacy-notice"}


@pytest.mark.parametrize(
    "sentence",
    [{"says": "x"}, {"says": "x", "cite": "a", "record": "b"}, {"says": "x", "cite": "nowhere"}],
)
def test_a_sentence_without_one_origin_is_refused(sentence: dict[str, Any]) -> None:
    with pytest.raises(BadClause, match="without one origin"):
        paragraph({"id": "p", "sentence": [sentence]}, {"a": object()})


def test_the_table_of_the_source_s_points_quotes_what_a_statement_says() -> None:
    told: dict[str, str] = {}
    for _, statement in statements():
        for name, says in general(statement).items():
            told[name] = told.get(name, "") + says
    signed = ReviewStanding(date(2027, 11, 1), "", (), date(2026, 11, 1), ())
    reviewed = known(register(), standings={("asset", "A-1"): signed})
    told["monitoring"] += general(make(reviewed, join(reviewed, TODAY), load_pack(), NOW))["monitoring"]
    table = (ROOT / "docs" / "reference" / "statement-of-the-source.md").read_text(encoding="utf-8")
    quoted = re.findall(r'`([a-z0-9-]+)`: "([^"]+)"', table)
    assert len(quoted) > 10
    for name, quote in quoted:
        for piece in filter(None, (piece.strip() for piece in quote.split("…"))):
            assert piece in told[name], (name, piece)


def test_one_asset_is_spoken_of_as_one() -> None:
    for _, statement in statements():
        told = general(statement).get("monitoring", "")
        assert ("asset is in our register" in told) == ("It was last scanned" in told)
        assert ("assets are in our register" in told) == ("They were last scanned" in told)
    one = general(stated(register()))["monitoring"]
    assert "1 information asset is in our register. It was last scanned" in one


def test_a_review_that_nobody_signed_is_not_spoken_of() -> None:
    for _, statement in statements():
        assert "review" not in general(statement).get("monitoring", "")


def test_many_uses_are_summed_up_first_by_what_they_are_for() -> None:
    many = [flow(f"F-{at:03d}") for at in range(MANY)] + [
        flow("F-900", facts=facts(purpose="other", purpose_detail="settling a complaint")),
        flow("F-901", facts=facts(purpose="individual_care", recipient="the ward", gateway__kind="implied_consent")),
    ]
    told = [(one.label, one.text) for one in blocks(made(register(flow=many)).document) if one.origin == "uses"]
    assert told == [
        ("", "There are 32 uses. In short:"),
        ("research", "30 uses. Your choice applies to 30 of them."),
        ("another purpose", "1 use. Your choice applies to it."),
        ("your own care", "1 use. Your choice does not apply to it."),
    ]
    assert not [one for one in blocks(made(register()).document) if one.origin == "uses"]


def test_a_purpose_without_a_word_is_told_by_its_detail() -> None:
    one = flow(facts=facts(purpose="other", purpose_detail="settling a complaint"))
    told = [block for block in blocks(made(register(flow=[one])).document) if block.origin.startswith("uses.purpose")]
    assert [(block.label, block.text) for block in told] == [("What for", "settling a complaint")]
    both = blocks(made(register(flow=[flow(facts=facts(purpose_detail="a study"))])).document)
    assert [block.label for block in both if block.origin.startswith("uses.purpose")] == ["What for", "In more detail"]
