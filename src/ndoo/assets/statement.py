"""What the organisation may say in public about its uses of confidential patient information: only what is shown.

A statement is made from the register, the decisions and the evidence. What is missing is a gap; while there is one the
statement says that the organisation cannot yet say that it complies, and it must not be published.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from ndoo.assets.evidence import AppliedRun, last_runs
from ndoo.assets.gaps import WORDS, Joined, JoinedRecords
from ndoo.assets.general import ORIGINS, general, unknown_paragraphs
from ndoo.assets.record import Record
from ndoo.domain.london import LONDON, london_date
from ndoo.policy import Decision, Flow, Pack
from ndoo.policy.exemption_rules import ALTERNATIVE_OPT_OUT
from ndoo.policy.fields import fields as policy_fields
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY

NEEDED = {
    "recipient": "who receives the data",
    "purpose": "what it is used for",
    "gateway.kind": "how the duty of confidentiality is met",
}
"""Facts without which the public is not told what a use is."""
TYPE_1_GAPS = {
    "unknown": "whether it comes from the GP record (data.from_gp_record)",
    "unsaid": "how Type 1 opt-outs are treated (gateway.type_1)",
    "due": "that people with a Type 1 opt-out are left out, as they must be (gateway.type_1)",
}
"""What keeps a use from being told of Type 1."""
NOT_ASKED = ("individual_care", "consent", "origin")
"""Families in which Type 1 is not asked about."""
SET_ASIDE = ("law", "public_health", "public_interest", "named_exemption", "cag_exemption")
"""Families in which confidential patient information is used though the opt-out does not apply: another one may."""
NO_GATEWAY = "none"
_NATIONAL_CHECK = re.compile(
    r"national\W+(data\W+opt-?out\W+)?(check|service)|check for national|\bMESH\b", re.IGNORECASE
)
_TAKES = "(?:take|hold|use|receive|get|have)"
_NO_GP_DATA = re.compile(
    rf"(?:^|[.!;] *)(?:we )?(?:{_TAKES} (?:no|nothing from)|(?:do not|don't|never) {_TAKES}(?: any)?) (?:(?:identifiable|confidential|personal) )?"
    r"(?:(?:data|information|records) from )?(?:the )?(?:gp|general practice)(?: (?:data|records?|information))?(?: for uses beyond care)? *(?:[.!;]|$)",
    re.IGNORECASE,
)
"""A whole sentence that says of an organisation that it takes nothing from GP records."""
_OWN_LISTS = {"register": "a register of one’s own", "snapshot": "a snapshot of a register"}
"""What a manifest calls lists that did not come from the national check, in words."""
_CITED = ("statutory_duty", "statutory_power", "court_order")
_APPROVED = ("regulation_2", "regulation_3", "regulation_5")
_SECTION_251 = re.compile(
    r"(?:NHS|National Health Service) Act 2006|(?:section|s\.?) ?251|(?:the )?(?:COPI|Control of Patient Information|"
    r"Health Service \(Control of Patient Information\))(?: Regulations)?(?: 2002)?|reg(?:ulation|\.)? ?[235]\b|\b(?:of|under|and|the)\b",
    re.IGNORECASE,
)
"""What a citation of section 251 support says that the gateway's own words have said."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the statement would have to say and nothing shows; `id` is a flow's or an asset's reference."""

    id: str
    because: str


