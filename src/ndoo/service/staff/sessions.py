"""When a staff session begins, and when it is over: 15 minutes without a page, or 12 hours in all."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest

from ndoo.service.staff.limits import IDLE, WHOLE

BEGAN, SEEN = "staff_began", "staff_seen"


def begin(request: HttpRequest, user: User, now: datetime) -> None:
    """The password was right: a new session with a new key, in which nothing is left of the one before."""
    request.session.flush()
    login(request, user, backend=getattr(user, "backend", None))
    request.session[BEGAN] = request.session[SEEN] = now.timestamp()


def is_over(request: HttpRequest, now: datetime) -> bool:
    """Has it ended? A session that does not know when it began has."""
    began, seen = (_time(request.session.get(key)) for key in (BEGAN, SEEN))
    return now - seen > IDLE or now - began > WHOLE


def touch(request: HttpRequest, now: datetime) -> None:
    """A page was asked for."""
    request.session[SEEN] = now.timestamp()


def _time(stamp: float | None) -> datetime:
    return datetime.fromtimestamp(stamp or 0, UTC)
