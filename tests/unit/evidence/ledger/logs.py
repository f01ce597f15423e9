"""Small logs and their heads, for the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ndoo.evidence.ledger.head import Head, read_head, sealed_head
from ndoo.evidence.ledger.tree import leaf_hash, root_of
from ndoo.evidence.seal import Sealer

SEALER = Sealer(bytes(range(32)))
LOG = "0123456789abcdef" * 2
WHEN = datetime(2026, 11, 22, 9, tzinfo=UTC)


KINDS = (b"audit", b"decision", b"review", b"manifest")


def entries(count: int) -> list[bytes]:
    return [b'{"key":"%d","kind":"%s"}' % (at, KINDS[at % len(KINDS)]) for at in range(count)]


def head_of(log: list[bytes], *, name: str = LOG, at: datetime | None = None) -> Head:
    when = at or WHEN + timedelta(seconds=len(log))
    return read_head(sealed_head(name, len(log), root_of(map(leaf_hash, log)), when, SEALER))
