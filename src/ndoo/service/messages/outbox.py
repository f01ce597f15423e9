"""What the service wrote in this demonstration: its messages, to be read in the browser."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ndoo.service.messages.models import DemonstrationMessage

_NEWEST = 20


def messages(request: HttpRequest) -> HttpResponse:
    """The newest messages, in a demonstration; elsewhere there is no such page."""
    if not settings.NDOO.demo:
        raise Http404
    return render(request, "demonstration/messages.jinja", {"sent": DemonstrationMessage.objects.all()[:_NEWEST]})
