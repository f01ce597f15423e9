"""An answer as it goes over the wire: JSON or the lines of a list; as long as if nobody had been withheld.

Whoever sees only how many bytes go by learns nothing of how many were withheld: the reply is filled up to the length that
it would have if everybody stayed. The filling is white space behind JSON, and empty lines behind a list, which every
reader of lists in this project skips.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.list_checks.models import CheckedList, ListState

LIST_KINDS = ("text/plain", "text/csv")
_LINE = len("9990004935,\n")
_ENTRY = len('"9990004935",')
_COUNT_DIGITS = 12


def counts_of(row: CheckedList) -> dict[str, Any]:
    """What `ndoo check --json` says of a list: requested, allowed, withheld, and the held by reason."""
    held = dict(row.held)
    if not_covered := row.counts.get("not_covered"):
        held["not_covered"] = not_covered
    said: dict[str, Any] = {"id": str(row.pk), "state": row.state, "read": row.read, "requested": row.requested}
    if row.state == ListState.ANSWERED and row.checked_at:
        said |= {
            "allowed": row.counts["allowed"],
            "withheld": row.counts["withheld"],
            "held": held,
            "checked_at": row.checked_at.isoformat(timespec="microseconds"),
        }
    else:
        said["held"] = held
    return said


def wanted(request: HttpRequest) -> str:
    """The media type of the reply.

    Raises:
        Problem: none of those that there are is accepted (406).
    """
    kind = request.get_preferred_type(("application/json", *LIST_KINDS))
    if kind is None:
        raise HTTPProblem(406, "reply-kind", f"The answer comes as application/json, {' or '.join(LIST_KINDS)}.")
    return kind


def answered(row: CheckedList, lines: bytes, kind: str) -> HttpResponse:
    """The cleaned list with its counts."""
    if kind in LIST_KINDS:
        return _as_list(row, lines, kind)
    said = counts_of(row)
    numbers = lines.decode("ascii").split(",\n")[:-1]
    text = json.dumps({**said, "cleaned_list": numbers}, separators=(",", ":"))
    telling = max(0, len(numbers) * _ENTRY - 1) + sum(len(str(said[count])) for count in ("allowed", "withheld"))
    whole = len(text) - telling + row.requested * _ENTRY + 2 * _COUNT_DIGITS
    return HttpResponse(text.ljust(whole).encode(), content_type="application/json")


def _as_list(row: CheckedList, lines: bytes, kind: str) -> HttpResponse:
    """In CSV under a heading; in `.dat` with the commas that the national service writes."""
    heading = b"nhs_number\n" if kind == "text/csv" else b""
    body = lines.replace(b",\n", b"\n") if kind == "text/csv" else lines
    each = _LINE - 1 if kind == "text/csv" else _LINE
    response = HttpResponse(heading + body.ljust(each * row.requested, b"\n"), content_type=kind)
    response["Content-Location"] = reverse("api:list", args=[row.pk])
    return response


def accepted(row: CheckedList) -> HttpResponse:
    """202: ask again at the address given."""
    place = reverse("api:list", args=[row.pk])
    response = HttpResponse(json.dumps(counts_of(row)), status=202, content_type="application/json")
    response["Location"] = place
    response["Retry-After"] = "5" if row.state == ListState.WAITING else "3600"
    return response
