"""What a statement says besides its uses: the pack's general paragraphs, each sentence with what it is true by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ndoo.assets.gaps import JoinedRecords
from ndoo.assets.record import Record
from ndoo.policy import Pack
from ndoo.policy.explanation import day_in_words
from ndoo.policy.pack import APPLIES, REVIEW
from ndoo.policy.paragraphs import Paragraph, Saying

ORIGINS: Mapping[str, str] = {
    "made": "the moment at which the statement was made",
    "organisation": "the register: the organisation's own record",
    "claim_words": "the register, the decisions, the scans and the evidence; `gaps` says what is missing",
    "policy": "the policy pack by whose rules the uses were decided",
    "choice": "the national service's own address, as its notice has it (source service-notice)",
    "general": "each sentence has its own origin: a source, or a record of the organisation",
    "uses": "the register: its live flows, counted; the decisions: outcome",
    "uses.reason": "the register: id; the decision: its rule",
    "uses.name": "the register: name of the flow with this reference",
    "uses.recipient": "the register: facts.recipient",
    "uses.purpose": "the register: facts.purpose",
    "uses.purpose_detail": "the register: facts.purpose_detail",
    "uses.data": "the register: data_types",
    "uses.article_6": "the register: article_6",
    "uses.article_9": "the register: article_9",
    "uses.confidentiality": "the register: facts.gateway; the decision's family where no gateway is needed",
    "uses.outcome_words": "the decision: outcome, by the rule that `reason` names",
    "uses.why": "the decision: family and obligations, with its `source`",
    "uses.type_1": "the register: facts.data.from_gp_record, facts.gateway.type_1; the decision: obligations",
    "uses.last_applied": "the evidence: the newest sealed record of a run for this flow",
}
"""What each part of the document is true by."""
WITHOUT = ("anonymised",)
"""Families of a decision under which nothing leaves that shows who somebody is; names that are not confidential do."""
_OF_THE_ORGANISATION = ("name", "full_notice", "dpo", "complaints", "newsletter", "would_do")


def general(
    known: JoinedRecords, pack: Pack, uses: Sequence[Mapping[str, Any]], *, unsure: bool
) -> list[dict[str, Any]]:
    """The paragraphs of which a sentence is true, without those that the organisation leaves out."""
    organisation = known.register.organisation
    left_out = organisation.texts("leave_out") if organisation else ()
    records = _records(known, pack, uses, unsure)
    told = (_paragraph(one, pack, records) for one in pack.paragraphs if one.id not in left_out)
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
        "rules_day": day_in_words(pack.date),
        "asset_word": "asset is" if assets == 1 else "assets are",
        "they_were": "It was" if assets == 1 else "They were",
        "most": "yes" if len(uses) > 1 and without * 2 > len(uses) else "",
        "some": "yes" if 0 < without * 2 <= len(uses) else "",
        "all_decided": "" if any(use["outcome"] == REVIEW for use in uses) else "yes",
        "all_proven": "yes" if 0 < counts["applied"] == counts["proven"] and not unsure else "",
        "unsure": "yes" if unsure else "",
        "last_scan": _day(known.scanned.values()),
        "last_review": _day(one.last for one in (known.standings or {}).values() if one.last),
    }
    return records | {name: f"{count:,}" if count else "" for name, count in counts.items()} | said


def _in_words(uses: int, applied: int, without: int) -> dict[str, str]:
    """Counts of uses as a sentence has them."""
    if uses == 1:
        to_it = "applies to it" if applied else "does not apply to it"
        return {
            "uses_said": "the use",
            "applied_said": to_it,
            "proven_said": "For this use",
        }
    to = {0: "none", 1: "one", uses: "all"}.get(applied, f"{applied:,}")
    return {
        "uses_said": f"all {uses:,} uses",
        "applied_said": f"applies to {to} of them",
        "proven_said": "For this use" if applied == 1 else "For each of these uses",
        "without_said": f"all of our {uses:,} uses work"
        if without == uses
        else f"{without:,} of our {uses:,} uses {'works' if without == 1 else 'work'}",
    }


def _day(days: Iterable[date]) -> str:
    newest: date | None = max(days, default=None)
    return day_in_words(newest) if newest else ""
