"""The pages on which the evidence is found and shown."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.domain.london import london_date
from ndoo.service.audit.entries import write
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page, typed
from ndoo.service.uphold_jobs import evidence
from ndoo.service.uphold_jobs.forms import EvidenceSearchForm
from ndoo.service.uphold_jobs.models import Evidence


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Search the manifests; with nothing typed, the newest."""
    now = timezone.now()
    form = EvidenceSearchForm(typed(request), today=london_date(now))
    rows, count = None, 0
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        rows, count = evidence.search(evidence.EvidenceSearch(**said))
        with transaction.atomic():
            write(entry(request, "evidence.searched", found=count), now)
    return page(request, "jobs/evidence.jinja", form=form, rows=rows, count=count, most=evidence.MOST)


@require_safe
def certificate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One manifest in words, to print and to file."""
    row = get_object_or_404(Evidence, pk=pk)
    return page(request, "jobs/certificate.jinja", row=row, manifest=row.manifest)


@require_safe
def manifest(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The manifest as `ndoo verify` wants it beside the released file."""
    row = get_object_or_404(Evidence, pk=pk)
    name = f"{row.manifest['output']['name']}.manifest.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(row.document, content_type="application/json", headers=headers)
