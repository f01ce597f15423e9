"""Upholding jobs that are run in the test's own process: what an extract does to a process of its own is shown elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.london import london_date
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.service.uphold_jobs import apart, places, run_job
from ndoo.service.uphold_jobs.models import UpholdingJob
from ndoo.upholding.decision.people_by_column import united
from ndoo.upholding.uphold import uphold


def uphold_here(request: Any, life: object, told: Path) -> apart.ReleasedExtract:
    """As `apart.uphold`, without a process."""
    outcome = uphold(replace(request, tells_people=True), load_sealer(data_folder()))
    columns = outcome.people_by_column().values()
    kept, others = (united(*sets) for sets in zip(*((one.kept, one.others) for one in columns), strict=True))
    return apart.ReleasedExtract(outcome.manifest, kept, others)


def run_a_job(
    numbers: Sequence[str], asked_at: datetime, *, flow: str | None = None, allowed: Sequence[str] | None = None
) -> UpholdingJob:
    """A job over an extract of these people that has run: for a flow, or as a trial; against the register, or a cleaned list."""
    job = UpholdingJob.objects.create(
        asked_by="staff:grace",
        asked_at=asked_at,
        offered_at=asked_at,
        name="visits.csv",
        size=1,
        undecided="hold",
        flow=flow,
        list_name="allowed.txt" if allowed is not None else "",
        checked_on=london_date(asked_at) if allowed is not None else None,
    )
    rows = "".join(f"{digits},x\n" for digits in numbers)
    places.only_file(job.pk, places.INPUT, job.name).write_text(f"nhs_number,seen\n{rows}")
    if allowed is not None:
        places.only_file(job.pk, places.LIST, job.list_name).write_text("".join(f"{one},\n" for one in allowed))
    run_job.run.call(str(job.pk))
    job.refresh_from_db()
    return job
