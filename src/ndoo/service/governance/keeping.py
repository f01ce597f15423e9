"""How does the register of assets and flows change? One transaction adds the version and its audit entry, or neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION
from ndoo.assets.record import Record, changed, read_record
from ndoo.assets.register import Register, built
from ndoo.domain.errors import UnfitData
from ndoo.service.audit.entries import Entry, write
from ndoo.service.governance.entered import leaf
from ndoo.service.governance.models import Version

Auditor = Callable[..., Entry]
"""Makes the audit entry: called with the action, and details by name."""


class ChangedMeanwhileError(Exception):
    """Somebody changed this record after the caller looked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to, each a list of `kind reference`."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def current(kind: str = "") -> dict[tuple[str, str], Version]:
    """The newest version of everything (of that kind), by kind and reference; what was taken out is not among it."""
    return {(row.kind, row.ident): row for row in rows_now(kind)}


def rows_now(kind: str = "") -> QuerySet[Version]:
    """The same rows, not fetched yet: a page of a list takes only its own."""
    rows = Version.objects.filter(kind=kind) if kind else Version.objects.all()
    newest = rows.values("kind", "ident").annotate(newest=Max("pk")).values("newest")
    return Version.objects.filter(pk__in=newest, content__isnull=False).order_by("kind", "ident")


def record_of(row: Version) -> Record:
    """The record that a version holds."""
    return read_record(row.kind, row.content, row.kind)


def register() -> Register:
    """The register as it stands."""
    rows = current()
    by_kind: dict[str, list[Record]] = {ORGANISATION: [], ASSET: [], FLOW: []}
    for (kind, _ident), row in rows.items():
        by_kind[kind].append(record_of(row))
    return built(next(iter(by_kind[ORGANISATION]), None), by_kind[ASSET], by_kind[FLOW])


def latest(kind: str, ident: str) -> Version | None:
    """The newest version of one record, also one that says that it was taken out."""
    return Version.objects.filter(kind=kind, ident=ident).order_by("-number").first()


def history(kind: str, ident: str) -> list[Version]:
    """Every version of one record, the newest first."""
    return list(Version.objects.filter(kind=kind, ident=ident).order_by("-number"))


def save(record: Record, entry: Auditor, at: datetime, *, expected: int | None = None) -> Version | None:
    """Add the record's next version; None where nothing differs.

    `expected` is the number of the version that the caller saw (0 for none).

    Raises:
        ChangedMeanwhileError: `expected` no longer holds, or another change came in at the same moment.
    """
    before = latest(record.kind, record.id)
    seen = before.number if before else 0
    if expected is not None and expected != seen:
        raise ChangedMeanwhileError
    old = record_of(before) if before and before.content is not None else None
    names = changed(old, record)
    if old is not None and not names:
        return None
    action = f"{record.kind}.{'changed' if old else 'added'}"
    return _add(record.kind, record.id, seen, record.plain(), names, entry, action, at)


def save_whole(record: Record, entry: Auditor, at: datetime, *, expected: int) -> Version | None:
    """`save`, and refuse a flow from an asset that is not there.

    Raises:
        UnfitData: so. ChangedMeanwhileError: see `save`.
    """
    with transaction.atomic():
        row = save(record, entry, at, expected=expected)
        register()
    return row


def remove(kind: str, ident: str, entry: Auditor, at: datetime) -> Version:
    """Take a record out of the register; its history stays.

    Raises:
        UnfitData: it is not there, or a flow takes from it.
        ChangedMeanwhileError: another change came in at the same moment.
    """
    before = latest(kind, ident)
    if before is None or before.content is None:
        raise UnfitData("register-unknown", "The register holds no such asset or flow.")
    if kind == ASSET and any(ident in record_of(row).texts("assets") for row in current(FLOW).values()):
        raise UnfitData("register-in-use", "A flow takes from this asset. Change or remove the flow first.")
    return _add(kind, ident, before.number, None, (), entry, f"{kind}.removed", at)


def _add(kind: str, ident: str, seen: int, content: dict[str, Any] | None, names: Iterable[str], entry: Auditor,
         action: str, at: datetime) -> Version:  # fmt: skip
    audit = entry(action, ident=ident, version=seen + 1, changed=list(names))
    try:
        with transaction.atomic():
            row = Version.objects.create(
                kind=kind, ident=ident, number=seen + 1, content=content, changed=list(names), at=at, actor=audit.actor
            )
            write(audit, at, also=[leaf(row)])
    except IntegrityError:
        raise ChangedMeanwhileError from None
    return row


def take_in(wanted: Register, entry: Auditor, at: datetime, *, replace: bool = False) -> Taken:
    """Bring a whole register in: what is new is added, what differs is changed, and, with `replace`, what is not in it is
    taken out. All of it, or nothing.

    Raises:
        UnfitData: the register that would result has a flow from an asset that is not there.
        ChangedMeanwhileError: somebody changes one of the records at the same moment.
    """
    added: list[str] = []
    altered: list[str] = []
    same: list[str] = []
    removed: list[str] = []
    with transaction.atomic():
        for record in wanted.records():
            name = f"{record.kind} {record.id}".strip()
            row = save(record, entry, at)
            (same if row is None else added if row.number == 1 else altered).append(name)
        if replace:
            there = {(record.kind, record.id) for record in wanted.records()}
            gone = [key for key in current() if key not in there and key[0] != ORGANISATION]
            for kind, ident in sorted(gone, reverse=True):  # flows before the assets that they take from
                remove(kind, ident, entry, at)
                removed.append(f"{kind} {ident}")
        register()  # refuses flows from assets that are not there
    return Taken(tuple(added), tuple(altered), tuple(same), tuple(removed))


def named(rows: Mapping[tuple[str, str], Version], kind: str) -> dict[str, Version]:
    """Those of one kind, by their reference."""
    return {ident: row for (of, ident), row in rows.items() if of == kind}
