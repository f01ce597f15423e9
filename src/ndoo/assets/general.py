"""What a statement says besides its uses: the pack's general paragraphs, each sentence with what it is true by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ndoo.assets.fields import ASSET
from ndoo.assets.gaps import JoinedRecords, days_scanned
from ndoo.assets.record import Record
from ndoo.policy import Pack
from ndoo.policy.explanation import day_in_words
from ndoo.policy.pack import APPLIES, REVIEW
from ndoo.policy.paragraphs import Paragraph, Saying

ORIGINS: Mapping[str, str] = {
    "made": "the moment at which the statement was made",
    "organisation": "the register: the organisation's own record",
    "claim_words": "the register, the decisions, the scans and the evidence; where any of them lacks something, it says that it cannot be said yet",
    "policy": "the policy pack by whose rules the uses were decided",
    "record.decisions": "the decisions: the outcome of each live flow, by the policy pack",
    "record.evidence": "the evidence: sealed manifests of runs in which opt-outs were applied to these flows",
    "record.organisation": "the register: the organisation's own record, by the field behind the dot",
    "record.policy": "the policy pack: its date and version",
    "record.register": "the register: its assets, counted",
    "record.reviews": "the reviews: the day of the last whole review of each asset",
    "record.scans": "the scans: of each asset, the day since which all of its places have been looked at",
    "choice": "the national service's own address, as its notice has it (source service-notice)",
    "general": "each sentence has its own origin: a source, or a record of the organisation",
    "uses": "the register: its live flows, counted; the decisions: outcome",
    "uses.id": "the register: id",
    "uses.reason": "the decision: its rule",
    "uses.source": "the decision: the passage on which its rule stands",
    "uses.outcome": "the decision: outcome",
    "uses.name": "the register: name of the flow with this reference",
    "uses.recipient": "the register: facts.recipient",
    "uses.purpose": "the register: facts.purpose",
    "uses.purpose_detail": "the register: facts.purpose_detail",
    "uses.data": "the register: data_types",
    "uses.article_6": "the register: article_6",
    "uses.article_9": "the register: article_9",
    "uses.confidentiality": "the register: facts.gateway; the decision's family where no gateway is needed",
    "uses.outcome_words": "the decision: outcome, by the rule that `reason` names",
    "uses.why": "the decision: family, with its `source`",
    "uses.own_optout": "the decision: obligations; the policy pack: the named exemptions that the use is, with their own opt-outs",
    "uses.type_1": "the register: facts.data.from_gp_record, facts.gateway.type_1; the decision: obligations",
    "uses.last_applied": "the evidence: the newest sealed record of a run for this flow",
}
"""What each part of the document is true by; `record.NAME` explains the record that a general sentence names."""
WITHOUT = ("anonymised",)
"""Families of a decision under which nothing leaves that shows who somebody is; names that are not confidential do."""
_OF_THE_ORGANISATION = ("how_applied", "type_1", "full_notice", "dpo", "complaints", "newsletter", "would_do")
_OWN_WORDS = ("organisation.how_applied", "organisation.type_1")
"""What the organisation says itself, and must: it stays where the general sentences before it are left out."""


def general(
    known: JoinedRecords, pack: Pack, uses: Sequence[Mapping[str, Any]], *, unsure: bool
) -> list[dict[str, Any]]:
    """The paragraphs of which a sentence is true, without those that the organisation leaves out."""
    organisation = known.register.organisation
    left_out = organisation.texts("leave_out") if organisation else ()
    records = _records(known, pack, uses, unsure)
    kept = (_own_words(one) if one.id in left_out else one for one in pack.paragraphs)
    told = (_paragraph(one, pack, records) for one in kept)
    return [one for one in told if one["sentences"]]


def handout_paragraphs(which: str, pack: Pack) -> list[dict[str, Any]]:
    """The paragraphs of a leaflet or of a poster. They say nothing of the organisation, and so need no record of it."""
    return [_paragraph(one, pack, {}) for one in pack.handouts if one.id.startswith(f"{which}-")]


def _paragraph(paragraph: Paragraph, pack: Pack, records: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": paragraph.id,
        "heading": paragraph.heading,
        "list": paragraph.is_list,
        "after_uses": paragraph.after_uses,
        "sentences": [_told(one, pack, records) for one in paragraph.sentences if one.holds(records)],
    }


def _own_words(paragraph: Paragraph) -> Paragraph:
    return replace(paragraph, sentences=tuple(one for one in paragraph.sentences if one.record in _OWN_WORDS))


def unknown_paragraphs(organisation: Record, pack: Pack) -> Iterator[str]:
    """What the organisation leaves out and is none of the pack's paragraphs."""
    known = {paragraph.id for paragraph in pack.paragraphs}
    yield from (name for name in organisation.texts("leave_out") if name not in known)


