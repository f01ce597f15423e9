"""The pages that say what to do when the way online ends. They are the same for everybody, and tell nothing of anybody."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET

from ndoo.service.choices.patient import memory

DEAD_ENDS = (
    "under-age",
    "no-match-by-number",
    "no-match-by-postcode",
    "no-contact-details",
    "restricted",
    "deceased",
    "unknown",
)
"""Each is an address, the name of a template, and, with `journey-` before it, the address's name."""


@require_GET
def dead_end(request: HttpRequest, name: str) -> HttpResponse:
    """The page, with the way back to where it was linked."""
    waiting = memory.under_way(request) and memory.attempt(request)
    return render(request, f"journey/{name}.jinja", {"back": reverse("journey-no-code") if waiting else ""})


def addresses() -> list[URLPattern]:
    """One address for each."""
    return [path(name, partial(dead_end, name=name), name=f"journey-{name}") for name in DEAD_ENDS]
