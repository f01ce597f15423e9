"""The pages on which posted forms are recorded by one person and decided on by another."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib.messages import success
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ndoo.domain.london import london_date
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.people import DemographicsDownError, Person
from ndoo.service.choices.models import Choice
from ndoo.service.choices.operator import calls, forms
from ndoo.service.choices.operator.call_pages import down
from ndoo.service.choices.operator.choice_in_words import MEANING, NOT_SET, lines
from ndoo.service.choices.operator.form_approval import COLOURS, NAMES, Act, open_to
from ndoo.service.choices.operator.handle_form import (
    BarredError,
    NotNowError,
    NotYoursError,
    NumberTakenError,
    PaperForm,
    SigningProxy,
    act_on,
    copies_due,
    copy_destroyed,
    number_of,
    recorded,
    rewritten,
)
from ndoo.service.choices.operator.look_up_person import OwnRecordError, look
from ndoo.service.choices.operator.models import FormState, PostedForm, Who
from ndoo.service.choices.operator.proxy_contact import proxy_recipient
from ndoo.service.choices.operator.proxy_receipt import send_proxy_receipt
from ndoo.service.choices.operator.reasons import TO_DECIDE, WORDS, DeskReason
from ndoo.service.choices.operator.who_may_choose import BARS, EVIDENCE, WHO
from ndoo.service.choices.receipts import send_receipt
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError
from ndoo.service.staff.act_page import WeightyAct, reason_for
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.roles import Role, role_of

_LOOKED = "desk_forms"
"""The forms whose person this session has looked at, each with its entry in the audit."""

DONE = {
    Act.SUBMIT: _("The form waits for approval now."),
    Act.TAKE_BACK: _("The form is a draft again."),
    Act.DISCARD: _("The form was discarded. Nothing was set."),
    Act.APPROVE: _("Approved. The choice is in the register."),
    Act.REFUSE: _("Refused. Nothing was set."),
}


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """The forms that are not done with, and the last ones that are. No person is named here."""
    user = signed_in(request)
    rows = PostedForm.objects.select_related("recorded_by", "decided_by")
    waiting = rows.filter(state=FormState.WAITING)
    drafts = rows.filter(state=FormState.DRAFT, recorded_by=user)
    ended = rows.filter(state__in=(FormState.APPROVED, FormState.REFUSED)).order_by("-decided_at")[:20]
    groups = [(_("Waiting for approval"), waiting), (_("Your drafts"), drafts), (_("Decided"), ended)]
    due = copies_due(london_date(timezone.now()))
    if role_of(user) is Role.APPROVER:
        groups.pop(1)
        due = due.none()
    return page(request, "desk/forms.jinja", groups=groups, due=due, names=NAMES, colours=COLOURS, who=WHO)


@require_http_methods(["GET", "HEAD", "POST"])
def destroyed(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The copy of the proof is gone."""
    form = get_object_or_404(PostedForm, pk=pk)
    why = reason_for(
        request,
        WeightyAct(
            _("The copy at %(place)s is destroyed") % {"place": form.evidence_reference},
            (
                _("It is noted that the copy is gone. This cannot be undone, so destroy it first."),
                _("The email address or phone number of whoever signed is deleted too. The choice stays as it is."),
            ),
            _("It is destroyed"),
            reverse("desk-forms"),
        ),
    )
    if not isinstance(why, str):
        return why
    try:
        copy_destroyed(pk, partial(entry, request, reason=why), timezone.now())
        success(request, _("Noted: the copy is destroyed."))
    except NotNowError:
        pass  # said before, or too early: the list shows what is so
    return redirect("desk-forms")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A form that arrived, about the person who was found for it."""
    call, now = calls.find(request, pk, DeskReason.FORM), timezone.now()
    try:
        who = calls.person_of(call)
    except DemographicsDownError:
        return down(request)
    form = forms.OnTheForm(typed(request), today=london_date(now))
    shown = lines(who.number)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = recorded(_said(form), who, len(shown), signed_in(request), partial(entry, request), now)
                call.ended_at = now
                call.save(update_fields=["ended_at"])
        except BarredError as barred:
            form.add_error("who", str(BARS[barred.why]))
        except NumberTakenError:
            form.add_error("form_number", _("Another form has this number. Leave it empty"))
        else:
            _remember(request, made.pk)
            return redirect("desk-form", made.pk)
    return page(request, "desk/form_record.jinja", form=form, person=who, lines=shown, not_set=NOT_SET)


@require_http_methods(["GET", "HEAD", "POST"])
def rewrite(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A draft, to be put right by whoever recorded it."""
    draft, now = (
        get_object_or_404(PostedForm, pk=pk, state=FormState.DRAFT, recorded_by=signed_in(request)),
        timezone.now(),
    )
    if not _looked(request, pk):
        return redirect("desk-form", pk)
    try:
        who = _person(draft)
    except DemographicsDownError:
        return down(request)
    written = {
        "who": draft.who,
        "choice": draft.choice,
        "form_number": draft.form_number,
        "received_on": draft.received_on,
        "proxy_name": draft.proxy_name,
        "proxy_relation": draft.proxy_relation,
        "proxy_contact": draft.proxy_contact,
        "evidence_kind": draft.evidence_kind,
        "evidence_reference": draft.evidence_reference,
    }
    form = forms.OnTheForm(typed(request), initial=written, today=london_date(now))
    shown = lines(who.number)
    if request.method == "POST" and form.is_valid():
        try:
            rewritten(pk, _said(form), who, len(shown), signed_in(request), partial(entry, request), now)
        except BarredError as barred:
            form.add_error("who", str(BARS[barred.why]))
        except NumberTakenError:
            form.add_error("form_number", _("Another form has this number. Leave it empty"))
        else:
            return redirect("desk-form", pk)
    return page(request, "desk/form_record.jinja", form=form, person=who, lines=shown, not_set=NOT_SET)


