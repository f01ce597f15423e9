"""The routes for what is held and shared: assets, flows, decisions, findings, evidence, what is open, and the statement."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict

from ndoo.assets.evidence import applied
from ndoo.assets.fields import ASSET, FLOW
from ndoo.assets.findings import read_scan
from ndoo.assets.flow_decisions import stale
from ndoo.assets.record import read_record
from ndoo.domain.errors import UnfitData
from ndoo.domain.london import london_date
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.policy import load_pack
from ndoo.service.address import address
from ndoo.service.api_clients.bearer import Bearer, caller
from ndoo.service.api_clients.bodies import body, kept_document, kind
from ndoo.service.api_clients.problem_details import ProblemDetails
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.asset_register import overview, published_statements, record_versions, register_cache, statement_note
from ndoo.service.asset_register.models import Decided, Manifest, Scanned, Version
from ndoo.service.asset_register.record_versions import Auditor, RecordChangedMeanwhileError
from ndoo.service.audit.entries import Entry

router = Router(tags=["Assets and flows"])
_READ, _WRITE = Bearer(Scope.GOVERNANCE_READ), Bearer(Scope.GOVERNANCE_WRITE)

JSON = "application/json"
PAGE = 100
"""Records of one answer."""
_MOST = 1 << 24
"""Bytes of a body: a scan of some ten thousand tables."""
_VERSION = re.compile(r'"([0-9]{1,9})"')
_KINDS = {"assets": ASSET, "flows": FLOW}
_ANYTHING: dict[str, Any] = {"requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}}
_IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "schema": {"type": "string"},
            "description": 'The version that was read, such as "3".',
        }
    ]
}


_REFUSALS = dict.fromkeys((400, 401, 403, 404, 412, 413, 415, 422, 428), ProblemDetails)


class GovernanceAnswer(Schema):
    """A JSON object; what is in it stands in docs/reference/api.md."""

    model_config = ConfigDict(extra="allow")


_SHOWN, _TAKEN = {200: GovernanceAnswer, **_REFUSALS}, {201: GovernanceAnswer, **_REFUSALS}


def _recorded(row: Version) -> dict[str, Any]:
    return {"id": row.ident, "version": row.number, "changed_at": row.at.isoformat(), "record": row.content}


def _found(what: str, ident: str) -> Version:
    row = record_versions.latest(_KINDS[what], ident) if what in _KINDS else None
    if row is None or row.content is None:
        raise Http404
    return row


def _auditor(request: HttpRequest) -> Auditor:
    """Audit entries in the name of the system that asks."""
    who = f"caller:{caller(request).caller.name}"

    def entry(action: str, **details: Any) -> Entry:
        return Entry(who, action, details=details, address=address(request))

    return entry


def _sent(request: HttpRequest) -> Any:
    if kind(request) != JSON:
        raise HTTPProblem(415, "body-not-json", f"Send {JSON}.")
    return kept_document(body(request, _MOST))


def _seen(request: HttpRequest, before: Version | None) -> int:
    """The version on which the caller's change rests."""
    if request.headers.get("If-None-Match") == "*":
        if before is not None and before.content is not None:
            raise HTTPProblem(412, "record-there", "It is in the register already: read it, and send If-Match.")
        return before.number if before else 0
    if not (named := _VERSION.fullmatch(request.headers.get("If-Match", ""))):
        raise HTTPProblem(
            428, "record-if-match", 'Say which version was read, If-Match: "3", or If-None-Match: * for none.'
        )
    return int(named[1])


def _changed() -> HTTPProblem:
    return HTTPProblem(412, "record-changed", "It was changed since that version: read it again.")


@router.get("/review", auth=_READ, url_name="review", response=_SHOWN, summary="What is open")
def review(request: HttpRequest) -> JsonResponse:
    """Findings that no asset explains, what is due for review, flows that nothing proves, and what ends."""
    return JsonResponse(overview.picture(timezone.now()).joined.to_dict())


