"""The pages on which an extract is upheld."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.messages import success
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ndoo.domain.london import london_date
from ndoo.service.audit.entries import write
from ndoo.service.staff.act_page import WeightyAct, reason_for
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page
from ndoo.service.uphold_jobs import lost_jobs, places
from ndoo.service.uphold_jobs.forms import CLEANED, FLOW, ExtractForm
from ndoo.service.uphold_jobs.limits import kept, upload_limit
from ndoo.service.uphold_jobs.models import Evidence, JobState, UpholdingJob
from ndoo.service.uphold_jobs.receive_upload import Streamed, ToDisk, announced_too_large, no_room
from ndoo.service.uphold_jobs.request_job import ExtractTerms, ask

NAMES = {
    JobState.WAITING: gettext_lazy("Waiting"),
    JobState.RUNNING: gettext_lazy("Running"),
    JobState.DONE: gettext_lazy("Done"),
    JobState.FAILED: gettext_lazy("Nothing released"),
}
COLOURS = {JobState.WAITING: "grey", JobState.RUNNING: "blue", JobState.DONE: "green", JobState.FAILED: "red"}


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """The jobs of the last weeks, the newest first."""
    return page(request, "jobs/jobs.jinja", jobs=UpholdingJob.objects.all()[:100], names=NAMES, colours=COLOURS)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """The upload. The guard has let its sender through before a byte of it is read, and it is read onto the disk."""
    handler = None
    if request.method == "POST":
        if announced_too_large(request):
            return _form(request, ExtractForm(today=_today()), 413, said=_too_large())
        if no_room(request):
            return _form(
                request,
                ExtractForm(today=_today()),
                507,
                said=_("There is no room for this file now. Try again later."),
            )
        handler = ToDisk(request)
        request.upload_handlers = [handler]
    try:
        return _taken(request, handler)
    finally:
        if handler:
            handler.upload_interrupted()


@csrf_protect
def _taken(request: HttpRequest, handler: ToDisk | None) -> HttpResponseBase:
    if request.method != "POST":
        return _form(request, ExtractForm(today=_today(), initial=_beforehand(request)))
    form = ExtractForm(request.POST, request.FILES, today=_today())
    if handler and handler.too_large:
        return _form(request, ExtractForm(today=_today()), 413, said=_too_large())
    if _is_sent_twice(request):
        return _form(
            request, ExtractForm(today=_today()), 400, said=_("A question was answered twice. Fill in the page again.")
        )
    if not form.is_valid():
        return _form(request, form)
    said = form.cleaned_data
    listed = said["listed"] if said["against"] == CLEANED else None
    upload: Streamed = said["extract"]
    flow = said["flow"] if said["released_for"] == FLOW else None
    audit = entry(request, "job.asked", file=places.safe_name(str(upload.name)), against=said["against"], flow=flow)
    terms = ExtractTerms(said["checked"], said["column"], said["undecided"], flow)
    job = ask(upload, listed, terms, audit, timezone.now())
    return redirect("job", job.pk)


def _is_sent_twice(request: HttpRequest) -> bool:
    """Of two answers or files for one question only the last would be read."""
    return any(len(sent.getlist(name)) > 1 for sent in (request.POST, request.FILES) for name in sent)


def _beforehand(request: HttpRequest) -> dict[str, str]:
    """The flow from whose page somebody comes."""
    flow = request.GET.get("flow", "")[:60]
    return {"released_for": FLOW, "flow": flow} if flow else {}


def _form(request: HttpRequest, form: ExtractForm, status: int = 200, said: str = "") -> HttpResponse:
    limit = upload_limit() // 1_000_000
    return page(request, "jobs/new.jinja", status, form=form, said=said, limit=limit, hours=_hours())


@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far a job is, and what came of it."""
    job = get_object_or_404(UpholdingJob, pk=pk)
    evidence = Evidence.objects.filter(job=pk).first()
    share = 100 * job.read_bytes // job.size if job.size else 0
    told: dict[str, Any] = {"job": job, "evidence": evidence, "share": min(share, 100), "there": _there(job)}
    return page(request, "jobs/job.jinja", names=NAMES, colours=COLOURS, **told)


@require_POST
def result(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The released file, as it was written: byte for byte, never shown by the browser. Taking it is in the audit."""
    job = get_object_or_404(UpholdingJob, pk=pk)
    if not _there(job):
        raise Http404
    name = places.result_name(job.name)
    try:
        file = places.only_file(job.pk, places.RESULT, name).open("rb")
    except OSError:
        raise Http404 from None
    now = timezone.now()
    with transaction.atomic():
        UpholdingJob.objects.filter(pk=pk, downloaded_at=None).update(downloaded_at=now)
        write(entry(request, "job.downloaded", job=str(pk)), now)
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Delete a result before its time."""
    job = get_object_or_404(UpholdingJob, pk=pk)
    why = reason_for(
        request,
        WeightyAct(
            _("Delete the upheld extract"),
            (
                _("The file is deleted from this service. It cannot be brought back."),
                _("Its certificate and its manifest stay, and so does what was downloaded."),
                _("To have the file again, upload the extract again."),
            ),
            _("Delete it now"),
            reverse("job", args=[pk]),
        ),
    )
    if not isinstance(why, str):
        return why
    if _there(job):
        lost_jobs.delete(job, entry(request, "job.deleted", reason=why, job=str(pk)), timezone.now())
        success(request, _("The result was deleted. Its certificate stays."))
    return redirect("job", pk)


def _there(job: UpholdingJob) -> bool:
    return bool(job.state == JobState.DONE and job.gone_at is None and job.delete_at and job.delete_at > timezone.now())


def _today() -> Any:
    return london_date(timezone.now())


def _hours() -> int:
    return int(kept().total_seconds() // 3600)


def _too_large() -> str:
    return _("The file is too large. The most that this service takes is %(most)s MB.") % {
        "most": f"{upload_limit() // 1_000_000:,}"
    }
