"""Where a journey starts, and where it ends early: start page, cookies, session over, signing out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.patient import memory


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What is needed, and the way in. Whatever the session held is forgotten here."""
    memory.start(request)
    return render(request, "journey/start.jinja", {"back": reverse("start")})


@require_GET
def cookies(request: HttpRequest) -> HttpResponse:
    """Does this browser keep cookies? Asked once more with a cookie on its way before it is told that it does not."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return redirect("journey-start")
    if "asked" in request.GET:
        return render(request, "journey/cookies-off.jinja")
    memory.start(request)
    return HttpResponseRedirect(reverse("journey-cookies") + "?asked")


def not_begun(request: HttpRequest) -> HttpResponse:
    """For a page inside the journey without a journey: the session is over, or never began, or nothing is kept."""
    kept = settings.SESSION_COOKIE_NAME in request.COOKIES
    return redirect("journey-session-over" if kept else "journey-cookies")


@require_GET
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there. Answers how long their session, where it is not over, lasts on; nothing that was typed is touched."""
    if not memory.is_alive(request):
        return HttpResponse(status=410)
    return JsonResponse({"seconds_left": memory.seconds_left(request)})


def session_over(request: HttpRequest) -> HttpResponse:
    """Nothing was done for half an hour, or somebody was signed in for as long as anybody may be."""
    limits = {"minutes": settings.SESSION_COOKIE_AGE // 60, "whole": limit("signed_in_minutes")}
    return render(request, "journey/session-over.jinja", limits)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget everything."""
    request.session.flush()
    return redirect("journey-signed-out")


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Somebody else may use this computer now."""
    return render(request, "journey/signed-out.jinja")
