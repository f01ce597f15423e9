"""Runs a job, which ends whole or not at all, by the library that the command line uses, in a worker of its own.

A run takes the job under a token, says every few seconds that it is alive, and may end the job only while the token is
still its own. A worker that was killed leaves a job that is silent; `lost_jobs.py` offers it again, from the start: the
upload is still there, and what was half written has no name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from ndoo.assets.evidence import applied
from ndoo.checking.freshness import judge_age
from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, NdooError
from ndoo.domain.settings import list_limit_days
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.policy.data_claims import claims_without_numbers
from ndoo.policy.type1_duty import type1_set_aside
from ndoo.service.asset_register import overview, record_versions
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.opted_out import opted_out
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import People, record_applied
from ndoo.service.database_time import database_time
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.uphold_jobs import evidence, places
from ndoo.service.uphold_jobs.apart import DiedError, uphold
from ndoo.service.uphold_jobs.flows import decision_on
from ndoo.service.uphold_jobs.limits import BEAT, DEATHS, kept, longest
from ndoo.service.uphold_jobs.models import JobState, UpholdingJob
from ndoo.service.uphold_jobs.people_told import by_another_list, by_the_register, occasion_of
from ndoo.service.uphold_jobs.scan_for_viruses import scan_for_viruses
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.request import Request

QUEUE = "upholding"


class TakenOverError(Exception):
    """Another run has the job now: this one ends nothing."""


@task(queue_name=QUEUE)
def run(job: str) -> None:
    """Run the job with this id, if it still waits."""
    token, now = uuid.uuid4(), timezone.now()
    waiting = UpholdingJob.objects.filter(pk=job, state=JobState.WAITING)
    if waiting.update(
        state=JobState.RUNNING, run=token, attempts=F("attempts") + 1, began_at=now, alive_at=now, read_bytes=0
    ):
        _work(UpholdingJob.objects.get(pk=job), token)


def _work(job: UpholdingJob, token: uuid.UUID) -> None:
    places.throw_away(job.pk, places.RESULT, places.PEOPLE)
    try:
        with _alive(job, token) as life:
            manifest, told = _upheld(job, life)
        _end(job, token, manifest, told)
    except TakenOverError:
        return
    except NdooError as refused:
        fail(job, token, refused.code, refused.sentence)
    except DiedError:
        _again(job, token)
    except Exception as error:  # noqa: BLE001  a foreign message may hold a patient's row, so it is not shown
        fail(job, token, "fault", f"An unexpected fault ({type(error).__name__}). Nothing was released.")
    else:
        places.throw_away(job.pk, places.INPUT, places.LIST, places.PEOPLE)


def _upheld(job: UpholdingJob, life: _Life) -> tuple[ReleaseManifest, Mapping[AppliedOutcome, People]]:
    """What was released, and what came of it for people who have chosen."""
    now = timezone.now()
    decision = decision_on(job.flow, now) if job.flow else None
    scan_for_viruses(places.only_file(job.pk, places.INPUT, job.name))
    cleaned, asked_at = _list(job, now), database_time()
    request = Request(
        input=places.only_file(job.pk, places.INPUT, job.name),
        output=places.only_file(job.pk, places.RESULT, places.result_name(job.name)),
        cleaned=cleaned,
        now=now,
        columns=ColumnChoice(job.column or None),
        undecided=Undecidable(job.undecided),
        decision=decision.to_dict() if decision else None,
        claims_without_numbers=claims_without_numbers(decision) if decision else (),
        type1_overridden=type1_set_aside(decision, with_type1=False) if decision else None,
    )
    upheld = uphold(request, life, places.folder(job.pk, places.PEOPLE))
    told = (
        by_another_list(upheld, cleaned.listed) if job.list_name else by_the_register(upheld, cleaned.listed, asked_at)
    )
    return upheld.manifest, told


def _list(job: UpholdingJob, now: datetime) -> CleanedList:
    if job.list_name:
        path = places.only_file(job.pk, places.LIST, job.list_name)
        scan_for_viruses(path)
        return read_list(path, Polarity.ALLOWED, checked_at=job.checked_on, now=now, limit_days=list_limit_days())
    refuse_what_is_behind()
    age = judge_age(now, now, list_limit_days())
    people, count = opted_out()
    return CleanedList(age.provenance(Polarity.OPTED_OUT, "register", count), people)


@transaction.atomic
def _end(job: UpholdingJob, token: uuid.UUID, manifest: ReleaseManifest, told: Mapping[AppliedOutcome, People]) -> None:
    now = timezone.now()
    mine = UpholdingJob.objects.filter(pk=job.pk, run=token, state=JobState.RUNNING)
    if not mine.update(
        state=JobState.DONE, ended_at=now, delete_at=now + kept(), read_bytes=job.size, fault="", sentence=""
    ):
        raise TakenOverError
    _row, leaf = evidence.keep(job, manifest, now)
    people = record_applied(occasion_of(job, now), told)
    write(Entry("system", "job.done", details={"job": str(job.pk), "people": people}), now, also=[leaf])
    if job.flow:
        _prove(manifest, now)


def _prove(manifest: ReleaseManifest, now: datetime) -> None:
    """The flow's proof, with the job's success or not at all.

    Raises:
        UnfitData: it would prove nothing, so the job has not succeeded.
    """
    name = f"{manifest.output.name}.manifest.json"
    applied(manifest, name, overview.trusted(record_versions.register()), now)
    overview.take_evidence([(name, manifest.document)], _as_system, now)


@transaction.atomic
def _again(job: UpholdingJob, token: uuid.UUID) -> None:
    """Offer the job once more, because the machine may have been at fault; the second time the extract is."""
    if job.attempts >= DEATHS:
        fail(
            job,
            token,
            "job-died",
            "The process that read this extract was ended by it, or by the machine, again. Nothing was released.",
        )
        return
    mine = UpholdingJob.objects.filter(pk=job.pk, run=token, state=JobState.RUNNING)
    if mine.update(state=JobState.WAITING, run=None, offered_at=timezone.now()):
        run.enqueue(str(job.pk))


def _as_system(action: str, **details: Any) -> Entry:
    return Entry("system", action, details=details)


def fail(job: UpholdingJob, token: uuid.UUID | None, code: str, sentence: str) -> None:
    """End a job that released nothing, if it is still this run's, and delete its files."""
    now = timezone.now()
    with transaction.atomic():
        mine = UpholdingJob.objects.filter(pk=job.pk, run=token, state=JobState.RUNNING)
        if not mine.update(state=JobState.FAILED, ended_at=now, gone_at=now, fault=code, sentence=sentence[:500]):
            return
        write(Entry("system", "job.failed", details={"job": str(job.pk), "code": code}), now)
    places.throw_away(job.pk)


