"""The routes for lists: send one, and get the cleaned list, or a job to ask about."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from ndoo.numbers.number_set import LinedPeople, NumberSet, SettledPeople
from ndoo.service.address import address
from ndoo.service.api_clients import rate_limit
from ndoo.service.api_clients.bearer import Bearer, caller
from ndoo.service.api_clients.bodies import body, kind
from ndoo.service.api_clients.problem_details import ProblemDetails
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry, write
from ndoo.service.list_checks import intake, replies
from ndoo.service.list_checks.check_list import answer, note, ready
from ndoo.service.list_checks.idempotency import HEADER, is_kept_nowhere, judge_same, once
from ndoo.service.list_checks.jobs import enqueue
from ndoo.service.list_checks.known_people import known_people
from ndoo.service.list_checks.limits import limit
from ndoo.service.list_checks.list_guessing import asked_list, judge
from ndoo.service.list_checks.models import CheckedList, ListState

router = Router(tags=["Lists"], auth=Bearer(Scope.LISTS))

_LINES = {"schema": {"type": "string", "description": "One NHS number a line; a heading and commas are tolerated."}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            intake.JSON: {
                "schema": {
                    "type": "object",
                    "required": [intake.FIELD],
                    "additionalProperties": False,
                    "properties": {intake.FIELD: {"type": "array", "items": {"type": ["string", "null"]}}},
                }
            },
            **dict.fromkeys(intake.TEXTS[:-1], _LINES),
            intake.TEXTS[-1]: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    "parameters": [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": "`respond-async`: 202 at once, and a job.",
            "schema": {"type": "string"},
        },
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "description": "A name of your own for this list. Sent again under it, within a day, it is the same list.",
            "schema": {"type": "string", "maxLength": 200},
        },
    ],
}


class Status(Schema):
    """How far a list has come, and what came of it."""

    id: uuid.UUID
    state: str
    read: int
    requested: int
    allowed: int | None = None
    withheld: int | None = None
    held: dict[str, int]
    checked_at: str | None = None


class Cleaned(Status):
    """A list that is answered: those who may stay, in ascending order."""

    cleaned_list: list[str]


_REFUSALS = dict.fromkeys((400, 401, 403, 406, 409, 410, 411, 413, 415, 422, 503), ProblemDetails)


@router.post(
    "", url_name="lists", response={200: Cleaned, 202: Status, **_REFUSALS}, summary="Check a list", openapi_extra=_BODY
)
def post_list(request: HttpRequest) -> HttpResponse:
    """The list is checked whole, or refused. Up to 100,000 lines are answered at once; a longer list, or one sent with
    `Prefer: respond-async`, becomes a job (202): ask at the `Location`. A list may also be held for a second person."""
    who = caller(request).caller
    as_kind = replies.wanted(request)
    raw, now = body(request, intake.most_bytes()), timezone.now()
    taken = intake.taken_in(raw, kind(request))
    ready(now)
    again = once(request, raw, kind(request))
    if earlier := again.earlier(who):
        return (
            _told(earlier, as_kind) if not is_kept_nowhere(earlier) else _answered(earlier, taken.people, now, as_kind)
        )
    known, lined = known_people(), SettledPeople(taken.people)
    unknown = known.unknown(lined, taken.asked) if known.quick else 0.0
    asked = asked_list(taken.people, lined, who.ods, unknown)
    asked_later = taken.read > limit("largest_at_once") or "respond-async" in request.headers.get("Prefer", "")
    later = asked_later or not known.quick
    row = CheckedList(
        caller=who,
        received_at=now,
        read=taken.read,
        requested=taken.asked,
        held={reason.value: count for reason, count in taken.held.items()},
        deleted_after=now + timedelta(hours=limit("kept_hours")),
        key=again.key,
        likeness=again.likeness,
    )
    details: dict[str, Any] = {"list": str(row.pk), "asset": who.asset, "requested": row.requested}
    with transaction.atomic():
        _keep(row)
        verdict = judge(row, asked, now)
        reasons = verdict.reasons
        if not reasons:  # of a list that is held, what is left would tell why
            rate_limit.note(request, verdict.allowance.rate_limit(now))
        if later or reasons:
            row.people = taken.people.packed()
        if reasons:
            row.state, row.deleted_after = ListState.HELD, now + timedelta(days=limit("held_days"))
        if later or reasons:
            row.save()
        entry = Entry(f"caller:{who.name}", "list.received", details=details, address=address(request))
        write(replace(entry, action="list.held", details=details | {"reasons": reasons}) if reasons else entry, now)
        if later and not reasons:
            enqueue(row)
    if later or reasons:
        return replies.accepted(row)
    return _answered(row, lined, now, as_kind)


def _keep(row: CheckedList) -> None:
    """In the transaction of the list, which a refusal ends."""
    try:
        row.save()
    except IntegrityError:
        raise HTTPProblem(
            409, "idempotency-key-in-use", "A list is being checked under that key. Ask again.", Retry_After="5"
        ) from None


def _answered(row: CheckedList, people: LinedPeople, now: datetime, as_kind: str) -> HttpResponse:
    """The answer of now, kept nowhere.

    Raises:
        Problem: the list was answered before, and its day is over (410), or somebody on it has chosen since (409).
    """
    if row.deleted_after <= now:
        raise _gone()
    found = answer(people, now)
    judge_same(row, found)
    note(row, found, now, keep=False)
    return replies.answered(row, found.lines, as_kind)


def _gone() -> HTTPProblem:
    return HTTPProblem(410, "list-gone", "The answer was deleted. Send the list again.")


@router.get(
    "/{uuid:pk}",
    url_name="list",
    response={200: Cleaned, 202: Status, 404: ProblemDetails, **_REFUSALS},
    summary="Ask about a list",
)
def get_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The cleaned list of a job that is done, for a day; until then how far it has come."""
    as_kind = replies.wanted(request)
    row = CheckedList.objects.select_related("caller").filter(pk=pk, caller=caller(request).caller).first()
    if row is None:
        raise Http404
    return _told(row, as_kind)


def _told(row: CheckedList, as_kind: str) -> HttpResponse:
    """How far a list has come, or its kept answer."""
    if row.state in (ListState.WAITING, ListState.HELD):
        return replies.accepted(row)
    if row.state == ListState.REFUSED:
        raise HTTPProblem(403, "list-refused", "The list was held, and a second person refused it.")
    if row.state == ListState.FAILED:
        raise HTTPProblem(503, "list-failed", "The list could not be answered. Send it again.")
    if row.allowed is None or row.deleted_after <= timezone.now():
        raise _gone()
    allowed = NumberSet()
    allowed.add_packed(bytes(row.allowed))
    return replies.answered(row, b"".join(allowed.lines()), as_kind)
