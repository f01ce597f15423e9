"""The pages on which an administrator registers other systems, gives them keys, and shuts them out."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import error, success
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.domain.errors import NdooError, UsageFault
from ndoo.domain.london import london_date
from ndoo.service.api_clients import register_caller
from ndoo.service.api_clients.keys import public_keys
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import MEANING, Scope, known
from ndoo.service.nhs_forms.fields import Radios, Text, Textarea, WholeNumber
from ndoo.service.nhs_forms.people_fields import ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.act_page import WeightyAct, WhyField, reason_for
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page, typed

MAY = {
    "lists": (gettext_lazy("Have lists of NHS numbers checked"), (Scope.LISTS,)),
    "look": (gettext_lazy("Read the register of assets and flows"), (Scope.GOVERNANCE_READ,)),
}
"""What one administrator alone may let a system do. Whatever reads or records one person's choice, or changes the register,
is given by whoever runs the service, with `ndoo callers`: here it would open everybody's choice to a single account."""


_MEANWHILE = gettext_lazy("Someone else has done this already.")


def is_given_here(caller: Caller) -> bool:
    """May a key for it be added on these pages? Not where the key would open more than they can give."""
    return set(caller.scopes) <= {scope for _words, scopes in MAY.values() for scope in scopes}


class KeyForm(QuestionForm):
    """A public key."""

    key = Textarea(
        label=gettext_lazy("Its public key"),
        hint=gettext_lazy(
            "As PEM or a JSON Web Key set: RSA of 2048 bits or more, or P-384. Never a private key: that stays with the system."
        ),
        missing=gettext_lazy("Paste the public key"),
        max_length=20_000,
    )
    because = WhyField()


class CallerForm(KeyForm):
    """A system that is to be registered."""

    name = Text(
        label=gettext_lazy("Name of the system"),
        hint=gettext_lazy("Small letters, digits, dots and hyphens, such as research-platform. It is its client_id."),
        missing=gettext_lazy("Enter the name of the system"),
        max_length=register_caller.LONGEST_NAME,
    )
    organisation = ReferenceField(
        label=gettext_lazy("Organisation"),
        hint=gettext_lazy("Patients see this name where the system asked about them."),
        missing=gettext_lazy("Enter the organisation"),
        max_length=200,
    )
    ods = Text(
        label=gettext_lazy("The organisation’s ODS code"), missing=gettext_lazy("Enter the ODS code"), max_length=10
    )
    asset = ReferenceField(
        label=gettext_lazy("The data for which it asks"), missing=gettext_lazy("Enter the data"), max_length=200
    )
    population = WholeNumber(
        label=gettext_lazy("How many people is the data about?"),
        missing=gettext_lazy("Enter how many people the data is about"),
        min_value=1,
        max_value=100_000_000,
    )
    every_days = WholeNumber(
        label=gettext_lazy("How often will it ask, in days? (optional)"),
        min_value=1,
        max_value=366,
    )
    may = Radios(
        label=gettext_lazy("What may it do?"),
        missing=gettext_lazy("Select what it may do"),
        choices=[(name, words) for name, (words, _scopes) in MAY.items()],
    )
    field_order = ("name", "organisation", "ods", "asset", "population", "every_days", "may", "key", "because")


def _field_of(refusal: NdooError) -> str:
    """Beside which field it stands."""
    if refusal.code.startswith("caller-key"):
        return "key"
    return "ods" if refusal.code == "caller-ods" else "name"


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Every system that was ever registered."""
    return page(request, "checks/callers.jinja", rows=Caller.objects.prefetch_related("keys"))


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """Register a system."""
    now = timezone.now()
    form = CallerForm(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        scopes = MAY[said["may"]][1]
        registration = register_caller.Registration(
            said["name"],
            said["organisation"],
            said["ods"],
            said["asset"],
            said["population"],
            scopes,
            said["every_days"],
        )
        try:
            keys = public_keys(said["key"])
            details: dict[str, Any] = {name: said[name] for name in ("ods", "asset", "population")}
            details |= {"scopes": list(scopes), "keys": [key_id for key_id, _public in keys]}
            audit = entry(request, "caller.added", reason=said["because"], caller=said["name"], **details)
            caller = register_caller.add(registration, keys, audit, now)
        except NdooError as refusal:
            form.add_error(_field_of(refusal), refusal.sentence)
        else:
            success(request, _("The system is registered, and can ask for a token."))
            return redirect("caller", caller.name)
    return page(request, "checks/caller_add.jinja", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, name: str) -> HttpResponseBase:
    """One system, its keys, and a further key for it."""
    caller, now = get_object_or_404(Caller, name=name), timezone.now()
    form = KeyForm(typed(request), today=london_date(now))
    given_here = is_given_here(caller)
    if request.method == "POST" and not given_here:
        raise PermissionDenied
    if request.method == "POST" and caller.revoked_at:
        error(request, _("The key was not added: the access of this system was removed."))
        return redirect("caller", name)
    if request.method == "POST" and form.is_valid():
        try:
            keys = public_keys(form.cleaned_data["key"])
            ids = [key_id for key_id, _public in keys]
            audit = entry(request, "caller.key_added", reason=form.cleaned_data["because"], caller=name, keys=ids)
            register_caller.add_keys(name, keys, audit, now)
        except NdooError as refusal:
            form.add_error("key", refusal.sentence)
        else:
            success(request, _("The key was added. The earlier ones work on until they are revoked."))
            return redirect("caller", name)
    return page(
        request,
        "checks/caller.jinja",
        caller=caller,
        keys=caller.keys.order_by("pk"),
        may=[MEANING[scope].rstrip(".") for scope in known(caller.scopes)],
        form=form if given_here else None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, name: str) -> HttpResponseBase:
    """Shut a system out."""
    get_object_or_404(Caller, name=name, revoked_at=None)
    act = WeightyAct(
        _("Remove the access of %(name)s") % {"name": name},
        (
            _("The system can ask nothing any more, from its next request on."),
            _("This cannot be undone: to let it in again, register it under another name."),
            _("What it asked stays in the audit."),
        ),
        _("Remove access"),
        reverse("caller", args=[name]),
    )
    why = reason_for(request, act)
    if not isinstance(why, str):
        return why
    try:
        register_caller.revoke(name, entry(request, "caller.revoked", reason=why, caller=name), timezone.now())
        success(request, _("The system’s access is removed."))
    except UsageFault:
        error(request, _MEANWHILE)
    return redirect("caller", name)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, name: str, pk: int) -> HttpResponseBase:
    """Believe one key no more."""
    caller = get_object_or_404(Caller, name=name, revoked_at=None)
    key = caller.keys.filter(pk=pk, revoked_at=None).first()
    if key is None:
        raise Http404
    act = WeightyAct(
        _("Revoke a key of %(name)s") % {"name": name},
        (
            _("Nothing that this key signed is believed any more, and every token of the system ends."),
            _("Its other keys work on. A revoked key cannot be used again."),
        ),
        _("Revoke the key"),
        reverse("caller", args=[name]),
    )
    why = reason_for(request, act)
    if not isinstance(why, str):
        return why
    audit = entry(request, "caller.key_revoked", reason=why, caller=name, key=key.key_id)
    try:
        register_caller.revoke_key(name, key.key_id, audit, timezone.now())
        success(request, _("The key is revoked."))
    except UsageFault:
        error(request, _MEANWHILE)
    return redirect("caller", name)
