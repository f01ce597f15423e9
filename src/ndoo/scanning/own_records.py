"""Knows ndoo's own records and releases: a manifest, a head, a published record; and a file beside which its manifest lies.

Only a seal of a key that is known here counts: anybody may write what looks like a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import masked
from ndoo.domain.settings import data_folder
from ndoo.evidence.document import JsonObject, parse_document
from ndoo.evidence.known_keys import known_as
from ndoo.evidence.ledger import export, head
from ndoo.evidence.ledger.verifier import HeadVerdict, judge
from ndoo.evidence.manifest import OF_A_FOLDER, OF_A_PARQUET_FOLDER, SUFFIX, manifest_path
from ndoo.evidence.seal import check_seal
from ndoo.scanning.examined import Examined

LARGEST = 1 << 24
_DEEPEST = 4
"""Folders above a file in which the manifest of a released folder is looked for."""
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
    """With a note where its manifest lies beside it, or in a folder that it is in, sealed by a key that is known here."""
    for manifest in manifests_for(path):
        document = _document(manifest)
        name = _sealed_by(document) if document is not None and document.get("kind") == "uphold" else None
        if document is None or not name:
            continue
        released = (
            manifest.with_name(manifest.name.removesuffix(SUFFIX))
            if manifest.name.endswith(SUFFIX)
            else manifest.parent
        )
        examined.is_release = _digest(path) in set(_digests(document))
        examined.notes.append(
            f"It is what was released under the manifest of {masked(released.name)}, sealed by {name}, byte for byte."
            if examined.is_release
            else f"A manifest of ndoo lies with it, sealed by {name}, and not of this file as it is: `ndoo verify {masked(released.name)}` says more."
        )
        break
    return examined


def manifests_for(path: Path) -> list[Path]:
    """Where the manifest of a released file may lie: beside it, or in one of the folders above it."""
    folders = path.parents[:_DEEPEST]
    return [
        manifest_path(path),
        *(folder / name for folder in folders for name in (OF_A_FOLDER, OF_A_PARQUET_FOLDER)),
    ]


def _digests(document: Any) -> Iterator[str]:
    """Every plain digest in a manifest, which is of something that was released: those of inputs and lists are commitments."""
    if isinstance(document, dict):
        if isinstance(digest := document.get("sha256"), str):
            yield digest
        document = [said for name, said in document.items() if name not in ("input", "list")]
    if isinstance(document, list):
        for said in document:
            yield from _digests(said)


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _document(path: Path) -> JsonObject | None:
    try:
        return parse_document(path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _sealed_by(document: JsonObject) -> str | None:
    try:
        return known_as(check_seal(document), data_folder())
    except NdooError:
        return None


def _export_sealed_by(path: Path) -> str | None:
    """Whose head seals every entry of this export; None where it is none, or an entry is not under the head."""
    try:
        with export.opened(path) as log:
            judged = judge(log.head.log, log.entries, [log.head])
            whole = judged.size == log.head.size and all(one is HeadVerdict.AGREES for one in judged.verdicts)
            return known_as(log.head.sealed_by, data_folder()) if whole else None
    except NdooError:
        return None
