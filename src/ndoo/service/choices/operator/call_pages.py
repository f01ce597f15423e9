"""The pages on which an operator finds a person, checks a caller, and sets what the caller says."""

from __future__ import annotations

import uuid
from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.domain.london import london_date
from ndoo.service.audit.entries import write
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity.find_person import recipient
from ndoo.service.choices.identity.people import DemographicsDownError, NoMatch
from ndoo.service.choices.models import Choice
from ndoo.service.choices.operator import calls, failed_checks, forms
from ndoo.service.choices.operator.caller_questions import questions
from ndoo.service.choices.operator.choice_in_words import MEANING, NOT_SET, READ_OUT, lines
from ndoo.service.choices.operator.look_up_person import OwnRecordError, open_call
from ndoo.service.choices.operator.models import Call, Who
from ndoo.service.choices.operator.reasons import DeskReason
from ndoo.service.choices.operator.who_may_choose import BARS, again_after, bar, passes
from ndoo.service.choices.receipts import send_receipt
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed

NEXT = {
    DeskReason.CALL: "desk-check",
    DeskReason.FORM: "desk-form-new",
    DeskReason.QUESTION: "desk-person",
    DeskReason.COMPLAINT: "desk-person",
}
"""Where each reason leads."""


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponseBase:
    """Why, and whom? Posted, so that nothing about the person is in an address."""
    now = timezone.now()
    form = forms.Find(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        sought = form.sought()
        kind = DeskReason(form.cleaned_data["reason"])
        try:
            call = open_call(sought, signed_in(request), kind, form.why(), partial(entry, request), now)
        except OwnRecordError:
            return page(request, "desk/own_record.jinja", 403)
        except DemographicsDownError:
            return down(request)
        if not isinstance(call, NoMatch):
            calls.remember(request, call)
            return redirect(NEXT[kind], call.pk)
        several = _("More than one person has these details. Ask for the NHS number")
        nobody = _("Nobody was found. Check what you typed, or try other details")
        field = "choice_reference" if form.cleaned_data["choice_reference"] else "number"
        form.add_error(field, several if call is NoMatch.SEVERAL else nobody)
    return page(request, "desk/find.jinja", form=form)


@require_safe
def person(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What the register holds, for a question or a complaint. Nothing can be changed here."""
    call = calls.find(request, pk, DeskReason.QUESTION, DeskReason.COMPLAINT)
    try:
        who = calls.person_of(call)
    except DemographicsDownError:
        return down(request)
    return page(request, "desk/person.jinja", person=who, lines=lines(who.number), not_set=NOT_SET)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Who is calling? Until that is known, nobody sees or hears what was chosen."""
    call, now = calls.find(request, pk, DeskReason.CALL), timezone.now()
    try:
        who = calls.person_of(call)
    except DemographicsDownError:
        return down(request)
    barred = bar(Who.SELF, who, london_date(now))
    if barred:
        return page(request, "desk/barred.jinja", why=BARS[barred], deceased=who.deceased)
    if answer := _held_back(request, call):
        return answer
    asked = questions(who)
    form = forms.CallerCheck(typed(request), questions=asked, today=london_date(now))
    if request.method == "POST" and form.is_valid():
        how = {name: str(answered) for name, answered in form.cleaned_data.items()}
        action = "caller.check_failed" if form.failed() else "caller.checked"
        audit = entry(request, action, subject=who.number, reason=call.reason, call=str(call.pk), **how)
        try:
            calls.checked(call, form.passed(), form.failed(), audit, now)
        except calls.HeldBackError as held:
            return _say_held(request, call, held.failed)
        return redirect("desk-stopped") if form.failed() else redirect("desk-choice", call.pk)
    return page(request, "desk/check.jinja", form=form, person=who, passes=passes())


@require_safe
def stopped(request: HttpRequest) -> HttpResponse:
    """The caller could not show who they are."""
    return page(request, "desk/stopped.jinja", hours=again_after())


@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """What stands, and what the person says now."""
    call = calls.find(request, pk, DeskReason.CALL)
    if call.checked_at is None:
        return redirect("desk-check", call.pk)
    if answer := _held_back(request, call):
        return answer
    try:
        who = calls.person_of(call)
    except DemographicsDownError:
        return down(request)
    form = forms.TheirChoice(typed(request), initial={"choice": call.choice}, today=london_date(timezone.now()))
    shown = lines(who.number)
    if request.method == "POST" and call.seen is not None and form.is_valid():
        call.choice = form.cleaned_data["choice"]
        call.save(update_fields=["choice"])
        return redirect("desk-read-back", call.pk)
    call.seen = len(shown)
    call.save(update_fields=["seen"])
    return page(request, "desk/choice.jinja", form=form, person=who, lines=shown, not_set=NOT_SET)


@require_http_methods(["GET", "HEAD", "POST"])
def read_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The choice in words, read out, before it is saved."""
    call, now = calls.find(request, pk, DeskReason.CALL, ended=(False, True)), timezone.now()
    if call.ended_at:
        return redirect("desk-done", call.pk)
    if call.checked_at is None or not call.choice:
        return redirect("desk-choice", call.pk)
    if answer := _held_back(request, call):
        return answer
    chosen = Choice(call.choice)
    if request.method == "POST":
        audit = entry(
            request,
            "choice.set",
            subject=calls.number_of(call),
            reason=call.reason,
            call=str(call.pk),
            choice=chosen.value,
            questions=", ".join(call.passed),
        )
        try:
            with transaction.atomic():
                event = calls.save(call, audit, now)
                send_receipt.enqueue(event.pk)
        except ChoiceChangedMeanwhileError:
            return page(request, "desk/changed_meanwhile.jinja", 409, again=call.pk)
        except calls.HeldBackError as held:
            return _say_held(request, call, held.failed)
        except calls.EndedError:
            pass  # pressed twice: the choice was saved once
        return redirect("desk-done", call.pk)
    return page(request, "desk/read_back.jinja", call=call, meaning=MEANING[chosen], read_out=READ_OUT[chosen])


@require_safe
def done(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """It is saved: what to say next."""
    call = calls.find(request, pk, DeskReason.CALL, ended=(True,))
    if not call.choice:
        return redirect("desk-stopped")
    try:
        to = recipient(calls.person_of(call))
    except DemographicsDownError:
        to = None
    saved = calls.saved_in(call)
    return page(
        request,
        "desk/done.jinja",
        meaning=MEANING[Choice(call.choice)],
        told=to.masked if to else "",
        reference=reference_of(saved) if saved else "",
    )


def _held_back(request: HttpRequest, call: Call) -> HttpResponse | None:
    """Where a check about this person failed, in whoever's call, nobody asks, sees or sets anything until it may be tried again."""
    failed = failed_checks.holding(calls.number_of(call), timezone.now())
    return None if failed is None else _say_held(request, call, failed)


def _say_held(request: HttpRequest, call: Call, failed: AuditEntry) -> HttpResponse:
    """With the time and the colleague of the failed check, by which an approver finds it: their page names no patient."""
    with transaction.atomic():
        write(
            entry(request, "caller.held_back", subject=calls.number_of(call), reason=call.reason, call=str(call.pk)),
            timezone.now(),
        )
    return page(request, "desk/held_back.jinja", 403, hours=again_after(), failed=failed)


def down(request: HttpRequest) -> HttpResponse:
    """The register of people does not answer."""
    return page(request, "desk/down.jinja", 503)
