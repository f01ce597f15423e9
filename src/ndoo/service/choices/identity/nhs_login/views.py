"""To NHS login and back: one address that sends a person there, one to which they return."""

from __future__ import annotations

import hmac
import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ndoo.service.choices.identity import proven_session
from ndoo.service.choices.identity.eligibility import under_age
from ndoo.service.choices.identity.nhs_login.proof import Unproven, proof
from ndoo.service.choices.identity.nhs_login.provider import VECTORS, Registered, client, registered
from ndoo.service.openid import ProviderDownError, published
from ndoo.service.public_address import absolute

_UNDER_WAY = "nhs_login"


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the person to NHS login, and keep what the answer must match."""
    us = _ours()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        with client(us, _back(request)) as asking:
            address, _ = asking.create_authorization_url(
                published(us.issuer)["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                vtr=VECTORS,
            )
    except ProviderDownError:
        return _stopped(request, "down", 503)
    request.session.flush()
    request.session[_UNDER_WAY] = {"state": state, "nonce": nonce, "verifier": verifier}
    return HttpResponseRedirect(address)


@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """The person comes back. What was kept for the answer is good once."""
    us = _ours()
    kept = request.session.pop(_UNDER_WAY, None)
    said = request.GET.get("state", "")
    if kept is None or not hmac.compare_digest(said.encode(), str(kept["state"]).encode()):
        return _stopped(request, "again", 400)
    if "error" in request.GET or "code" not in request.GET:
        return _stopped(request, "refused", 200)
    try:
        with client(us, _back(request)) as asking:
            found = proof(asking, us.issuer, request.GET["code"], kept["verifier"], kept["nonce"])
    except ProviderDownError:
        return _stopped(request, "down", 503)
    if isinstance(found, Unproven):
        return _stopped(request, str(found), 200)
    if under_age(found.born, timezone.localdate()):
        return redirect("journey-under-age")
    proven_session.begin(request, found.number, "nhs_login")
    return redirect("journey-choice")


def _ours() -> Registered:
    us = registered()
    assert us is not None, "these addresses exist only where NHS login is set up"  # noqa: S101
    return us


def _back(request: HttpRequest) -> str:
    return absolute(request, reverse("nhs-login-back"))


def _stopped(request: HttpRequest, why: str, status: int) -> HttpResponse:
    return render(request, "nhs_login/stopped.jinja", {"why": why}, status=status)
