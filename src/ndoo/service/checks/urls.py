"""The addresses of the staff's pages about lists. Who may open which stands in `staff/access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.checks import pages

urlpatterns = [
    path("lists", pages.everything, name="checks-held"),
    path("lists/<uuid:pk>", pages.one, name="checks-one"),
    path("lists/report", pages.report, name="checks-report"),
]
