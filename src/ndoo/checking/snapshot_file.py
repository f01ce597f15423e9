"""Reads a snapshot of a register: whole, as it was sealed, and fresh. Then it is a list of those who opted out."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.checking.freshness import judge_age
from ndoo.checking.snapshot_format import CODING, KIND, MAGIC
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.machine_faults import near
from ndoo.domain.nhs_number import masked
from ndoo.evidence.document import parse_document
from ndoo.evidence.seal import check_seal
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet

SOURCE = "snapshot"
LARGEST = 1 << 30
"""A byte for every number there can be."""


def read_snapshot(
    path: Path, *, now: datetime, limit_days: int | None = None, sealed_by: str | None = None
) -> CleanedList:
    """Read a snapshot, or refuse it whole. Nobody opted out in it is an answer: only a register with choices makes one.

    Args:
        now: the moment of use, with its zone.
        limit_days: see `freshness.judge_age`.
        sealed_by: the public key (base64) that must have sealed it; None takes any, and the answer says which.

    Raises:
        NoUsableList: missing, unreadable, no snapshot, cut off, changed, sealed by another, stale, or of the future.
    """
    raw = _raw(path)
    line, _, body = raw.removeprefix(MAGIC).partition(b"\n")
    document = _heading(line) if raw.startswith(MAGIC) else None
    if document is None:
        raise NoUsableList(
            "snapshot-not-one",
            "This file is not a register snapshot that this version can read. Make one with `ndoo register snapshot`.",
        )
    try:
        key = check_seal(document)
    except UnfitData:
        raise NoUsableList(
            "snapshot-seal-broken", "The snapshot was changed after it was sealed. Get it again."
        ) from None
    if sealed_by is not None and key != sealed_by:
        raise NoUsableList("snapshot-sealed-by-other", "The snapshot was sealed by another key than the one you named.")
    said = document["body"]
    if len(body) != said["bytes"] or hashlib.sha256(body).hexdigest() != said["sha256"]:
        raise NoUsableList(
            "snapshot-damaged",
            "The snapshot was cut off or changed on its way: it is not as it was sealed. Get it again.",
        )
    age = judge_age(datetime.fromisoformat(document["as_at"]), now, limit_days)
    people = NumberSet(crowded=len(body) > 100_000)
    if people.add_packed(body) != document["opted_out"]:
        raise NoUsableList("snapshot-count", "The snapshot does not hold as many people as its heading says.")
    digest = hashlib.sha256(raw).hexdigest()
    provenance = age.provenance(Polarity.OPTED_OUT, SOURCE, document["opted_out"], sha256=digest, sealed_by=key)
    return CleanedList(provenance, people)


def _raw(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            return b""
        return path.read_bytes()
    except FileNotFoundError:
        raise NoUsableList(
            "list-missing", f"The snapshot {masked(str(path))} does not exist.{near(path)} Check the path."
        ) from None
    except OSError:
        raise NoUsableList("list-not-readable", "The snapshot could not be read by this account.") from None


def _heading(line: bytes) -> dict[str, Any] | None:
    """The heading, its shape checked; None for anything else. Whether it may be believed is for the seal to say."""
    document = parse_document(line)
    if document is None:
        return None
    try:
        body = document["body"]
        well = (
            document["kind"] == KIND
            and document["polarity"] == Polarity.OPTED_OUT
            and body["coding"] == CODING
            and type(document["opted_out"]) is int
            and type(body["bytes"]) is int
            and isinstance(body["sha256"], str)
            and datetime.fromisoformat(document["as_at"]).tzinfo is not None
        )
    except (ValueError, TypeError, LookupError):
        return None
    return document if well else None
