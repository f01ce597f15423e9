"""The routes for one person's choice as FHIR. One set of routes for each release, alike but for how a choice is written."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from ninja import Router

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.address import address
from ndoo.service.api_clients import rate_limit
from ndoo.service.api_clients.bearer import Bearer, caller
from ndoo.service.api_clients.bodies import FORM, SMALL, body, form, kept_document, kind
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.list_checks.check_list import ready
from ndoo.service.list_checks.fhir import bundles, record_consent
from ndoo.service.list_checks.fhir.capability import statement
from ndoo.service.list_checks.fhir.negotiation import JSON, KINDS, judge_format, known_only, page_size, whole
from ndoo.service.list_checks.fhir.r4 import R4
from ndoo.service.list_checks.fhir.stu3 import STU3
from ndoo.service.list_checks.fhir.words import FhirRelease, person, said
from ndoo.service.list_checks.list_guessing import Allowance, a_few_more
from ndoo.service.public_address import absolute

_ETAG = re.compile(r'(?:W/)?"([0-9]{1,9})"', re.ASCII)
_READ, _WRITE = Bearer(Scope.CONSENT_READ), Bearer(Scope.CONSENT_WRITE)
_CONSENT = {JSON: {"schema": {"$ref": "#/components/schemas/FhirResource"}}}
_RESOURCE = {"description": "A FHIR resource.", "content": _CONSENT}
_REFUSED = {
    "description": "An OperationOutcome.",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}},
}


def _described(*statuses: int, sends: dict[str, Any] | None = None, unchanged: bool = False) -> dict[str, Any]:
    codes = (400, 401, 403, 404, 405, 406, 412, 413, 415, 422, 428, 429, 503)
    made: dict[str, Any] = {"responses": {**dict.fromkeys(statuses, _RESOURCE), **dict.fromkeys(codes, _REFUSED)}}
    if unchanged:
        made["responses"][304] = {"description": "The version that `If-None-Match` names."}
    return made | ({"requestBody": {"required": True, "content": sends}} if sends else {})


def _entry(request: HttpRequest) -> Callable[[str, NHSNumber], Entry]:
    who = caller(request).caller
    return lambda action, number: Entry(f"caller:{who.name}", action, number, address=address(request))


def _count(request: HttpRequest, now: datetime) -> Callable[[NHSNumber], Allowance]:
    def counted(number: NHSNumber) -> Allowance:
        allowance = a_few_more(caller(request).caller, [number], now)
        rate_limit.note(request, allowance.rate_limit(now))
        return allowance

    return counted


def _reply(resource: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(resource, status=status, content_type=JSON)
    if resource["resourceType"] == "Consent":
        response["ETag"] = f'W/"{resource["meta"]["versionId"]}"'
        response["Last-Modified"] = http_date(datetime.fromisoformat(resource["meta"]["lastUpdated"]).timestamp())
    return response


def _sent(request: HttpRequest) -> Any:
    if kind(request) not in KINDS:
        raise HTTPProblem(415, "consent-kind", f"Send the Consent as {JSON}.")
    return kept_document(body(request, SMALL))


def _seen(request: HttpRequest) -> int:
    """The version that the caller read."""
    given = request.headers.get("If-Match")
    if given is None:
        raise HTTPProblem(428, "consent-if-match", 'Say which version was read: If-Match: W/"1".')
    seen = _ETAG.fullmatch(given)
    if seen is None:
        raise HTTPProblem(412, "consent-changed", "The Consent was changed since that version: read it again.")
    return int(seen[1])


def router_of(release: FhirRelease) -> Router:
    """The routes of one release."""
    router = Router(tags=[f"Consent, FHIR {release.name}"])
    named = f"fhir-{release.name}"
    field = release.search[0]
    sought = {FORM: {"schema": {"type": "object", "required": [field], "properties": {field: {"type": "string"}}}}}

    def served(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Only where the caller takes what is served."""

        @wraps(view)
        def judged(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            judge_format(request, release)
            return view(request, *args, **named)

        return judged

    def base(request: HttpRequest) -> str:
        return absolute(request, reverse(f"api:{named}-metadata")).removesuffix("/metadata")

    @router.get(
        "/metadata",
        operation_id=f"{named}-metadata",
        url_name=f"{named}-metadata",
        summary="What this server can do",
        openapi_extra=_described(200),
    )
    @served
    def metadata(request: HttpRequest) -> HttpResponse:
        """The CapabilityStatement; open to anybody."""
        return _reply(statement(release, base(request)))

    @router.get(
        "/Consent",
        auth=_READ,
        operation_id=f"{named}-get",
        summary="Find a Consent by its id",
        openapi_extra=_described(200),
    )
    @served
    def search_by_get(request: HttpRequest) -> HttpResponse:
        """By `_id` alone. An address is written down in many places, and an NHS number must not stand in one: search for a
        person with POST."""
        if "_id" not in request.GET:
            raise HTTPProblem(
                405,
                "search-by-post",
                "Search with POST Consent/_search: no NHS number may stand in an address.",
                Allow="POST",
            )
        given = known_only(request.GET.dict(), ("_id", "_count"), request)
        address = f"{base(request)}/Consent?{urlencode(given)}"
        try:
            place = uuid.UUID(given["_id"])
            resource = release.consent(place, _events(request, place)[-1])
        except (ValueError, Http404):
            resource = None
        return _reply(bundles.found(resource, base(request), address, counted_only=whole(given, "_count", 1) == 0))

    @router.post(
        "/Consent/_search",
        auth=_READ,
        operation_id=f"{named}-search",
        summary="Find the choice of one person",
        openapi_extra=_described(200, sends=sought),
    )
    @served
    def search(request: HttpRequest) -> HttpResponse:
        """A Bundle with the choice that stands; with none where this person never chose, which is no opt-out."""
        given = known_only({**request.GET.dict(), **form(request)}, (*release.search, "_count"), request)
        sought = [value for name, value in given.items() if name in release.search]
        if len(sought) != 1:
            raise HTTPProblem(400, "search-parameter", "Search by one parameter: the patient.")
        count = whole(given, "_count", 1)
        now, number = timezone.now(), person(release.digits(sought[0]))
        ready(now)
        found = record_consent.searched(number, caller(request).caller, _entry(request), _count(request, now), now)
        address, resource = f"{base(request)}/Consent/_search", release.consent(*found) if found else None
        return _reply(bundles.found(resource, base(request), address, counted_only=count == 0))

    @router.post(
        "/Consent",
        auth=_WRITE,
        operation_id=f"{named}-create",
        url_name=f"{named}-consents",
        summary="Record the first choice of a person",
        openapi_extra=_described(201, sends=_CONSENT),
    )
    @served
    def create(request: HttpRequest) -> HttpResponse:
        """201 with its address. Where the person has one already, 422: it is updated instead."""
        now = timezone.now()
        place, event = record_consent.created(said(release, _sent(request), now), _entry(request), now)
        response = _reply(release.consent(place, event), 201)
        response["Location"] = absolute(request, reverse(f"api:{named}-consent", args=[place]))
        return response

    @router.get(
        "/Consent/{uuid:pk}",
        auth=_READ,
        operation_id=f"{named}-read",
        url_name=f"{named}-consent",
        summary="Read a choice",
        openapi_extra=_described(200, unchanged=True),
    )
    @served
    def read_one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The choice that stands; 304 where `If-None-Match` names its version. The id is random, and says nothing of the person."""
        return _reply(release.consent(pk, _events(request, pk)[-1]))

    @router.put(
        "/Consent/{uuid:pk}",
        auth=_WRITE,
        operation_id=f"{named}-update",
        summary="Record a newer choice",
        openapi_extra=_described(200, sends=_CONSENT),
    )
    @served
    def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """`If-Match` names the version that was read; a choice that came in between is not overwritten unseen. The dateTime
        of that version may stand there still."""
        seen = _seen(request)
        now, resource = timezone.now(), _sent(request)
        if isinstance(resource, dict) and resource.get("id") not in (None, str(pk)):
            raise HTTPProblem(
                400, "consent-id", "The id in the Consent is not the one in the address.", element="Consent.id"
            )
        wanted = said(release, resource, now, record_consent.made_at(pk, seen))
        event = record_consent.updated(pk, wanted, seen, _entry(request), now)
        return _reply(release.consent(pk, event))

    @router.get(
        "/Consent/{uuid:pk}/_history",
        auth=_READ,
        operation_id=f"{named}-history",
        url_name=f"{named}-history",
        summary="Every choice of a person",
        openapi_extra=_described(200),
    )
    @served
    def history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The newest first, 100 in a page; `_count` asks for fewer."""
        given = known_only(request.GET.dict(), ("_count", "_offset"), request)
        size, first = page_size(given), whole(given, "_offset", 0)
        events = _events(request, pk)
        address = absolute(request, reverse(f"api:{named}-history", args=[pk]))
        page = bundles.HistoryPage(address, first, size, len(events))
        return _reply(bundles.history(release, pk, events, base(request), page))

    @router.get(
        "/Consent/{uuid:pk}/_history/{int:version}",
        auth=_READ,
        operation_id=f"{named}-vread",
        summary="Read one choice of several",
        openapi_extra=_described(200),
    )
    @served
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
    return record_consent.history(pk, caller(request).caller, _entry(request), _count(request, now), now)


r4 = router_of(R4())
stu3 = router_of(STU3())
