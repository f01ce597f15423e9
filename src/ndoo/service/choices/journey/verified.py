"""Who has proved who they are in this session? Told by the server's own memory, never by the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from ndoo.domain.nhs_number import NHSNumber, read

How = Literal["code", "nhs_login"]

_KEY = "proven"


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose session this is, how that was proved, and when."""

    number: NHSNumber
    how: How
    at: datetime


def begin(request: HttpRequest, number: NHSNumber, how: How) -> None:
    """From now on this session is that person's. Whatever stood in it before is gone, and it has a new key, so that
    a key known to somebody else before the proof opens nothing after it."""
    request.session.flush()
    request.session[_KEY] = {"number": number.reveal(), "how": how, "at": timezone.now().isoformat()}
    rotate_token(request)


def proven(request: HttpRequest) -> Proven | None:
    """The person who proved who they are in this session; None where nobody did."""
    held = request.session.get(_KEY)
    if held is None:
        return None
    number = read(held["number"])
    assert isinstance(number, NHSNumber), "only begin() writes here"  # noqa: S101
    return Proven(number, held["how"], datetime.fromisoformat(held["at"]))
