"""The addresses of jobs and evidence. Who may open which stands in `staff/access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.uphold_jobs import evidence_pages, pages

urlpatterns = [
    path("jobs", pages.everything, name="jobs"),
    path("jobs/new", pages.new, name="job-new"),
    path("jobs/<uuid:pk>", pages.one, name="job"),
    path("jobs/<uuid:pk>/result", pages.result, name="job-result"),
    path("jobs/<uuid:pk>/delete", pages.delete, name="job-delete"),
    path("evidence", evidence_pages.find, name="evidence"),
    path("evidence/<uuid:pk>", evidence_pages.certificate, name="evidence-certificate"),
    path("evidence/<uuid:pk>/manifest", evidence_pages.manifest, name="evidence-manifest"),
]
