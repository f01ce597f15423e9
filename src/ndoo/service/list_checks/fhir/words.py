"""What a Consent says here, whatever the release of FHIR: one choice, out and in, and how a release writes it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.list_checks.fhir.elements import Coding, judge_meta, only, related_person, unfit

CHANNEL = "urn:ndoo:consent-channel"
PROXY_ROLE = "urn:ndoo:consent-proxy-role"
"""Extensions of our own, each with a `valueCode`: the register's words. Left out: `app`, and the person themself."""

_ROLE_CODES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ROLES: dict[Coding, ProxyRole] = {
    **{(PROXY_ROLE, role.value): role for role in ProxyRole},
    **dict.fromkeys([(_ROLE_CODES, code) for code in ("PRN", "MTH", "FTH", "GUARD")], ProxyRole.PARENT),
    **dict.fromkeys([(_ROLE_CODES, code) for code in ("POWATT", "HPOWATT", "DPOWATT")], ProxyRole.ATTORNEY),
    (_ROLE_CODES, "RESPRSN"): ProxyRole.NOT_STATED,
}
"""Under which power somebody chose, in the codes of FHIR."""

_DRIFT = timedelta(minutes=5)
_SAME = timedelta(seconds=1)
_ABOUT_IT = {"resourceType", "id", "meta", "text", "language", "dateTime", "extension"}
"""Elements that are judged here, or (`text`, `language`) only show what the others say."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who chose for the person. `reference` says who that is to the sender; it holds no NHS number."""

    role: ProxyRole
    reference: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Meaning:
    """What the elements of one release say: whose choice, which, and who made it. It does not print."""

    digits: str
    choice: Choice
    proxy: Proxy | None = None
    by_patient: bool = False
    """It is said that the patient consented, and nobody for them."""


@dataclass(frozen=True, slots=True, repr=False)
class SaidConsent:
    """What a caller wants recorded. It does not print."""

    number: NHSNumber
    choice: Choice
    channel: Channel
    proxy: Proxy | None

    @property
    def by(self) -> By:
        return By.PROXY if self.proxy else By.SELF


class FhirRelease(Protocol):
    """How one release of FHIR writes a choice."""

    name: str
    version: str
    search: tuple[str, ...]
    """The names of the one search parameter: the person."""
    profiles: tuple[str, ...]
    """What `meta.profile` may name."""
    profile_needed: bool

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """The choice as a resource."""
        ...

    def meaning(self, resource: dict[str, Any], now: datetime) -> Meaning:
        """What a resource says; Problem where it is not plainly the national opt-out of one person."""
        ...

    def digits(self, sought: str) -> str:
        """The digits in a value of the search parameter."""
        ...


def said(release: FhirRelease, resource: Any, now: datetime, unchanged: datetime | None = None) -> SaidConsent:
    """What a resource that was sent wants recorded.

    Args:
        unchanged: the time of the version that the caller read; it may stand there still.

    Raises:
        Problem: it is no Consent, not the national opt-out, says more or less than one choice, or one of another time.
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "Consent":
        raise HTTPProblem(400, "consent-not-one", "Send a Consent.", element="Consent.resourceType")
    judge_meta(resource.get("meta"), release.profiles, needed=release.profile_needed)
    _judge_time(resource.get("dateTime"), now, unchanged)
    channel, role = _extensions(resource.get("extension", []))
    meaning = release.meaning({key: value for key, value in resource.items() if key not in _ABOUT_IT}, now)
    return SaidConsent(person(meaning.digits), meaning.choice, channel, _proxy(meaning, role))


def person(digits: Any) -> NHSNumber:
    """An NHS number that somebody sent; Problem where it is none."""
    number = read(digits) if isinstance(digits, str) else None
    if not isinstance(number, NHSNumber):
        raise unfit("consent-patient", "The patient is named by a valid NHS number.", "Consent.patient")
    return number


def stamped(place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
    """What every release begins with."""
    meta = {"versionId": str(event.sequence), "lastUpdated": event.recorded_at.isoformat()}
    return {"resourceType": "Consent", "id": str(place), "meta": meta, "extension": _extended(event)}


def one_of(value: Any, table: dict[str, Choice], element: str) -> Choice:
    """The choice that a word stands for; Problem where it is not plain."""
    if not isinstance(value, str) or value not in table:
        raise unfit(
            "consent-meaning", "What the person chose is not said, or not in the words of this profile.", element
        )
    return table[value]


def consenting(given: Any, element: str) -> Proxy | None:
    """The one RelatedPerson in a list of references to whoever consented; None where nobody is named.

    Raises:
        Problem: it is somebody else, or several.
    """
    if given is None:
        return None
    reference = related_person(given[0]) if isinstance(given, list) and len(given) == 1 else None
    if reference is None:
        raise unfit("consent-party", "The patient consented, or one RelatedPerson for them: say which.", element)
    return Proxy(ProxyRole.NOT_STATED, reference)


def _proxy(meaning: Meaning, role: ProxyRole | None) -> Proxy | None:
    """Whoever is named in two places is one person with one role."""
    named = meaning.proxy
    if role is None:
        return named
    if meaning.by_patient or (named and named.role not in (ProxyRole.NOT_STATED, role)):
        raise unfit("consent-party", "Two people or roles are named as whoever consented.", "Consent.extension")
    return Proxy(role, named.reference if named else "")


def _extended(event: ChoiceEvent) -> list[dict[str, str]]:
    found = [{"url": CHANNEL, "valueCode": event.channel}]
    return [*found, {"url": PROXY_ROLE, "valueCode": event.proxy_role}] if event.proxy_role else found


def _extensions(given: Any) -> tuple[Channel, ProxyRole | None]:
    try:
        codes = {one["url"]: one["valueCode"] for one in given}
        if len(codes) != len(given) or any(set(one) != {"url", "valueCode"} for one in given):
            raise ValueError
        only(codes, {CHANNEL, PROXY_ROLE}, "Consent.extension")
        role = ProxyRole(codes[PROXY_ROLE]) if PROXY_ROLE in codes else None
        return Channel(codes.get(CHANNEL, Channel.APP)), role
    except (TypeError, KeyError, ValueError, AttributeError, HTTPProblem):
        raise unfit(
            "consent-extension", "An extension is not known here, or stands there twice.", "Consent.extension"
        ) from None


def _judge_time(given: Any, now: datetime, unchanged: datetime | None) -> None:
    """A choice is recorded as of now: one from earlier would stand behind one that came since."""
    if given is None:
        return
    try:
        at = datetime.fromisoformat(given)
        as_read = unchanged is not None and abs(at - unchanged) < _SAME  # a client may keep no microseconds
        near = at.tzinfo is not None and (as_read or abs(at - now) <= _DRIFT)
    except (TypeError, ValueError, OverflowError):
        near = False
    if not near:
        raise unfit(
            "consent-time",
            "dateTime is now, or left out. Earlier choices come in with `ndoo register import`.",
            "Consent.dateTime",
        )
