"""On which pages does the public read the statement, its earlier versions, and what changed between two?"""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ndoo.assets.statement_text import differences
from ndoo.service.governance import publishing
from ndoo.service.governance.models import Published

LABELS = (
    ("recipient", _("Who gets it")),
    ("purpose", _("What for")),
    ("purpose_detail", _("In more detail")),
    ("data", _("What kinds of data")),
    ("outcome_words", _("Your choice")),
    ("why", _("Why")),
    ("type_1", _("Type 1 opt-outs")),
    ("last_applied", _("Opt-outs last applied")),
    ("article_6", _("Legal basis, article 6")),
    ("article_9", _("Legal basis, article 9")),
    ("confidentiality", _("Confidentiality")),
)


@require_safe
def statement(request: HttpRequest, number: int = 0) -> HttpResponse:
    """The statement that is public now, or an earlier one."""
    newest = publishing.newest()
    row = _numbered(number) if number else newest
    made = datetime.fromisoformat(row.document["made"]) if row else None
    return render(request, "governance/statement.jinja", {
        "row": row, "statement": row.document if row else None, "made": made, "labels": LABELS,
        "is_newest": row == newest,
    })  # fmt: skip


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, each with what changed."""
    rows = publishing.versions()
    pairs = [(row, rows[at + 1] if at + 1 < len(rows) else None) for at, row in enumerate(rows)]
    return render(request, "governance/versions.jinja", {"pairs": pairs})


@require_safe
def compared(request: HttpRequest, before: int, after: int) -> HttpResponse:
    """What changed between two versions."""
    old, new = _numbered(before), _numbered(after)
    told = differences(old.document, new.document)
    return render(request, "governance/compared.jinja", {"old": old, "new": new, "differences": told})


def _numbered(number: int) -> Published:
    row = Published.objects.filter(number=number).first()
    if row is None:
        raise Http404
    return row
