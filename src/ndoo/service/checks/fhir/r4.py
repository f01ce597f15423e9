"""FHIR R4 (4.0.1): `status` is always `active`, and `provision.type` says what was chosen: `deny` or `permit`."""

from __future__ import annotations

import uuid
from typing import Any

from ndoo.service.checks.fhir.words import one_of, only, stamped, unfit
from ndoo.service.choices.models import Choice, ChoiceEvent

IDENTIFIER = "https://fhir.nhs.uk/Id/nhs-number"
POLICY = "https://digital.nhs.uk/services/national-data-opt-out/operational-policy-guidance-document"
TYPES = {"deny": Choice.OPT_OUT, "permit": Choice.ALLOW}
_TYPE_OF = {choice: word for word, choice in TYPES.items()}
_REASONS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES = [{"system": _REASONS, "code": "HRESCH"}, {"system": _REASONS, "code": "HOPERAT"}]
"""Research, and the planning of care: the uses beyond a person's own care."""
SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CATEGORY = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "INFA"}]}]
_KNOWN = {"status", "scope", "category", "patient", "dateTime", "policy", "provision", "extension"}


class R4:
    """See `words.Release`."""

    name = "R4"
    version = "4.0.1"
    search: tuple[str, ...] = ("patient.identifier", "patient:identifier")

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """See `words.Release`."""
        return stamped(place, event) | {
            "status": "active",
            "scope": SCOPE,
            "category": CATEGORY,
            "patient": {"identifier": {"system": IDENTIFIER, "value": event.nhs_number}},
            "dateTime": event.recorded_at.isoformat(),
            "policy": [{"uri": POLICY}],
            "provision": {"type": _TYPE_OF[Choice(event.choice)], "purpose": PURPOSES},
        }

    def choice(self, resource: dict[str, Any]) -> tuple[str, Choice]:
        """`active` alone: an inactive Consent might mean that nothing was chosen, or the opposite. A provision within
        the provision is an exception, which the national opt-out does not know."""
        only(resource, _KNOWN)
        if resource.get("status") != "active":
            raise unfit("consent-status", "In R4 the status is active; what the person chose stands in provision.type.")
        provision = resource.get("provision")
        if not isinstance(provision, dict):
            raise unfit("consent-meaning", "What the person chose is not said, or not in the words of this profile.")
        only(provision, {"type", "purpose"})
        if provision.get("purpose", PURPOSES) != PURPOSES:
            raise unfit("consent-purpose", "The opt-out is for research and planning together: leave the purpose out.")
        return self._patient(resource.get("patient")), one_of(provision.get("type"), TYPES)

    def digits(self, sought: str) -> str:
        """`system|value`, or the value alone."""
        system, mark, value = sought.rpartition("|")
        if mark and system != IDENTIFIER:
            raise unfit("consent-patient", "The patient is named by a valid NHS number.")
        return value

    def _patient(self, patient: Any) -> str:
        identifier = patient.get("identifier") if isinstance(patient, dict) and set(patient) == {"identifier"} else None
        if not isinstance(identifier, dict) or identifier.get("system") != IDENTIFIER:
            raise unfit("consent-patient", "The patient is named by a valid NHS number.")
        return str(identifier.get("value"))
