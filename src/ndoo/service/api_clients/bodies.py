"""What a caller sent: the body as bytes, whatever Django's own limit is, and never more than the route takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

from ndoo.checking.packed_body import PackedError, unpacked
from ndoo.service.api_clients.problems import HTTPProblem

FORM = "application/x-www-form-urlencoded"
SMALL = 1 << 16
_PIECE = 1 << 20
_MOST_FIELDS = 50


def body(request: HttpRequest, most: int) -> bytes:
    """The whole body, as it was before it was packed.

    Raises:
        Problem: it has more than `most` bytes (413), is packed in another way than gzip (415), does not unpack, or the
            connection broke (400), or its end cannot be known (411).
    """
    encoding = request.headers.get("Content-Encoding", "")
    pieces, length = [], 0
    try:
        for piece in unpacked(_sent(request, most), encoding, most):
            pieces.append(piece)
            length += len(piece)
            if length > most:
                raise HTTPProblem(413, "body-too-large", f"The body may have {most:,} bytes.")
    except OSError:  # an UnreadablePostError is one
        raise HTTPProblem(400, "body-broken", "The body broke off.") from None
    except PackedError as error:
        if error.unknown:
            raise HTTPProblem(
                415, "body-packed", "Send the body as it is, or packed with gzip.", Accept_Encoding="gzip"
            ) from None
        raise HTTPProblem(400, "body-broken", "The body does not unpack to its end.") from None
    return b"".join(pieces)


def _sent(request: HttpRequest, most: int) -> Iterator[bytes]:
    """What came, in pieces; no more of it than shows that it is too much. A body in chunks has no length, and Django would
    read none of it: the web server in front says where it ends."""
    source: Any = request
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        if not request.META.get("wsgi.input_terminated"):
            raise HTTPProblem(411, "body-length", "Say how long the body is: Content-Length.")
        source = request.META["wsgi.input"]
    length = 0
    while length <= most and (piece := source.read(min(_PIECE, most + 1 - length))):
        length += len(piece)
        yield piece


def kind(request: HttpRequest) -> str:
    """The media type of the body, in small letters, without its parameters."""
    return (request.content_type or "").strip().lower()


def form(request: HttpRequest) -> dict[str, str]:
    """The fields of a form, each once.

    Raises:
        Problem: it is no form (415), or not a well-formed one (400).
    """
    if kind(request) != FORM:
        raise HTTPProblem(415, "body-not-form", f"Send a form: {FORM}.")
    raw = body(request, SMALL)
    try:
        return _once(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise _malformed() from None


def document(raw: bytes) -> Any:
    """JSON.

    Raises:
        Problem: it is none, or two of its keys are equal (400).
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _malformed() from None


def kept_document(raw: bytes) -> Any:
    """JSON that is to be written down.

    Raises:
        Problem: see `document`; or it holds what no database keeps (400).
    """
    said = document(raw)
    try:
        _judge_text(said)
    except (ValueError, RecursionError):
        raise _malformed() from None
    return said


def _malformed() -> HTTPProblem:
    return HTTPProblem(400, "body-malformed", "The body cannot be read as what it says it is.")


def _judge_text(said: Any) -> None:
    """Half a character and NUL can be written in JSON, and kept in no database: ValueError where one stands there."""
    if "\\u0000" in json.dumps(said, ensure_ascii=False).encode().decode().replace("\\\\", ""):
        raise ValueError("a character that is none")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two equal keys one reader takes the first and another the last."""
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a key stands there twice")
    return said


def _no_constant(name: str) -> Any:
    raise ValueError("no number")
