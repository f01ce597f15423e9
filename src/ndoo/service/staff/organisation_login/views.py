"""To the organisation's sign-in and back: one address that sends a member of staff there, one to which they return."""

from __future__ import annotations

import hmac
import secrets

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ndoo.service.address import address
from ndoo.service.audit.entries import Entry, write
from ndoo.service.openid import ProviderDownError, published
from ndoo.service.public_address import absolute
from ndoo.service.staff import sessions
from ndoo.service.staff.actor import UNKNOWN, actor
from ndoo.service.staff.console import page
from ndoo.service.staff.organisation_login.membership import NoNameError, NoPlaceError, admit
from ndoo.service.staff.organisation_login.proof import ProviderRefusedError, first_told
from ndoo.service.staff.organisation_login.registration import ProviderRegistration, client, registration
from ndoo.service.staff.sign_in import NEXT, safe

_UNDER_WAY = "staff_organisation"
_WHY = {ProviderRefusedError: "refused", NoNameError: "no_name", NoPlaceError: "no_place"}


@require_GET
def start(request: HttpRequest) -> HttpResponseBase:
    """Send them to the provider, and keep what the answer must match."""
    us = _ours()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        with client(us, _back(request)) as asking:
            onward, _ = asking.create_authorization_url(
                published(us.issuer)["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
    except ProviderDownError:
        return _stopped(request, "down", 503)
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": safe(request.GET.get("next", ""))}
    request.session[_UNDER_WAY] = kept
    return HttpResponseRedirect(onward)


@require_GET
def back(request: HttpRequest) -> HttpResponseBase:
    """They come back. What was kept for the answer is good once."""
    us = _ours()
    kept = request.session.pop(_UNDER_WAY, None)
    said = request.GET.get("state", "")
    if kept is None or not hmac.compare_digest(said.encode(), str(kept["state"]).encode()):
        return _stopped(request, "again", 400)
    now = timezone.now()
    try:
        if "error" in request.GET or "code" not in request.GET:
            raise ProviderRefusedError
        with client(us, _back(request)) as asking:
            told = first_told(asking, us, request.GET["code"], kept["verifier"], kept["nonce"])
        user = admit(us, told, address(request), now)
    except ProviderDownError:
        return _stopped(request, "down", 503)
    except (ProviderRefusedError, NoPlaceError) as refused:
        with transaction.atomic():
            write(Entry(UNKNOWN, "staff.sign_in_refused", details={"by": "provider"}, address=address(request)), now)
        return _stopped(request, _WHY[type(refused)], 403)
    user.backend = "ndoo.service.staff.backends.Organisation"
    sessions.begin(request, user, now, by_organisation=True, has_second_factor=told.has_second_factor)
    request.session[NEXT] = kept["next"]
    if not told.has_second_factor:
        return redirect("staff-second-factor")
    with transaction.atomic():
        write(Entry(actor(user), "staff.signed_in", details={"by": "provider"}, address=address(request)), now)
    return redirect(request.session.pop(NEXT, "") or "staff-home")


def _ours() -> ProviderRegistration:
    us = registration()
    if us is None:
        raise Http404
    return us


def _back(request: HttpRequest) -> str:
    return absolute(request, reverse("staff-organisation-back"))


def _stopped(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return page(request, "staff/organisation_stopped.jinja", status, why=why)
