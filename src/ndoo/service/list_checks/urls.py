"""The addresses of the staff's pages about lists. Who may open which stands in `staff/access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.list_checks import caller_pages, case_pages, pages

urlpatterns = [
    path("lists", pages.everything, name="checks-held"),
    path("lists/<uuid:pk>", pages.one, name="checks-one"),
    path("lists/report", pages.report, name="checks-report"),
    path("cases", case_pages.ask, name="cases"),
    path("callers", caller_pages.everything, name="callers"),
    path("callers/add", caller_pages.add, name="caller-add"),
    path("callers/one/<str:name>", caller_pages.one, name="caller"),
    path("callers/one/<str:name>/revoke", caller_pages.revoke, name="caller-revoke"),
    path("callers/one/<str:name>/keys/<int:pk>/revoke", caller_pages.revoke_key, name="caller-key-revoke"),
]