@dataclass(frozen=True, slots=True)
class Use:
    """What is told of one live flow, and what nobody said of it, with all that it was worked out from."""

    of: tuple[Record, Decision, AppliedRun | None]
    """The flow, its decision, and the run in which the opt-out was last applied."""
    told: Mapping[str, Any]
    unsaid: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement as a document, and the gaps that keep it from being published."""

    document: Mapping[str, Any]
    gaps: tuple[Gap, ...]
    uses: Mapping[str, Use] = field(default_factory=dict)
    """By a flow's reference; what the next statement need not work out again."""

    def to_dict(self) -> dict[str, Any]:
        return {**self.document, "gaps": [asdict(gap) for gap in self.gaps]}


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The plain words of `statement_words.toml`."""
    return tomllib.loads(files("ndoo.assets").joinpath("statement_words.toml").read_text(encoding="utf-8"))


def make(known: JoinedRecords, joined: Joined, pack: Pack, now: datetime, before: Statement | None = None) -> Statement:
    """The statement as of a moment. `before` is an earlier one: of it, uses of which nothing differs are taken over."""
    last = last_runs(known.applied)
    made = {
        flow.id: _use_of(flow, known.decisions[flow.id], last.get(flow.id), before)
        for flow in sorted(known.register.live, key=lambda flow: flow.id)
    }
    gaps = tuple(dict.fromkeys(_gaps(known, joined, pack, made)))
    uses = [use.told for use in made.values()]
    shown = "applies" if any(use["outcome"] == APPLIES for use in uses) else "no_uses"
    claim = "not_yet" if gaps else shown
    told = "none" if claim == "no_uses" and not uses else claim
    organisation = known.register.organisation
    said = organisation.plain() if organisation else {}
    document = {
        "kind": "ndoo statement",
        "made": minute(now),
        "organisation": {name: value for name, value in said.items() if name != "sealed_by"},
        "claim": claim,
        "claim_words": words()["claim"][told],
        "uses": uses,
        "general": general(known, pack, uses, unsure=claim == "not_yet"),
        "origins": ORIGINS,
        "policy": {name: pack.named()[name] for name in ("name", "title", "version", "date")},
    }
    return Statement(document, gaps, made)


def minute(now: datetime) -> str:
    """The time that stands in a statement: London, to the minute."""
    return now.astimezone(LONDON).isoformat(timespec="minutes")


def _use_of(flow: Record, decision: Decision, run: AppliedRun | None, before: Statement | None) -> Use:
    old = before.uses.get(flow.id) if before else None
    if old and old.of[0] is flow and old.of[1] is decision and old.of[2] == run:
        return old
    unsaid = tuple(Gap(flow.id, f"{flow.text('name')}: nobody said {what}.") for what in _unsaid(flow, decision))
    return Use((flow, decision, run), _use(flow, decision, run), unsaid)


def _use(flow: Record, decision: Decision, run: AppliedRun | None) -> dict[str, Any]:
    facts = flow.facts
    told: dict[str, Any] = {
        "id": flow.id,
        "name": flow.text("name"),
        "recipient": facts.text("recipient"),
        "purpose": _word("purpose", facts.text("purpose")),
        "purpose_detail": facts.text("purpose_detail"),
        "data": flow.text("data_types"),
        "article_6": _legal(flow, "article_6"),
        "article_9": _legal(flow, "article_9"),
        "confidentiality": _gateway(facts, decision.family),
        "outcome": decision.outcome,
        "outcome_words": words()["outcome"][decision.outcome],
        "why": _why(decision),
        "own_optout": _own_optout(decision),
        "reason": decision.reason,
        "source": _source(decision),
        "type_1": _type_1_words(decision, run),
    }
    if decision.outcome == APPLIES:
        told["last_applied"] = london_date(run.created).isoformat() if run else ""
    return told


def _why(decision: Decision) -> str:
    return _word("family", _family(decision)) if decision.outcome == DOES_NOT_APPLY else ""


def _own_optout(decision: Decision) -> str:
    """The opt-out that people may use instead, where the law or an exemption keeps theirs from applying."""
    if decision.outcome != DOES_NOT_APPLY or decision.family not in SET_ASIDE:
        return ""
    said, named = words()["own_optout"], decision.own_optouts
    there = [said["there"].format(of=one.of, address=one.address) for entry in named if (one := entry.own_optout)]
    asked = [said["asked"]] if named or ALTERNATIVE_OPT_OUT in decision.obligations else []
    return " ".join(dict.fromkeys(there or asked))


def _family(decision: Decision) -> str:
    """The family in the statement's words: what is no confidential patient information may still name people, or their health."""
    if decision.reason == "N-NHSNO":
        return "no_nhs_number"
    if decision.family != "not_confidential_patient_information":
        return decision.family
    return "not_about_health" if decision.flow.said.get("data.about_health_or_care") is False else "not_in_confidence"


def _legal(flow: Record, name: str) -> str:
    from ndoo.assets.fields import FLOW, fields

    said = flow.text(name)
    return f"{said}, {fields(FLOW)[name].values[said]}" if said else ""


def _gateway(facts: Flow, family: str) -> str:
    kind = facts.text("gateway.kind")
    if kind == NO_GATEWAY and family in words()["no_gateway"]:
        return words()["no_gateway"][family]
    word, reference, citation = _word("gateway", kind), facts.text("gateway.reference"), facts.text("gateway.citation")
    if kind not in _APPROVED:
        cited = ", ".join(filter(None, (reference, citation)))
        return f"{word}: {cited}" if word and cited else word
    if reference and "CAG" in reference and kind != "regulation_3":
        reference = f"Confidentiality Advisory Group reference {reference}"
    if not any(letter.isalnum() for letter in _SECTION_251.sub("", citation)):
        citation = ""
    return ", ".join(filter(None, (word, reference, citation)))


def _word(table: str, code: str) -> str:
    return words()[table].get(code, "") if code else ""


def _source(decision: Decision) -> dict[str, str]:
    return decision.because[0].source.to_dict()


