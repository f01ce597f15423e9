"""What proves that an extract was upheld: its manifest, kept for ever, found by name, day, person or digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ndoo.domain.london import LONDON
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.service.ledger.append import NewLeaf
from ndoo.service.ledger.sources import SOURCES, Found, ValueSource
from ndoo.service.uphold_jobs.models import Evidence, UpholdingJob

SOURCE = "evidence"
MOST = 200
"""Manifests that one search shows."""


@dataclass(frozen=True, slots=True)
class EvidenceSearch:
    """What is sought; whatever is left out fits every manifest."""

    name: str = ""
    """A part of the name of the file that was upheld."""
    digest: str = ""
    """The SHA-256 of the released file, or its beginning."""
    flow: str = ""
    """The reference of the flow for which it was released."""
    first: date | None = None
    last: date | None = None


def keep(job: UpholdingJob, manifest: ReleaseManifest, at: datetime) -> tuple[Evidence, NewLeaf]:
    """Keep a manifest; the row, and the leaf for the ledger that is to be entered in the same transaction."""
    row = Evidence.objects.create(
        job=job.pk,
        at=at,
        asked_by=job.asked_by,
        input_name=job.name,
        output_sha256=str(manifest.output.sha256),
        flow=job.flow,
        document=manifest.written().decode("ascii"),
    )
    payload = {
        "manifest_sha256": hashlib.sha256(row.document.encode("ascii")).hexdigest(),
        "output_sha256": row.output_sha256,
    }
    return row, NewLeaf("manifest", payload, _told(row), SOURCE, str(row.pk))


def search(question: EvidenceSearch) -> tuple[list[Evidence], int]:
    """The newest `MOST` that fit, and how many there are in all."""
    rows = Evidence.objects.all()
    if question.name:
        rows = rows.filter(input_name__icontains=question.name)
    if question.digest:
        rows = rows.filter(output_sha256__startswith=question.digest.lower())
    if question.flow:
        rows = rows.filter(flow__iexact=question.flow)
    if question.first:
        rows = rows.filter(at__gte=datetime.combine(question.first, time(), LONDON))
    if question.last:
        rows = rows.filter(at__lt=datetime.combine(question.last + timedelta(days=1), time(), LONDON))
    return list(rows[:MOST]), rows.count()


def register() -> None:
    """Tell the ledger where manifests stand; to be called when the service starts."""
    SOURCES[SOURCE] = ValueSource("manifests", _values, Evidence.objects.count)


def _values(ids: Sequence[str]) -> list[Found]:
    rows = {str(pk): row for pk, row in Evidence.objects.in_bulk(ids).items()}
    return [_told(rows[pk]) if pk in rows else None for pk in ids]


def _told(row: Evidence) -> dict[str, Any]:
    return {"manifest": row.document, "asked_by": row.asked_by}
