"""The picture that is kept up to date is the one worked out from nothing, whatever happened in between; who forgets one of
the things it rests on shows something that is no longer so."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ndoo.assets.findings import read_findings
from ndoo.assets.record import read_record
from ndoo.assets.register import read_register
from ndoo.domain.london import london_date
from ndoo.evidence.seal import Sealer
from ndoo.policy import Pack, decide, load_pack
from ndoo.policy.pack import DOES_NOT_APPLY
from ndoo.service.asset_register import made_up, overview, published_statements, record_versions, register_cache
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Signed, Version
from ndoo.service.audit.entries import write
from tests.support.registers_of_assets import PLACE, asset, document, facts, flow, scan

OURS, THEIRS = Sealer(bytes(range(32))), Sealer(bytes(range(1, 33)))
EACH = 3
"""Times that each act comes."""
FLOWS = ("F-1", "F-2", "F-3")


class TakenBackError(Exception):
    """Ends a transaction that is not to stand."""


@dataclass
class World:
    """What goes on while somebody looks at the picture."""

    chance: random.Random
    now: datetime
    pack: Pack

    def edit(self) -> None:
        told: list[dict[str, Any]] = [
            {"notes": self.chance.choice("abc")},
            {"risk": self.chance.choice(["low", "high"])},
            {"facts": facts(purpose=self.chance.choice(["research", "planning", "direct_care"]))},
            {"last_run": london_date(self.now) - timedelta(days=self.chance.randint(-1, 3))},
            {"facts": facts(gateway__valid_to=london_date(self.now) + timedelta(days=self.chance.randint(0, 3)))},
            {"status": self.chance.choice(["live", "ended"])},
            {"article_6": ""},
        ]
        self.saved(flow(self.chance.choice(FLOWS), **self.chance.choice(told)))

    def saved(self, told: dict[str, Any], kind: str = "flow") -> None:
        record_versions.save(read_record(kind, told, "it"), entry, self.now)

    def declare(self) -> None:
        columns = self.chance.choice([["nhs_number"], ["nhs_number", "icd10"]])
        self.saved(asset(tables=[{"name": self.chance.choice(["visits", "vis*"]), "columns": columns}]), "asset")

    def trust(self) -> None:
        keys = self.chance.choice([[OURS.public_key], [THEIRS.public_key], [OURS.public_key, THEIRS.public_key]])
        self.saved(document()["organisation"] | {"sealed_by": keys}, "organisation")

    def take_out(self) -> None:
        one = self.chance.choice(FLOWS)
        if one in record_versions.register().flows:
            record_versions.remove("flow", one, entry, self.now)

    def decide(self) -> None:
        overview.decide_open(entry, self.now)

    def sign(self) -> None:
        record = self.chance.choice([one for one in record_versions.register().records() if one.id])
        row = record_versions.latest(record.kind, record.id)
        with transaction.atomic():
            Signed.objects.create(
                kind=record.kind,
                ident=record.id,
                version=row,
                step=self.chance.choice(["owner", "caldicott_guardian"]),
                by="o",
                name="O",
                at=self.now,
            )
            write(entry("review.signed"), self.now)

    def look(self) -> None:
        tables = [("visits", "yes", "nhs_number"), ("copy", self.chance.choice(["yes", "no"]), "nhs_number")]
        found = read_findings(scan(*tables[: self.chance.randint(1, 2)]), PLACE)
        overview.take_findings(found, PLACE, entry, self.now)

    def prove(self) -> None:
        one = self.chance.choice(FLOWS)
        if one not in record_versions.register().flows:
            return
        record = record_versions.register().flows[one]
        decision = decide(record.facts, self.pack, london_date(self.now))
        made = made_up.manifest(record, decision, OURS, london_date(self.now))
        at = self.now + timedelta(hours=self.chance.randint(-40, 40))  # some count only from tomorrow on
        told = made | {"created": at.isoformat(), "decision": made["decision"] | {"outcome": "applies"}}
        sealer = self.chance.choice([OURS, THEIRS])
        overview.take_evidence([("m", sealer.seal({k: v for k, v in told.items() if k != "seal"}))], entry, self.now)

    def wait(self) -> None:
        self.saved(flow("F-3", facts=facts(gateway__valid_to=london_date(self.now))))
        overview.picture(self.now)
        self.now += timedelta(hours=self.chance.choice([1, 13, 24, 24 * 100]))

    def change_pack(self) -> None:
        own = load_pack()
        other = replace(
            own,
            digest="0" * 64,
            version="other",
            before=(),
            after=(),
            otherwise=replace(own.otherwise, outcome=DOES_NOT_APPLY),
        )
        self.pack = other if self.pack.digest == own.digest else own

    def take_back(self) -> None:
        """Somebody looks in the middle of a transaction that is then rolled back; the next row gets its id."""
        try:
            with transaction.atomic():
                self.saved(flow("F-1", notes="never", risk="high", facts=facts(purpose="planning")))
                overview.picture(self.now)
                raise TakenBackError
        except TakenBackError:
            self.saved(flow("F-1", notes=str(self.chance.random())[:4], risk="low", status="planned"))

    def come_late(self) -> None:
        """A transaction that took its id first ends last, as on PostgreSQL."""
        top = Version.objects.latest("pk").pk
        for pk, notes in ((top + 9, "first seen"), (top + 5, "late")):
            ident = "F-1" if pk == top + 9 else "F-2"
            latest = record_versions.latest("flow", ident)
            content = read_record("flow", flow(ident, notes=notes, status="planned"), "it").plain()
            Version.objects.create(
                pk=pk,
                kind="flow",
                ident=ident,
                number=latest.number + 1 if latest else 1,
                content=content,
                at=self.now,
                actor="x",
            )
            overview.picture(self.now)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval(pg_get_serial_sequence('governance_version', 'id'), %s)", [top + 9])

    ACTS = (
        edit,
        edit,
        declare,
        trust,
        take_out,
        decide,
        sign,
        look,
        prove,
        prove,
        wait,
        change_pack,
        take_back,
        come_late,
    )


def shown(now: datetime) -> tuple[Any, ...]:
    """All that pages show of it."""
    seen = overview.picture(now)
    return seen.known, seen.joined, published_statements.draft(seen).to_dict(), list(seen.known.register.flows)


def from_nothing(now: datetime) -> tuple[Any, ...]:
    """The same, of a process that has just begun; ours remembers what it did before."""
    kept = register_cache._shared, overview._last, published_statements._last
    register_cache._shared, overview._last, published_statements._last = register_cache.Held(), None, (None, None)
    try:
        return shown(now)
    finally:
        register_cache._shared, overview._last, published_statements._last = kept


def walk(
    seed: int, patch: pytest.MonkeyPatch, naive: Callable[[pytest.MonkeyPatch], None] = lambda patch: None
) -> bool:
    """Is the picture right after every step?"""
    world = World(random.Random(seed), timezone.now(), load_pack())
    patch.setattr(overview, "load_pack", lambda: world.pack)
    record_versions.take_in(read_register(document(flow=[flow(one) for one in FLOWS])), entry, world.now)
    acts = [*World.ACTS] * EACH
    world.chance.shuffle(acts)
    for act in acts:
        with patch.context() as broken:
            naive(broken)
            act(world)
            got = shown(world.now)
        if got != from_nothing(world.now):
            return False
    return True


def test_it_is_the_one_worked_out_from_nothing(register: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert walk(1, monkeypatch)


def _same_day(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(overview, "london_date", lambda now: overview._last.inputs[1] if overview._last else london_date(now))


def _shares_what_may_be_taken_back(patch: pytest.MonkeyPatch) -> None:
    def held() -> register_cache.Held:
        register_cache._shared = register_cache._advanced(register_cache._shared)
        return register_cache._shared

    patch.setattr(register_cache, "held", held)
    patch.setattr(register_cache, "_is_witnessed", lambda seen: bool(seen.marks))


NAIVE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the day": _same_day,
    "the policy pack": lambda patch: patch.setattr(overview, "named", lambda pack: ("", "")),
    "the keys and the time of evidence": lambda patch: patch.setattr(overview, "counts", lambda run, keys, now: True),
    "rows that come late": lambda patch: patch.setattr(register_cache, "_grew", lambda *_: True),
    "transactions that are rolled back": _shares_what_may_be_taken_back,
    "new rows": lambda patch: patch.setattr(
        register_cache, "held", lambda: overview._last.read if overview._last else register_cache.Held()
    ),
    "signatures": lambda patch: patch.setattr(register_cache, "_signatures", lambda seen, versions: seen.signatures),
    "recorded decisions": lambda patch: patch.setattr(register_cache, "_kept", lambda seen: seen.kept),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("forgotten", NAIVE)
def test_who_forgets_what_it_rests_on_is_found_out(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not walk(1, monkeypatch, NAIVE[forgotten])


@pytest.mark.django_db(transaction=True)
def test_another_history_in_its_place_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows, the same ids, another ledger: a restored copy."""
    record_versions.take_in(read_register(document()), entry, timezone.now())
    first = register_cache.held()
    assert register_cache.held() is first
    monkeypatch.setattr(
        register_cache, "_shared", replace(first, witness=(first.witness[0] if first.witness else 1, "0" * 32))
    )
    again = register_cache.held()
    assert again is not first and again.register == first.register
