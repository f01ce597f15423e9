"""What a person sees when something went wrong: a page in the same look that says what to do next; a system, a problem document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ndoo.service.api_clients.problems import told

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. What was wrong is not repeated: it came from outside."""
    if request.path.startswith(API):
        return told(request, 400, "request-malformed", "The request is not of its form.")
    return render(request, "errors/400.jinja", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "errors/403.jinja", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404. The address is not repeated: it came from outside."""
    if request.path.startswith(API):
        return told(request, 404, "not-found", "There is nothing at this address.")
    return render(request, "errors/404.jinja", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Nothing on this page asks the database."""
    if request.path.startswith(API):
        return told(request, 500, "fault", "An unexpected fault. Nothing was answered.")
    return render(request, "errors/500.jinja", status=500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, where a form was not sent from our own page, or the browser keeps no cookies."""
    return render(request, "errors/csrf.jinja", status=403)
