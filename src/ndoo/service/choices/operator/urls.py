"""The addresses of the desk. Who may open which stands in `staff/access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.choices.operator import call_pages, failed_pages, form_pages
from ndoo.service.choices.operator.form_approval import Act

urlpatterns = [
    path("find", call_pages.find, name="desk-find"),
    path("calls/stopped", call_pages.stopped, name="desk-stopped"),
    path("calls/<uuid:pk>/person", call_pages.person, name="desk-person"),
    path("calls/<uuid:pk>/check", call_pages.check, name="desk-check"),
    path("calls/<uuid:pk>/choice", call_pages.choice, name="desk-choice"),
    path("calls/<uuid:pk>/read-back", call_pages.read_back, name="desk-read-back"),
    path("calls/<uuid:pk>/done", call_pages.done, name="desk-done"),
    path("calls/<uuid:pk>/form", form_pages.new, name="desk-form-new"),
    path("failed", failed_pages.everything, name="desk-failed"),
    path("failed/<int:pk>", failed_pages.allow, name="desk-allow"),
    path("forms", form_pages.everything, name="desk-forms"),
    path("forms/<uuid:pk>", form_pages.one, name="desk-form"),
    path("forms/<uuid:pk>/rewrite", form_pages.rewrite, name="desk-form-rewrite"),
    path("forms/<uuid:pk>/look", form_pages.look_at, name="desk-form-look"),
    path("forms/<uuid:pk>/destroyed", form_pages.destroyed, name="desk-form-destroyed"),
    path("forms/<uuid:pk>/discard", form_pages.discard, name="desk-form-discard"),
    *(
        path(f"forms/<uuid:pk>/{act.value}", form_pages.act, {"act": act}, name=f"desk-form-{act.value}")
        for act in Act
        if act is not Act.DISCARD
    ),
]