@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """A form. Whose it is stands here once this session has looked at the person, with its entry in the audit."""
    return _shown(request, get_object_or_404(PostedForm.objects.select_related("recorded_by", "decided_by"), pk=pk))


@require_POST
def look_at(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Show whose form it is: a look, like any other."""
    form, user = get_object_or_404(PostedForm, pk=pk), signed_in(request)
    reason = TO_DECIDE if role_of(user) is Role.APPROVER else str(WORDS[DeskReason.FORM])
    try:
        look(number_of(form), user, reason, partial(entry, request), timezone.now(), form=str(pk))
    except OwnRecordError:
        return page(request, "desk/own_record.jinja", 403)
    except DemographicsDownError:
        return down(request)
    _remember(request, pk)
    return redirect("desk-form", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Throw a draft away, once its page has said what that means."""
    form = get_object_or_404(PostedForm, pk=pk)
    why = reason_for(
        request,
        WeightyAct(
            _("Discard the draft"),
            (
                _("Nothing is set, and nobody is told. The person’s choice stays as it is."),
                _("The draft cannot be brought back. If the form counts after all, record it again."),
                _("The copy at %(place)s still has to be destroyed in time.") % {"place": form.evidence_reference},
            ),
            _("Discard the draft"),
            reverse("desk-form", args=[pk]),
        ),
    )
    return why if isinstance(why, HttpResponse) else _acted(request, pk, Act.DISCARD, why)


@require_POST
def act(request: HttpRequest, pk: uuid.UUID, act: Act) -> HttpResponseBase:
    """Submit, take back, approve or refuse."""
    return _acted(request, pk, act)


def _acted(request: HttpRequest, pk: uuid.UUID, act: Act, because: str = "") -> HttpResponseBase:
    """Nobody decides on what they have not looked at."""
    form, now = get_object_or_404(PostedForm, pk=pk), timezone.now()
    if not _looked(request, pk):
        return redirect("desk-form", pk)
    refusal = because
    if act is Act.REFUSE:
        why = forms.RefusalForm(request.POST, today=london_date(now))
        if not why.is_valid():
            return _shown(request, form, why)
        refusal = why.cleaned_data["refusal"]
    try:
        with transaction.atomic():
            event = act_on(
                pk, act, signed_in(request), partial(entry, request), now, person=_person(form), refusal=refusal
            )
            if event:
                send_receipt.enqueue(event.pk)
                send_proxy_receipt.enqueue(str(pk))
    except DemographicsDownError:
        return down(request)
    except (BarredError, ChoiceChangedMeanwhileError, NotNowError, NotYoursError) as stopped:
        form.refresh_from_db()
        return _shown(request, form, trouble=_trouble(stopped), status=409)
    success(request, DONE[act])
    return redirect("desk-forms")


def _shown(
    request: HttpRequest,
    form: PostedForm,
    why: forms.RefusalForm | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponseBase:
    user, looked = signed_in(request), _looked(request, form.pk)
    try:
        who = _person(form) if looked else None
    except DemographicsDownError:
        return down(request)
    acts = open_to(FormState(form.state), role_of(user), is_recorder=form.recorded_by_id == user.pk)
    return page(
        request,
        "desk/form.jinja",
        status,
        posted_form=form,
        person=who,
        acts=[act.value for act in acts] if looked else [],
        lines=lines(who.number) if who else [],
        not_set=NOT_SET,
        state=NAMES[FormState(form.state)],
        colour=COLOURS[FormState(form.state)],
        who=WHO[Who(form.who)],
        meaning=MEANING[Choice(form.choice)],
        evidence=EVIDENCE[form.evidence_kind],
        form=why or forms.RefusalForm(today=london_date(timezone.now())),
        trouble=trouble,
        own=form.recorded_by_id == user.pk,
        proxy_told=(proxy_recipient(form.proxy_contact) is not None),
    )


def _trouble(stopped: Exception) -> str:
    if isinstance(stopped, BarredError):
        return str(BARS[stopped.why])
    return {
        ChoiceChangedMeanwhileError: _(
            "A newer choice of this person came in after the form was recorded. The newest word "
            "counts: refuse the form, or let the operator take it back and look again."
        ),
        NotNowError: _("Somebody else was quicker. This is how the form stands now."),
        NotYoursError: _("This is not yours to do. Nobody decides on a form that they recorded."),
    }[type(stopped)]


def _said(form: forms.OnTheForm) -> PaperForm:
    said = form.cleaned_data
    return PaperForm(
        Who(said["who"]),
        Choice(said["choice"]),
        said["received_on"],
        said["evidence_kind"],
        said["evidence_reference"],
        SigningProxy(said["proxy_name"], said["proxy_relation"], said["proxy_contact"]),
        said["form_number"],
    )


def _person(form: PostedForm) -> Person:
    person = demographics().by_number(number_of(form))
    if person is None:
        raise DemographicsDownError
    return person


def _looked(request: HttpRequest, pk: uuid.UUID) -> bool:
    return str(pk) in request.session.get(_LOOKED, [])


def _remember(request: HttpRequest, pk: uuid.UUID) -> None:
    request.session[_LOOKED] = [*request.session.get(_LOOKED, []), str(pk)]
