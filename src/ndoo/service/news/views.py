"""The pages of the updates: read them, ask for them, confirm, stop."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ndoo.domain.london import london_date
from ndoo.service.news import subscriptions
from ndoo.service.news.forms import AddressForm
from ndoo.service.news.models import Update
from ndoo.service.public_address import absolute

_OF_STATEMENT = re.compile(r"statement ([0-9]{1,9})")
"""What an update is about that tells of a version of the statement (`Update.about`)."""


def archive(request: HttpRequest) -> HttpResponse:
    """Every update, the newest first."""
    return render(request, "updates/archive.jinja", {"updates": Update.objects.all()})


def update(request: HttpRequest, number: int) -> HttpResponse:
    """One update, as it was sent."""
    news = get_object_or_404(Update, pk=number)
    paragraphs = [part.strip() for part in news.text.split("\n\n") if part.strip()]
    told = _OF_STATEMENT.fullmatch(news.about)
    version = int(told[1]) if told else None
    return render(request, "updates/update.jinja", {"news": news, "paragraphs": paragraphs, "version": version})


def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for the address. Afterwards the same page follows, whoever it is."""
    now = timezone.now()
    form = AddressForm(request.POST or None, today=london_date(now))
    if request.method == "POST" and form.is_valid():
        subscriptions.ask(form.cleaned_data["address"], absolute(request), now)
        return redirect("updates-asked")
    return render(request, "updates/subscribe.jinja", {"form": form})


def asked(request: HttpRequest) -> HttpResponse:
    """Look into your mailbox."""
    return render(request, "updates/asked.jinja", {"days": subscriptions.CONFIRM_WITHIN.days})


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the e-mail leads here. A button confirms: programs that look at links in mail press none."""
    found = subscriptions.to_confirm(token)
    if found is None:
        return render(request, "updates/link-old.jinja", status=404)
    if request.method == "POST":
        subscriptions.confirm(found, timezone.now())
        return render(request, "updates/confirmed.jinja")
    return render(request, "updates/confirm.jinja")


@csrf_exempt  # a mail program presses the button for its owner (RFC 8058); the signed link says whose subscription ends
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """One button ends the subscription."""
    if request.method == "POST":
        known = subscriptions.stop(token)
        return render(
            request, "updates/stopped.jinja" if known else "updates/link-old.jinja", status=200 if known else 404
        )
    return render(request, "updates/stop.jinja")
