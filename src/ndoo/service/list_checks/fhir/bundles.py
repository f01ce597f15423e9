"""Several resources in one: what a search found, and every version of a Consent, as each release of FHIR wants it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.list_checks.fhir.words import FhirRelease

PAGE = 100
"""Versions in one page of a history, unless `_count` asks for fewer."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of a history. `address` is that of the history; `count` is how many versions it has."""

    address: str
    first: int
    size: int
    count: int

    def links(self) -> list[dict[str, str]]:
        """Itself, and where it goes on."""
        made = [{"relation": "self", "url": self._at(self.first)}]
        if self.size and self.first + self.size < self.count:
            made.append({"relation": "next", "url": self._at(self.first + self.size)})
        return made

    def _at(self, first: int) -> str:
        return f"{self.address}?{urlencode({'_count': self.size, **({'_offset': first} if first else {})})}"


def found(resource: dict[str, Any] | None, base: str, address: str, *, counted_only: bool) -> dict[str, Any]:
    """What a search came to: one Consent, or none. The address of a search names nobody."""
    entry = (
        {"fullUrl": f"{base}/Consent/{resource['id']}", "resource": resource, "search": {"mode": "match"}}
        if resource
        else None
    )
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1 if entry else 0,
        "link": [{"relation": "self", "url": address}],
        **({"entry": [entry]} if entry and not counted_only else {}),
    }


def history(
    release: FhirRelease, place: uuid.UUID, events: list[ChoiceEvent], base: str, page: HistoryPage
) -> dict[str, Any]:
    """The versions of a page, the newest first, each with the request that made it."""
    shown = list(reversed(events))[page.first : page.first + page.size]
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": page.count,
        "link": page.links(),
        **({"entry": [_version(release, place, event, base) for event in shown]} if shown else {}),
    }


def _version(release: FhirRelease, place: uuid.UUID, event: ChoiceEvent, base: str) -> dict[str, Any]:
    first = event.sequence == 1
    made: dict[str, Any] = {
        "fullUrl": f"{base}/Consent/{place}",
        "resource": release.consent(place, event),
        "request": {"method": "POST", "url": "Consent"} if first else {"method": "PUT", "url": f"Consent/{place}"},
    }
    if release.name != "STU3":  # where a history may hold no response
        made["response"] = {
            "status": "201 Created" if first else "200 OK",
            "etag": f'W/"{event.sequence}"',
            "lastModified": event.recorded_at.isoformat(),
        }
    return made
