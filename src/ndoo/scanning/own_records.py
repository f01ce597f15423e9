"""Knows ndoo's own records and releases: a manifest, a head, a published record; and a file beside which its manifest lies.

Only a seal of a key that is known here counts: anybody may write what looks like a record.
"""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import masked
from ndoo.domain.settings import data_folder
from ndoo.evidence.document import parse_document
from ndoo.evidence.known_keys import known_as
from ndoo.evidence.ledger import export, head
from ndoo.evidence.ledger.verifier import Verdict, judge
from ndoo.evidence.manifest import Manifest, manifest_path
from ndoo.evidence.seal import check_seal
from ndoo.scanning.examined import Examined

LARGEST = 1 << 24
_KINDS = frozenset(("uphold", "check", head.KIND, "statistics", "mesh-rehearsal"))
"""Of these documents nothing is about a person: counts, digests, dates, settings."""


def own_record(path: Path) -> str | None:
    """What is said of a file that is such a record, sealed by a key that is known here; None of any other."""
    document = _document(path)
    if document is not None:
        if document.get("kind") in _KINDS and (name := _sealed_by(document)):
            return f"A sealed record of ndoo, by {name}: counts, digests and dates, and nobody's data."
        return None
    name = _export_sealed_by(path)
    return name and f"An export of a ledger, under a head sealed by {name}: commitments, and nobody's data."


def noted_as_release(path: Path, examined: Examined) -> Examined:
    """With a note where its manifest lies beside it, sealed by a key that is known here."""
    document = _document(manifest_path(path))
    name = _sealed_by(document) if document is not None and document.get("kind") == "uphold" else None
    if name:
        examined.notes.append(
            f"A manifest of ndoo lies beside it, sealed by {name}: `ndoo verify {masked(path.name)}` says whether it is that release."
        )
    return examined


def _document(path: Path) -> Manifest | None:
    try:
        return parse_document(path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _sealed_by(document: Manifest) -> str | None:
    try:
        return known_as(check_seal(document), data_folder())
    except NdooError:
        return None


def _export_sealed_by(path: Path) -> str | None:
    """Whose head seals every entry of this export; None where it is none, or an entry is not under the head."""
    try:
        with export.opened(path) as log:
            judged = judge(log.head.log, log.entries, [log.head])
            whole = judged.size == log.head.size and all(one is Verdict.AGREES for one in judged.verdicts)
            return known_as(log.head.sealed_by, data_folder()) if whole else None
    except NdooError:
        return None
