"""An entry for the audit: made before the act, written in the same transaction as the act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.audit.models import AuditEntry
from ndoo.service.ledger.append import NewLeaf, append_all
from ndoo.service.ledger.sources import SOURCES, Found, ValueSource

SOURCE = "audit"
"""The ledger's name for this room."""
_AT_ONCE = 500
"""Rows of one statement."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Whatever changes the register, or shows a person to staff, takes one of these as an argument."""

    actor: str
    """`self`, `proxy`, `system`, `staff:` and the user's name, or `shell:` and the account that ran a command."""
    action: str
    """What was done, as a dotted name: `choice.set`, `person.viewed`."""
    subject: NHSNumber | None = None
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    """Where the request came from (IP)."""


def write(entry: Entry, at: datetime, *, also: Iterable[NewLeaf] = ()) -> AuditEntry:
    """Add it, in the transaction of the act that it tells of, and to the ledger too; `also` are the act's own leaves.

    Raises:
        RuntimeError: there is no transaction, so the act could stand without its entry.
    """
    return write_all([entry], at, also=also)[0]


def write_all(entries: Sequence[Entry], at: datetime, *, also: Iterable[NewLeaf] = ()) -> list[AuditEntry]:
    """The same for many acts of one transaction, such as those of an import. Raises as `write` does."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit entry is written in the transaction of the act that it tells of")
    rows = AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                at=at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject.reveal() if entry.subject else "",
                reason=entry.reason,
                details=entry.details,
                address=entry.address,
            )
            for entry in entries
        ],
        batch_size=_AT_ONCE,
    )
    append_all([*map(_leaf, rows), *also])
    return rows


def _leaf(row: AuditEntry) -> NewLeaf:
    return NewLeaf("audit", {"action": row.action}, told(row), SOURCE, row.pk)


def register() -> None:
    """Tell the ledger where entries stand; to be called when the service starts."""
    SOURCES[SOURCE] = ValueSource(
        "audit", _values, AuditEntry.objects.count, older=lambda: map(_leaf, AuditEntry.objects.order_by("pk"))
    )


def _values(ids: Sequence[int]) -> list[Found]:
    rows = AuditEntry.objects.in_bulk(ids)
    return [told(rows[pk]) if pk in rows else None for pk in ids]


def told(row: AuditEntry) -> dict[str, Any]:
    """What a leaf of the ledger commits to: the person by itself, so that it can be erased alone, and all the rest."""
    rest = [row.pk, row.at.astimezone(UTC).isoformat(), row.actor, row.action, row.reason, row.details, row.address]
    return {"subject": row.subject, "entry": rest}
