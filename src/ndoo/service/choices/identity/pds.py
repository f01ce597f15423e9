"""The Personal Demographics Service as the register of people: its FHIR R4 API, asked as an application that signs for itself.

| setting | meaning |
| --- | --- |
| `pds_url` | up to `/FHIR/R4`; the live, integration and sandbox hosts are in NHS England's API catalogue |
| `pds_token_url`, `pds_key`, `pds_key_id`, `pds_private_key` | where and with what tokens are asked for: the application's key, its key id (`kid`), and the file with its private key. The sandbox needs none of them |

Shapes as in NHS England's API catalogue, Personal Demographics Service, FHIR (read on 22 November 2026). The number is
part of the address there, so nothing here logs addresses, and no foreign exception is let through: they quote them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.domain.settings import setting
from ndoo.service.choices.identity.name_match import name_form, postcode_form
from ndoo.service.choices.identity.people import DemographicsDownError, Details, NoMatch, Person

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_UNRESTRICTED = "U"
_NOT_FOUND = (400, 404, 410)


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """What proves to the token server which application asks."""

    token_url: str
    key: str
    key_id: str
    private_key: str


@dataclass(slots=True, repr=False)
class PDSDemographics:
    """The API behind the interface `people.Demographics`."""

    url: str
    application: Application | None = None
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=5))
    _token: str = ""
    _token_until: float = 0.0

    def find(self, details: Details) -> Person | NoMatch:
        """By number where there is one, and the rest compared here; else by searching."""
        if details.number:
            person = self.by_number(details.number)
            return person if person and _fits(person, details) else NoMatch.NOBODY
        answer = self._ask(
            "Patient",
            {
                "family": details.family_name,
                "given": details.given_name,
                "birthdate": f"eq{details.born.isoformat()}",
                "address-postalcode": details.postcode,
            },
        )
        if answer is None:
            return NoMatch.NOBODY
        if answer.get("resourceType") == "OperationOutcome":  # too many matches
            return NoMatch.SEVERAL
        fitting = [person for person in map(_person, _resources(answer)) if person and _fits(person, details)]
        if len(fitting) > 1:
            return NoMatch.SEVERAL
        return fitting[0] if fitting else NoMatch.NOBODY

    def by_number(self, number: NHSNumber) -> Person | None:
        """The person with that number, or with the one that replaced it."""
        answer = self._ask(f"Patient/{number.reveal()}", {})
        return _person(answer) if answer else None

    def _ask(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        headers = {"X-Request-ID": str(uuid.uuid4()), "Accept": "application/fhir+json"}
        try:
            if self.application:
                headers["Authorization"] = f"Bearer {self._signed_in(self.application)}"
            response = self.client.get(f"{self.url}/{path}", params=query, headers=headers)
            if response.status_code in _NOT_FOUND:
                return None
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
        except (httpx2.HTTPError, JoseError, ValueError, KeyError):
            raise DemographicsDownError from None
        return answer

    def _signed_in(self, application: Application) -> str:
        if time.monotonic() < self._token_until:
            return self._token
        now = int(time.time())
        claims = {
            "iss": application.key,
            "sub": application.key,
            "aud": application.token_url,
            "jti": str(uuid.uuid4()),
            "exp": now + 240,
        }
        header = {"alg": "RS512", "kid": application.key_id, "typ": "JWT"}
        signed = jwt.encode(header, claims, RSAKey.import_key(application.private_key), algorithms=["RS512"])
        form = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION, "client_assertion": signed}
        response = self.client.post(application.token_url, data=form)
        response.raise_for_status()
        answer = response.json()
        self._token = answer["access_token"]
        self._token_until = time.monotonic() + int(answer["expires_in"]) - 30
        return self._token


def from_settings() -> PDSDemographics:
    """As the service's owner set it up.

    Raises:
        UsageFault: a setting is missing, or the private key's file cannot be read.
    """
    said = {name: setting(f"pds_{name}") or "" for name in ("url", "token_url", "key", "key_id", "private_key")}
    if not said["url"]:
        raise UsageFault("setting", "The register of people is PDS, and the setting pds_url is missing.")
    if not said["key"]:
        return PDSDemographics(said["url"].rstrip("/"))
    try:
        private_key = Path(said["private_key"]).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise UsageFault("setting", "The file that the setting pds_private_key names cannot be read.") from None
    application = Application(said["token_url"], said["key"], said["key_id"], private_key)
    return PDSDemographics(said["url"].rstrip("/"), application)


def _fits(person: Person, details: Details) -> bool:
    """PDS finds by number without looking at the rest, and compares more loosely than we do."""
    names = name_form(person.given_name + person.family_name) == name_form(details.given_name + details.family_name)
    postcode = not details.postcode or postcode_form(person.postcode) == postcode_form(details.postcode)
    return names and person.born == details.born and postcode


def _resources(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (entry["resource"] for entry in bundle.get("entry", []))


def _person(patient: dict[str, Any]) -> Person | None:
    """One Patient resource; None where it names nobody whose age is known."""
    try:
        number = read(patient["id"])
        born = date.fromisoformat(patient["birthDate"])
        name = _usual(patient["name"])
        codes = [label["code"] for label in patient.get("meta", {}).get("security", [])]
        restricted = any(code != _UNRESTRICTED for code in codes)
        contacts = {} if restricted else _contacts(patient.get("telecom", []))
        homes = [] if restricted else [a for a in patient.get("address", []) if a.get("use") == "home"]
        given, family = " ".join(name.get("given", [])), name.get("family", "")
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not isinstance(number, NHSNumber):
        return None
    return Person(
        number=number,
        given_name=given,
        family_name=family,
        born=born,
        postcode=str(homes[0].get("postalCode", "")) if homes else "",
        email=contacts.get("email", ""),
        mobile=contacts.get("phone", ""),
        deceased=bool(patient.get("deceasedDateTime") or patient.get("deceasedBoolean")),
        restricted=restricted,
    )


def _usual(names: list[dict[str, Any]]) -> dict[str, Any]:
    return next((name for name in names if name.get("use") == "usual"), names[0] if names else {})


def _contacts(telecom: list[dict[str, Any]]) -> dict[str, str]:
    """Email and mobile that have not ended. A landline gets no text message."""
    found = {}
    for entry in telecom:
        ended = "end" in entry.get("period", {})
        if not ended and (entry["system"] == "email" or (entry["system"] == "phone" and entry.get("use") == "mobile")):
            found[entry["system"]] = entry["value"]
    return found
