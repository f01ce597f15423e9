"""The jobs that have lost their worker, and the files that are due to go. Asked each minute, and when the service starts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from ndoo.service.audit.entries import Entry, write
from ndoo.service.uphold_jobs import places
from ndoo.service.uphold_jobs.limits import ATTEMPTS, SILENT, WAITED
from ndoo.service.uphold_jobs.models import JobState, UpholdingJob
from ndoo.service.uphold_jobs.run_job import fail, run

_EVERY = timedelta(minutes=1)


@task()
def watch() -> None:
    """Look after the jobs, and come back in a minute."""
    watch.using(run_after=timezone.now() + _EVERY).enqueue()
    look_after(timezone.now())


def schedule() -> None:
    """See to it that there is a next time; to be called when the service starts."""
    if not DBTaskResult.objects.filter(task_path=watch.module_path, status=TaskResultStatus.READY).exists():
        watch.enqueue()


def look_after(now: datetime) -> None:
    """Offer silent jobs again, or end them; delete what has waited long enough."""
    for job in UpholdingJob.objects.filter(state=JobState.RUNNING, alive_at__lt=now - SILENT):
        if job.attempts >= ATTEMPTS:
            fail(
                job,
                job.run,
                "job-lost",
                "The worker stopped again and again while it worked on this. Nothing was released.",
            )
        else:
            _offer(job, now)
    for job in UpholdingJob.objects.filter(state=JobState.WAITING, offered_at__lt=now - WAITED):
        _offer(job, now)
    for job in UpholdingJob.objects.filter(delete_at__lte=now, gone_at=None):
        delete(job, Entry("system", "job.deleted", details={"job": str(job.pk)}), now)
    places.throw_away_abandoned(now)


@transaction.atomic
def _offer(job: UpholdingJob, now: datetime) -> None:
    as_seen = UpholdingJob.objects.filter(pk=job.pk, state=job.state, run=job.run, alive_at=job.alive_at)
    if as_seen.update(state=JobState.WAITING, run=None, offered_at=now):
        run.enqueue(str(job.pk))


def delete(job: UpholdingJob, audit: Entry, now: datetime) -> None:
    """Delete a result. Its manifest stays."""
    with transaction.atomic():
        if not UpholdingJob.objects.filter(pk=job.pk, gone_at=None).update(gone_at=now):
            return
        write(audit, now)
    places.throw_away(job.pk)
