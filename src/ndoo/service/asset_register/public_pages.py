"""The pages on which the public reads the statement, its earlier versions, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.assets.statement import words as sentences
from ndoo.assets.statement_blocks import MANY
from ndoo.domain.london import london_date
from ndoo.policy.pack import APPLIES
from ndoo.service.asset_register import published_statements, statement_note, uses
from ndoo.service.asset_register.models import Published
from ndoo.service.nhs_forms.fields import Text
from ndoo.service.nhs_forms.question import QuestionForm

LABELS = (
    ("recipient", _("Who gets it")),
    ("purpose", _("What for")),
    ("purpose_detail", _("In more detail")),
    ("data", _("What kinds of data")),
    ("outcome_words", _("Your choice")),
    ("why", _("Why")),
    ("own_optout", _("Another opt-out")),
    ("type_1", _("Type 1 opt-outs")),
    ("last_applied", _("Opt-outs last applied")),
    ("article_6", _("Legal basis, article 6")),
    ("article_9", _("Legal basis, article 9")),
    ("confidentiality", _("Why we are allowed to use it")),
)


PAGE = 15
"""Uses of one page."""
CHANGES = 100
"""Changes of one page."""


class UseSearchForm(QuestionForm):
    """Words that a use must hold."""

    words = Text(
        label=_("Search the uses"),
        hint=_("For example, cancer, or the name of a university"),
        max_length=100,
        missing=_("Enter a word"),
        width=20,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, number: int = 0, member: str = "") -> HttpResponse:
    """The statement that is public now, or an earlier one; of many uses one purpose at a time, or those with some words.

    `member` is one of the organisations that share the register, as `published_statements.members` has it.
    """
    members = published_statements.members()
    if member and member not in members:
        raise Http404
    row = _numbered(number) if number else published_statements.newest_one(members.get(member, ""))
    if row is None:
        return render(request, "governance/statement.jinja", {"statement": None, "members": members})
    newest = published_statements.newest_one(published_statements.member_of(row))
    said = published_statements.document(row)
    return told(
        request,
        said,
        published_statements.groups(row),
        row=row,
        is_newest=row == newest,
        members=members,
        member=next((slug for slug, name in members.items() if name == said.get("member")), ""),
        open_since=statement_note.open_since(timezone.now(), said.get("member", "")) if row == newest else None,
    )


def told(request: HttpRequest, said: Mapping[str, Any], groups: tuple[uses.Group, ...], **words: Any) -> HttpResponse:
    """What a statement says, as the public reads it."""
    form = UseSearchForm(request.POST if request.method == "POST" else None, today=london_date(timezone.now()))
    sought = uses.fitting(said["uses"], form.cleaned_data["words"]) if form.is_bound and form.is_valid() else None
    group = next((one for one in groups if one.slug == request.GET.get("for")), None)
    whole = len(said["uses"]) <= MANY
    return render(
        request,
        "governance/statement.jinja",
        {
            "statement": said,
            "made": datetime.fromisoformat(said["made"]),
            "labels": LABELS,
            "own_words": not any("how_applied" in str(one.get("origin")) for one in _general(said)),
            "form": form,
            "not_yet": sentences()["claim"]["not_yet"],
            "groups": groups,
            "whole": whole and sought is None,
            "sought": sought,
            "most": uses.FOUND,
            "group": None if whole or sought is not None else group,
            "found": Paginator(group.uses, PAGE).get_page(request.GET.get("page")) if group else None,
            "applied": sum(use["outcome"] == APPLIES for use in said["uses"]),
            **words,
        },
    )


def _general(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The general sentences. In statements published earlier, the organisation's own words are not among them."""
    for paragraph in said.get("general", ()):
        yield from paragraph["sentences"]


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, each with what changed."""
    whose = published_statements.whose()
    rows = [(row, whose[row.number]) for row in published_statements.versions()]
    pairs = [
        (row, member, next((older for older, of in rows[at + 1 :] if of == member), None))
        for at, (row, member) in enumerate(rows)
    ]
    return render(request, "governance/versions.jinja", {"pairs": pairs})


@require_safe
def compared(request: HttpRequest, before: int, after: int) -> HttpResponse:
    """What changed between two versions."""
    old, new = _numbered(before), _numbered(after)
    told = Paginator(published_statements.compared(old, new), CHANGES).get_page(request.GET.get("page"))
    return render(request, "governance/compared.jinja", {"old": old, "new": new, "differences": told})


def _numbered(number: int) -> Published:
    row = Published.objects.defer("document").filter(number=number).first()
    if row is None:
        raise Http404
    return row
