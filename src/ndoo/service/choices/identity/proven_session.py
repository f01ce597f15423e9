"""Who has proved who they are in a session: told by the server's own memory, never by the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.address import address
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.identity.limits import limit

How = Literal["code", "nhs_login"]

_KEY, _NOTES = "proven", "proven_notes"


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose session this is, how that was proved, and when."""

    number: NHSNumber
    how: How
    at: datetime


def begin(request: HttpRequest, number: NHSNumber, how: How) -> None:
    """From now on this session is that person's. Whatever stood in it before is gone, and it has a new key, so that
    a key known to somebody else before the proof opens nothing after it."""
    now = timezone.now()
    with transaction.atomic():
        write(Entry("self", "identity.proved", number, details={"how": how}, address=address(request)), now)
    request.session.flush()
    request.session[_KEY] = {"number": number.reveal(), "how": how, "at": now.isoformat()}
    rotate_token(request)


def seconds_left(who: Proven) -> int:
    """How long this person may go on, however often they open a page."""
    end = who.at + timedelta(minutes=limit("signed_in_minutes"))
    return max(0, int((end - timezone.now()).total_seconds()))


def proven(request: HttpRequest) -> Proven | None:
    """The person who proved who they are in this session; None where nobody did, or too long ago."""
    held = request.session.get(_KEY)
    if held is None:
        return None
    at = datetime.fromisoformat(held["at"])
    if timezone.now() > at + timedelta(minutes=limit("signed_in_minutes")):
        end(request)
        return None
    number = read(held["number"])
    assert isinstance(number, NHSNumber), "only begin() writes here"  # noqa: S101
    return Proven(number, held["how"], at)


def notes(request: HttpRequest) -> dict[str, Any]:
    """What the pages note about the person of this session; it goes when the proof goes."""
    request.session.modified = True
    found: dict[str, Any] = request.session.setdefault(_NOTES, {})
    return found


def end(request: HttpRequest) -> None:
    """Nobody is proved in this session any more."""
    for key in (_KEY, _NOTES):
        request.session.pop(key, None)
