"""FHIR STU3 (3.0.1), profile NDOP-Consent-1 of 2017: `active` means **opted out**, `inactive` that sharing is allowed.

The reverse of what the words suggest, so this module is the only place where it is turned round.
"""

from __future__ import annotations

import uuid
from typing import Any

from ndoo.service.checks.fhir.words import one_of, only, stamped, unfit
from ndoo.service.choices.models import Choice, ChoiceEvent

PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/NDOP-Consent-1"
PATIENT = "https://demographics.spineservices.nhs.uk/STU3/Patient/"
ORGANISATION = "https://directory.spineservices.nhs.uk/STU3/Organization/X26"
POLICY = "https://www.gov.uk/government/publications/review-of-data-security-consent-and-opt-outs"
PURPOSE = {"system": "http://snomed.info/sct", "code": "370856009"}
"""Limiting access to confidential patient information."""
STATUSES = {"active": Choice.OPT_OUT, "inactive": Choice.ALLOW}
_STATUS_OF = {choice: word for word, choice in STATUSES.items()}
_KNOWN = {"status", "patient", "dateTime", "organization", "policy", "purpose", "consentingParty", "extension"}


class STU3:
    """See `words.Release`."""

    name = "STU3"
    version = "3.0.1"
    search: tuple[str, ...] = ("patient",)

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """See `words.Release`."""
        made = stamped(place, event)
        made["meta"]["profile"] = [PROFILE]
        patient = {"reference": PATIENT + event.nhs_number}
        if not event.proxy_role:
            made["consentingParty"] = [patient]
        return made | {
            "status": _STATUS_OF[Choice(event.choice)],
            "patient": patient,
            "dateTime": event.recorded_at.isoformat(),
            "organization": [{"reference": ORGANISATION}],
            "policy": [{"uri": POLICY}],
            "purpose": [PURPOSE],
        }

    def choice(self, resource: dict[str, Any]) -> tuple[str, Choice]:
        """See `words.Release`."""
        only(resource, _KNOWN)
        if resource.get("purpose", [PURPOSE]) != [PURPOSE]:
            raise unfit("consent-purpose", "The opt-out is for research and planning together: leave the purpose out.")
        patient = resource.get("patient")
        reference = patient.get("reference") if isinstance(patient, dict) and set(patient) == {"reference"} else None
        if not isinstance(reference, str):
            raise unfit("consent-patient", "The patient is named by a valid NHS number.")
        return self.digits(reference), one_of(resource.get("status"), STATUSES)

    def digits(self, sought: str) -> str:
        """The reference of the national demographics, or the number alone."""
        return sought.removeprefix(PATIENT)
