"""What does a Consent say here, whatever the release of FHIR? One choice, out and in, and how a release writes it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.callers.problems import Problem
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole

CHANNEL = "urn:ndoo:consent-channel"
PROXY_ROLE = "urn:ndoo:consent-proxy-role"
"""Extensions of our own, each with a `valueCode`: the register's words. Left out: `app`, and the person themself."""

_DRIFT = timedelta(minutes=5)
_OUTSIDE = {"resourceType", "id", "meta", "text", "language", "implicitRules"}


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What a caller wants recorded. It does not print."""

    number: NHSNumber
    choice: Choice
    channel: Channel
    by: By
    proxy_role: ProxyRole | None


class Release(Protocol):
    """How one release of FHIR writes a choice."""

    name: str
    version: str
    search: tuple[str, ...]
    """The names of the one search parameter: the person."""

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """The choice as a resource."""
        ...

    def choice(self, resource: dict[str, Any]) -> tuple[str, Choice]:
        """The digits and the choice in a resource; Problem where its meaning is not plain."""
        ...

    def digits(self, sought: str) -> str:
        """The digits in a value of the search parameter."""
        ...


def unfit(code: str, sentence: str) -> Problem:
    """422: the resource is well-formed, and does not say one choice plainly."""
    return Problem(422, code, sentence)


def said(release: Release, resource: Any, now: datetime) -> Said:
    """What a resource that was sent wants recorded.

    Raises:
        Problem: it is no Consent, says more or less than one choice, or one of another time.
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "Consent":
        raise Problem(400, "consent-not-one", "Send a Consent.")
    _judge_time(resource.get("dateTime"), now)
    channel, role = _extensions(resource.get("extension", []))
    digits, choice = release.choice({key: value for key, value in resource.items() if key not in _OUTSIDE})
    return Said(person(digits), choice, channel, By.PROXY if role else By.SELF, role)


def person(digits: Any) -> NHSNumber:
    """An NHS number that somebody sent; Problem where it is none."""
    number = read(digits) if isinstance(digits, str) else None
    if not isinstance(number, NHSNumber):
        raise unfit("consent-patient", "The patient is named by a valid NHS number.")
    return number


def stamped(place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
    """What every release begins with."""
    meta = {"versionId": str(event.sequence), "lastUpdated": event.recorded_at.isoformat()}
    return {"resourceType": "Consent", "id": str(place), "meta": meta, "extension": _extended(event)}


def only(given: dict[str, Any], known: set[str]) -> None:
    """Raises Problem where something stands there that is not known: it might change the meaning."""
    if not set(given) <= known:
        raise unfit("consent-more", "The Consent says more than one choice: leave out what is not in the description.")


def one_of(value: Any, table: dict[str, Choice]) -> Choice:
    """The choice that a word stands for; Problem where it is not plain."""
    if not isinstance(value, str) or value not in table:
        raise unfit("consent-meaning", "What the person chose is not said, or not in the words of this profile.")
    return table[value]


def _extended(event: ChoiceEvent) -> list[dict[str, str]]:
    found = [{"url": CHANNEL, "valueCode": event.channel}]
    return [*found, {"url": PROXY_ROLE, "valueCode": event.proxy_role}] if event.proxy_role else found


def _extensions(given: Any) -> tuple[Channel, ProxyRole | None]:
    try:
        codes = {one["url"]: one["valueCode"] for one in given}
        if len(codes) != len(given) or not set(codes) <= {CHANNEL, PROXY_ROLE}:
            raise ValueError
        role = ProxyRole(codes[PROXY_ROLE]) if PROXY_ROLE in codes else None
        return Channel(codes.get(CHANNEL, Channel.APP)), role
    except (TypeError, KeyError, ValueError, AttributeError):
        raise unfit("consent-extension", "An extension is not known here, or stands there twice.") from None


def _judge_time(given: Any, now: datetime) -> None:
    """A choice is recorded as of now: one from earlier would stand behind one that came since."""
    if given is None:
        return
    try:
        at = datetime.fromisoformat(given)
        near = at.tzinfo is not None and abs(at - now) <= _DRIFT
    except (TypeError, ValueError, OverflowError):
        near = False
    if not near:
        raise unfit(
            "consent-time", "dateTime is now, or left out. Earlier choices come in with `ndoo register import`."
        )
