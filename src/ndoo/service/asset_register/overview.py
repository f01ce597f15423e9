"""What is known today: the register with its decisions, reviews, findings and evidence, as the database holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from django.db import transaction

from ndoo.assets.evidence import AppliedRun, counts
from ndoo.assets.fields import FLOW
from ndoo.assets.findings import FoundTable
from ndoo.assets.flow_decisions import RecordedDecision, kept_now, stale
from ndoo.assets.gaps import Joined, JoinedRecords, join
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.review_rules import ReviewStanding, Signature, needs_review, standing
from ndoo.domain.errors import UnfitData
from ndoo.domain.london import london_date
from ndoo.domain.settings import data_folder
from ndoo.evidence.document import DocumentPart, JsonObject
from ndoo.evidence.seal import canonical, own_public_keys
from ndoo.policy import Decision, Pack, decide, load_pack
from ndoo.policy.decision_record import document as kept_document
from ndoo.service.asset_register import register_cache
from ndoo.service.asset_register.entered import leaf
from ndoo.service.asset_register.models import Decided, Manifest, Scanned
from ndoo.service.asset_register.record_versions import AT_ONCE, Auditor, latest, numbers, register
from ndoo.service.asset_register.register_cache import Held, Key
from ndoo.service.audit.entries import write, write_all


@dataclass(frozen=True, slots=True)
class RecordState:
    """What is known of one asset or flow on a day, with everything that it was worked out from."""

    of: tuple[Record, RecordedDecision | None, tuple[Signature, ...], tuple[str, str], date]
    """The record, its recorded decision, its signatures, the policy pack by name and digest, and the day."""
    decision: Decision | None
    """A flow's answer as on that day."""
    stale: tuple[str, ...]
    standing: ReviewStanding | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything known at one moment, and what is open."""

    known: JoinedRecords
    joined: Joined
    pack: Pack
    now: datetime
    states: Mapping[Key, RecordState]
    read: Held
    inputs: tuple[tuple[str, str], date, list[AppliedRun]]
    """All that it was put together from besides what was read: the policy pack, the day, and the runs that count."""


_last: Picture | None = None


def picture(now: datetime) -> Picture:
    """The whole picture at a moment: as it was last put together where nothing differs that it was put together from."""
    global _last
    pack, today, read, before = load_pack(), london_date(now), register_cache.held(), _last
    keys = trusted(read.register)
    applied = [run for run in read.runs if counts(run, keys, now)]
    if before and before.read is read and before.inputs == (named(pack), today, applied):
        return replace(before, now=now)
    states = {(record.kind, record.id): _state(record, read, pack, today, before) for record in read.register.records()}
    known = JoinedRecords(
        read.register,
        {ident: state.decision for (_, ident), state in states.items() if state.decision is not None},
        findings(read),
        applied,
        {ident: state.stale for (kind, ident), state in states.items() if kind == FLOW},
        {key: state.standing for key, state in states.items() if state.standing is not None},
        {target: london_date(scan.at) for target, scan in read.scans.items()},
    )
    _last = Picture(known, join(known, today), pack, now, states, read, (named(pack), today, applied))
    return _last


def _state(record: Record, read: Held, pack: Pack, today: date, before: Picture | None) -> RecordState:
    """The state of one record: the one worked out before where it was worked out from these very objects."""
    key = (record.kind, record.id)
    kept = read.kept.get(record.id) if record.kind == FLOW else None
    signed = read.signatures.get(key, ())
    old = before.states.get(key) if before else None
    if old is not None and old.of == (record, kept, signed, named(pack), today):
        return old if old.of[0] is record else replace(old, of=(record, kept, signed, named(pack), today))
    return state_of(record, kept, signed, pack, today)


def named(pack: Pack) -> tuple[str, str]:
    """What tells one edition of a policy pack from another."""
    return pack.name, pack.digest


def state_of(
    record: Record, kept: RecordedDecision | None, signed: tuple[Signature, ...], pack: Pack, today: date
) -> RecordState:
    """The state of one asset or flow, worked out: the one place where it is."""
    flow = record.kind == FLOW
    decision = decide(record.facts, pack, today) if flow else None
    why = stale(kept, record, pack, today, decision) if flow else ()
    where = standing(record, signed, decision, today) if record.id and needs_review(record) else None
    return RecordState((record, kept, signed, named(pack), today), decision, why, where)


def kept_decisions(*flows: str) -> dict[str, RecordedDecision]:
    """The newest recorded decision of each of these flows; none named: of all."""
    kept = register_cache.held().kept
    return {flow: kept[flow] for flow in flows or kept if flow in kept}


def decide_flow(flow: Record, entry: Auditor, now: datetime) -> Decided:
    """Record today's decision of the policy engine on this flow.

    Raises:
        UnfitData: the flow is not in the register.
    """
    row = latest(FLOW, flow.id)
    if row is None:
        raise UnfitData("register-unknown", "The register holds no such asset or flow.")
    return _recorded([(flow, row.number)], entry, now)[0]


def decide_all(flows: Iterable[Record], entry: Auditor, now: datetime) -> list[Decided]:
    """The same for these flows of the register, in one transaction."""
    seen = numbers()
    return _recorded([(flow, seen[FLOW, flow.id]) for flow in flows], entry, now)


def _recorded(flows: Sequence[tuple[Record, int]], entry: Auditor, now: datetime) -> list[Decided]:
    """Each flow with the number of its version."""
    pack, today = load_pack(), london_date(now)
    rows, audits = [], []
    for flow, number in flows:
        decision = decide(flow.facts, pack, today)
        kept = kept_now(decision)
        audit = entry(
            "flow.decided",
            ident=flow.id,
            version=number,
            outcome=kept.outcome,
            reason_code=kept.reason,
            pack=f"{kept.pack_name} {kept.pack_version}",
        )
        audits.append(audit)
        rows.append(
            Decided(
                flow=flow.id,
                version=number,
                outcome=kept.outcome,
                reason=kept.reason,
                pack_name=kept.pack_name,
                pack_version=kept.pack_version,
                pack_digest=kept.pack_digest,
                decided_on=kept.decided_on,
                document=kept_document(decision, now, decision.answer()),
                at=now,
                actor=audit.actor,
            )
        )
    with transaction.atomic():
        made = Decided.objects.bulk_create(rows, batch_size=AT_ONCE)
        write_all(audits, now, also=map(leaf, made))
    return made


def decide_open(entry: Auditor, now: datetime, *, new_only: bool = False) -> list[Decided]:
    """Record a decision for every flow that has none, and, unless `new_only`, for those whose decision is stale."""
    found, pack, kept = register(), load_pack(), kept_decisions()
    today = london_date(now)
    return decide_all(
        [
            flow
            for flow in found.flows.values()
            if (flow.id not in kept if new_only else stale(kept.get(flow.id), flow, pack, today))
        ],
        entry,
        now,
    )


def take_findings(
    found: Sequence[FoundTable], target: str, entry: Auditor, now: datetime, *, at: datetime | None = None
) -> Scanned:
    """Keep what one scan found; a later scan of the same place takes its place in what is open. `at` is when it was made,
    where that is known: the row has that time, and the audit the time at which it was taken in."""
    made = min(at or now, now)
    audit = entry("scan.taken_in", tables=len(found))
    with transaction.atomic():
        row = Scanned.objects.create(target=target, tables=[asdict(one) for one in found], at=made, actor=audit.actor)
        write(audit, now, also=[leaf(row)])
    return row


def findings(read: Held | None = None) -> list[FoundTable]:
    """What the newest scan of each place found."""
    return [found for scan in (read or register_cache.held()).scans.values() for found in scan.tables]


def take_evidence(documents: Iterable[tuple[str, JsonObject]], entry: Auditor, now: datetime) -> int:
    """Keep manifests that prove a run, by name and document; how many were new. The caller has checked them."""
    sent = {hashlib.sha256(canonical(document)).hexdigest(): (name, document) for name, document in documents}
    known = Manifest.objects.only("digest").in_bulk(list(sent), field_name="digest")
    rows, audits = [], []
    for digest, (name, document) in sent.items():
        if digest not in known:
            flow = str(DocumentPart(document).part("decision").said("id"))[:60]
            audits.append(entry("evidence.taken_in", ident=flow, digest=digest))
            rows.append(
                Manifest(digest=digest, name=name[:255], flow=flow, document=document, at=now, actor=audits[-1].actor)
            )
    with transaction.atomic():
        made = Manifest.objects.bulk_create(rows, batch_size=AT_ONCE)
        write_all(audits, now, also=map(leaf, made))
    return len(rows)


def evidence(found: Register, now: datetime) -> list[AppliedRun]:
    """The runs that the kept manifests prove, under the keys that this register trusts."""
    keys = trusted(found)
    return [run for run in register_cache.held().runs if counts(run, keys, now)]


def trusted(found: Register) -> frozenset[str]:
    """The keys whose seals count: those that the organisation names, else the key of this installation."""
    named = found.organisation.texts("sealed_by") if found.organisation else ()
    return frozenset(named) or own_public_keys(data_folder())
