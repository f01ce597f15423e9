"""Shows somebody that one leaf stands in the log. Its receipt, made from the log as it is now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ndoo.evidence.ledger.receipt import receipt_document
from ndoo.evidence.ledger.tree import inclusion_proof, leaf_hash
from ndoo.service.ledger.append import CommittedValues
from ndoo.service.ledger.check_ledger import bodies_up_to
from ndoo.service.ledger.heads import seal
from ndoo.service.ledger.models import LedgerLeaf, LedgerOpening
from ndoo.service.ledger.sources import SOURCES
from ndoo.service.read_snapshot import one_view


def leaves(kind: str = "") -> Iterator[dict[str, Any]]:
    """What the log holds, the newest first, in words that name nobody: key, kind, the names of its values, and the row."""
    rows = LedgerLeaf.objects.filter(kind=kind) if kind else LedgerLeaf.objects.all()
    for row in rows.order_by("-pk").iterator(chunk_size=2_000):
        body = json.loads(row.body)
        yield {"key": row.key, "kind": row.kind, "payload": body["payload"], "values": sorted(body["personal"])}


def receipt(key: str, now: datetime, *, opened: bool = False) -> dict[str, Any]:
    """The receipt of the leaf with this key; `opened` adds every value that stands and was not erased.

    Raises:
        LookupError: there is no such leaf.
    """
    head = seal(now).document
    with one_view():
        row = LedgerLeaf.objects.filter(key=key).first()
        if row is None:
            raise LookupError("no such leaf")
        wanted = row.body.encode("ascii")
        entries = list(map(leaf_hash, bodies_up_to(head["size"])))
        at = entries.index(leaf_hash(wanted))
        return {**receipt_document(head, at, inclusion_proof(entries, at), wanted, _opened(key) if opened else {})}


def _opened(key: str) -> Mapping[str, Mapping[str, Any]]:
    opening = LedgerOpening.objects.filter(key=key).first()
    if opening is None:
        return {}
    held = SOURCES[opening.source].values([opening.where])[0] or {} if opening.source else {}
    found = {}
    for name, said in opening.fields.items():
        value = said.get("value", held.get(name))
        if "salt" in said and value is not None and not isinstance(value, CommittedValues):
            found[name] = {"salt": said["salt"], "value": value}
    return found
