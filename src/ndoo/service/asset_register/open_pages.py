"""The page on which staff see what is open, and take it along as calendar, spreadsheet or evidence pack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.assets.calendar import calendar_of
from ndoo.assets.findings import FoundTable
from ndoo.assets.gaps import OpenThing
from ndoo.assets.pack import Proofs, evidence_pack
from ndoo.assets.statement_layout import differences, privacy_notice
from ndoo.assets.write_workbook import workbook_of
from ndoo.domain.london import london_date
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.policy.watch_days import watch_list
from ndoo.service.asset_register import (
    feeds,
    overview,
    pack_contents,
    publication,
    published_statements,
    record_versions,
)
from ndoo.service.asset_register.models import CalendarFeed
from ndoo.service.asset_register.record_in_words import COLOURS
from ndoo.service.asset_register.staff_tasks import WORDS
from ndoo.service.audit.entries import write
from ndoo.service.public_address import absolute
from ndoo.service.staff.access import may_open
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page
from ndoo.service.staff.roles import role_of

FIRST = 10
"""Open things of each group on the page of all groups."""
PAGE = 50
"""Lines of one page of a group."""
SOME = 20
"""Gaps, and uses, of one page of the statement."""
LATER = "later"
_HEADINGS = {**WORDS, LATER: gettext_lazy("Comes up, or not looked at")}


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """What is open, by group; what comes up; what no scan has looked at. With a group: all of it, a page at a time."""
    seen = overview.picture(timezone.now())
    groups = {**seen.joined.groups(), LATER: (*seen.joined.soon, *seen.joined.unseen)}
    only = request.GET.get("group", "")
    found = None
    if only in groups:
        found = Paginator(groups[only], PAGE).get_page(request.GET.get("page"))
        shown = {only: list(found)}
    else:
        shown = {name: list(items[:FIRST]) for name, items in groups.items()}
    tables = {_place_and_name(one): one for one in seen.known.findings} if shown.get("undeclared") else {}
    return page(
        request,
        "governance/open.jinja",
        count=seen.joined.count,
        found=found,
        only=only if found else "",
        groups=[
            (name, _HEADINGS[name], len(groups[name]), [(item, _address(item, tables)) for item in items])
            for name, items in shown.items()
        ],
        watch=[] if only else watch_list(seen.pack),
        today=london_date(seen.now),
        may_write=may_open(role_of(request.user), "governance-write"),
    )


def _place_and_name(found: FoundTable) -> str:
    return f"{found.name}{f' at {found.target}' if found.target else ''}"


def _address(item: OpenThing, tables: Mapping[str, FoundTable]) -> str:
    """Where the item is dealt with: its record, or, for a finding, a new asset that names it."""
    if item.id:
        return reverse("governance-record", args=[item.kind, item.id])
    found = tables.get(item.name)
    if found is None:  # a place that was not scanned for long
        return f"{reverse('governance-write', args=['asset', 'new'])}?{urlencode({'location': item.name})}"
    told = {"name": found.name, "location": found.target, "tables": f"{found.name}: {', '.join(found.columns)}"}
    return f"{reverse('governance-write', args=['asset', 'new'])}?{urlencode(told)}"


@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """The statement as it could be published, with its gaps."""
    made, newest = published_statements.draft(overview.picture(timezone.now())), published_statements.newest_one()
    same = (
        not made.gaps and newest is not None and not differences(published_statements.document(newest), made.document)
    )
    return page(
        request,
        "governance/draft.jinja",
        statement=made.document,
        colours=COLOURS,
        newest=newest,
        same=same,
        asked=publication.waiting(),
        day_of=date.fromisoformat,
        gaps=Paginator(made.gaps, SOME).get_page(request.GET.get("gaps")),
        uses=Paginator(made.document["uses"], SOME).get_page(request.GET.get("page")),
        notice=privacy_notice(made.document),
        may_write=may_open(role_of(request.user), "governance-publish"),
        may_change=may_open(role_of(request.user), "governance-write"),
    )


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The days on which something is due or ends."""
    seen = overview.picture(timezone.now())
    return _file(
        calendar_of(seen.known, seen.now, watch=watch_list(seen.pack)).encode(),
        "reviews.ics",
        "text/calendar; charset=utf-8",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def feed(request: HttpRequest) -> HttpResponse:
    """The address to which one's own calendar program subscribes: made, shown once, closed."""
    user, now, made = signed_in(request), timezone.now(), ""
    if request.method == "POST" and request.POST.get("act") == "close":
        feeds.closed(user, entry(request, "calendar.closed"), now)
    elif request.method == "POST":
        secret = feeds.opened(user, entry(request, "calendar.opened"), now)
        made = absolute(request, reverse("calendar-feed", args=[secret]))
    return page(request, "governance/feed.jinja", made=made, feed=CalendarFeed.objects.filter(user=user).first())


@require_safe
def subscribed(request: HttpRequest, secret: str) -> HttpResponse:
    """What a calendar program gets at such an address."""
    told = feeds.told(secret, timezone.now())
    if told is None:
        raise Http404
    answer = _file(told.encode(), "reviews.ics", "text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    """The register as a spreadsheet."""
    _noted(request, "register.exported")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(workbook_of(record_versions.register()), "register.xlsx", kind)


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """The evidence pack."""
    seen = overview.picture(timezone.now())
    made = published_statements.draft(seen)
    _noted(request, "evidence.exported")
    proofs = Proofs(pack_contents.manifests(), pack_contents.reviews(), pack_contents.published())
    held = evidence_pack(seen.known, seen.joined, made, proofs, seen.now, load_sealer(data_folder()))
    return _file(held, "evidence.zip", "application/zip")


def _noted(request: HttpRequest, action: str) -> None:
    with transaction.atomic():
        write(entry(request, action), timezone.now())


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
