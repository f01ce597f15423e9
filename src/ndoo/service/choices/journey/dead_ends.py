"""Which pages say what to do when the way online ends? They are the same for everybody, and tell nothing of anybody."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import TemplateView

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


def addresses() -> list[URLPattern]:
    """One address for each."""
    return [
        path(name, TemplateView.as_view(template_name=f"journey/{name}.jinja"), name=f"journey-{name}")
        for name in DEAD_ENDS
    ]
