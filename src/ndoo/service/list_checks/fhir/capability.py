"""What this server can do: its CapabilityStatement, for each release."""

from __future__ import annotations

from typing import Any

from ndoo import __version__
from ndoo.service.list_checks.fhir.words import FhirRelease

SECURITY = "OAuth 2 client credentials with a signed JWT (private_key_jwt), as in SMART's backend services."
_INTERACTIONS = ("read", "vread", "update", "history-instance", "create", "search-type")


def statement(release: FhirRelease, address: str) -> dict[str, Any]:
    """The statement of a server at this address."""
    names = " or ".join(release.search)
    consent = {
        "type": "Consent",
        "documentation": "One for each person. Search for a person with POST [base]/Consent/_search, so that no NHS number "
        "stands in an address; by GET only _id is searched for. Update with If-Match. A parameter that is not known is "
        "refused, or with Prefer: handling=lenient left out. Only a Consent that is the national data opt-out is taken.",
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-supported",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchParam": [
            {"name": "_id", "type": "token", "documentation": "By GET."},
            {"name": "patient", "type": "reference", "documentation": f"By POST, as {names}."},
        ],
    }
    if release.profile_needed:
        consent["profile"] = {"reference": release.profiles[0]}
    made: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-29",
        "kind": "instance",
        "software": {"name": "ndoo", "version": __version__},
        "implementation": {"description": "A register of national data opt-outs", "url": address},
        "fhirVersion": release.version,
        "format": ["json", "application/fhir+json"],
        "rest": [{"mode": "server", "security": {"description": SECURITY}, "resource": [consent]}],
    }
    if release.name == "STU3":
        made["acceptUnknown"] = "no"
    return made
