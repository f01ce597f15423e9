"""Gives leaves their places, and the log its heads. One writer at a time places whatever was committed since.

A transaction that records something adds its leaves and waits for nobody; its leaves have no place yet. Whoever comes
next through here (the keeper of `ndoo serve` each second, a command at its end) places them all with one head. So the
log has one order although many write at once, and a head costs one small transaction however much it covers.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ndoo.domain.settings import data_folder
from ndoo.evidence.ledger.head import sealed_head
from ndoo.evidence.ledger.tree import GrowingTree, leaf_hash
from ndoo.evidence.seal import load_sealer
from ndoo.service.ledger.append import append, append_all
from ndoo.service.ledger.head_store import heads_folder, register_address
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from ndoo.service.ledger.register_note import key_before, note_log
from ndoo.service.ledger.sources import SOURCES

KEY_CHANGED = "ledger.key_changed"
"""The kind of the leaf that says from where on another key of this account seals the heads."""
PIECE = 5_000
"""Leaves that one head places at most: on SQLite others wait while it does."""
_MISSED_FOR = timedelta(hours=1)
"""After that, an id that no transaction has committed is taken for one that never will be; should it come after all,
the check of the whole ledger (`check_ledger.py`) finds it."""
_MISSED_MOST = 10_000
_PLACING = 0x6C656467


def seal(now: datetime, *, late: Iterable[int] = ()) -> LedgerHead:
    """Place what waits, and copy the newest head out of the database; the newest head.

    Args:
        late: ids of leaves that were found without a place although others after them have one.

    Raises:
        NotPermitted, Fault: the key or the folder of heads cannot be used. What is recorded is kept.
    """
    last = newest()
    if last is not None and (before := key_before(last.log)) is not None:
        with transaction.atomic():
            append(KEY_CHANGED, {"from": before, "to": load_sealer(data_folder()).public_key})
    if last is None or late or _waits(last):
        while (placed := _placed(now, late)) is not None:
            last = placed
    last = newest()
    assert last is not None  # noqa: S101  the first head of a log is placed even when it is empty
    folder, address = heads_folder(), register_address()
    folder.keep(last.document)  # before the notes: whoever reads that the register has this log finds a head of it
    if folder.log_of(address) != last.log:
        folder.note(address, last.log)
    note_log(last.log)
    return last


def begin(now: datetime) -> None:
    """The log's first head; what a register held before it had a ledger enters it first. Raises as `seal` does."""
    with transaction.atomic():
        _alone()
        if newest() is None and not LedgerLeaf.objects.exists():
            append_all(leaf for source in SOURCES.values() for leaf in source.older())
    seal(now)


def newest() -> LedgerHead | None:
    """The head of the log as the database has it."""
    return LedgerHead.objects.order_by("-size").first()


def _waits(last: LedgerHead) -> bool:
    top, missed = last.skipped["top"], [one for one, _ in last.skipped["missed"]]
    return LedgerLeaf.objects.filter(pk__gt=top).exists() or (
        bool(missed) and LedgerLeaf.objects.filter(pk__in=missed).exists()
    )


def _placed(now: datetime, late: Iterable[int]) -> LedgerHead | None:
    """One head more; None where nothing waits."""
    with transaction.atomic():
        _alone()
        last = newest()
        top, missed = (last.skipped["top"], dict(last.skipped["missed"])) if last else (0, {})
        waiting = list(LedgerLeaf.objects.filter(pk__gt=top).order_by("pk")[:PIECE].values_list("pk", "body"))
        behind = LedgerLeaf.objects.filter(pk__in={*missed, *_without_place(late)}).order_by("pk")
        found = [*behind.values_list("pk", "body"), *waiting]
        if last and not found:
            return None
        tree = GrowingTree(last.size, [bytes.fromhex(peak) for peak in last.peaks.split()]) if last else GrowingTree()
        for _, body in found:
            tree.append(leaf_hash(body.encode("ascii")))
        log = last.log if last else secrets.token_hex(16)
        document = sealed_head(log, tree.size, tree.root(), now, load_sealer(data_folder()))
        return LedgerHead.objects.create(
            log=log,
            size=tree.size,
            root=tree.root().hex(),
            peaks=" ".join(peak.hex() for peak in tree.peaks),
            placed=ranges([pk for pk, _ in found]),
            skipped=_skipped(top, missed, [pk for pk, _ in found], now),
            at=now,
            document=document,
        )


def _alone() -> None:
    """On SQLite whoever writes is alone already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLACING])


def _skipped(top: int, missed: dict[int, str], found: list[int], now: datetime) -> dict[str, Any]:
    """What is to be looked for next time: ids after the top, and those below it that nobody has committed yet."""
    there = set(found)
    after = max([top, *found])
    gaps = [one for one in range(max(top, after - _MISSED_MOST) + 1, after) if one not in there]
    kept = [
        [one, since]
        for one, since in missed.items()
        if one not in there and now - datetime.fromisoformat(since) < _MISSED_FOR
    ]
    return {"top": after, "missed": [*kept, *([one, now.isoformat()] for one in gaps)][-_MISSED_MOST:]}


def _without_place(late: Iterable[int]) -> set[int]:
    """Of these, those whose place nobody has given them meanwhile."""
    left = set(late)
    if left:
        for placed in LedgerHead.objects.values_list("placed", flat=True):
            for first, last in placed:
                left -= {one for one in left if first <= one <= last}
    return left


def ranges(found: list[int]) -> list[list[int]]:
    """1, 2, 3, 7 as [1, 3], [7, 7]; the order stays."""
    joined: list[list[int]] = []
    for one in found:
        if joined and joined[-1][1] == one - 1:
            joined[-1][1] = one
        else:
            joined.append([one, one])
    return joined
