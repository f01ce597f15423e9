"""The pages on which an administrator adds, changes, shuts and resets accounts."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.messages import error, success
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.domain.london import london_date
from ndoo.service.staff import accounts, forms
from ndoo.service.staff.act_page import WeightyAct, reason_for
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.limits import SET_UP
from ndoo.service.staff.models import ProviderAccount
from ndoo.service.staff.one_use import new_set_up_code
from ndoo.service.staff.roles import NAMES, Role, role_of


def everybody(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    ready = set(TOTPDevice.objects.filter(confirmed=True).values_list("user_id", flat=True))
    rows = [(user, _named(user), user.pk in ready) for user in User.objects.order_by("username")]
    return page(request, "staff/accounts.jinja", rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """A new account, and the code with which its owner begins."""
    now = timezone.now()
    form = forms.NewAccount(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        role = Role(said["role"])
        audit = entry(request, "account.added", account=said["username"], role=role.value)
        try:
            with transaction.atomic():
                user = accounts.add(said["username"], said["given"], said["family"], role, audit, now)
                code = new_set_up_code(user, now)
        except accounts.NameTakenError:
            form.add_error("username", _("There is an account with this name already"))
        else:
            return _handed(request, user, code)
    return page(request, "staff/account_add.jinja", form=form)


def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account, and what can be done to it."""
    user = get_object_or_404(User, pk=pk)
    role = role_of(user)
    form = forms.NewRole(initial={"role": role.value if role else ""}, today=london_date(timezone.now()))
    return page(
        request,
        "staff/account.jinja",
        account=user,
        role=_named(user),
        form=form,
        own=user == signed_in(request),
        organisation=ProviderAccount.objects.filter(user=user).exists(),
        ready=TOTPDevice.objects.filter(user=user, confirmed=True).exists(),
    )


@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Another role."""
    user, now = get_object_or_404(User, pk=pk), timezone.now()
    form = forms.NewRole(request.POST, today=london_date(now))
    if form.is_valid():
        before, role = role_of(user), Role(form.cleaned_data["role"])
        audit = entry(request, "account.role_changed", account=user.username, before=before or "", role=role.value)
        try:
            accounts.change_role(user, role, signed_in(request), audit, now)
            success(request, _("The role was changed."))
        except accounts.OwnAccountError:
            _refuse_own(request)
    return redirect("staff-account", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def shut(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Nobody signs in with it any more."""
    user = get_object_or_404(User, pk=pk)
    why = reason_for(
        request,
        WeightyAct(
            _("Shut the account %(name)s") % {"name": user.username},
            (
                _("Its owner is signed out at once, and cannot sign in."),
                _("What they did stays in the audit."),
                _("You can open the account again on its page."),
            ),
            _("Shut this account"),
            reverse("staff-account", args=[pk]),
        ),
    )
    if not isinstance(why, str):
        return why
    try:
        audit = entry(request, "account.shut", reason=why, account=user.username)
        accounts.shut(user, signed_in(request), audit, timezone.now())
        success(request, _("The account is shut."))
    except accounts.OwnAccountError:
        _refuse_own(request)
    return redirect("staff-account", pk)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponseBase:
    """It may be used again."""
    user = get_object_or_404(User, pk=pk)
    accounts.reopen(user, entry(request, "account.reopened", account=user.username), timezone.now())
    success(request, _("The account is open again."))
    return redirect("staff-account", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Password and second factor go; the owner begins again with a set-up code, or by the organisation's sign-in where they came by it."""
    user, now = get_object_or_404(User, pk=pk), timezone.now()
    provided = ProviderAccount.objects.filter(user=user).exists()
    why = reason_for(request, _reset(user, provided=provided))
    if not isinstance(why, str):
        return why
    audit = entry(request, "account.reset", reason=why, account=user.username)
    try:
        if not provided:
            return _handed(request, user, accounts.start_afresh(user, signed_in(request), audit, now))
        accounts.forget_proofs(user, signed_in(request), audit, now)
        success(request, _("The second factor was removed."))
    except accounts.OwnAccountError:
        _refuse_own(request)
    return redirect("staff-account", pk)


def _reset(user: User, *, provided: bool) -> WeightyAct:
    after = (
        _("They set up an app again when they next sign in with your organisation’s sign-in.")
        if provided
        else _("You get a set-up code to hand to them, with which they begin again.")
    )
    return WeightyAct(
        _("Remove the second factor of %(name)s") % {"name": user.username}
        if provided
        else _("Reset the account %(name)s") % {"name": user.username},
        (
            _("Its owner is signed out. Their app and recovery codes stop working.")
            if provided
            else _("Its owner is signed out. Their password, app and recovery codes stop working."),
            after,
            _("This cannot be undone. First make sure that you speak with the owner of this account."),
        ),
        _("Remove the second factor") if provided else _("Reset this account"),
        reverse("staff-account", args=[user.pk]),
    )


def _refuse_own(request: HttpRequest) -> None:
    error(request, _("You cannot change your own account. Ask another administrator."))


def _handed(request: HttpRequest, user: User, code: str) -> HttpResponse:
    return page(request, "staff/account_code.jinja", account=user, code=code, hours=int(SET_UP.total_seconds()) // 3600)


def _named(user: User) -> str:
    role = role_of(user)
    return str(NAMES[role]) if role else _("None")
