"""The pages on which the statement is read as the public will, asked for, and published by a second person."""

from __future__ import annotations

from functools import partial

from django.contrib.messages import error, success
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ndoo.domain.errors import NdooError
from ndoo.domain.london import london_date
from ndoo.service.asset_register import overview, publication, published_statements, uses
from ndoo.service.asset_register.public_pages import CHANGES, told
from ndoo.service.news.models import Subscription
from ndoo.service.nhs_forms.fields import Radios
from ndoo.service.nhs_forms.people_fields import ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.access import may_open
from ndoo.service.staff.actor import actor, entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.roles import role_of

PUBLISH, REFUSE = "publish", "refuse"
_KEPT = gettext_lazy("It is kept in the audit. Do not write names of patients here.")


class AskForm(QuestionForm):
    """Why the first person wants it published."""

    because = ReferenceField(
        label=gettext_lazy("What did you check, and why is it published now?"),
        hint=_KEPT,
        missing=gettext_lazy("Enter what you checked"),
        max_length=200,
    )


class TakeBackForm(QuestionForm):
    """Why whoever asked takes it back."""

    because = ReferenceField(
        label=gettext_lazy("Why do you take it back?"),
        hint=_KEPT,
        missing=gettext_lazy("Enter why you take it back"),
        max_length=200,
    )


class SecondPersonForm(QuestionForm):
    """What the second person decides."""

    decision = Radios(
        label=gettext_lazy("What do you decide?"),
        missing=gettext_lazy("Select what you decide"),
        choices=[
            (PUBLISH, gettext_lazy("Publish: everybody can read it, and subscribers are sent an email")),
            (REFUSE, gettext_lazy("Refuse: nothing is published, and nobody is sent anything")),
        ],
    )
    because = ReferenceField(
        label=gettext_lazy("What did you check?"),
        hint=_KEPT,
        missing=gettext_lazy("Enter what you checked"),
        max_length=200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest) -> HttpResponseBase:
    """What publishing will do. The first person asks; a second one publishes, or refuses; whoever asked takes it back."""
    now = timezone.now()
    seen, asked, by = overview.picture(now), publication.waiting(), actor(signed_in(request))
    mine = asked is not None and publication.is_of(asked, by)
    if request.method == "POST" and request.GET.get("of", "") != (str(asked.pk) if asked else ""):
        error(request, _("Somebody else asked or decided since you opened the page. Read it again."))
        return redirect("governance-publish")
    form = _form(request, asked=asked is not None, mine=mine)
    if form is not None and request.method == "POST" and form.is_valid():
        return _done(request, form, seen, asked=asked is not None, mine=mine)
    made, newest = published_statements.draft(seen), published_statements.newest_one()
    changes = publication.changes(made)
    return page(
        request,
        "governance/publish.jinja",
        asked=asked,
        mine=mine,
        form=form,
        newest=newest,
        gaps=len(made.gaps),
        same=newest is not None and not changes,
        overtaken=asked is not None and not publication.is_same(asked, made),
        changes=changes[:CHANGES],
        more=max(len(changes) - CHANGES, 0),
        subscribers=Subscription.objects.filter(confirmed_at__isnull=False).count(),
    )


def _form(request: HttpRequest, *, asked: bool, mine: bool) -> QuestionForm | None:
    today = london_date(timezone.now())
    if asked:
        return (TakeBackForm if mine else SecondPersonForm)(typed(request), today=today)
    return AskForm(typed(request), today=today) if may_open(role_of(request.user), "governance-write") else None


def _done(
    request: HttpRequest, form: QuestionForm, seen: overview.Picture, *, asked: bool, mine: bool
) -> HttpResponseBase:
    because, by = form.cleaned_data["because"], partial(entry, request)
    try:
        if not asked:
            publication.ask(seen, by, because)
            success(request, _("Asked for. Nothing is published until a second person has checked it."))
        elif mine:
            publication.refuse(by, because, seen.now)
            success(request, _("Taken back. Nothing was published."))
        elif form.cleaned_data["decision"] == REFUSE:
            publication.refuse(by, because, seen.now)
            success(request, _("Refused. Nothing was published."))
        else:
            row = publication.agree(seen, by, because)
            success(request, _("Published as version %(number)s.") % {"number": row.number})
    except NdooError as refusal:
        error(request, refusal.sentence)
        return redirect("governance-publish")
    return redirect("governance-statement")


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """The statement that waits, or else today's draft, as the public would read it."""
    asked = publication.waiting()
    said = asked.document if asked else published_statements.draft(overview.picture(timezone.now())).document
    return told(request, said, uses.grouped(said["uses"]), preview=True, members={}, member="", open_since=None)
