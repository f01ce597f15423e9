"""How many wrong passwords are taken, by whom: guessing gets slower and stops, and shuts nobody else out.

- In a browser that is known for the account (`known_device`) ten wrong ones stop that browser for a while, whatever others do.
- Elsewhere ten wrong ones for one account from one address stop that address for it. A household's IPv6 addresses are one.
- From all other addresses together, an account takes so many wrong ones, and then one after each pause, which grows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ndoo.service.address import address, household
from ndoo.service.staff.known_device import device
from ndoo.service.staff.limits import FIRST_PAUSE, GUESSES, GUESSES_EVERYWHERE, LOCKED

Credentials = dict[str, Any] | None


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Axes' own, and the count over all addresses."""

    def is_locked(self, request: HttpRequest, credentials: Credentials = None) -> bool:
        return bool(super().is_locked(request, credentials)) or _is_pausing(request, credentials)


def tried_name(request: HttpRequest | None, credentials: Credentials) -> str:
    """The name under which guesses are counted: a digest, for people type all sorts of things into that field."""
    name = _name(request, credentials)
    return salted_hmac("ndoo.staff.guesses", f"{name} {device(request, name)}".strip(), algorithm="sha256").hexdigest()


def counted_together(request: HttpRequest, credentials: Credentials) -> list[str | list[str]]:
    """Of a known browser all guesses are one count; elsewhere those from one address are."""
    return ["username"] if device(request, _name(request, credentials)) else [["username", "ip_address"]]


def where(request: HttpRequest) -> str | None:
    """The address that guesses are counted for; None where the caller's is none."""
    return household(address(request))


def pause(guesses: int) -> timedelta:
    """How long nothing is taken after so many wrong ones for one account."""
    over = guesses - GUESSES_EVERYWHERE
    return min(FIRST_PAUSE * 2 ** min(over // GUESSES, 16), LOCKED) if over >= 0 else timedelta(0)


def _is_pausing(request: HttpRequest, credentials: Credentials) -> bool:
    if device(request, _name(request, credentials)):
        return False
    now = timezone.now()
    tried = AccessAttempt.objects.filter(username=tried_name(request, credentials), attempt_time__gt=now - LOCKED)
    found = tried.aggregate(many=Sum("failures_since_start"), last=Max("attempt_time"))
    return found["last"] is not None and now < found["last"] + pause(found["many"])


def _name(request: HttpRequest | None, credentials: Credentials) -> str:
    said = (credentials or {}).get("username") or (request.POST.get("username") if request else None) or ""
    return str(said).strip().lower()
