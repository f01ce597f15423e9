"""The page on which whoever owns the service reads how choosing goes: the counts that the service standard asks for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ndoo.domain.london import london_date
from ndoo.service.choices.patient.journey_counts import FEWEST, MINUTES, Feeling, MonthCounts, Step, months, of_month
from ndoo.service.staff.console import page


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """One month, the newest first, with the way to the others."""
    known = months()
    asked = _month(request.GET.get("month", ""))
    month = asked if asked in known else next(iter(known), london_date(timezone.now()).replace(day=1))
    found = of_month(month, timezone.now())
    return page(
        request,
        "counts/month.jinja",
        found=found,
        months=known,
        steps=[(step.label, f"{found.steps[step]:,}", f"{found.lost_after(step):,}") for step in Step],
        times=[(words, f"{many:,}") for words, many in zip(_times(), found.times or (), strict=False)],
        feelings=[(feeling.label, f"{count:,}") for feeling, count in (found.feelings or {}).items()],
        fewest=FEWEST,
    )


@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """Every month, for a spreadsheet."""
    text, now = io.StringIO(), timezone.now()
    lines = csv.writer(text)
    lines.writerow(["month", "what", "count"])
    for month in months():
        lines.writerows((f"{month:%Y-%m}", what, count) for what, count in _lines(of_month(month, now)))
    said = {"Content-Disposition": 'attachment; filename="how-choosing-goes.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=said)


def _lines(found: MonthCounts) -> Iterator[tuple[str, int]]:
    yield from ((step.value, found.steps[step]) for step in Step)
    if found.times:
        bounds = (*(f"within_{most}_minutes" for most in MINUTES), f"over_{MINUTES[-1]}_minutes")
        yield from zip(bounds, found.times, strict=True)
    if found.feelings:
        yield from ((feeling.value, found.feelings[feeling]) for feeling in Feeling)


def _times() -> list[str]:
    least = (0, *MINUTES)
    between = [
        _("%(least)s to %(most)s minutes") % {"least": low, "most": high}
        for low, high in zip(least, MINUTES, strict=False)
    ]
    return [*between, _("Over %(most)s minutes") % {"most": MINUTES[-1]}]


def _month(text: str) -> date | None:
    try:
        return parse_date(f"{text}-01")
    except ValueError:
        return None
