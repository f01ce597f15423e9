"""A statement says no sentence that has no origin, asserts nothing that is not shown, and reads the same in every form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.evidence import AppliedRun
from ndoo.assets.files import register_from
from ndoo.assets.findings import FoundTable, read_findings
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
from ndoo.checking.freshness import limit_on
from ndoo.domain.errors import UnfitData
from ndoo.policy import load_pack
from ndoo.policy.pack import APPLIES
from ndoo.policy.paragraphs import paragraph
from ndoo.policy.read_conditions import BadClause
from ndoo.policy.read_pack import pack_names
from tests.conftest import ROOT
from tests.support.registers_of_assets import asset, facts, flow, register, scan
from tests.unit.assets.test_gaps import VISITS, known
from tests.unit.assets.test_statement import WITHOUT_NAMES, made

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = date(2026, 11, 29)
EXAMPLES = sorted((ROOT / "examples" / "statements").glob("*.toml"))
APPROVED, GROUP = (
    "approved under section 251 of the NHS Act 2006 (regulation 5)",
    "Confidentiality Advisory Group reference",
)
CLAIMS = {"board": "applies", "care-provider": "no_uses", "council": "no_uses", "practice": "no_uses"}
REGISTRY = (
    "The National Disease Registration Service has an opt-out of its own. You have to ask for it there: "
    "https://www.ndrs.nhs.uk/patients/opting-out/"
)
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
    told = {use["id"]: use["own_optout"] for use in dict(statements())["Eastvale Hospital NHS Trust"].document["uses"]}
    assert told["F-02"] == "This use has an opt-out of its own. Ask us how to use it."
    assert told["F-04"] == REGISTRY, "the law decides, and the registry has an opt-out all the same"
    assert not told["F-03"]


@pytest.mark.parametrize("recipient", ["National Disease Registration Service", "the cancer registry", "NCARDRS", "us"])
@pytest.mark.parametrize("claim", [None, "none", "X-NCRS", "X-NCARDRS"])
@pytest.mark.parametrize("gateway", ["statutory_duty", "regulation_2"])
def test_a_registry_s_own_opt_out_is_told_whatever_rule_decided(
    recipient: str, claim: str | None, gateway: str
) -> None:
    said = facts(
        purpose="disease_registration",
        recipient=recipient,
        gateway__kind=gateway,
        gateway__citation="Health and Social Care Act 2012, section 254, direction of 2021",
        exemption=claim,
    )
    (use,) = made(register(flow=[flow(facts=said)])).document["uses"]
    is_it = recipient != "us" or claim not in (None, "none")
    assert use["own_optout"] == (REGISTRY if is_it and use["outcome"] == "does_not_apply" else "")
    assert gateway != "statutory_duty" or use["reason"] == "N-LAW"
    if use["own_optout"]:
        document = made(register(flow=[flow(facts=said)])).document
        assert f'<strong>Another opt-out:</strong> {REGISTRY.partition("https")[0]}<a href="https' in html(document)
        assert f"- Another opt-out: {REGISTRY}" in markdown(document)


def test_a_claimed_survey_under_a_law_keeps_its_own_opt_out_and_a_consented_use_has_none() -> None:
    survey = {"purpose": "patient_survey", "exemption": "X-SURVEY"}
    law = facts(**survey, gateway__kind="statutory_duty", gateway__citation="Care Act 2014, section 83")
    asked = facts(**survey, gateway__kind="explicit_consent", gateway__consent_covers_this_use=True)
    told = made(register(flow=[flow("F-1", facts=law), flow("F-2", facts=asked)])).document["uses"]
    assert [(use["reason"], use["own_optout"][:42]) for use in told] == [
        ("N-LAW", "This use has an opt-out of its own. Ask us"),
        ("N-CONSENT", ""),
    ]


def test_what_is_not_shown_is_not_asserted_in_general_either() -> None:
    whole = register_from(ROOT / "examples" / "statements" / "board.toml")
    shown, unproven = general(stated(whole)), general(stated(whole, proven=False))
    assert "take the whole records of those people out" in shown["left-out"]
    assert "We keep a record of each time we do this. The date is shown with the use." in shown["left-out"]
    assert unproven["left-out"].startswith("Our data service sends NHS numbers"), "the organisation's own words alone"
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
    assert "both of our uses work" in general(made(register(flow=two)))["most-work"]


def test_an_organisation_switches_a_paragraph_off_and_without_a_use_says_what_it_would_do() -> None:
    told = general(dict(statements())["care-provider"])
    assert "the manager checks first whether your choice applies" in told["checked"]
    assert (
        "We have checked the use named here. Your choice does not apply to it."
        in (general(dict(statements())["council"])["checked"])
    )
    assert "A Type 1 opt-out is another choice" in told["type-1"]
    off = register(organisation={"name": "A", "email": "e", "type_1": "x", "how_applied": "y", "leave_out": ["type-1"]})
    assert general(made(off))["type-1"] == "x", "what the organisation says itself stays"


def test_who_has_no_use_says_so_once() -> None:
    document = dict(statements())["care-provider"].document
    told = markdown(document)
    assert document["claim_words"] == (
        "We comply with the national data opt-out. At present we do not use or share confidential patient information beyond care."
    )
    assert "## Uses" not in told and "no uses" not in told and told.count("beyond care.") == 1
    assert "\n## Uses\n\nNone is recorded yet.\n" in markdown(made(register(flow=[])).document)


def test_two_uses_are_both() -> None:
    care = facts(purpose="individual_care", recipient="the ward", gateway__kind="implied_consent")
    for said, applied in ((facts(), "both"), (care, "one")):
        second = flow("F-2", facts=said)
        told = general(made(register(flow=[flow("F-1"), second])))["checked"]
        assert f"We have checked both uses named here. Your choice applies to {applied} of them." in told


def test_the_claim_names_compliance_and_is_impossible_with_a_gap() -> None:
    told = {name: statement.document for name, statement in statements()}
    assert told["board"]["claim_words"].startswith("We comply with the national data opt-out. We use or share")
    assert told["council"]["claim_words"] == (
        "We comply with the national data opt-out. At present none of our uses is one to which it applies."
    )
    title = "National data opt-out: compliance statement of Fenton Borough Council"
    assert f"<h1>{title}</h1>" in html(told["council"]) and f"<title>{title}</title>" in html(told["council"])
    for path in EXAMPLES:
        nothing_seen = JoinedRecords(whole := register_from(path), decide_all(whole, load_pack(), TODAY))
        draft = make(nothing_seen, join(nothing_seen, TODAY), load_pack(), NOW)
        assert draft.gaps and "We comply" not in markdown(draft.document)


def test_the_version_of_the_guidance_is_the_only_thing_said_of_its_day() -> None:
    for name, statement in statements():
        start = "We check uses" if name == "care-provider" else "We checked our uses"
        rules = f"{start} against NHS England's operational policy guidance, in the version we held on "
        told = markdown(statement.document)
        assert general(statement)["rules"].startswith(rules) and told.count("rule set") == 1
        assert "as they stood" not in told


def test_the_days_until_a_choice_is_applied_are_those_of_the_list_check() -> None:
    assert (
        f"It can take up to {limit_on(TODAY)} days until your choice is applied."
        in general(dict(statements())["board"])["opt-out"]
    )


def test_the_telephone_number_is_told_once_and_no_page_is_said_to_have_it() -> None:
    told = dict(statements())["board"].document
    topics = [
        one["says"] for paragraph in told["general"] if paragraph["id"] == "topics" for one in paragraph["sentences"]
    ]
    assert len(topics) == 7 and not [one for one in topics if "telephone" in one]
    assert "by telephone, call 0300 303 5678" in general(dict(statements())["board"])["more"]


def test_what_is_said_twice_elsewhere_stands_under_one_heading() -> None:
    told = [block.text for block in blocks(dict(statements())["board"].document) if block.kind == "heading"]
    assert len([one for one in told if "opted out" in one or "apply the opt-out" in one]) == 1
    assert len([one for one in told if "Type 1" in one]) == 1
    assert "Complaints and further information" in told


def test_a_use_is_told_in_the_words_of_who_reads_it() -> None:
    page = markdown(dict(statements())["board"].document)
    assert "- Our reference: F-01\n" in page and "A-S251" not in page
    assert (
        "- Why we are allowed to use it: approved under section 251 of the NHS Act 2006 (regulation 5), "
        "Confidentiality Advisory Group reference 25/CAG/9111\n"
    ) in page
    assert "- Why we are allowed to use it: Nobody can be identified from it, so it is not confidential.\n" in page
    for words in ("play a part", "without breaking", "independent group", "It lets you choose", "sealed record"):
        assert words not in page


@pytest.mark.parametrize(
    ("kind", "reference", "citation", "told"),
    [
        ("regulation_5", "25/CAG/1", "s.251 of the NHS Act 2006; COPI 2002, reg 5", f"{APPROVED}, {GROUP} 25/CAG/1"),
        ("regulation_5", "PIAG 03(c)/2001", None, f"{APPROVED}, PIAG 03(c)/2001"),
        ("regulation_5", "25/CAG/1", "letter of 3 May 2025", f"{APPROVED}, {GROUP} 25/CAG/1, letter of 3 May 2025"),
        ("regulation_3", "25/CAG/1", "notice of 2026 under regulation 3", "health), 25/CAG/1, notice of 2026 under"),
        ("statutory_duty", None, "section 251A of the 2012 Act", "must be given: section 251A of the 2012 Act"),
    ],
)
def test_section_251_is_named_once(kind: str, reference: str | None, citation: str | None, told: str) -> None:
    said = facts(gateway__kind=kind, gateway__reference=reference, gateway__citation=citation)
    (use,) = made(register(flow=[flow(facts=said)])).document["uses"]
    assert told in use["confidentiality"] and use["confidentiality"].count("section 251") == 1


def test_a_change_of_the_general_paragraphs_is_told_and_another_day_is_no_news() -> None:
    whole = register_from(ROOT / "examples" / "statements" / "board.toml")
    before = stated(whole).document
    changed = {**before, "general": [one for one in before["general"] if one["id"] != "purposes"]}
    assert differences(before, changed) == [
        "Under “Why information is collected”: was “improving the quality and standards of care research into the development of new "
        "treatments preventing illness and diseases monitoring safety planning services” and is “not there”."
    ]
    older = {name: value for name, value in before.items() if name != "general"}
    assert len(differences(older, before)) == len(before["general"]) - 1, "the policy's version is told by itself"
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
        ("s.md", b"# National data opt-out: compliance statement of A trust"),
        ("s", b"# National"),
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
    table = (ROOT / "docs" / "reference" / "statement-of-the-source.md").read_text(encoding="utf-8")
    quoted = re.findall(r'`([a-z0-9-]+)`: "([^"]+)"', table)
    assert len(quoted) > 10
    for name, quote in quoted:
        for piece in filter(None, (piece.strip() for piece in quote.split("…"))):
            assert piece in told[name], (name, piece)


def test_one_asset_is_spoken_of_as_one() -> None:
    for _, statement in statements():
        told = general(statement).get("monitoring", "")
        assert ("1 information asset (a system or set of records)." in told) == ("It was last scanned" in told)
        assert ("assets (systems or sets of records)." in told) == ("Each was last scanned" in told)
    one = general(stated(register()))["monitoring"]
    assert "Our register lists 1 information asset (a system or set of records). It was last scanned" in one


FIRST, SECOND = "sqlite:///first.db", "sqlite:///second.db"
TWO = [asset("A-1", location=[FIRST]), asset("A-2", location=[SECOND])]
OLD, NEW = date(2026, 11, 2), date(2026, 11, 20)


def monitored(assets: list[dict[str, Any]], **more: Any) -> str:
    what = register(asset=assets, flow=[flow(assets=["A-1"])])
    found = replace(known(what, scans=[(one, scan(VISITS)) for one in (FIRST, SECOND)]), **more)
    return general(make(found, join(found, TODAY), load_pack(), NOW))["monitoring"]


@pytest.mark.parametrize(
    ("assets", "scanned", "more", "says"),
    [
        (
            TWO,
            {FIRST: OLD, SECOND: NEW},
            {},
            "Each was last scanned for confidential patient information on 2 November 2026 or later.",
        ),
        (
            TWO,
            {FIRST: NEW, SECOND: NEW},
            {},
            "Each was last scanned for confidential patient information on 20 November 2026.",
        ),
        (TWO, {FIRST: NEW}, {}, "1 of them was last scanned for confidential patient information on 20 November 2026."),
        ([*TWO, asset("A-3", location=[SECOND])], {SECOND: OLD}, {}, "2 of them were last scanned"),
        (TWO, {}, {}, ""),
        (
            [asset("A-1", location=[FIRST, SECOND])],
            {FIRST: NEW, SECOND: OLD},
            {},
            "It was last scanned for confidential patient information on 2 November 2026.",
        ),
        ([asset("A-1", location=[FIRST, SECOND])], {FIRST: NEW}, {}, ""),
        ([TWO[0], asset("A-2", location=None)], {FIRST: NEW}, {}, "1 of them was last scanned"),
        (
            TWO,
            {FIRST: NEW, SECOND: TODAY},
            {"undated": frozenset({SECOND})},
            "1 of them was last scanned for confidential patient information on 20 November 2026.",
        ),
        (
            TWO,
            {FIRST: NEW, SECOND: TODAY},
            {"findings": [FoundTable(SECOND, "everything", "unsure", "Not read.", ())]},
            "1 of them was last scanned",
        ),
    ],
)
def test_the_day_of_a_scan_is_true_of_every_asset_that_it_is_said_of(
    assets: list[dict[str, Any]], scanned: dict[str, date], more: dict[str, Any], says: str
) -> None:
    """Assets scanned on different days were all said to be scanned on the newest of them."""
    told = monitored(assets, scanned=scanned, **more)
    assert says in told and ("scanned" in told) is bool(says)


@pytest.mark.parametrize(
    ("signed", "says"),
    [
        ((OLD, NEW), "Each was last reviewed and signed on 2 November 2026 or later."),
        ((NEW, NEW), "Each was last reviewed and signed on 20 November 2026."),
        ((NEW, None), ""),
        ((None, None), ""),
    ],
)
def test_the_day_of_a_review_is_true_of_every_asset(signed: tuple[date | None, ...], says: str) -> None:
    standings = {
        ("asset", f"A-{at}"): ReviewStanding(date(2027, 11, 1), "", "owner", day, ())
        for at, day in enumerate(signed, 1)
    }
    flows = {("flow", "F-1"): ReviewStanding(date(2027, 11, 1), "", "owner", date(2020, 1, 1), ())}
    told = monitored(TWO, standings=standings | flows)
    assert says in told and ("We review our information assets" in told) is bool(says)


def test_a_review_that_nobody_signed_is_not_spoken_of() -> None:
    for _, statement in statements():
        assert "review" not in general(statement).get("monitoring", "")


def test_every_record_that_a_sentence_names_and_every_key_of_an_origin_is_explained() -> None:
    for pack in map(load_pack, pack_names()):
        for one in pack.paragraphs:
            for sentence in one.sentences:
                assert not sentence.record or f"record.{sentence.record.partition('.')[0]}" in ORIGINS, sentence
        cited = {
            sentence.cite for one in (*pack.paragraphs, *pack.handouts) for sentence in one.sentences if sentence.cite
        }
        reasons = [sentence.source for rule in pack.every_rule() for sentence in rule.because]
        for source in [*(pack.sources[name] for name in cited), *reasons]:
            assert not re.search(
                r"unconfirmed|recalled|second-hand|not (?:seen|read)", f"{source.document} {source.section}"
            )
    for _, statement in statements():
        document = statement.document
        keys = {key.partition(".")[0] for key in ORIGINS} - {"record", "choice"}
        assert keys <= set(document)
        for origin in re.findall(r"`(\w+)`", " ".join(ORIGINS.values())):
            assert origin in document or all(origin in use for use in document["uses"]), origin


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
