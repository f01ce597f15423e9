"""What is counted and measured, in the text form that Prometheus reads (version 0.0.4), for whoever has the token.

Labels are words of this program alone: nothing that came with data, from a person or from a caller.
"""

from __future__ import annotations

import hmac
import math
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case, Count, Max, Min, When
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ndoo import __version__
from ndoo.checking.mesh.journal import FILE as MESH_JOURNAL
from ndoo.domain.errors import NdooError
from ndoo.domain.settings import data_folder
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.disk_room import room
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.ledger.heads import newest
from ndoo.service.ledger.models import KeeperBeat, LedgerLeaf
from ndoo.service.list_checks.models import CheckedList
from ndoo.service.list_checks.models import ListState as ListState
from ndoo.service.request_counts import BOUNDS, CLASSES, counted
from ndoo.service.uphold_jobs.models import JobState as JobState
from ndoo.service.uphold_jobs.models import UpholdingJob

KIND = "text/plain; version=0.0.4; charset=utf-8"
_MESH_STATES = ("open", "answered", "rejected", "undelivered", "given_up", "expired")
_ALARMS = {
    "staff.sign_in_refused": "Sign-ins of staff that were refused",
    "staff.break_glass": "Sign-ins with the break-glass account",
    "staff.second_factor_refused": "Second factors of staff that were refused",
}
"""Acts in the audit that somebody should hear of when they grow."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples; a sample's name goes on where the metric's ends (a histogram has several)."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[str, dict[str, str], float], ...]

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield f"# HELP ndoo_{self.name} {self.help}"
        yield f"# TYPE ndoo_{self.name} {self.kind}"
        for more, labels, value in self.samples:
            told = ",".join(f'{name}="{label}"' for name, label in labels.items())
            yield (
                f"ndoo_{self.name}{more}{{{told}}} {_exact(value)}"
                if told
                else f"ndoo_{self.name}{more} {_exact(value)}"
            )


def metrics(request: HttpRequest) -> HttpResponse:
    """All of them; 404 for whoever does not send the token of the setting `metrics_token`, and where there is none."""
    token = settings.NDOO.metrics_token
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if not token or kind.lower() != "bearer" or not hmac.compare_digest(sent.encode(), token.encode()):
        raise Http404
    return HttpResponse("".join(f"{line}\n" for one in everything() for line in one.lines()), content_type=KIND)


def everything() -> Iterator[Metric]:
    """What can be told now. Where the database does not answer, or a setting cannot be meant, what does not hang on it, and
    `ndoo_register_ready 0`."""
    now = timezone.now()
    yield Metric("build_info", "gauge", "The version that runs", (("", {"version": __version__}, 1),))
    refusal = ""
    try:
        yield from list(_requests())
        yield from list(_machine(now))
        yield from list(_mesh(now))
        refuse_what_is_behind()
    except NdooError as refused:
        refusal = refused.code
    except DatabaseError:
        refusal = "register-unreachable"
    yield _gauge("register_ready", "1 while the register may answer", 0 if refusal else 1)
    if refusal:
        yield Metric("register_refusal_info", "gauge", "Why it may not", (("", {"code": refusal}, 1),))
    try:
        yield from list(_register(now))
    except DatabaseError:
        return


def _requests() -> Iterator[Metric]:
    found = counted()
    totals = tuple(
        ("", {"area": area.value, "status": status}, float(many))
        for area, one in found.items()
        for status, many in zip(CLASSES, one.by_class, strict=True)
    )
    yield Metric("http_requests_total", "counter", "Requests answered on this machine", totals)
    samples: list[tuple[str, dict[str, str], float]] = []
    for area, one in found.items():
        below = 0
        for bound, many in zip((*(f"{bound:g}" for bound in BOUNDS), "+Inf"), one.by_time, strict=True):
            below += many
            samples.append(("_bucket", {"area": area.value, "le": bound}, below))
        samples.append(("_sum", {"area": area.value}, one.seconds))
        samples.append(("_count", {"area": area.value}, below))
    yield Metric("http_request_seconds", "histogram", "How long answers took", tuple(samples))


def _machine(now: datetime) -> Iterator[Metric]:
    free = room()
    yield _by("disk_free_bytes", "Room on the disk of each place in which this service writes", "place", free, free)
    try:
        made = (data_folder() / "seal.key").stat().st_mtime
    except OSError:
        return
    yield _gauge("seal_key_age_seconds", "Since the sealing key was made", now.timestamp() - made)


def _mesh(now: datetime) -> Iterator[Metric]:
    """Requests to the national service, where this account makes any."""
    path = data_folder() / MESH_JOURNAL
    if not os.path.lexists(path):
        return
    try:
        journal = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            found = dict(journal.execute("SELECT state, count(*) FROM request GROUP BY state").fetchall())
            (answered,) = journal.execute("SELECT max(checked_at) FROM request WHERE state = 'answered'").fetchone()
        finally:
            journal.close()
    except sqlite3.Error:
        return
    yield _by("mesh_requests", "Requests to the national service by what became of them", "state", _MESH_STATES, found)
    if answered:
        age = (now - datetime.fromisoformat(answered)).total_seconds()
        yield _gauge("mesh_list_age_seconds", "Since the newest answer of the national service was asked for", age)


def _register(now: datetime) -> Iterator[Metric]:
    jobs = Counter(dict(UpholdingJob.objects.order_by().values_list("state").annotate(Count("pk"))))
    yield _by("jobs", "Extracts by what became of them", "state", [str(one) for one in JobState], jobs)
    lists = Counter(dict(CheckedList.objects.order_by().values_list("state").annotate(Count("pk"))))
    yield _by("lists", "Lists of other systems by what became of them", "state", [str(one) for one in ListState], lists)
    queues = settings.TASKS["default"]["QUEUES"]
    waiting = work_waiting(now)
    many = {queue: of[0] for queue, of in waiting.items()}
    oldest = {queue: (now - of[1]).total_seconds() for queue, of in waiting.items()}
    yield _by("queue_waiting", "Pieces of work that are due and that no worker has begun", "queue", queues, many)
    yield _by("queue_oldest_seconds", "Since the oldest of them was due", "queue", queues, oldest)
    for name, words, model, field in (
        ("choice", "the newest choice was recorded", ChoiceEvent, "recorded_at"),
        ("list", "the newest list of another system came", CheckedList, "received_at"),
    ):
        if at := model.objects.order_by().aggregate(at=Max(field))["at"]:
            yield _gauge(f"newest_{name}_age_seconds", f"Since {words}", (now - at).total_seconds())
    acts = dict(AuditEntry.objects.filter(action__in=_ALARMS).order_by().values_list("action").annotate(Count("pk")))
    for action, words in _ALARMS.items():
        name = action.removeprefix("staff.")
        yield Metric(f"staff_{name}_total", "counter", words, (("", {}, float(acts.get(action, 0))),))
    yield from _ledger(now)


def work_waiting(now: datetime) -> dict[str, tuple[int, datetime]]:
    """By queue: how many pieces of work are due that nobody has begun, and since when the first of them is. What may be done at once
    is put down for the end of time."""
    asked_for_later = When(run_after__lte=now, then="run_after")
    since = Min(Case(asked_for_later, default="enqueued_at"))
    due = DBTaskResult.objects.ready().order_by().values_list("queue_name")
    counted_by_queue = due.annotate(many=Count("pk"), since=since)
    return {queue: (many, since) for queue, many, since in counted_by_queue}


def _ledger(now: datetime) -> Iterator[Metric]:
    last = newest()
    yield _gauge("ledger_entries", "Entries that have their place in the ledger", last.size if last else 0)
    left = LedgerLeaf.objects.filter(pk__gt=last.skipped["top"] if last else 0).count()
    yield _gauge("ledger_waiting", "Entries that wait for their place", left)
    beat = KeeperBeat.objects.first()
    seen, checked = (beat.at, beat.checked_at) if beat else (None, None)
    yield _gauge("keeper_age_seconds", "Since a keeper was last seen at work", _age(seen, now))
    yield _gauge("ledger_check_age_seconds", "Since the whole ledger was last checked", _age(checked, now))
    if beat and checked:
        yield _gauge("ledger_faults", "What that check found wrong", beat.faults)


def _age(at: datetime | None, now: datetime) -> float:
    """In seconds; of what never was, endless: an alarm that waits for an age would not ring for what is not there."""
    return (now - at).total_seconds() if at else math.inf


def _gauge(name: str, words: str, value: float) -> Metric:
    return Metric(name, "gauge", words, (("", {}, value),))


def _by(name: str, words: str, label: str, known: Iterable[str], found: Mapping[str, float]) -> Metric:
    return Metric(name, "gauge", words, tuple(("", {label: one}, found.get(one, 0)) for one in known))


def _exact(value: float) -> str:
    if math.isinf(value):
        return "+Inf"
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"
