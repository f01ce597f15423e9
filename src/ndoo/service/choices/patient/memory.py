"""What the server remembers of a journey: a part of the session, from the start page to the proof or the end."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ndoo.domain.london import london_date
from ndoo.service.choices.identity import proven_session
from ndoo.service.choices.patient.questions import QUESTIONS
from ndoo.service.nhs_forms.question import Answers, so_far

_KEY = "journey"
_ANSWERS, _ATTEMPT = "answers", "attempt"


def start(request: HttpRequest) -> None:
    """A journey begins here; what the session held of an earlier one is forgotten."""
    proven_session.end(request)
    request.session[_KEY] = {_ANSWERS: {}}


def under_way(request: HttpRequest) -> bool:
    """Did this session begin at the start page?"""
    return _KEY in request.session


def typed(request: HttpRequest) -> dict[str, Any]:
    """The answers as they were typed, by question; a change to it is kept."""
    request.session.modified = True
    found: dict[str, Any] = request.session[_KEY][_ANSWERS]
    return found


def kept(request: HttpRequest) -> dict[str, Any]:
    """All that is remembered before the proof; a change to it is kept."""
    request.session.modified = True
    found: dict[str, Any] = request.session[_KEY]
    return found


def answers(request: HttpRequest) -> tuple[Answers, str]:
    """The answers that stand, and the page that comes next; empty when every question is answered."""
    return so_far(QUESTIONS, typed(request), today())


def keep_attempt(request: HttpRequest, key: str) -> None:
    """The attempt to prove who this is, begun with the answers."""
    request.session[_KEY][_ATTEMPT] = key
    request.session.modified = True


def attempt(request: HttpRequest) -> str | None:
    """The attempt's key."""
    found: str | None = request.session[_KEY].get(_ATTEMPT)
    return found


def today() -> date:
    """The day in London, for whoever asks now."""
    return london_date(timezone.now())


def is_alive(request: HttpRequest) -> bool:
    """Is there a journey, or somebody who has proved who they are and may go on?"""
    return under_way(request) or proven_session.proven(request) is not None


def seconds_left(request: HttpRequest) -> int:
    """How long the session lasts where no page is opened from now on."""
    held = proven_session.proven(request)
    idle: int = settings.SESSION_COOKIE_AGE
    return min(idle, proven_session.seconds_left(held)) if held else idle


def on_pages(request: HttpRequest) -> dict[str, Any]:
    """Context processor: how a page asks for the seconds that are left. Only a page that shows them asks the session, and so the
    database: every other one, and each that tells a fault, is shown without."""
    return {"idle_seconds": partial(seconds_left, request)}
