"""A pack is data: whole, cited, and refused with a sentence where it is not."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.policy import Pack, decide, load_pack, pages, read_pack
from ndoo.policy.fields import fields
from ndoo.policy.read_pack import pack_names, packs_folder
from ndoo.policy.watch_days import watch_list
from tests.spec.flows import PLAIN, TODAY, plain
from tests.spec.procedure_by_hand import CASES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pack opg under another name, to be changed."""
    return Path(shutil.copytree(packs_folder() / "opg", tmp_path / "ours"))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_pack_and_its_fields_read_anew_say_the_same() -> None:
    before, known = load_pack("opg"), fields()
    read_pack._own.cache_clear()
    fields.cache_clear()
    assert load_pack("opg").named() == before.named()
    assert dict(fields()) == dict(known)


@pytest.mark.parametrize("name", pack_names())
def test_everything_cited_is_among_the_sources_and_every_source_is_cited(name: str) -> None:
    pack = load_pack(name)
    cited = {s.source.id for rule in pack.every_rule() if not rule.exemption for s in rule.because}
    cited |= {o.sentence.source.id for o in pack.obligations} | {n.sentence.source.id for n in pack.notes}
    cited |= {s.source.id for s in pack.settings.values()} | {s.source.id for s in pack.missing.because}
    cited |= {one.cite for paragraph in pack.paragraphs for one in paragraph.sentences if one.cite}
    assert cited <= set(pack.sources)
    assert set(pack.sources) - cited <= {"procedure-5"}
    for source in (*pack.sources.values(), *(entry.source for entry in pack.exemptions.values())):
        assert source.document
        assert source.section
        assert source.address.startswith("https://")
        assert source.read <= pack.date
    assert all(rule.because for rule in pack.every_rule())


def test_the_table_of_exemptions_is_the_one_that_was_handed_over() -> None:
    told = json.loads((CASES / "exemptions.json").read_text(encoding="utf-8"))
    pack = load_pack()
    assert list(pack.exemptions) == [entry["id"] for entry in told]
    for entry in told:
        ours, covers = pack.exemptions[entry["id"]], entry["covers"]

        def listed(key: str, covers: dict[str, list[str] | None] = covers) -> tuple[str, ...] | None:
            values = covers[key]
            return None if values is None else tuple(values)

        assert (ours.title, ours.kind, ours.covers, ours.effect) == (
            entry["title"],
            entry["kind"],
            covers["text"],
            entry["effect"],
        )
        assert (ours.purposes, ours.gateway_kinds, ours.optout_conditions) == (
            listed("purposes"),
            listed("gateway_kinds"),
            listed("optout_conditions"),
        )
        assert [day and day.isoformat() for day in (ours.first, ours.last)] == [entry["from"], entry["to"]]
        assert (ours.family or None, ours.rule) == (entry["reason_family"], entry.get("rule", ""))
        assert (ours.kinds, ours.mentions, ours.unproved) == (
            listed("kinds"),
            tuple(entry["mentions"]),
            entry["unproved"] or "",
        )
        assert (ours.hints, ours.unless) == (tuple(entry.get("hints", ())), tuple(entry.get("unless", ())))
        assert ours.narrower == tuple(entry.get("narrower", ()))
        assert ours.denied == tuple(entry.get("denied", ()))
        assert ours.recipient_only is entry.get("recipient_only", False)
        assert list(ours.obligations) == entry["obligations"]
        assert list(ours.evidence_fields) == entry["evidence_needed"]["fields"]
        assert (ours.evidence, ours.status, ours.recheck) == (
            entry["evidence_needed"]["text"],
            entry["status"],
            entry["recheck"],
        )
        assert (ours.source.address, ours.notes) == (entry["source"], entry["notes"])


