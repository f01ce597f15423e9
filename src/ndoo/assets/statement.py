"""What may the organisation say in public about its uses of confidential patient information? Only what is shown.

A statement is made from the register, the decisions and the evidence. What is missing is a gap; while there is one the
statement says that the organisation cannot yet say that it complies, and it must not be published.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from ndoo.assets.joining import WORDS, Joined, Known
from ndoo.assets.record import Record
from ndoo.domain.london import LONDON, london_date
from ndoo.policy import Decision, Pack
from ndoo.policy.fields import fields as policy_fields
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY

NEEDED = {
    "recipient": "who receives the data",
    "purpose": "what it is used for",
    "gateway.kind": "how the duty of confidentiality is met",
}
"""Facts without which the public is not told what a use is."""
_CITED = ("statutory_duty", "statutory_power", "court_order")
_APPROVED = ("regulation_2", "regulation_3", "regulation_5")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the statement would have to say and nothing shows; `id` is a flow's or an asset's reference."""

    id: str
    because: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement as a document, and the gaps that keep it from being published."""

    document: Mapping[str, Any]
    gaps: tuple[Gap, ...]

    def to_dict(self) -> dict[str, Any]:
        return {**self.document, "gaps": [asdict(gap) for gap in self.gaps]}


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The plain words of `words.toml`."""
    return tomllib.loads(files("ndoo.assets").joinpath("words.toml").read_text(encoding="utf-8"))


def make(known: Known, joined: Joined, pack: Pack, now: datetime) -> Statement:
    """The statement as of a moment."""
    gaps = tuple(dict.fromkeys(_gaps(known, joined)))
    uses = [_use(flow, known) for flow in sorted(known.register.live, key=lambda flow: flow.id)]
    shown = "applies" if any(use["outcome"] == APPLIES for use in uses) else "no_uses"
    claim = "not_yet" if gaps else shown
    organisation = known.register.organisation
    said = organisation.plain() if organisation else {}
    document = {
        "kind": "ndoo statement",
        "made": now.astimezone(LONDON).isoformat(timespec="minutes"),
        "organisation": {name: value for name, value in said.items() if name != "sealed_by"},
        "claim": claim,
        "claim_words": words()["claim"][claim],
        "uses": uses,
        "policy": {name: pack.named()[name] for name in ("name", "title", "version", "date")},
    }
    return Statement(document, gaps)


def _use(flow: Record, known: Known) -> dict[str, Any]:
    decision, facts = known.decisions[flow.id], flow.facts
    runs = [london_date(run.created) for run in known.applied if run.flow == flow.id]
    told: dict[str, Any] = {
        "id": flow.id,
        "name": flow.text("name"),
        "recipient": facts.text("recipient"),
        "purpose": _word("purpose", facts.text("purpose")),
        "purpose_detail": facts.text("purpose_detail"),
        "data": flow.text("data_types"),
        "article_6": _legal(flow, "article_6"),
        "article_9": _legal(flow, "article_9"),
        "confidentiality": _gateway(flow),
        "outcome": decision.outcome,
        "outcome_words": words()["outcome"][decision.outcome],
        "why": _word("family", decision.family) if decision.outcome == DOES_NOT_APPLY else "",
        "reason": decision.reason,
        "source": _source(decision),
        "type_1": words()["type_1"][_type_1(decision)],
    }
    if decision.outcome == APPLIES:
        told["last_applied"] = max(runs).isoformat() if runs else ""
    return told


def _legal(flow: Record, field: str) -> str:
    from ndoo.assets.fields import FLOW, fields

    said = flow.text(field)
    return f"{said}, {fields(FLOW)[field].values[said]}" if said else ""


def _gateway(flow: Record) -> str:
    facts = flow.facts
    kind = facts.text("gateway.kind")
    cited = ", ".join(filter(None, (facts.text("gateway.reference"), facts.text("gateway.citation"))))
    return f"{_word('gateway', kind)}{f' ({cited})' if cited else ''}" if kind else ""


def _word(table: str, code: str) -> str:
    return words()[table].get(code, "") if code else ""


def _source(decision: Decision) -> dict[str, str]:
    return decision.because[0].source.to_dict()


def _type_1(decision: Decision) -> str:
    if decision.flow.said.get("data.from_gp_record") is not True:
        return "not_gp"
    if "apply_type_1" in decision.obligations:
        return "applied"
    if decision.flow.text("gateway.type_1") == "overridden":
        return "overridden"
    return "applied" if decision.flow.text("gateway.type_1") == "upheld" else "notice"


def _gaps(known: Known, joined: Joined) -> Iterator[Gap]:
    organisation = known.register.organisation
    if organisation is None:
        yield Gap("", "Nobody said which organisation this is.")
    else:
        if not (organisation.text("email") or organisation.text("phone") or organisation.text("address")):
            yield Gap("", "There is no email address, telephone number or postal address for questions.")
        if not organisation.text("type_1"):
            yield Gap("", "Nobody said how Type 1 opt-outs are upheld (type_1).")
        if not organisation.text("how_applied"):
            yield Gap("", "Nobody said how the opt-out is applied (how_applied).")
    if not known.findings:
        yield Gap("", "Nothing was scanned, so nobody knows if there are other uses.")
    if not known.register.flows:
        yield Gap("", "The register holds no flow.")
    for name, items in {**joined.groups(), "unseen": joined.unseen}.items():
        for item in items:
            yield Gap(item.id, f"{item.name}: {WORDS.get(name, 'not looked at')}. {item.because}")
    for flow in known.register.live:
        yield from (Gap(flow.id, f"{flow.text('name')}: nobody said {what}.") for what in _unsaid(flow))


def _unsaid(flow: Record) -> Iterator[str]:
    if not flow.text("data_types"):
        yield "what kinds of data it carries (data_types)"
    facts = flow.facts
    if facts.text("data.form") not in (
        "anonymised",
        "aggregate",
    ):  # no longer personal data: no basis of UK GDPR is needed
        for field in ("article_6", "article_9"):
            if not flow.text(field):
                yield f"the legal basis under UK GDPR ({field})"
    for field, what in NEEDED.items():
        if not facts.text(field):
            yield f"{what} ({field})"
    kind = facts.text("gateway.kind")
    for field, kinds in (("gateway.citation", _CITED), ("gateway.reference", _APPROVED)):
        if kind in kinds and not facts.text(field):
            yield f"{policy_fields()[field].ask.rstrip('?').lower()} ({field})"
