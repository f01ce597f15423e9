"""The pages on which assets and flows are looked at, written down, decided on and signed."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import error, success
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION
from ndoo.assets.flow_decisions import stale
from ndoo.assets.record import Record
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.london import instant, london_date
from ndoo.policy import load_pack
from ndoo.service.asset_register import overview, record_filters, record_in_words, record_versions, sign_review
from ndoo.service.asset_register.forms import Comment, RecordSearchForm, form_for, initial
from ndoo.service.asset_register.models import Decided, Manifest, Signed, Version
from ndoo.service.asset_register.record_filters import FilterForm
from ndoo.service.asset_register.record_versions import RecordChangedMeanwhileError
from ndoo.service.staff.access import may_open
from ndoo.service.staff.act_page import WeightyAct, reason_for
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.roles import role_of

PAGE = 50
"""Rows of a list on one page."""
GONE = 20
"""Records that were taken out last, below the list."""


@require_http_methods(["GET", "HEAD", "POST"])
def assets(request: HttpRequest) -> HttpResponse:
    """Every asset, a page at a time; posted words find some."""
    return _listed(request, ASSET)


@require_http_methods(["GET", "HEAD", "POST"])
def flows(request: HttpRequest) -> HttpResponse:
    """Every flow with its recorded decision, a page at a time; posted words find some."""
    return _listed(request, FLOW)


def _listed(request: HttpRequest, kind: str) -> HttpResponse:
    now = timezone.now()
    today = london_date(now)
    seen = overview.picture(now)
    register = seen.known.register
    everything = list((register.assets if kind == ASSET else register.flows).values())
    lines = record_filters.listed(everything, seen, signed_in(request), today)
    owners = sorted({name for line in lines for name in line.owners}, key=str.casefold)
    form = RecordSearchForm(typed(request), today=today)
    words = form.cleaned_data["words"].casefold().split() if request.method == "POST" and form.is_valid() else []
    asked = FilterForm(request.GET, kind=kind, owners=owners, today=today)
    said = asked.cleaned_data if asked.is_valid() else {}  # a bookmark may name an owner who owns nothing any more
    fitting = [one for one in lines if _fits(one.record, words)] if words else record_filters.narrowed(lines, said)
    found = Paginator(fitting, PAGE).get_page(request.GET.get("page"))
    filters = {name: value for name, value in said.items() if value}
    return page(
        request,
        "governance/list.jinja",
        kind=kind,
        rows=found,
        found=found,
        count=len(everything),
        form=form,
        asked=asked,
        narrowed=bool(filters.keys() - {"sort"}),
        before=f"{urlencode(filters)}&" if filters else "",
        sought=bool(words),
        gone=[] if words or filters else list(record_versions.taken_out(kind)[:GONE]),
        colours=record_in_words.COLOURS,
        decisions=record_filters.DECISIONS,
        risks=record_filters.RISKS,
        may_write=_may(request, "governance-write"),
    )


def _fits(record: Record, words: list[str]) -> bool:
    told = [record.text(field) for field in ("id", "name", "owner", "system")]
    told.append(record.facts.text("recipient") if record.kind == FLOW else "")
    whole = "\n".join(told).casefold()
    return all(word in whole for word in words)


def _may(request: HttpRequest, name: str) -> bool:
    return may_open(role_of(request.user), name)


def _row(kind: str, ident: str) -> Version:
    row = record_versions.latest(kind, ident) if kind in (ASSET, FLOW) else None
    if row is None or row.content is None:
        raise Http404
    return row


@require_safe
def one(request: HttpRequest, kind: str, ident: str) -> HttpResponse:
    """One asset or flow: what is said, its decision, its review, its history; of one that was taken out, who did that and why."""
    gone = record_versions.latest(kind, ident)
    if gone is not None and gone.content is None:
        return _gone(request, gone)
    row, now = _row(kind, ident), timezone.now()
    record = record_versions.record_of(row)
    register = record_versions.register()
    words: dict[str, Any] = {}
    if kind == FLOW:
        decided = Decided.objects.filter(flow=ident).order_by("-pk").first()
        kept = overview.kept_decisions(ident).get(ident)
        proof = Manifest.objects.filter(flow=ident).order_by("-pk").first()
        words = {
            "decided": decided,
            "stale": stale(kept, record, load_pack(), london_date(now)),
            "proven": proof and instant(proof.document["created"]),
            "may_uphold": _may(request, "job-new"),
        }
    where = sign_review.standing_of(record, now)
    mine = sign_review.may_sign(signed_in(request), record, where.waiting_for, register)
    history = [
        (v, [record_in_words.heading(kind, name) for name in v.changed]) for v in record_versions.history(kind, ident)
    ]
    return page(
        request,
        "governance/record.jinja",
        kind=kind,
        record=record,
        row=row,
        fields=record_in_words.rows(record),
        where=where,
        due=where.is_due(london_date(now)),
        mine=mine,
        form=Comment(today=london_date(now)) if mine else None,
        signed=sign_review.last_signed(kind, ident, signed_in(request)),
        signatures=Signed.objects.filter(kind=kind, ident=ident).order_by("-pk"),
        history=history,
        flows=[flow for flow in register.flows.values() if ident in flow.texts("assets")] if kind == ASSET else [],
        changed=[record_in_words.heading(kind, name) for name in where.changed],
        colours=record_in_words.COLOURS,
        may_write=_may(request, "governance-write"),
        **words,
    )


def _gone(request: HttpRequest, row: Version) -> HttpResponse:
    return page(
        request,
        "governance/gone.jinja",
        row=row,
        because=record_versions.reason_of(row),
        may_write=_may(request, "governance-restore"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
    """Change an asset, a flow or the organisation; `new` writes a new one."""
    now = timezone.now()
    if kind == ORGANISATION:
        row = record_versions.latest(kind, "")
    elif kind not in (ASSET, FLOW):
        raise Http404
    else:
        row = None if ident == "new" else _row(kind, ident)
    record = record_versions.record_of(row) if row and row.content is not None else None
    form = form_for(kind)(
        typed(request), initial=initial(record) if record else _beforehand(request), today=london_date(now)
    )
    if request.method == "POST" and form.is_valid() and (said := form.record()) is not None:
        if (record and said.id != record.id) or (
            record is None and record_versions.latest(kind, said.id) is not None and kind != ORGANISATION
        ):
            form.add_error(
                None if "id" not in form.fields else "id", _("This reference is another one’s, or was changed.")
            )
        elif answer := _saved(request, said, row, form):
            return answer
    return page(request, "governance/write.jinja", kind=kind, form=form, record=record, seen=row.number if row else 0)


def _beforehand(request: HttpRequest) -> dict[str, str]:
    """What a finding that no asset explains says of the asset that is to be written."""
    return {name: request.GET[name][:300] for name in ("name", "location", "tables") if name in request.GET}


def _saved(request: HttpRequest, said: Record, row: Version | None, form: Any) -> HttpResponseBase | None:
    now, by = timezone.now(), partial(entry, request)
    seen = request.POST.get("seen", "")
    try:
        register = record_versions.register()
        if not set(said.texts("assets")) <= set(register.assets):
            form.add_error("assets", _("One of these assets is not in the register."))
            return None
        record_versions.save(
            said, by, now, expected=int(seen) if seen.isdecimal() and row else row.number if row else 0
        )
    except RecordChangedMeanwhileError:
        form.add_error(None, _("Somebody else changed it meanwhile. Open it again."))
        return None
    if said.kind == FLOW and said.id not in overview.kept_decisions(said.id):
        overview.decide_flow(said, by, now)
    success(request, _("Saved."))
    return (
        redirect("governance-statement")
        if said.kind == ORGANISATION
        else redirect("governance-record", said.kind, said.id)
    )


@require_POST
def decide(request: HttpRequest, ident: str) -> HttpResponseBase:
    """Record today's decision on a flow."""
    row = _row(FLOW, ident)
    made = overview.decide_flow(record_versions.record_of(row), partial(entry, request), timezone.now())
    success(request, _("Decided: %(outcome)s.") % {"outcome": made.outcome.replace("_", " ")})
    return redirect("governance-record", FLOW, ident)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
    """Take it out of the register; its history stays."""
    record = record_versions.record_of(_row(kind, ident))
    why = reason_for(
        request,
        WeightyAct(
            _("Take “%(name)s” out of the register") % {"name": record.text("name")},
            (
                _("It is in no list, and the statement no longer speaks of it. What was published stays as it is.")
                if kind == FLOW
                else _(
                    "It is in no list any more. A table of it that a scan finds is open again, as one that nobody declared."
                ),
                _("Its history, decisions and reviews stay. It can be put back."),
            ),
            _("Take it out of the register"),
            reverse("governance-record", args=[kind, ident]),
        ),
    )
    if not isinstance(why, str):
        return why
    try:
        record_versions.remove(kind, ident, partial(entry, request, reason=why), timezone.now())
    except UnfitData as refusal:
        error(request, refusal.sentence)
    except RecordChangedMeanwhileError:
        error(request, _("Somebody else changed it meanwhile. Open it again."))
    else:
        success(request, _("Taken out of the register."))
    return redirect("governance-record", kind, ident)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
    """Put back what was taken out, as it was."""
    row = record_versions.latest(kind, ident) if kind in (ASSET, FLOW) else None
    if row is None or row.content is not None:
        raise Http404
    why = reason_for(
        request,
        WeightyAct(
            _("Put %(ident)s back into the register") % {"ident": ident},
            (_("It is in the register again as it was when it was taken out, with its decision and its reviews."),),
            _("Put it back"),
            reverse("governance-record", args=[kind, ident]),
            warning=False,
        ),
    )
    if not isinstance(why, str):
        return why
    try:
        record_versions.put_back(row, partial(entry, request, reason=why), timezone.now())
        success(request, _("It is in the register again."))
    except UnfitData as refusal:
        error(request, refusal.sentence)
    except RecordChangedMeanwhileError:
        error(request, _("Somebody else changed it meanwhile. Open it again."))
    return redirect("governance-record", kind, ident)


