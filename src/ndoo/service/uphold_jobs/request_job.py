"""Makes a job of an upload, and begins it. Files in their place, a row, an audit entry, and a task, all or nothing."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from ndoo.domain.nhs_number import names_somebody
from ndoo.service.audit.entries import Entry, write
from ndoo.service.uphold_jobs import places
from ndoo.service.uphold_jobs.models import UpholdingJob
from ndoo.service.uphold_jobs.receive_upload import Streamed
from ndoo.service.uphold_jobs.run_job import run
from ndoo.service.uphold_jobs.scan_for_viruses import has_scanner


def judge_at_once(upload: Streamed) -> None:
    """Is it a table of a format that is upheld? So that nobody waits for a job to hear that it is not. Where a virus scanner is
    set, nothing is read here: the scanner sees the file first, in the job.

    Raises:
        UnfitData: it is not, or its heading cannot be read.
    """
    if has_scanner():
        return
    from ndoo.upholding.datasets.formats import open_dataset
    from ndoo.upholding.text.dialect import Reading

    with ThreadPoolExecutor(1) as worker:
        open_dataset(upload.path, Reading(), worker)


def names_a_person(upload: Streamed) -> bool:
    """A file's name travels with it, and must not hold an NHS number."""
    return names_somebody(str(upload.name))


@dataclass(frozen=True, slots=True)
class ExtractTerms:
    """What whoever uploads an extract says of it."""

    checked_on: date | None
    """When the list was taken that is uploaded with it."""
    column: str
    undecided: str
    flow: str | None = None
    """None: it is a private trial."""


def ask(upload: Streamed, listed: Streamed | None, terms: ExtractTerms, audit: Entry, now: datetime) -> UpholdingJob:
    """Make a job of an upload. The entry's details name the file; its actor is whoever asks."""
    job = UpholdingJob(
        id=uuid.uuid4(),
        asked_by=audit.actor,
        asked_at=now,
        offered_at=now,
        name=places.safe_name(str(upload.name)),
        size=upload.size or 0,
        list_name=places.safe_name(str(listed.name)) if listed else "",
        checked_on=terms.checked_on if listed else None,
        column=terms.column,
        undecided=terms.undecided,
        flow=terms.flow,
    )
    upload.become(places.only_file(job.pk, places.INPUT, job.name))
    if listed:
        listed.become(places.only_file(job.pk, places.LIST, job.list_name))
    with transaction.atomic():
        job.save(force_insert=True)
        write(audit, now)
        run.enqueue(str(job.pk))
    return job
