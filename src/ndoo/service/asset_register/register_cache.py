"""What of the register this process has read already, and whether that is still the beginning of what the database holds.

Every table of governance only grows. So what was read once need not be read again: each time, the rows that came since
are added to it. Whatever does not fit (a row that came late, a table that shrank, another ledger) makes everything be read
anew. Nothing is answered without asking the database first, and nothing that a transaction may yet take back is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Model

from ndoo.assets.evidence import AppliedRun, sealed_run
from ndoo.assets.fields import ASSET, FLOW, ORGANISATION
from ndoo.assets.findings import FoundTable
from ndoo.assets.flow_decisions import RecordedDecision, decided_on
from ndoo.assets.record import Record, read_record
from ndoo.assets.register import Register, built
from ndoo.assets.review_rules import Signature
from ndoo.domain.errors import UnfitData
from ndoo.domain.london import london_date
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.service.asset_register.models import TAKEN_BACK, Decided, Manifest, Scanned, Signed, Version
from ndoo.service.ledger.models import LedgerLeaf
from ndoo.service.read_snapshot import one_view

TABLES: tuple[type[Model], ...] = (Version, Decided, Signed, Scanned, Manifest)
Key = tuple[str, str]
"""Kind and reference."""


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How far a table was read: the highest id, and how many rows there were up to it."""

    top: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class NewestScan:
    """What the newest scan of one place found, and when it was made."""

    tables: tuple[FoundTable, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """All that counts, as read so far. Immutable: what did not change is the same object in the next one."""

    database: str = ""
    marks: Mapping[str, ReadMark] = field(default_factory=dict)
    witness: tuple[int, str] | None = None
    """The newest leaf of the ledger then, and its random key: in another history it has another one."""
    versions: Mapping[Key, tuple[int, Record]] = field(default_factory=dict)
    register: Register = field(default_factory=Register)
    kept: Mapping[str, RecordedDecision] = field(default_factory=dict)
    signatures: Mapping[Key, tuple[Signature, ...]] = field(default_factory=dict)
    scans: Mapping[str, NewestScan] = field(default_factory=dict)
    runs: tuple[AppliedRun, ...] = ()


_lock = Lock()
_shared = Held()


def held() -> Held:
    """All that counts now. The same object as before where nothing came since.

    Raises:
        UnfitData: a row does not hold what it may hold.
    """
    global _shared
    if connection.in_atomic_block:  # it may be rolled back, and its ids given to other rows: nobody else may see it
        return _advanced(_shared)
    with _lock, one_view():
        _shared = _advanced(_shared)
        return _shared


def forget() -> None:
    """Read everything anew next time."""
    global _shared
    _shared = Held()


def _advanced(seen: Held) -> Held:
    name = str(connection.settings_dict["NAME"])
    marks = {table.__name__: _mark(table) for table in TABLES}
    if seen.database != name or not _is_witnessed(seen) or not all(_grew(seen, table, marks) for table in TABLES):
        seen = Held(database=name)
    elif marks == seen.marks:
        return seen
    versions, register = _versions(seen)
    return Held(
        name,
        marks,
        _witness(),
        versions,
        register,
        _kept(seen),
        _signatures(seen, versions),
        _scans(seen),
        (*seen.runs, *_runs(seen)),
    )


def _mark(table: type[Model]) -> ReadMark:
    told = table._default_manager.aggregate(top=Max("pk"), rows=Count("pk"))
    return ReadMark(told["top"] or 0, told["rows"])


def _witness() -> tuple[int, str] | None:
    return LedgerLeaf.objects.order_by("-pk").values_list("pk", "key").first()


def _is_witnessed(seen: Held) -> bool:
    """Is this still the history that was read, and no restored or other one?"""
    return seen.witness is not None and LedgerLeaf.objects.filter(pk=seen.witness[0], key=seen.witness[1]).exists()


def _grew(seen: Held, table: type[Model], marks: Mapping[str, ReadMark]) -> bool:
    """Did it only grow at its end? On PostgreSQL a row with a lower id may become visible after one with a higher."""
    before, now = seen.marks[table.__name__], marks[table.__name__]
    if now == before:
        return True
    return now.top > before.top and now.rows - before.rows == table._default_manager.filter(pk__gt=before.top).count()


def _since(seen: Held, table: type[Model]) -> Any:
    return table._default_manager.filter(pk__gt=seen.marks.get(table.__name__, ReadMark()).top)


def _newest(seen: Held, table: type[Model], *of: str) -> Any:
    """The newest of the rows that came, for each of these."""
    rows = _since(seen, table)
    return rows.filter(pk__in=rows.values(*of).annotate(newest=Max("pk")).values("newest")).order_by("pk")


def _versions(seen: Held) -> tuple[Mapping[Key, tuple[int, Record]], Register]:
    came = list(_newest(seen, Version, "kind", "ident").values_list("pk", "kind", "ident", "content"))
    if not came:
        return seen.versions, seen.register
    found = dict(seen.versions)
    for pk, kind, ident, content in came:
        if content is None:
            found.pop((kind, ident), None)
        else:
            found[kind, ident] = pk, read_record(kind, content, kind)
    by_kind: dict[str, list[Record]] = {ORGANISATION: [], ASSET: [], FLOW: []}
    for key in sorted(found):
        by_kind[key[0]].append(found[key][1])
    return found, built(next(iter(by_kind[ORGANISATION]), None), by_kind[ASSET], by_kind[FLOW])


def _kept(seen: Held) -> Mapping[str, RecordedDecision]:
    came = _newest(seen, Decided, "flow").values_list(
        "flow", "document__flow", "outcome", "reason", "pack_name", "pack_version", "pack_digest", "decided_on"
    )
    found = {flow: RecordedDecision(decided_on(document), *rest) for flow, document, *rest in came}
    return {**seen.kept, **found} if found else seen.kept


def _signatures(seen: Held, versions: Mapping[Key, tuple[int, Record]]) -> Mapping[Key, tuple[Signature, ...]]:
    came = list(_since(seen, Signed).order_by("pk").values_list("kind", "ident", "version_id", "step", "by", "at"))
    if not came:
        return seen.signatures
    current = dict(versions.values())
    of_before = Version.objects.in_bulk({version for _, _, version, *_ in came if version not in current})
    signed = {pk: read_record(row.kind, row.content, row.kind) for pk, row in of_before.items()}
    found = dict(seen.signatures)
    for kind, ident, version, step, by, at in came:
        if step == TAKEN_BACK:
            found[kind, ident] = _without_last(found.get((kind, ident), ()), by)
            continue
        record = current.get(version) or signed[version]
        found[kind, ident] = (*found.get((kind, ident), ()), Signature(step, by, london_date(at), record))
    return found


def _without_last(signatures: tuple[Signature, ...], by: str) -> tuple[Signature, ...]:
    """All but the last one of that account."""
    mine = [at for at, one in enumerate(signatures) if one.by == by]
    return tuple(one for at, one in enumerate(signatures) if at not in mine[-1:])


def _scans(seen: Held) -> Mapping[str, NewestScan]:
    came = _newest(seen, Scanned, "target").values_list("target", "tables", "at")
    found = {target: NewestScan(tuple(map(found_table, tables)), at) for target, tables, at in came}
    return dict(sorted({**seen.scans, **found}.items())) if found else seen.scans


def found_table(told: Mapping[str, Any]) -> FoundTable:
    """One table of a scan, as it is kept."""
    return FoundTable(**{**told, "columns": tuple(told["columns"])})


def _runs(seen: Held) -> Iterator[AppliedRun]:
    for document, name in _since(seen, Manifest).order_by("pk").values_list("document", "name").iterator(500):
        try:
            yield sealed_run(ReleaseManifest(document), name)
        except UnfitData:  # a row that somebody altered
            continue