@require_http_methods(["GET", "HEAD", "POST"])
def unsign(request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
    """Take back one's own signature."""
    row, user, now = _row(kind, ident), signed_in(request), timezone.now()
    of = request.GET.get("of", "")
    if not (of.isdecimal() and Signed.objects.filter(pk=of, kind=kind, ident=ident, by=user.get_username()).exists()):
        raise Http404
    why = reason_for(
        request,
        WeightyAct(
            _("Take back your signature"),
            (
                _("Your last signature here does not count any more. It stays readable, with what you say now."),
                _("The review may be due again at once. If it is, the public page says that not everything is shown."),
                _("You can sign again."),
            ),
            _("Take it back"),
            reverse("governance-record", args=[kind, ident]),
        ),
    )
    if not isinstance(why, str):
        return why
    try:
        sign_review.take_back(row, int(of), user, partial(entry, request), now, because=why)
        success(request, _("Taken back."))
    except RecordChangedMeanwhileError:
        error(request, _("This signature is not your last one here, or was taken back already. Nothing was changed."))
    return redirect("governance-record", kind, ident)


@require_POST
def sign(request: HttpRequest, kind: str, ident: str) -> HttpResponseBase:
    """Sign the review, for the version that was on the page."""
    _row(kind, ident)
    now = timezone.now()
    form = Comment(request.POST, today=london_date(now))
    version = request.POST.get("version", "")
    comment = form.cleaned_data["comment"] if form.is_valid() else ""
    try:
        sign_review.sign(
            sign_review.ReadVersion(kind, ident, int(version) if version.isdecimal() else 0),
            signed_in(request),
            record_versions.register(),
            partial(entry, request),
            now,
            comment=comment,
        )
        success(request, _("Signed."))
    except RecordChangedMeanwhileError:
        error(request, _("It was changed since you opened it. Read it again before you sign."))
    except NotPermitted as refusal:
        error(request, refusal.sentence)
    return redirect("governance-record", kind, ident)