class _Life:
    """What a running job says of itself, and whether it may go on."""

    def __init__(self, job: UpholdingJob, token: uuid.UUID) -> None:
        self.mine = UpholdingJob.objects.filter(pk=job.pk, run=token, state=JobState.RUNNING)
        self.read = 0
        self.until = timezone.now() + longest()
        self.taken_over = False
        self.over = Event()

    def moved(self, read: int) -> None:
        """So many bytes of the input were read. Raises where the run must not go on."""
        self.read = read
        if self.taken_over:
            raise TakenOverError
        if timezone.now() > self.until:
            raise Fault("job-too-long", "The job took longer than a job may, and was stopped. Nothing was released.")

    def say(self) -> None:
        """Say it every few seconds, on a connection of its own."""
        try:
            while not self.over.wait(BEAT.total_seconds()):
                try:
                    self.taken_over = not self.mine.update(alive_at=timezone.now(), read_bytes=self.read)
                except OperationalError:
                    continue  # said the next time: silence of a minute counts, not of one beat
        finally:
            connection.close()


@contextmanager
def _alive(job: UpholdingJob, token: uuid.UUID) -> Iterator[_Life]:
    life = _Life(job, token)
    saying = Thread(target=life.say, daemon=True)
    saying.start()
    try:
        yield life
    finally:
        life.over.set()
        saying.join()
