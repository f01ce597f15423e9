"""When a staff session begins, and when it is over: 15 minutes without a page, or 12 hours in all."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest

from ndoo.service.staff.limits import IDLE, WHOLE

BEGAN, SEEN = "staff_began", "staff_seen"
_BY_ORGANISATION, _SECOND_FACTOR = "staff_by_organisation", "staff_second_factor"


def begin(
    request: HttpRequest,
    user: User,
    now: datetime,
    *,
    by_organisation: bool = False,
    has_second_factor: bool = False,
) -> None:
    """The password was right: a new session with a new key, in which nothing is left of the one before.

    Args:
        by_organisation: the organisation's sign-in let them in, and is asked again while they work.
        has_second_factor: it asked for a second factor, so that this service need not.
    """
    request.session.flush()
    login(request, user, backend=getattr(user, "backend", None))
    request.session[BEGAN] = request.session[SEEN] = now.timestamp()
    request.session[_BY_ORGANISATION] = by_organisation
    request.session[_SECOND_FACTOR] = by_organisation and has_second_factor


def is_by_organisation(request: HttpRequest) -> bool:
    """Did they come by the organisation's sign-in?"""
    return bool(request.session.get(_BY_ORGANISATION))


def is_whole(request: HttpRequest) -> bool:
    """Are they wholly signed in, with a second factor here or at the organisation's sign-in?"""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    return bool(user.is_verified() or request.session.get(_SECOND_FACTOR))


def is_over(request: HttpRequest, now: datetime) -> bool:
    """Has it ended? A session that does not know when it began has."""
    began, seen = (_time(request.session.get(key)) for key in (BEGAN, SEEN))
    return now - seen > IDLE or now - began > WHOLE


def seconds_left(request: HttpRequest, now: datetime) -> int:
    """How long the session lasts where nothing is asked for from now on."""
    began = _time(request.session.get(BEGAN))
    return max(0, int(min(IDLE, began + WHOLE - now).total_seconds()))


def touch(request: HttpRequest, now: datetime) -> None:
    """A page was asked for."""
    request.session[SEEN] = now.timestamp()


def _time(stamp: float | None) -> datetime:
    return datetime.fromtimestamp(stamp or 0, UTC)