def _told(saying: Saying, pack: Pack, records: Mapping[str, str]) -> dict[str, Any]:
    says = saying.says.format_map(records)
    origin = {"source": pack.sources[saying.cite].to_dict()} if saying.cite else {"record": saying.record}
    return {"says": says if not says.endswith("..") else says[:-1], "origin": origin}


def _records(known: JoinedRecords, pack: Pack, uses: Sequence[Mapping[str, Any]], unsure: bool) -> dict[str, str]:
    organisation = known.register.organisation
    records = {name: str(setting.value) for name, setting in pack.settings.items() if isinstance(setting.value, str)}
    records |= {name: organisation.text(name) if organisation else "" for name in _OF_THE_ORGANISATION}
    without = sum(known.decisions[use["id"]].family in WITHOUT for use in uses)
    assets = len(known.register.assets)
    counts = {
        "uses": len(uses),
        "applied": sum(use["outcome"] == APPLIES for use in uses),
        "proven": sum(bool(use.get("last_applied")) for use in uses),
        "without": without,
        "assets": assets,
    }
    said = {
        **_in_words(len(uses), counts["applied"], without),
        **_of_assets(known),
        "rules_day": day_in_words(pack.date),
        "rules_version": pack.version,
        "most": "yes" if len(uses) > 1 and without * 2 > len(uses) else "",
        "some": "yes" if 0 < without * 2 <= len(uses) else "",
        "all_decided": "" if any(use["outcome"] == REVIEW for use in uses) else "yes",
        "all_proven": "yes" if 0 < counts["applied"] == counts["proven"] and not unsure else "",
    }
    return records | {name: f"{count:,}" if count else "" for name, count in counts.items()} | said


def _of_assets(known: JoinedRecords) -> dict[str, str]:
    """What was looked at, and since when. Of several assets the oldest day is told: no other is true of each."""
    assets, scanned = len(known.register.assets), days_scanned(known)
    signed = {key[1]: one.last for key, one in (known.standings or {}).items() if key[0] == ASSET and one.last}
    each = "It" if assets == 1 else "Each"
    some = f"{len(scanned):,} of them {'was' if len(scanned) == 1 else 'were'}"
    return {
        "asset_words": "asset (a system or set of records)" if assets == 1 else "assets (systems or sets of records)",
        "each": each,
        "scanned_were": f"{each} was" if len(scanned) == assets else some,
        "scanned": _since(scanned.values()),
        "reviewed": _since(signed.values()) if len(signed) == assets else "",
    }


def _in_words(uses: int, applied: int, without: int) -> dict[str, str]:
    """Counts of uses as a sentence has them."""
    if uses == 1:
        to_it = "applies to it" if applied else "does not apply to it"
        return {
            "uses_said": "the use",
            "applied_said": to_it,
            "proven_said": "the use",
        }
    both = uses == 2
    to = {0: "none", 1: "one", uses: "both" if both else "all"}.get(applied, f"{applied:,}")
    whole = "both of our uses work" if both else f"all of our {uses:,} uses work"
    part = f"{without:,} of our {uses:,} uses {'works' if without == 1 else 'work'}"
    return {
        "uses_said": "both uses" if both else f"all {uses:,} uses",
        "applied_said": f"applies to {to} of them",
        "proven_said": "the use" if applied == 1 else "each of these uses",
        "without_said": whole if without == uses else part,
    }


def _since(days: Iterable[date]) -> str:
    """The day on which it was, of several the oldest, with that it may have been later; empty where there is none."""
    known = sorted(set(days))
    later = " or later" if len(known) > 1 else ""
    return f"{day_in_words(known[0])}{later}" if known else ""