@router.get("/statement", auth=_READ, url_name="api-statement", response=_SHOWN, summary="The published statement")
def statement(request: HttpRequest) -> JsonResponse:
    """The newest one, with its version."""
    row = published_statements.newest_one()
    if row is None:
        raise Http404
    said = published_statements.document(row)
    since = statement_note.open_since(timezone.now())
    return JsonResponse(
        {
            "version": row.number,
            "published_at": row.at.isoformat(),
            "not_shown_since": since.isoformat() if since else None,
            "statement": said,
        }
    )


@router.get("/findings", auth=_READ, url_name="findings", response=_SHOWN, summary="What scans found")
def findings(request: HttpRequest, after: str = "") -> JsonResponse:
    """Of each place, the newest scan. No value from the data is kept. Whole places, a page at a time: `next`."""
    tables: list[dict[str, Any]] = []
    last = None
    for target, scan in register_cache.held().scans.items():
        if target > after or not after:
            if len(tables) >= PAGE:
                break
            tables += map(_table, scan.tables)
            last = target
    else:
        last = None
    return _paged(request, "tables", tables, last)


def _table(found: Any) -> dict[str, Any]:
    return {
        "target": found.target,
        "name": found.name,
        "confidential_patient_information": found.patient_information,
        "because": found.because,
        "columns": list(found.columns),
    }


@router.post(
    "/findings",
    auth=_WRITE,
    url_name="findings",
    response=_TAKEN,
    summary="Hand over a scan",
    openapi_extra=_ANYTHING,
)
def take_findings(request: HttpRequest) -> JsonResponse:
    """The answer of `ndoo scan --json`. It takes the place of an earlier scan of the same target."""
    found = read_scan(_sent(request))
    row: Scanned = overview.take_findings(found.tables, found.target, _auditor(request), timezone.now(), at=found.at)
    return JsonResponse({"tables": len(row.tables)}, status=201)


@router.get("/evidence", auth=_READ, url_name="evidence", response=_SHOWN, summary="Runs that are proven")
def evidence(request: HttpRequest, after: int = 0) -> JsonResponse:
    """Each manifest that was taken in, with the flow that it proves; the oldest first, a page at a time: `next`."""
    rows = list(Manifest.objects.filter(pk__gt=after).order_by("pk").values("pk", "digest", "flow", "at")[: PAGE + 1])
    told = [{"digest": row["digest"], "flow": row["flow"], "at": row["at"].isoformat()} for row in rows[:PAGE]]
    return _paged(request, "manifests", told, str(rows[PAGE - 1]["pk"]) if len(rows) > PAGE else None)


@router.post(
    "/evidence",
    auth=_WRITE,
    url_name="evidence",
    response=_TAKEN,
    summary="Hand over a manifest",
    openapi_extra=_ANYTHING,
)
def take_evidence(request: HttpRequest) -> JsonResponse:
    """A sealed manifest of `ndoo uphold --flow`. One that proves nothing is refused with the reason (422)."""
    sent, now = _sent(request), timezone.now()
    if not isinstance(sent, dict):
        raise UnfitData("manifest-unread", "It is no manifest.")
    run = applied(ReleaseManifest(sent), "manifest.json", overview.trusted(record_versions.register()), now)
    new = overview.take_evidence([(run.name, sent)], _auditor(request), now)
    return JsonResponse({"flow": run.flow, "new": bool(new)}, status=201)


@router.post(
    "/flows/{ident}/decision",
    auth=_WRITE,
    url_name="flow-decide",
    response=_TAKEN,
    summary="Decide on a flow",
)
def decide(request: HttpRequest, ident: str) -> JsonResponse:
    """Today's answer of the policy engine, recorded."""
    flow = record_versions.record_of(_found("flows", ident))
    return JsonResponse(_decided(overview.decide_flow(flow, _auditor(request), timezone.now())), status=201)


@router.get(
    "/flows/{ident}/decision", auth=_READ, url_name="flow-decide", response=_SHOWN, summary="The decision on a flow"
)
def decision(request: HttpRequest, ident: str) -> JsonResponse:
    """The newest one that was recorded; `stands` says whether it holds today, and `stale_because` why not."""
    _found("flows", ident)
    row = Decided.objects.filter(flow=ident).order_by("-pk").first()
    if row is None:
        raise Http404
    flow, kept = record_versions.register().flows[ident], overview.kept_decisions(ident).get(ident)
    why = stale(kept, flow, load_pack(), london_date(timezone.now()))
    return JsonResponse(_decided(row) | {"stands": not why, "stale_because": list(why)})


