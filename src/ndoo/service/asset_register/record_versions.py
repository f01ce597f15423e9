"""Changes the register of assets and flows. One transaction adds the version and its audit entry, or neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from ndoo.assets.fields import ASSET, ORGANISATION
from ndoo.assets.record import Record, changed, read_record
from ndoo.assets.register import Register
from ndoo.domain.errors import UnfitData
from ndoo.service.asset_register import register_cache
from ndoo.service.asset_register.entered import leaf
from ndoo.service.asset_register.models import Version
from ndoo.service.audit.entries import Entry, write_all
from ndoo.service.audit.models import AuditEntry

Auditor = Callable[..., Entry]
"""Makes the audit entry: called with the action, and details by name."""
AT_ONCE = 500
"""Rows of one statement."""


class RecordChangedMeanwhileError(Exception):
    """Somebody changed this record after the caller looked."""


@dataclass(frozen=True, slots=True)
class ImportedRecords:
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
    return register_cache.held().register


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
        RecordChangedMeanwhileError: `expected` no longer holds, or another change came in at the same moment.
    """
    before = latest(record.kind, record.id)
    seen = before.number if before else 0
    if expected is not None and expected != seen:
        raise RecordChangedMeanwhileError
    old = record_of(before) if before and before.content is not None else None
    names = changed(old, record)
    if old is not None and not names:
        return None
    action = f"{record.kind}.{'changed' if old else 'added'}"
    return _add_all([_New(record.kind, record.id, seen, record.plain(), tuple(names), action)], entry, at)[0]


def save_whole(record: Record, entry: Auditor, at: datetime, *, expected: int) -> Version | None:
    """`save`, and refuse a flow from an asset that is not there.

    Raises:
        UnfitData: so. RecordChangedMeanwhileError: see `save`.
    """
    with transaction.atomic():
        row = save(record, entry, at, expected=expected)
        register()
    return row


def remove(kind: str, ident: str, entry: Auditor, at: datetime) -> Version:
    """Take a record out of the register; its history stays.

    Raises:
        UnfitData: it is not there, or a flow takes from it.
        RecordChangedMeanwhileError: another change came in at the same moment.
    """
    before = latest(kind, ident)
    if before is None or before.content is None:
        raise UnfitData("register-unknown", "The register holds no such asset or flow.")
    if kind == ASSET and any(ident in flow.texts("assets") for flow in register().flows.values()):
        raise UnfitData("register-in-use", "A flow takes from this asset. Change or remove the flow first.")
    return _add_all([_New(kind, ident, before.number, None, (), f"{kind}.removed")], entry, at)[0]


def put_back(gone: Version, entry: Auditor, at: datetime) -> Version | None:
    """Bring a record back as it was before it was taken out.

    Raises:
        UnfitData: it is a flow from an asset that is not there.
        RecordChangedMeanwhileError: another change came in meanwhile.
    """
    before = Version.objects.filter(kind=gone.kind, ident=gone.ident, content__isnull=False).latest("number")
    return save_whole(record_of(before), entry, at, expected=gone.number)


def taken_out(kind: str) -> QuerySet[Version]:
    """The version that says so of each record that was taken out and not put back, the last one first."""
    newest = Version.objects.filter(kind=kind).values("ident").annotate(newest=Max("pk")).values("newest")
    return Version.objects.filter(pk__in=newest, content__isnull=True).order_by("-pk")


def reason_of(gone: Version) -> str:
    """Why somebody took it out; empty where nobody was asked, as on the command line."""
    told = AuditEntry.objects.filter(
        action=f"{gone.kind}.removed", details__ident=gone.ident, details__version=gone.number
    )
    return told.values_list("reason", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class _New:
    """A version to be added after the one with the number `seen`."""

    kind: str
    ident: str
    seen: int
    content: dict[str, Any] | None
    names: tuple[str, ...]
    action: str


def _add_all(new: list[_New], entry: Auditor, at: datetime) -> list[Version]:
    audits = [entry(one.action, ident=one.ident, version=one.seen + 1, changed=list(one.names)) for one in new]
    rows = [
        Version(
            kind=one.kind,
            ident=one.ident,
            number=one.seen + 1,
            content=one.content,
            changed=list(one.names),
            at=at,
            actor=audit.actor,
        )
        for one, audit in zip(new, audits, strict=True)
    ]
    try:
        with transaction.atomic():
            rows = Version.objects.bulk_create(rows, batch_size=AT_ONCE)
            write_all(audits, at, also=map(leaf, rows))
    except IntegrityError:
        raise RecordChangedMeanwhileError from None
    return rows


def numbers() -> dict[tuple[str, str], int]:
    """The number of the newest version of everything that was ever in the register, by kind and reference."""
    rows = Version.objects.order_by().values("kind", "ident").annotate(newest=Max("number"))
    return {(row["kind"], row["ident"]): row["newest"] for row in rows}


def take_in(wanted: Register, entry: Auditor, at: datetime, *, replace: bool = False) -> ImportedRecords:
    """Bring a whole register in: what is new is added, what differs is changed, and, with `replace`, what is not in it is
    taken out. All of it, or nothing.

    Raises:
        UnfitData: the register that would result has a flow from an asset that is not there.
        RecordChangedMeanwhileError: somebody changes one of the records at the same moment.
    """
    added: list[str] = []
    altered: list[str] = []
    same: list[str] = []
    removed: list[str] = []
    new: list[_New] = []
    with transaction.atomic():
        there, seen = {(one.kind, one.id): one for one in register().records()}, numbers()
        for record in wanted.records():
            key, name = (record.kind, record.id), f"{record.kind} {record.id}".strip()
            old = there.pop(key, None)
            names = changed(old, record)
            if old is not None and not names:
                same.append(name)
                continue
            number = seen.get(key, 0)
            (altered if number else added).append(name)
            new.append(_New(*key, number, record.plain(), names, f"{record.kind}.{'changed' if old else 'added'}"))
        gone = [key for key in there if key[0] != ORGANISATION] if replace else []
        for kind, ident in sorted(gone, reverse=True):  # flows before the assets that they take from
            new.append(_New(kind, ident, seen[kind, ident], None, (), f"{kind}.removed"))
            removed.append(f"{kind} {ident}")
        _add_all(new, entry, at)
        register()  # refuses flows from assets that are not there
    return ImportedRecords(tuple(added), tuple(altered), tuple(same), tuple(removed))
