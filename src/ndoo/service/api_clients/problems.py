"""Tells a caller that something is wrong. Problem details (RFC 9457), or FHIR's OperationOutcome under `/fhir/`.

Nothing that was sent is repeated.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ndoo.domain.errors import Fault, NdooError, NotPermitted, NoUsableList, UnfitData, UsageFault

STATUSES: dict[type[NdooError], int] = {
    UsageFault: 400,
    UnfitData: 422,
    NotPermitted: 403,
    NoUsableList: 503,
    Fault: 500,
}
"""The HTTP status of each kind of error of the one tree."""

FHIR = "/fhir/"
_ISSUES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    428: "required",
    429: "throttled",
    503: "transient",
}
"""FHIR's IssueType for each status; anything else is `exception`."""

RETRY_SECONDS = "3600"


class HTTPProblem(Exception):
    """A refusal that is HTTP's own: too large, of another type, changed meanwhile. `element` is the FHIRPath of what is
    wrong in a resource that was sent."""

    def __init__(self, status: int, code: str, sentence: str, *, element: str = "", **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.element = status, code, sentence, element
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def told(
    request: HttpRequest,
    status: int,
    code: str,
    sentence: str,
    headers: dict[str, str] | None = None,
    element: str = "",
) -> HttpResponse:
    """The refusal, in the form that this part of the API speaks."""
    if FHIR in request.path:
        said = outcome(status, code, sentence, element)
        response = JsonResponse(said, status=status, content_type="application/fhir+json")
    else:
        document = {"type": f"urn:ndoo:problem:{code}", "title": sentence, "status": status, "code": code}
        response = JsonResponse(document, status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response["Retry-After"] = RETRY_SECONDS
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def outcome(status: int, code: str, sentence: str, element: str = "") -> dict[str, Any]:
    """An OperationOutcome with one issue, and the element that it is about."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": _ISSUES.get(status, "exception"),
        "details": {"coding": [{"system": "urn:ndoo:error", "code": code}], "text": sentence},
        **({"expression": [element]} if element else {}),
    }
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def status_of(error: NdooError) -> int:
    """The HTTP status of an error of the tree."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
