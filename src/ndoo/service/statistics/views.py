"""The pages of statistics: the newest month, each earlier one, and their files."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from ndoo.service.statistics import publications
from ndoo.service.statistics.publications import NamedPublication
from ndoo.statistics.chart import drawn
from ndoo.statistics.page import age_chart, age_table, headline

_KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8"}


@require_safe
def statistics(request: HttpRequest, name: str = "") -> HttpResponse:
    """One publication, the newest where no other is named, and the list of all; 503 where there are some and none can be shown."""
    found = publications.everything()
    known = found.shown
    shown = next((one for one in known if one.name == name or not name), None)
    unreadable = not known and not found.whole
    if name and shown is None and not unreadable:
        raise Http404
    said = {"known": known, "shown": shown, "whole": found.whole, **(_words(shown) if shown else {})}
    return render(request, "statistics/page.jinja", said, status=503 if unreadable else 200)


@require_safe
def file(request: HttpRequest, name: str, file_name: str) -> FileResponse:
    """One of its files, to keep."""
    shown = next((one for one in publications.everything().shown if one.name == name), None)
    if shown is None or file_name not in shown.said.files:
        raise Http404
    kind = _KINDS[file_name.rpartition(".")[2]]
    opened = (shown.folder / file_name).open("rb")
    return FileResponse(opened, as_attachment=True, filename=f"{name}-{file_name}", content_type=kind)


def _words(shown: NamedPublication) -> dict[str, object]:
    chart = age_chart(shown.said.by_age)
    heading, rows = age_table(shown.said.by_age)
    return {
        "headline": headline(shown.said.by_age),
        "chart": chart,
        "drawing": mark_safe(drawn(chart, "age")),  # noqa: S308  what it quotes is escaped where it is drawn
        "heading": heading,
        "rows": rows,
    }
