"""What is known today? The register with its decisions, reviews, findings and evidence, as the database holds them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from ndoo.assets.deciding import Kept, kept_now, stale
from ndoo.assets.evidence import Applied, applied
from ndoo.assets.fields import FLOW
from ndoo.assets.findings import FoundTable
from ndoo.assets.joining import Joined, Known, join
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.reviewing import Signature, Standing, needs_review, standing
from ndoo.domain.errors import UnfitData
from ndoo.domain.london import london_date
from ndoo.evidence.seal import canonical
from ndoo.policy import Decision, Pack, decide, load_pack
from ndoo.policy.keeping import record as kept_document
from ndoo.service.audit.entries import write
from ndoo.service.governance.entered import leaf
from ndoo.service.governance.keeping import Auditor, latest, record_of, register
from ndoo.service.governance.models import Decided, Manifest, Scanned, Signed, Version


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything known at one moment, and what is open."""

    known: Known
    joined: Joined
    pack: Pack
    now: datetime


def picture(now: datetime, register_: Register | None = None) -> Picture:
    """The whole picture at a moment."""
    found = register_ or register()
    pack, today = load_pack(), london_date(now)
    decisions = {flow.id: decide(flow.facts, pack, today) for flow in found.flows.values()}
    kept = kept_decisions()
    old = {flow.id: stale(kept.get(flow.id), flow, pack, today) for flow in found.flows.values()}
    known = Known(found, decisions, findings(), evidence(found, now), old, standings(found.records(), decisions, now))
    return Picture(known, join(known, today), pack, now)


def kept_decisions(*flows: str) -> dict[str, Kept]:
    """The newest recorded decision of each of these flows; none named: of all."""
    rows = Decided.objects.filter(flow__in=flows) if flows else Decided.objects.all()
    newest = rows.values("flow").annotate(newest=Max("pk")).values("newest")
    return {
        row.flow: Kept(_facts(row.document), row.outcome, row.reason, row.pack_name, row.pack_version, row.pack_digest,
                       row.decided_on)
        for row in Decided.objects.filter(pk__in=newest)
    }  # fmt: skip


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in document["flow"].items() if name not in ("id", "title", "as_of")}


def decide_flow(flow: Record, entry: Auditor, now: datetime) -> Decided:
    """Record today's decision of the policy engine on this flow.

    Raises:
        UnfitData: the flow is not in the register.
    """
    row = latest(FLOW, flow.id)
    if row is None:
        raise UnfitData("register-unknown", "The register holds no such asset or flow.")
    decision = decide(flow.facts, load_pack(), london_date(now))
    return _recorded(decision, row, entry, now)


def _recorded(decision: Decision, row: Version, entry: Auditor, now: datetime) -> Decided:
    import json

    kept = kept_now(decision)
    audit = entry("flow.decided", ident=row.ident, version=row.number, outcome=kept.outcome, reason_code=kept.reason,
                  pack=f"{kept.pack_name} {kept.pack_version}")  # fmt: skip
    with transaction.atomic():
        made = Decided.objects.create(
            flow=row.ident, version=row.number, outcome=kept.outcome, reason=kept.reason, pack_name=kept.pack_name,
            pack_version=kept.pack_version, pack_digest=kept.pack_digest, decided_on=kept.decided_on,
            document=json.loads(kept_document(decision, now)), at=now, actor=audit.actor,
        )  # fmt: skip
        write(audit, now, also=[leaf(made)])
    return made


def decide_open(entry: Auditor, now: datetime, *, new_only: bool = False) -> list[Decided]:
    """Record a decision for every flow that has none, and, unless `new_only`, for those whose decision is stale."""
    found, pack, kept = register(), load_pack(), kept_decisions()
    today = london_date(now)
    return [
        decide_flow(flow, entry, now)
        for flow in found.flows.values()
        if (flow.id not in kept if new_only else stale(kept.get(flow.id), flow, pack, today))
    ]


def signatures(kind: str = "", ident: str = "") -> dict[tuple[str, str], list[Signature]]:
    """The signatures for each record, oldest first."""
    rows = Signed.objects.select_related("version").order_by("pk")
    rows = rows.filter(kind=kind, ident=ident) if kind else rows
    found: dict[tuple[str, str], list[Signature]] = defaultdict(list)
    for row in rows:
        found[row.kind, row.ident].append(Signature(row.step, row.by, london_date(row.at), record_of(row.version)))
    return found


def standings(
    records: Iterable[Record], decisions: dict[str, Decision], now: datetime
) -> dict[tuple[str, str], Standing]:
    """Where the review of each asset and flow stands."""
    signed, today = signatures(), london_date(now)
    return {
        (record.kind, record.id): standing(
            record,
            signed.get((record.kind, record.id), []),
            decisions.get(record.id) if record.kind == FLOW else None,
            today,
        )
        for record in records
        if record.id and needs_review(record)
    }


def take_findings(found: Sequence[FoundTable], target: str, entry: Auditor, now: datetime) -> Scanned:
    """Keep what one scan found; a later scan of the same place takes its place in what is open."""
    audit = entry("scan.taken_in", tables=len(found))
    with transaction.atomic():
        row = Scanned.objects.create(target=target, tables=[asdict(one) for one in found], at=now, actor=audit.actor)
        write(audit, now, also=[leaf(row)])
    return row


def findings() -> list[FoundTable]:
    """What the newest scan of each place found."""
    newest = Scanned.objects.values("target").annotate(newest=Max("pk")).values("newest")
    rows = Scanned.objects.filter(pk__in=newest).order_by("target")
    return [FoundTable(**{**one, "columns": tuple(one["columns"])}) for row in rows for one in row.tables]


def take_evidence(documents: Iterable[tuple[str, dict[str, Any]]], entry: Auditor, now: datetime) -> int:
    """Keep manifests that prove a run, by name and document; how many were new. The caller has checked them."""
    new = 0
    for name, document in documents:
        digest = hashlib.sha256(canonical(document)).hexdigest()
        if Manifest.objects.filter(digest=digest).exists():
            continue
        flow = str(document["decision"]["id"])[:60]
        audit = entry("evidence.taken_in", ident=flow, digest=digest)
        with transaction.atomic():
            row = Manifest.objects.create(
                digest=digest, name=name[:255], flow=flow, document=document, at=now, actor=audit.actor
            )
            write(audit, now, also=[leaf(row)])
        new += 1
    return new


def evidence(found: Register, now: datetime) -> list[Applied]:
    """The runs that the kept manifests prove; each seal is checked again."""
    keys = trusted(found)
    proven = []
    for row in Manifest.objects.order_by("pk"):
        try:
            proven.append(applied(row.document, row.name, keys, now))
        except UnfitData:  # a key that is no longer trusted, or a row that somebody altered
            continue
    return proven


def trusted(found: Register) -> frozenset[str]:
    """The keys whose seals count: those that the organisation names, else the key of this installation."""
    named = found.organisation.texts("sealed_by") if found.organisation else ()
    return frozenset(named) or own_key()


def own_key() -> frozenset[str]:
    """The public key in the data folder; none where nothing was ever sealed here."""
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.seal import KEY_FILE, load_sealer

    folder = data_folder()
    return frozenset({load_sealer(folder).public_key}) if (folder / KEY_FILE).exists() else frozenset()
