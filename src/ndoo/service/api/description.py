"""What the description says beyond what Django Ninja finds in the types.

How refusals and FHIR resources come, so that a client can be generated from it.
"""

from __future__ import annotations

from typing import Any

from ninja.openapi.schema import OpenAPISchema

PROBLEM = "#/components/schemas/ProblemDetails"
_KIND = "application/problem+json"
_TEXT = {"type": "string"}
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
    """Add the shapes of FHIR, and say of which media type problem details are."""
    schema["components"]["schemas"].update(SCHEMAS)
    for methods in schema["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if content.get("application/json", {}).get("schema", {}).get("$ref") == PROBLEM:
                    response["content"] = {_KIND: content["application/json"]}
