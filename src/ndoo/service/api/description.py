"""What the description says beyond what Django Ninja finds in the types.

How refusals and FHIR resources come, so that a client can be generated from it.
"""

from __future__ import annotations

from typing import Any

from ninja.openapi.schema import OpenAPISchema

from ndoo.service.api_clients.rate_limit import FIELDS
from ndoo.service.api_clients.scopes import Scope

_LIMITS = {name: {"description": words, "schema": {"type": "string"}} for name, words in FIELDS.items()}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
PROBLEM = "#/components/schemas/ProblemDetails"
_KIND = "application/problem+json"
_TEXT = {"type": "string"}
TAGS = {
    "Tokens": "How a system proves who it is.",
    "Lists": "NHS numbers in, those who may be used out.",
    "Consent, FHIR R4": "One person's choice, as a Consent of FHIR R4.",
    "Consent, FHIR STU3": "One person's choice, as a Consent of FHIR STU3.",
    "Assets and flows": "What an organisation holds and shares, with decisions, findings and evidence.",
}
"""The groups of routes, in the order in which they are shown."""
SCHEMAS: dict[str, Any] = {
    "FhirResource": {
        "title": "FhirResource",
        "description": "A resource of FHIR: a Consent, a Bundle or a CapabilityStatement.",
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": _TEXT},
        "additionalProperties": True,
    },
    "OperationOutcome": {
        "title": "OperationOutcome",
        "description": "FHIR's refusal: the code, a sentence, and the element that is wrong.",
        "type": "object",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": {"type": "string", "const": "OperationOutcome"},
            "issue": {"type": "array", "items": {"$ref": "#/components/schemas/OperationOutcomeIssue"}},
        },
    },
    "OperationOutcomeIssue": {
        "title": "OperationOutcomeIssue",
        "type": "object",
        "required": ["severity", "code"],
        "properties": {
            "severity": _TEXT,
            "code": _TEXT,
            "details": {"type": "object", "additionalProperties": True},
            "expression": {"type": "array", "items": _TEXT},
        },
    },
}


def complete(schema: OpenAPISchema) -> None:
    """Add the shapes of FHIR, say of which media type problem details are, and which answers tell what is left of an allowance."""
    schema["components"]["schemas"].update(SCHEMAS)
    schema["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    schema["servers"] = [
        {"url": "/", "description": "This service: paths are those of the address at which this stands."}
    ]
    schema["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            operation.setdefault("security", [])  # said, where anybody may ask
            if 201 in operation["responses"] and "content" not in operation["responses"].get(200, {"content": None}):
                del operation["responses"][200]  # Django Ninja's own, where a route names none
            if _asks_about_people(method, operation):
                _tell_limits(operation["responses"])
            for response in operation["responses"].values():
                content = response.get("content", {})
                if content.get("application/json", {}).get("schema", {}).get("$ref") == PROBLEM:
                    response["content"] = {_KIND: content["application/json"]}


def _asks_about_people(method: str, operation: dict[str, Any]) -> bool:
    scopes = {scope for need in operation.get("security", ()) for scope in next(iter(need.values()))}
    return Scope.CONSENT_READ in scopes or (Scope.LISTS in scopes and method == "post")


def _tell_limits(responses: dict[Any, Any]) -> None:
    for status in {200, 202, 429} & responses.keys():
        more = _RETRY if status == 429 else {}
        responses[status] = {**responses[status], "headers": {**_LIMITS, **more}}
