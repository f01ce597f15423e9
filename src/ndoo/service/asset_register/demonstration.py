"""What a newcomer finds: the made-up organisation with work in it:
three tables that nobody declared, two flows that nothing proves, a changed table, reviews that are due, and a
statement that cannot be published yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ndoo.assets.fields import ASSET, FLOW
from ndoo.assets.record import AssetTable, Record
from ndoo.assets.register import Register
from ndoo.assets.review_rules import rhythm_on, steps_for
from ndoo.domain.london import london_date
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.policy import decide, load_pack
from ndoo.policy.pack import APPLIES
from ndoo.service.asset_register import made_up, overview, record_versions
from ndoo.service.asset_register.entered import leaf
from ndoo.service.asset_register.models import Signed, Version
from ndoo.service.audit.entries import Entry, write

UNPROVEN = ("F-001", "F-009")
UNREVIEWED = (("asset", "A-001"), ("asset", "A-003"), ("flow", "F-001"), ("flow", "F-003"))
WITHOUT_A_COLUMN = ("A-005", "waited_minutes")
"""A column that the scan finds and the register does not have."""


def entry(action: str, **details: Any) -> Entry:
    """What the demonstration does stands in the audit as the system's."""
    return Entry("system", action, details=details)


def load() -> None:
    """Bring the organisation in, once, where there is no register yet."""
    if not Version.objects.exists():
        seed(timezone.now(), load_sealer(data_folder()), with_work=True)


@transaction.atomic
def seed(now: datetime, sealer: Sealer, *, with_work: bool) -> Register:
    """The whole organisation with its decisions, scans, evidence and reviews; `with_work` leaves some of it open."""
    today = london_date(now)
    register = made_up.organisation(today, (sealer.public_key,))
    found = list(made_up.scans(register, planted=with_work))
    if with_work:
        register = _narrowed(register)
    record_versions.take_in(register, entry, now - timedelta(days=30))
    overview.decide_open(entry, now, new_only=True)
    for place, tables in found:
        overview.take_findings(tables, place, entry, now)
    overview.take_evidence(_manifests(register, sealer, now, UNPROVEN if with_work else ()), entry, now)
    sign(register, now, UNREVIEWED if with_work else ())
    return register


def _narrowed(register: Register) -> Register:
    ident, column = WITHOUT_A_COLUMN
    asset = register.assets[ident]
    tables = tuple(AssetTable(t.name, tuple(c for c in t.columns if c != column)) for t in asset.tables)
    return replace(register, assets={**register.assets, ident: Record(ASSET, {**asset.said, "tables": tables})})


def _manifests(
    register: Register, sealer: Sealer, now: datetime, without: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    pack, today = load_pack(), london_date(now)
    for flow in register.live:
        decision = decide(flow.facts, pack, today)
        if decision.outcome == APPLIES and flow.id not in without:
            yield f"{flow.id}.released.csv.manifest.json", made_up.manifest(flow, decision, sealer, today)


def sign(register: Register, now: datetime, without: tuple[tuple[str, str], ...]) -> None:
    """Reviews of the last weeks, in the names of made-up people."""
    pack, today, at = load_pack(), london_date(now), now - timedelta(days=20)
    rows = record_versions.current()
    people = {"owner": ("oscar.owner", "Oscar Owusu"), "caldicott_guardian": ("cara.caldicott", "Cara Chowdhury")}
    for record in register.records():
        if not record.id or (record.kind, record.id) in without:
            continue
        decision = decide(record.facts, pack, today) if record.kind == FLOW else None
        for step in steps_for(decision, rhythm_on(today)):
            account, name = people[step]
            row = Signed.objects.create(
                kind=record.kind,
                ident=record.id,
                version=rows[record.kind, record.id],
                step=step,
                by=account,
                name=name,
                comment="",
                at=at,
            )
            write(entry("review.signed", ident=record.id, of=record.kind, step=step, by=account), at, also=[leaf(row)])
