"""What did a caller send? The body as bytes, whatever Django's own limit is, and never more than the route takes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from ndoo.service.callers.problems import Problem

FORM = "application/x-www-form-urlencoded"
SMALL = 1 << 16
_PIECE = 1 << 20
_MOST_FIELDS = 50


def body(request: HttpRequest, most: int) -> bytes:
    """The whole body.

    Raises:
        Problem: it has more than `most` bytes (413), is packed (415), or the connection broke (400).
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, "body-packed", "Send the body as it is, not packed.")
    pieces, length = [], 0
    try:
        while piece := request.read(min(_PIECE, most + 1 - length)):
            pieces.append(piece)
            length += len(piece)
            if length > most:
                raise Problem(413, "body-too-large", f"The body may have {most:,} bytes.")
    except UnreadablePostError:
        raise Problem(400, "body-broken", "The body broke off.") from None
    return b"".join(pieces)


def kind(request: HttpRequest) -> str:
    """The media type of the body, in small letters, without its parameters."""
    return (request.content_type or "").strip().lower()


def form(request: HttpRequest) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        Problem: it is no form (415), or not a well-formed one (400).
    """
    if kind(request) != FORM:
        raise Problem(415, "body-not-form", f"Send a form: {FORM}.")
    raw = body(request, SMALL)
    try:
        return _once(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Problem(400, "body-malformed", "The body cannot be read as what it says it is.") from None


def document(raw: bytes) -> Any:
    """JSON.

    Raises:
        Problem: it is none, or two of its keys are equal (400).
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(400, "body-malformed", "The body cannot be read as what it says it is.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two equal keys one reader takes the first and another the last."""
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a key stands there twice")
    return said


def _no_constant(name: str) -> Any:
    raise ValueError("no number")
