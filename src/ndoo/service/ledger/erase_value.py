"""Erases a personal value, so that nobody can tell what it was, while every proof stands.

Its salt is thrown away, and the value with it where the opening kept it; a leaf says that this was done. The leaf that
committed to it is not touched. A value that is in an append-only table is gone once the owner of the database has
blanked it there, which the check of the ledger then allows for that value and no other.
"""

from __future__ import annotations

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ndoo.evidence.ledger.commitment import salts_from
from ndoo.service.ledger.append import CommittedValues, append
from ndoo.service.ledger.check_ledger import ERASURE, each_commitment
from ndoo.service.ledger.models import LedgerOpening
from ndoo.service.ledger.sources import SOURCES


def erase(key: str, name: str, *, item: int | None = None, reason: str) -> None:
    """Erase the value of that name under the leaf with this key; `item` is its place among many.

    Raises:
        LookupError: there is no such value, or it was erased before.
    """
    with transaction.atomic():
        opening = LedgerOpening.objects.select_for_update().filter(key=key).first()
        if opening is None or name not in opening.fields:
            raise LookupError("no such value")
        if item is None:
            del opening.fields[name]
        else:
            _erase_one(opening, name, item)
        opening.save(update_fields=["fields"])
        append(ERASURE, {"leaf": key, "value": name, "item": item, "reason": reason})


def is_overwritten(database: BaseDatabaseWrapper) -> bool:
    """Is what was erased in no file of the database any more? SQLite overwrites what it frees (`secure_delete`), and its log, which holds
    pages as they were, is emptied here; not while somebody reads. PostgreSQL keeps a row as it was until it is vacuumed."""
    if database.vendor != "sqlite" or database.in_atomic_block:
        return False
    with database.cursor() as cursor:
        (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _erase_one(opening: LedgerOpening, name: str, item: int) -> None:
    said = opening.fields[name]
    found = SOURCES[opening.source].values([opening.where])[0]
    values = (found or {}).get(name)
    if not isinstance(values, CommittedValues) or not 0 <= item < len(values):
        raise LookupError("no such value")
    if "salts" not in said:
        salts: list[str | None] = [salt.hex() for salt in salts_from(bytes.fromhex(said["salt"]), len(values))]
        said = {"salts": salts, "kept": {}}
    if said["salts"][item] is None:
        raise LookupError("erased before")
    said["kept"][str(item)] = list(each_commitment(said, values))[item].hex()
    said["salts"][item] = None
    opening.fields[name] = said