def _type_1_words(decision: Decision, run: AppliedRun | None) -> str:
    """That Type 1 opt-outs are upheld is said only where the last run shows it; where none does, `gaps` names it."""
    told = _type_1(decision)
    if told == "applied" and not (run and run.type_1):
        told = "due"
    notice = decision.flow.text("gateway.type_1_citation") or decision.flow.text("gateway.citation")
    return words()["type_1"][told] + (f"{notice}." if told in ("notice", "upheld", "upheld_by_law") else "")


def _type_1(decision: Decision) -> str:
    """Which words of Type 1. What nobody said is no denial: `unknown` and `unsaid` are gaps."""
    said = decision.flow.text("gateway.type_1")
    if decision.family in NOT_ASKED:
        return decision.family
    if decision.family == "law" and decision.flow.text("gateway.kind") == "court_order":
        return "court"
    from_gp = decision.flow.said.get("data.from_gp_record")
    if from_gp is None:
        return "unknown"
    if from_gp is False:
        return "not_gp"
    if said == "overridden":
        return "overridden"
    if "apply_type_1" in decision.obligations:
        if decision.outcome == APPLIES:
            return "applied"
        return "left_out" if said == "upheld" else "due"
    if decision.family == "anonymised":
        return "anonymous"
    cited = decision.flow.text("gateway.type_1_citation") or decision.flow.text("gateway.citation")
    if "check_type_1_in_notice" in decision.obligations and cited:
        if decision.flow.text("kind") == "statutory_collection":
            return "upheld" if said == "upheld" else "notice"
        if said == "upheld":
            return "upheld_by_law"
    return "unsaid"


def _gaps(known: JoinedRecords, joined: Joined, pack: Pack, made: Mapping[str, Use]) -> Iterator[Gap]:
    organisation = known.register.organisation
    if organisation is None:
        yield Gap("", "Nobody said which organisation this is.")
    else:
        if not (organisation.text("email") or organisation.text("phone") or organisation.text("address")):
            yield Gap("", "There is no email address, telephone number or postal address for questions.")
        if not organisation.text("type_1"):
            yield Gap("", "Nobody said how Type 1 opt-outs are upheld (type_1).")
        elif _NO_GP_DATA.search(organisation.text("type_1")):
            for ident, use in made.items():
                decision = use.of[1]
                of_gp = decision.flow.said.get("data.from_gp_record") is True
                if of_gp and _type_1(decision) not in (*NOT_ASKED, "anonymous"):
                    yield Gap(ident, f"{use.told['name']}: type_1 says that there is no GP data, and this use has it.")
        for name in unknown_paragraphs(organisation, pack):
            yield Gap("", f"leave_out names {name}, which is no general paragraph.")
        if not organisation.text("how_applied"):
            yield Gap("", "Nobody said how the opt-out is applied (how_applied).")
        yield from _other_lists(organisation.text("how_applied"), known, made)
    if not known.findings:
        yield Gap("", "Nothing was scanned, so nobody knows if there are other uses.")
    if not known.register.flows and not (organisation and organisation.text("would_do")):
        yield Gap("", "The register holds no flow, and nobody said what would be done if one arose (would_do).")
    for name, items in {**joined.groups(), "unseen": joined.unseen}.items():
        for item in items:
            yield Gap(item.id, f"{item.name}: {WORDS.get(name, 'not looked at')}. {item.because}")
    for use in made.values():
        yield from use.unsaid


def _other_lists(how_applied: str, known: JoinedRecords, made: Mapping[str, Use]) -> Iterator[Gap]:
    """Where the organisation's own words name the national check, and the certificates name another list."""
    if not _NATIONAL_CHECK.search(how_applied):
        return
    last = last_runs(known.applied)
    for ident, use in made.items():
        run = last.get(ident)
        if use.of[1].outcome == APPLIES and run and run.asked in _OWN_LISTS:
            yield Gap(
                ident,
                f"{use.told['name']}: how_applied says that the national check is asked, and the last sealed manifest says that "
                f"{_OWN_LISTS[run.asked]} was.",
            )


def _unsaid(flow: Record, decision: Decision) -> Iterator[str]:
    if (lacking := _type_1(decision)) in TYPE_1_GAPS:
        yield TYPE_1_GAPS[lacking]
    if not flow.text("data_types"):
        yield "what kinds of data it carries (data_types)"
    facts = flow.facts
    if facts.text("data.form") not in (
        "anonymised",
        "aggregate",
    ):  # no longer personal data: no basis of UK GDPR is needed
        for name in ("article_6", "article_9"):
            if not flow.text(name):
                yield f"the legal basis under UK GDPR ({name})"
    for name, what in NEEDED.items():
        if not facts.text(name):
            yield f"{what} ({name})"
    kind = facts.text("gateway.kind")
    for name, kinds in (("gateway.citation", _CITED), ("gateway.reference", _APPROVED)):
        if kind in kinds and not facts.text(name):
            ask = policy_fields()[name].ask.rstrip("?")
            yield f"{ask[0].lower()}{ask[1:]} ({name})"