OPEN_CLAIM = """
[[exemption]]
id = "X-OPEN"
title = "A collection of which nobody is sure"
kind = "cag"
covers = "the collection"
purposes = ["national_audit"]
gateway_kinds = ["regulation_5", "implied_consent"]
effect = "review"
family = "missing_facts"
setting = "collection_is_exempt"
family_confirmed = "cag_exemption"
obligations = []
evidence_fields = ["gateway.evidence"]
evidence = "the letter"
status = "unconfirmed"
recheck = "before first use"
address = "https://example.org/"
read = 2026-11-22
notes = "Its pages disagree."
"""
OPEN_SETTING = """
[collection_is_exempt]
asks = "Is the collection exempt?"
cite = "opg-5.1"
"""


def open_claim(copy: Path, setting: str) -> Pack:
    """A pack with an exemption that turns on a setting."""
    for name, text in (("exemptions.toml", OPEN_CLAIM), ("settings.toml", OPEN_SETTING + setting)):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(text)
    return load_pack(copy)


def test_a_topic_asks_where_an_entry_has_no_name(copy: Path) -> None:
    with (copy / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(OPEN_SETTING + 'confirmed_by = ""')
    with (copy / "exemptions.toml").open("a", encoding="utf-8") as file:
        file.write(OPEN_CLAIM.replace("effect =", 'topics = ["river fever* & north*"]\neffect =', 1))
    pack = load_pack(copy)
    said = {"purpose": "planning", "gateway__optout_condition": None}
    for title, outcome in (
        ("Northern river fevers", "review"),
        ("River fevers: the north", "review"),
        ("North", "applies"),
    ):
        decided = decide(plain(**said, title=title), pack, TODAY)
        assert (decided.outcome, any("Is this X-OPEN" in s.says for s in decided.because)) == (
            outcome,
            outcome == "review",
        )


def test_a_pack_without_words_for_who_treats_nobody_is_none(copy: Path) -> None:
    (copy / "words.toml").unlink()
    with pytest.raises(UnfitData) as raised:
        load_pack(copy)
    assert "treats_nobody is missing or wrong" in str(raised.value)


def test_words_that_lack_a_part_break_the_pack(copy: Path) -> None:
    change(copy / "words.toml", "doubtful =", "doubted =")
    with pytest.raises(UnfitData) as raised:
        load_pack(copy)
    assert "doubtful is missing or wrong" in str(raised.value)


def test_an_unconfirmed_setting_leaves_its_claim_open(copy: Path) -> None:
    pack = open_claim(copy, 'confirmed_by = ""')
    decided = decide(plain(purpose="national_audit", exemption="X-OPEN"), pack, TODAY)
    assert (decided.outcome, decided.settings) == ("review", ("collection_is_exempt",))
    assert decided.because[0].says == (
        "A collection of which nobody is sure. Whether this is exempt (X-OPEN) is not settled: Its pages disagree."
    )
    assert "turns on the unconfirmed setting `collection_is_exempt`" in "\n".join(
        pages._entry(pack.exemptions["X-OPEN"])
    )


def test_a_confirmed_setting_settles_its_claim_between_its_dates(copy: Path) -> None:
    pack = open_claim(copy, 'value = true\nto = 2026-12-31\nconfirmed_by = "A. Person, Caldicott Guardian"')
    claim = plain(purpose="national_audit", exemption="X-OPEN")
    decided = decide(claim, pack, TODAY)
    assert (decided.outcome, decided.reason, decided.family) == ("does_not_apply", "X-OPEN", "cag_exemption")
    assert decided.missing == ()
    later = decide(claim.saying("as_of", date(2027, 1, 1)), pack, TODAY)
    assert (later.outcome, later.missing[0].fact) == ("review", "setting.collection_is_exempt")


@pytest.mark.parametrize("value", ["false", '"in part"'])
def test_a_setting_confirmed_as_false_unmakes_its_claim(value: str, copy: Path) -> None:
    pack = open_claim(copy, f'value = {value}\nto = 2026-12-31\nconfirmed_by = "A. Person"')
    decided = decide(plain(purpose="national_audit", gateway__kind="implied_consent", exemption="X-OPEN"), pack, TODAY)
    assert decided.reason == "R-NO-GATEWAY"
    assert decided.settings == ()


def test_a_name_without_a_value_confirms_nothing(copy: Path) -> None:
    pack = open_claim(copy, 'confirmed_by = "A. P."')
    assert not pack.settings["collection_is_exempt"].confirmed
    assert decide(plain(purpose="national_audit", exemption="X-OPEN"), pack, TODAY).outcome == "review"


def test_a_rule_may_have_dates(copy: Path) -> None:
    change(copy / "rules" / "08-public-health.toml", 'outcome = "does', 'to = 2026-11-01\noutcome = "does')
    pack = load_pack(copy)
    flow = plain(gateway__kind="regulation_3")
    assert decide(flow, pack, TODAY).reason == "R-NO-GATEWAY"
    assert decide(flow.saying("as_of", date(2026, 11, 1)), pack, TODAY).reason == "N-REG3"
    change(copy / "rules" / "08-public-health.toml", "to = 2026-11-01", "from = 2026-11-03")
    assert decide(flow, load_pack(copy), TODAY).reason == "R-NO-GATEWAY"
    assert decide(flow.saying("as_of", None), load_pack(copy), TODAY).reason == "N-REG3"


@pytest.mark.parametrize(
    ("file", "before", "after", "sentence"),
    [
        ("sources.toml", '["opg-5.1"]', '["opg-5.x"]', "a citation of opg-5.1, which is not among its sources"),
        ("rules/02-origin.toml", 'cite = "opg-4.1"', "", "is incomplete: cite is missing or wrong"),
        ("rules/08-public-health.toml", "[[rule.because]]", "[rule.other]", "is incomplete: because is missing"),
        (
            "rules/08-public-health.toml",
            "[[rule.because]]",
            "because = []\n[rule.other]",
            "a rule N-REG3 without a citation",
        ),
        ("rules/08-public-health.toml", '"does_not_apply"', '"perhaps"', "a rule N-REG3 with an outcome that is none"),
        ("rules/08-public-health.toml", '"gateway.kind"', '"gateway.kynd"', "the fact gateway.kynd, which no flow has"),
        ("rules/08-public-health.toml", '"regulation_3"', '"regulation_4"', "a value that gateway.kind cannot have"),
        (
            "rules/12-no-gateway.toml",
            "{ always = true }",
            '{ fact = "origin", given = true }',
            "no last rule that always",
        ),
        ("pack.toml", "version =", "versions =", "is incomplete: version is missing or wrong"),
        ("pack.toml", "in_force = true", "in_force = tru", "pack.toml of the policy pack is not valid TOML"),
        ("pack.toml", 'name = "opg"', 'name = "ours"\nextends = "nowhere"', "extends a pack that it cannot"),
        ("notes.toml", "when = { always = true }", "when = 3", "a clause that is none of the known kinds"),
        ("settings.toml", 'cite = "who-must-comply"', 'cite = "nobody"', "a citation of nobody"),
        (
            "rules/07b-ended.toml",
            '"gateway.reference", mentions',
            '"origin", mentions',
            "a mention in origin, which is no text",
        ),
        ("rules/10-exemptions.toml", "exemptions = true", "exemptions = false", "is incomplete: rule is missing"),
    ],
)
def test_a_broken_pack_is_refused(file: str, before: str, after: str, sentence: str, copy: Path) -> None:
    change(copy / file, before, after)
    with pytest.raises(UnfitData) as error:
        load_pack(copy)
    assert sentence in error.value.sentence


def test_a_pack_of_rules_that_are_no_tables_is_refused(copy: Path) -> None:
    (copy / "rules" / "08-public-health.toml").write_text("rule = 3\n", encoding="utf-8")
    with pytest.raises(UnfitData, match="is incomplete"):
        load_pack(copy)


def test_a_pack_without_named_exemptions_has_no_last_rule(copy: Path) -> None:
    (copy / "rules" / "10-exemptions.toml").unlink()
    with pytest.raises(UnfitData, match="no last rule that always answers"):
        load_pack(copy)


def test_a_pack_that_extends_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.policy import read_pack

    folder = tmp_path / "ring"
    folder.mkdir()
    (folder / "pack.toml").write_text('extends = "ring"\n', encoding="utf-8")
    monkeypatch.setattr(read_pack, "packs_folder", lambda: tmp_path)
    with pytest.raises(UnfitData, match="extends a pack that it cannot"):
        read_pack.load_pack(folder)


def test_an_unknown_pack_is_a_wrong_call() -> None:
    with pytest.raises(UsageFault) as error:
        load_pack("proposal-2025")
    assert error.value.sentence == (
        "There is no policy pack 'proposal-2025'. Did you mean proposal-2026? Known are opg, proposal-2026, or give a folder."
    )


def test_the_digest_is_of_every_byte_of_the_pack_and_of_the_one_it_extends(copy: Path, tmp_path: Path) -> None:
    assert load_pack(copy).digest == load_pack().digest
    again = Path(shutil.copytree(copy, tmp_path / "again"))
    (again / "notes.toml").write_text((copy / "notes.toml").read_text() + "# a word\n", encoding="utf-8")
    assert load_pack(again).digest != load_pack().digest
    alone = Path(shutil.copytree(packs_folder() / "proposal-2026", tmp_path / "proposal"))
    assert load_pack(alone).digest == load_pack("proposal-2026").digest
    assert len({load_pack(name).digest for name in pack_names()}) == len(pack_names())


def test_under_the_proposal_planning_is_free_research_is_not_and_the_rest_is_open() -> None:
    pack = load_pack("proposal-2026")
    assert not pack.in_force
    planning = decide(plain(purpose="planning"), pack, TODAY)
    assert (planning.outcome, planning.reason, planning.family) == ("does_not_apply", "P-PLANNING", "proposal")
    assert decide(plain(), pack, TODAY).reason == "A-S251"
    evaluation = decide(plain(purpose="service_evaluation"), pack, TODAY)
    assert (evaluation.outcome, evaluation.settings) == ("review", ("planning_takes_in_other_purposes",))
    for decision in (planning, evaluation):
        assert "no policy in force" in " ".join(note.says for note in decision.notes)
        assert decision.to_dict()["policy"]["in_force"] is False
    assert decide(plain(purpose="planning"), load_pack(), TODAY).outcome == "applies"


def test_a_confirmed_setting_drops_the_rule_that_waited_for_it(tmp_path: Path) -> None:
    ours = Path(shutil.copytree(packs_folder() / "proposal-2026", tmp_path / "ours"))
    change(ours / "settings.toml", 'confirmed_by = ""', 'value = "none"\nconfirmed_by = "A. Person"')
    assert decide(plain(purpose="service_evaluation"), load_pack(ours), TODAY).reason == "A-S251"


def test_what_is_in_motion_has_a_day_and_a_source_and_changes_no_answer() -> None:
    pack = load_pack()
    listed = watch_list(pack)
    assert [one.recheck for one in listed] == sorted(one.recheck for one in listed)
    assert {"health-bill-2026", "data-act-2025", "mandatory-standards", "cohort-3-report", "cag-7-07"} <= {
        w.id for w in listed
    }
    yearly = [one for one in listed if one.id.startswith("exemptions-")]
    assert sum(one.says.count("X-") for one in yearly) == sum(e.recheck == "yearly" for e in pack.exemptions.values())
    (approval,) = (one for one in listed if one.id == "cag-7-07")
    assert not approval.is_due(date(2027, 6, 29)) and approval.is_due(date(2027, 6, 30))
    told = approval.to_dict(TODAY)
    assert (told["ends"], told["due"]) == ("2027-09-30", False)
    assert listed[0].to_dict(TODAY)["ends"] is None
    for one in listed:
        assert one.says and one.source.address.startswith("https://") and one.source.read <= pack.date < one.recheck
    assert watch_list(load_pack("proposal-2026")) == listed


def test_every_field_has_a_question_and_usual_values_are_values() -> None:
    for field in fields().values():
        assert field.ask
        assert field.usual in ("", "left out", "true", *field.values)
    assert PLAIN.keys() <= fields().keys()