def _decided(row: Decided) -> dict[str, Any]:
    return {
        "flow": row.flow,
        "version": row.version,
        "outcome": row.outcome,
        "reason": row.reason,
        "policy": {"name": row.pack_name, "version": row.pack_version},
        "decided_on": row.decided_on.isoformat(),
    }


@router.get("/{what}", auth=_READ, url_name="records", response=_SHOWN, summary="Every asset, or every flow")
def records(request: HttpRequest, what: str, after: str = "") -> JsonResponse:
    """`what` is `assets` or `flows`. By their references, a page at a time: `next` is the address of the next one, and
    null on the last."""
    if what not in _KINDS:
        raise Http404
    read = register_cache.held()
    of_kind = read.register.assets if what == "assets" else read.register.flows
    names = [ident for ident in of_kind if ident > after][: PAGE + 1]
    pks = [read.versions[_KINDS[what], ident][0] for ident in names[:PAGE]]
    rows = Version.objects.in_bulk(pks)
    return _paged(request, what, [_recorded(rows[pk]) for pk in pks], names[PAGE - 1] if len(names) > PAGE else None)


def _paged(request: HttpRequest, name: str, told: list[dict[str, Any]], last: str | None) -> JsonResponse:
    """A page that ends with `last`; None where nothing comes after it."""
    further = None if last is None else f"{request.path}?{urlencode({'after': last})}"
    return JsonResponse({name: told, "next": further})


@router.get(
    "/{what}/{ident}", auth=_READ, url_name="record", response={304: None, **_SHOWN}, summary="One asset or flow"
)
def record(request: HttpRequest, what: str, ident: str) -> JsonResponse:
    """With its version in `ETag`, which a change has to name; 304 where `If-None-Match` names it."""
    row = _found(what, ident)
    return JsonResponse(_recorded(row), headers={"ETag": f'"{row.number}"'})


@router.put(
    "/{what}/{ident}",
    auth=_WRITE,
    url_name="record",
    response=_SHOWN | _TAKEN,
    summary="Add or change an asset or flow",
    openapi_extra=_ANYTHING | _IF_MATCH,
)
def put_record(request: HttpRequest, what: str, ident: str) -> JsonResponse:
    """The whole record, as a register file has it. `If-Match` names the version that was read; `If-None-Match: *` adds."""
    if what not in _KINDS:
        raise Http404
    wanted = read_record(_KINDS[what], _sent(request), "The record")
    if wanted.id != ident:
        raise HTTPProblem(422, "record-id", "The record's id is not the one in the address.")
    before = record_versions.latest(wanted.kind, ident)
    expected, now = _seen(request, before), timezone.now()
    row = _kept(wanted, request, now, expected) or _found(what, ident)
    return JsonResponse(_recorded(row), status=200 if before else 201, headers={"ETag": f'"{row.number}"'})


def _kept(wanted: Any, request: HttpRequest, now: datetime, expected: int) -> Version | None:
    try:
        return record_versions.save_whole(wanted, _auditor(request), now, expected=expected)
    except RecordChangedMeanwhileError:
        raise _changed() from None


@router.delete(
    "/{what}/{ident}",
    auth=_WRITE,
    url_name="record",
    response={204: None, **_REFUSALS},
    summary="Take an asset or flow out",
    openapi_extra=_IF_MATCH,
)
def delete_record(request: HttpRequest, what: str, ident: str) -> HttpResponse:
    """Its history stays. An asset from which a flow takes is refused (422)."""
    row = _found(what, ident)
    if _seen(request, row) != row.number:
        raise _changed()
    try:
        record_versions.remove(row.kind, ident, _auditor(request), timezone.now())
    except RecordChangedMeanwhileError:
        raise _changed() from None
    return HttpResponse(status=204)
