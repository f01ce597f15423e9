"""The routes for one person's choice as FHIR. One set of routes for each release, alike but for how a choice is written."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.address import address
from ndoo.service.audit.entries import Entry
from ndoo.service.callers.bearer import Bearer, caller
from ndoo.service.callers.bodies import FORM, SMALL, body, document, form, kind
from ndoo.service.callers.problems import Problem
from ndoo.service.callers.scopes import Scope
from ndoo.service.checks.answering import ready
from ndoo.service.checks.fhir import keeping
from ndoo.service.checks.fhir.capability import statement
from ndoo.service.checks.fhir.r4 import R4
from ndoo.service.checks.fhir.stu3 import STU3
from ndoo.service.checks.fhir.words import Release, person, said
from ndoo.service.choices.models import ChoiceEvent

JSON = "application/fhir+json"
_KINDS = (JSON, "application/json", "application/json+fhir")
_ETAG = re.compile(r'W/"([0-9]{1,9})"', re.ASCII)
_READ, _WRITE = Bearer(Scope.CONSENT_READ), Bearer(Scope.CONSENT_WRITE)
_RESOURCE = {"description": "A FHIR resource.", "content": {JSON: {"schema": {"type": "object"}}}}
_REFUSED = {"description": "An OperationOutcome.", "content": {JSON: {"schema": {"type": "object"}}}}


def _described(*statuses: int, sends: dict[str, Any] | None = None) -> dict[str, Any]:
    codes = (400, 401, 403, 404, 405, 406, 412, 413, 415, 422, 428, 429, 503)
    made: dict[str, Any] = {"responses": {**dict.fromkeys(statuses, _RESOURCE), **dict.fromkeys(codes, _REFUSED)}}
    return made | ({"requestBody": {"required": True, "content": sends}} if sends else {})


def _entry(request: HttpRequest) -> Callable[[str, NHSNumber], Entry]:
    who = caller(request).caller
    return lambda action, number: Entry(f"caller:{who.name}", action, number, address=address(request))


def _reply(resource: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(resource, status=status, content_type=JSON)
    if resource["resourceType"] == "Consent":
        response["ETag"] = f'W/"{resource["meta"]["versionId"]}"'
    return response


def _sent(request: HttpRequest) -> Any:
    if kind(request) not in _KINDS:
        raise Problem(415, "consent-kind", f"Send the Consent as {JSON}.")
    return document(body(request, SMALL))


def _bundle(bundle_type: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    entries = [{"resource": one} for one in resources]
    return {
        "resourceType": "Bundle",
        "type": bundle_type,
        "total": len(entries),
        **({"entry": entries} if entries else {}),
    }


def router_of(release: Release) -> Router:
    """The routes of one release."""
    router = Router(tags=[f"Consent, FHIR {release.name}"])
    named = f"fhir-{release.name}"
    consent = {JSON: {"schema": {"type": "object"}}}
    field = release.search[0]
    sought = {FORM: {"schema": {"type": "object", "required": [field], "properties": {field: {"type": "string"}}}}}

    @router.get("/metadata", operation_id=f"{named}-metadata", url_name=f"{named}-metadata", summary="What this server can do",
                openapi_extra=_described(200))  # fmt: skip
    def metadata(request: HttpRequest) -> HttpResponse:
        """The CapabilityStatement; open to anybody."""
        place = request.build_absolute_uri(reverse(f"api:{named}-metadata")).removesuffix("/metadata")
        return _reply(statement(release, place))

    @router.get("/Consent", auth=_READ, operation_id=f"{named}-get", summary="Refused: search with POST",
                openapi_extra=_described())  # fmt: skip
    def search_by_get(request: HttpRequest) -> HttpResponse:
        """An address is written down in many places, and an NHS number must not stand in one."""
        raise Problem(405, "search-by-post", "Search with POST Consent/_search: no NHS number may stand in an address.",
                      Allow="POST")  # fmt: skip

    @router.post("/Consent/_search", auth=_READ, operation_id=f"{named}-search", summary="Find the choice of one person",
                 openapi_extra=_described(200, sends=sought))  # fmt: skip
    def search(request: HttpRequest) -> HttpResponse:
        """A Bundle with the choice that stands; with none where this person never chose, which is no opt-out."""
        fields = form(request)
        if len(fields) != 1 or not set(fields) <= set(release.search):
            raise Problem(400, "search-parameter", "Search by one parameter: the patient.")
        now, number = timezone.now(), person(release.digits(next(iter(fields.values()))))
        ready(now)
        found = keeping.searched(number, caller(request).caller, _entry(request), now)
        return _reply(_bundle("searchset", [release.consent(*found)] if found else []))

    @router.post("/Consent", auth=_WRITE, operation_id=f"{named}-create", url_name=f"{named}-consents",
                 summary="Record the first choice of a person", openapi_extra=_described(201, sends=consent))  # fmt: skip
    def create(request: HttpRequest) -> HttpResponse:
        """201 with its address. Where the person has one already, 422: it is updated instead."""
        now = timezone.now()
        place, event = keeping.created(said(release, _sent(request), now), _entry(request), now)
        response = _reply(release.consent(place, event), 201)
        response["Location"] = request.build_absolute_uri(reverse(f"api:{named}-consent", args=[place]))
        return response

    @router.get("/Consent/{uuid:pk}", auth=_READ, operation_id=f"{named}-read", url_name=f"{named}-consent",
                summary="Read a choice", openapi_extra=_described(200))  # fmt: skip
    def read_one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The choice that stands. The id is random, and says nothing of the person."""
        return _reply(release.consent(pk, _events(request, pk)[-1]))

    @router.put("/Consent/{uuid:pk}", auth=_WRITE, operation_id=f"{named}-update", summary="Record a newer choice",
                openapi_extra=_described(200, sends=consent))  # fmt: skip
    def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """`If-Match` names the version that was read; a choice that came in between is not overwritten unseen."""
        given = request.headers.get("If-Match")
        if given is None:
            raise Problem(428, "consent-if-match", 'Say which version was read: If-Match: W/"1".')
        seen = _ETAG.fullmatch(given)
        if seen is None:
            raise Problem(412, "consent-changed", "The Consent was changed since that version: read it again.")
        now, resource = timezone.now(), _sent(request)
        if isinstance(resource, dict) and resource.get("id") not in (None, str(pk)):
            raise Problem(400, "consent-id", "The id in the Consent is not the one in the address.")
        event = keeping.updated(pk, said(release, resource, now), int(seen[1]), _entry(request), now)
        return _reply(release.consent(pk, event))

    @router.get("/Consent/{uuid:pk}/_history", auth=_READ, operation_id=f"{named}-history", summary="Every choice of a person",
                openapi_extra=_described(200))  # fmt: skip
    def history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The newest first."""
        return _reply(_bundle("history", [release.consent(pk, event) for event in reversed(_events(request, pk))]))

    @router.get("/Consent/{uuid:pk}/_history/{int:version}", auth=_READ, operation_id=f"{named}-vread",
                summary="Read one choice of several", openapi_extra=_described(200))  # fmt: skip
    def read_version(request: HttpRequest, pk: uuid.UUID, version: int) -> HttpResponse:
        """As it was made."""
        found = next((event for event in _events(request, pk) if event.sequence == version), None)
        if found is None:
            raise Http404
        return _reply(release.consent(pk, found))

    return router


def _events(request: HttpRequest, pk: uuid.UUID) -> list[ChoiceEvent]:
    now = timezone.now()
    ready(now)
    return keeping.history(pk, caller(request).caller, _entry(request), now)


r4 = router_of(R4())
stu3 = router_of(STU3())
