"""FHIR R4 (4.0.1): `status` is always `active`, and `provision.type` says what was chosen: `deny` or `permit`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.list_checks.fhir.elements import (
    coding_of,
    judge_concept,
    judge_identifier,
    judge_policy,
    only,
    related_person,
    unfit,
)
from ndoo.service.list_checks.fhir.words import ROLES, Meaning, Proxy, consenting, one_of, stamped

IDENTIFIER = "https://fhir.nhs.uk/Id/nhs-number"
POLICY = "https://digital.nhs.uk/services/national-data-opt-out/operational-policy-guidance-document"
TYPES = {"deny": Choice.OPT_OUT, "permit": Choice.ALLOW}
_TYPE_OF = {choice: word for word, choice in TYPES.items()}
_REASONS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES = [{"system": _REASONS, "code": "HRESCH"}, {"system": _REASONS, "code": "HOPERAT"}]
"""Research, and the planning of care: the uses beyond a person's own care."""
SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CATEGORY = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "INFA"}]}]
_SCOPE = ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")
_CATEGORY = ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA")
_PURPOSES = {(_REASONS, "HRESCH"), (_REASONS, "HOPERAT")}
_KNOWN = {"status", "scope", "category", "patient", "performer", "policy", "provision"}


class R4:
    """See `words.Release`."""

    name = "R4"
    version = "4.0.1"
    search: tuple[str, ...] = ("patient.identifier", "patient:identifier")
    profiles: tuple[str, ...] = (
        "http://hl7.org/fhir/StructureDefinition/Consent",
        "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Consent",
    )
    profile_needed = False
    """No profile of the opt-out is published for R4: scope, category and policy say what it is."""

    def consent(self, place: uuid.UUID, event: ChoiceEvent) -> dict[str, Any]:
        """See `words.Release`."""
        return stamped(place, event) | {
            "status": "active",
            "scope": SCOPE,
            "category": CATEGORY,
            "patient": (patient := _patient(event.nhs_number)),
            "dateTime": event.recorded_at.isoformat(),
            "performer": [_proxy(event) if event.proxy_role else patient],
            "policy": [{"uri": POLICY}],
            "provision": {"type": _TYPE_OF[Choice(event.choice)], "purpose": PURPOSES},
        }

    def meaning(self, resource: dict[str, Any], now: datetime) -> Meaning:
        """`active` alone: an inactive Consent might mean that nothing was chosen, or the opposite. A provision within
        the provision is an exception, which the national opt-out does not know."""
        only(resource, _KNOWN, "Consent")
        if resource.get("status") != "active":
            raise unfit(
                "consent-status",
                "In R4 the status is active; what the person chose stands in provision.type.",
                "Consent.status",
            )
        _judge_kind(resource)
        provision = resource.get("provision")
        if not isinstance(provision, dict):
            raise unfit(
                "consent-meaning",
                "What the person chose is not said, or not in the words of this profile.",
                "Consent.provision",
            )
        only(provision, {"type", "purpose", "actor"}, "Consent.provision")
        _judge_purpose(provision.get("purpose", PURPOSES))
        digits = _judged_patient(resource.get("patient"), now, "Consent.patient")
        choice = one_of(provision.get("type"), TYPES, "Consent.provision.type")
        performer, actor = resource.get("performer"), provision.get("actor")
        if isinstance(performer, list) and len(performer) == 1 and _has_identifier(performer[0]):
            if _judged_patient(performer[0], now, "Consent.performer") != digits or actor is not None:
                raise unfit("consent-party", "Two people are named as whoever consented.", "Consent.performer")
            return Meaning(digits, choice, by_patient=True)
        return Meaning(digits, choice, _actor(actor, consenting(performer, "Consent.performer")))

    def digits(self, sought: str) -> str:
        """`system|value`, or the value alone."""
        system, mark, value = sought.rpartition("|")
        if mark and system != IDENTIFIER:
            raise unfit("consent-patient", "The patient is named by a valid NHS number.", "Consent.patient.identifier")
        return value


def _patient(digits: str) -> dict[str, Any]:
    return {"identifier": {"system": IDENTIFIER, "value": digits}}


def _proxy(event: ChoiceEvent) -> dict[str, str]:
    kept = {"reference": event.evidence} if related_person({"reference": event.evidence}) else {}
    return {**kept, "type": "RelatedPerson"}


def _judge_kind(resource: dict[str, Any]) -> None:
    judge_concept(
        resource.get("scope"),
        _SCOPE,
        "consent-scope",
        "The scope of the national data opt-out is patient-privacy.",
        "Consent.scope",
    )
    category = resource.get("category")
    judge_concept(
        category[0] if isinstance(category, list) and len(category) == 1 else None,
        _CATEGORY,
        "consent-category",
        "The category of the national data opt-out is INFA, and no other.",
        "Consent.category",
    )
    judge_policy(resource.get("policy"), POLICY)


def _judge_purpose(given: Any) -> None:
    if not isinstance(given, list) or len(given) != len(PURPOSES) or {coding_of(one) for one in given} != _PURPOSES:
        raise unfit(
            "consent-purpose",
            "The opt-out is for research and planning together: leave the purpose out.",
            "Consent.provision.purpose",
        )


def _has_identifier(given: Any) -> bool:
    return isinstance(given, dict) and "identifier" in given


def _judged_patient(given: Any, now: datetime, element: str) -> str:
    if not isinstance(given, dict) or not set(given) <= {"identifier", "type", "display"}:
        raise unfit("consent-patient", "The patient is named by a valid NHS number.", element)
    if given.get("type", "Patient") != "Patient":
        raise unfit("consent-patient", "The patient is named by a valid NHS number.", f"{element}.type")
    return judge_identifier(given.get("identifier"), IDENTIFIER, now, f"{element}.identifier")


def _actor(given: Any, performer: Proxy | None) -> Proxy | None:
    """`provision.actor` names whoever chose for the person by their role. In any other role it would narrow the opt-out
    to somebody, which the national one never is."""
    if given is None:
        return performer
    one = given[0] if isinstance(given, list) and len(given) == 1 and isinstance(given[0], dict) else {}
    role, named = one.get("role"), related_person(one.get("reference"))
    codings = role.get("coding") if isinstance(role, dict) and set(role) <= {"coding", "text"} else None
    roles = {ROLES.get(coding_of(coding) or ("", "")) for coding in codings} if isinstance(codings, list) else set()
    found = roles.pop() if len(roles) == 1 else None
    if set(one) != {"role", "reference"} or found is None or named is None:
        raise unfit(
            "consent-party",
            "provision.actor may name one RelatedPerson who chose for the patient, by their role.",
            "Consent.provision.actor",
        )
    if performer and performer.reference not in ("", named):
        raise unfit("consent-party", "performer and provision.actor name two people.", "Consent.provision.actor")
    return Proxy(found, named)
