"""FHIR STU3 (3.0.1), profile NDOP-Consent-1 of 2017: `active` means **opted out**, `inactive` that sharing is allowed.

The reverse of what the words suggest, so this module is the only place where it is turned round.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.list_checks.fhir.elements import coding_of, judge_policy, only, related_person, unfit
from ndoo.service.list_checks.fhir.words import Meaning, consenting, one_of, stamped

PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/NDOP-Consent-1"
PATIENT = "https://demographics.spineservices.nhs.uk/STU3/Patient/"
ORGANISATION = "https://directory.spineservices.nhs.uk/STU3/Organization/X26"
POLICY = "https://www.gov.uk/government/publications/review-of-data-security-consent-and-opt-outs"
PURPOSE = {"system": "http://snomed.info/sct", "code": "370856009"}
"""Limiting access to confidential patient information."""
STATUSES = {"active": Choice.OPT_OUT, "inactive": Choice.ALLOW}
_STATUS_OF = {choice: word for word, choice in STATUSES.items()}
_KNOWN = {"status", "patient", "organization", "policy", "purpose", "consentingParty"}


class STU3:
    """See `words.Release`."""

    name = "STU3"
    version = "3.0.1"
    search: tuple[str, ...] = ("patient",)
    profiles: tuple[str, ...] = (PROFILE,)
    profile_needed = True

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """See `words.Release`. Of a proxy the role stands in the extension, and the party only where the sender named
        one."""
        made = stamped(place, event)
        made["meta"]["profile"] = [PROFILE]
        patient = {"reference": PATIENT + event.nhs_number}
        if not event.proxy_role:
            made["consentingParty"] = [patient]
        elif related_person({"reference": event.evidence}):
            made["consentingParty"] = [{"reference": event.evidence}]
        return made | {
            "status": _STATUS_OF[Choice(event.choice)],
            "patient": patient,
            "dateTime": event.recorded_at.isoformat(),
            "organization": [{"reference": ORGANISATION}],
            "policy": [{"uri": POLICY}],
            "purpose": [PURPOSE],
        }

    def meaning(self, resource: dict[str, Any], now: datetime) -> Meaning:
        """See `words.Release`."""
        only(resource, _KNOWN, "Consent")
        judge_policy(resource.get("policy"), POLICY)
        purpose = resource.get("purpose", [PURPOSE])
        if not isinstance(purpose, list) or [coding_of(one) for one in purpose] != [coding_of(PURPOSE)]:
            raise unfit(
                "consent-purpose",
                "The opt-out is for research and planning together: leave the purpose out.",
                "Consent.purpose",
            )
        if resource.get("organization", [{"reference": ORGANISATION}]) != [{"reference": ORGANISATION}]:
            raise unfit("consent-more", "The organization is NHS England: leave it out.", "Consent.organization")
        reference = _reference(resource.get("patient"))
        if not reference.startswith(PATIENT):
            raise unfit("consent-patient", "The patient is named by a valid NHS number.", "Consent.patient")
        choice = one_of(resource.get("status"), STATUSES, "Consent.status")
        party, digits = resource.get("consentingParty"), self.digits(reference)
        if isinstance(party, list) and len(party) == 1 and _reference(party[0]) == reference:
            return Meaning(digits, choice, by_patient=True)
        return Meaning(digits, choice, consenting(party, "Consent.consentingParty"))

    def digits(self, sought: str) -> str:
        """The reference of the national demographics, or the number alone."""
        return sought.removeprefix(PATIENT)


def _reference(given: Any) -> str:
    """Where a Reference points; empty where it says more than that."""
    found = given.get("reference") if isinstance(given, dict) and set(given) <= {"reference", "display"} else None
    return found if isinstance(found, str) else ""
