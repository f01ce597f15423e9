"""Makes rules of the tables of a pack. Every sentence finds its source here, and one without is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ndoo.policy.care_team import finds_cases, gives_no_care, treats_nobody
from ndoo.policy.conditions import All, Condition, Dated, Fixed, Not
from ndoo.policy.exemption_rules import NOT_EXEMPT, any_fit, fits, national_use, not_exempt, own_optouts, rules_of
from ndoo.policy.pack import OUTCOMES, Exemption, Note, Obligation, OpenSetting, OwnOptOut, Pack, Rule, Sentence
from ndoo.policy.paragraphs import paragraph
from ndoo.policy.read_conditions import BadClause, condition
from ndoo.policy.source import Passage
from ndoo.policy.watch import watched

Table = Mapping[str, Any]


def build(tables: Table, digest: str) -> Pack:
    """The pack that the tables make.

    Raises:
        BadClause, KeyError: something is missing, or does not resolve.
    """
    head = tables["pack"]
    sources = {
        name: Passage(name, t["document"], t["section"], t["address"], t["read"])
        for name, t in tables["sources"].items()
    }
    settings = {name: _setting(name, table, sources) for name, table in tables["settings"].items()}
    exemptions = {name: _exemption(table, settings) for name, table in tables["exemptions"].items()}
    asked_about = fits(exemptions)
    words = {name: {kind: tuple(said) for kind, said in kinds.items()} for name, kinds in tables["words"].items()}
    sought = finds_cases(words["treats_nobody"], words["case_finding"])
    gives_none = gives_no_care(words["gives_no_care"], [one for one in exemptions.values() if one.effect == NOT_EXEMPT])
    added = {
        "unnamed": any_fit(asked_about),
        "unless_national": Not(national_use(exemptions)),
        "unless_case_finding": Not(sought),
        "case_finding": sought,
        "unless_no_care": Not(gives_none),
        "no_care": gives_none,
        "care_team": Not(treats_nobody(words["treats_nobody"])),
    }
    before, after, step = _procedure(tables["rules"], sources, settings, added)
    if not after or not isinstance(after[-1].when, Fixed):
        raise BadClause("no last rule that always answers")
    return Pack(
        head["name"],
        head["title"],
        head["version"],
        head["date"],
        head["in_force"],
        head["status"],
        head["begins"],
        digest,
        missing=_rule(
            {"step": "", "outcome": "review", "when": {"always": True}, **head["missing"]}, sources, settings
        ),
        before=tuple(before),
        exemption_step=step,
        exemption_rules={name: rules_of(entry, step) for name, entry in exemptions.items()},
        fits=asked_about,
        not_exempt=not_exempt(exemptions),
        own_optouts=own_optouts(exemptions),
        after=tuple(after[:-1]),
        otherwise=after[-1],
        exemptions=exemptions,
        obligations=tuple(
            Obligation(t["code"], _sentence(t, sources), frozenset(t["rules"]), condition(t["when"]))
            for t in tables["obligations"]
        ),
        notes=tuple(
            _note(t, sources) for t in tables["notes"] if "setting" not in t or not settings[t["setting"]].confirmed
        ),
        settings=settings,
        sources=sources,
        paragraphs=tuple(paragraph(table, sources) for table in tables["paragraphs"]),
        handouts=tuple(paragraph(table, sources) for table in tables["handouts"]),
        watch=tuple(watched(table) for table in tables["watch"]),
        words=words,
    )


def _procedure(
    files: Table, sources: Mapping[str, Passage], settings: Mapping[str, OpenSetting], added: Mapping[str, Condition]
) -> tuple[list[Rule], list[Rule], str]:
    """The rules before and after the named exemptions, in the order of the files' names, and the exemptions' step.

    `added`: what every rule of a file asks besides where the file says so, by the file's word for it.
    """
    before: list[Rule] = []
    after: list[Rule] = []
    step = ""
    for name in sorted(files):
        table = files[name]
        if table.get("exemptions"):
            step = table["step"]
            continue
        part = after if step else before
        rules = [
            _rule(t, sources, settings)
            for t in table["rule"]
            if "setting" not in t or not settings[t["setting"]].confirmed
        ]
        besides = tuple(condition for word, condition in added.items() if table.get(word))
        part += [replace(r, when=All((r.when, *besides))) for r in rules] if besides else rules
    return before, after, step


def _rule(t: Table, sources: Mapping[str, Passage], settings: Mapping[str, OpenSetting]) -> Rule:
    because = tuple(_sentence(sentence, sources) for sentence in t["because"])
    if not because:
        raise BadClause(f"a rule {t['code']} without a citation")
    if t["outcome"] not in OUTCOMES:
        raise BadClause(f"a rule {t['code']} with an outcome that is none")
    when: Condition = condition(t["when"])
    if "from" in t or "to" in t:
        when = All((Dated(t.get("from"), t.get("to")), when))
    return Rule(
        t["step"],
        t["code"],
        t["outcome"],
        t["family"],
        t["title"],
        when,
        because,
        evidence=t.get("evidence", ""),
        lacks=tuple(t.get("lacks", ())),
        setting=settings[t["setting"]] if "setting" in t else None,
    )


def _sentence(t: Table, sources: Mapping[str, Passage]) -> Sentence:
    if t["cite"] not in sources:
        raise BadClause(f"a citation of {t['cite']}, which is not among its sources")
    return Sentence(t["says"], sources[t["cite"]])


def _setting(name: str, t: Table, sources: Mapping[str, Passage]) -> OpenSetting:
    source = _sentence({"says": "", **t}, sources).source
    return OpenSetting(name, t["asks"], t.get("value"), t.get("from"), t.get("to"), source, t["confirmed_by"])


def _exemption(t: Table, settings: Mapping[str, OpenSetting]) -> Exemption:
    def listed(key: str) -> tuple[str, ...] | None:
        return tuple(t[key]) if key in t else None

    return Exemption(
        t["id"],
        t["title"],
        t["kind"],
        t["covers"],
        t.get("controller", ""),
        t.get("recipient", ""),
        listed("purposes"),
        listed("gateway_kinds"),
        listed("optout_conditions"),
        listed("kinds"),
        tuple(t.get("names", ())),
        tuple(t.get("topics", ())),
        tuple(t.get("apart", ())),
        tuple(t.get("answers", ())),
        tuple(t.get("mentions", ())),
        tuple(t.get("hints", ())),
        tuple(t.get("unless", ())),
        tuple(t.get("narrower", ())),
        tuple(t.get("denied", ())),
        t.get("recipient_only", False),
        t.get("from"),
        t.get("to"),
        t["effect"],
        t.get("family", ""),
        t.get("rule", ""),
        setting=settings[t["setting"]] if "setting" in t else None,
        family_confirmed=t.get("family_confirmed", ""),
        obligations=tuple(t["obligations"]),
        evidence_fields=tuple(t["evidence_fields"]),
        unproved=t.get("unproved", ""),
        evidence=t["evidence"],
        status=t["status"],
        recheck=t["recheck"],
        notes=t.get("notes", ""),
        source=Passage(t["id"], f"Source of the named exemption {t['id']}", t["title"], t["address"], t["read"]),
        own_optout=OwnOptOut(**t["own_optout"]) if "own_optout" in t else None,
    )


def _note(t: Table, sources: Mapping[str, Passage]) -> Note:
    return Note(
        _sentence(t, sources),
        frozenset(t.get("outcomes", ())),
        frozenset(t.get("rules", ())),
        t.get("setting", ""),
        condition(t["when"]),
    )
