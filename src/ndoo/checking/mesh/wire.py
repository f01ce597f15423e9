"""Tells MESH's own answer from that of something that stands in its way.

A maintenance page, a login page behind a redirect, a list without ids, a body that is cut off or does not unpack: each comes
with a status that looks well. Whatever is not plainly MESH's raises `NotMeshError`, so nothing is believed of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from ndoo.checking.mesh.message import Glance

_ID = re.compile(r"[A-Za-z0-9_.:~-]{1,200}", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,6}):([0-9]{1,6})", re.ASCII)
_PAGE = re.compile(r"/messageexchange/[A-Za-z0-9_-]{1,60}/inbox\?[^\s#@\\]{1,2000}", re.ASCII)
_LONGEST_WAIT = 86_400.0
_OUTSIDE = ("mex-messageid", "mex-messagetype", "mex-workflowid")


class NotMeshError(Exception):
    """The answer is not one of MESH. `reason` is safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DamagedError(NotMeshError):
    """It is one of MESH, about a message that cannot be read."""


class HTTPAnswer(Protocol):
    """A response of `requests`."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any: ...


def is_word_on_a_message(answer: HTTPAnswer) -> bool:
    """Is this 404 about a message? Not where it is a page, says of the address itself that there is none (`"detail": "Not Found"`), or is in
    the words of something in between: MESH's own lists what is wrong with the message."""
    if not answer.content:
        return True
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(told, list) or told == {} or (isinstance(told, dict) and isinstance(told.get("detail"), list | dict))
    )


def document(answer: HTTPAnswer) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        NotMeshError: there is none.
    """
    if 300 <= answer.status_code < 400:
        raise NotMeshError(f"MESH's address redirects elsewhere ({answer.status_code})")
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        raise NotMeshError(f"something else than MESH answered {answer.status_code}{_kind(answer)}") from None
    if not isinstance(said, dict):
        raise NotMeshError(f"MESH answered {answer.status_code} with no JSON object")
    return said


def _kind(answer: HTTPAnswer) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return f", {kind}" if re.fullmatch(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}", kind, re.ASCII) else ""


def inbox_page(answer: HTTPAnswer) -> tuple[list[str], str]:
    """The ids in one page of the inbox, and the path of the next page; empty where this is the last.

    Raises:
        NotMeshError: it is no page of an inbox. A `next` that leads to another server is followed nowhere.
    """
    said = document(answer)
    ids, links = said.get("messages"), said.get("links")
    if not isinstance(ids, list) or not all(isinstance(id, str) and _ID.fullmatch(id) for id in ids):
        raise NotMeshError("MESH answered with no list of messages")
    if links is not None and not isinstance(links, dict):
        raise NotMeshError("MESH answered with links that are no object")
    following = links.get("next") if links else None
    if following in (None, ""):
        return ids, ""
    if not isinstance(following, str) or not _PAGE.fullmatch(following):
        raise NotMeshError("MESH answered with a next page that is elsewhere")
    return ids, following


def outside_of(answer: HTTPAnswer, message_id: str, mailbox: str) -> dict[str, str]:
    """The `mex-` headers of a message, by their names without `mex-`.

    Raises:
        NotMeshError: it has none, or they are of another message or mailbox.
    """
    if 300 <= answer.status_code < 400:
        raise NotMeshError(f"MESH's address redirects elsewhere ({answer.status_code})")
    said = {name.lower(): str(value) for name, value in answer.headers.items()}
    if answer.status_code not in (200, 206) or not any(said.get(name) for name in _OUTSIDE):
        raise NotMeshError(f"something else than MESH answered {answer.status_code}{_kind(answer)}")
    if said.get("mex-messageid", message_id) != message_id:
        raise NotMeshError("MESH answered with another message than was asked for")
    if said.get("mex-to", mailbox).upper() != mailbox.upper():
        raise NotMeshError("MESH answered with a message to another mailbox")
    return _named(answer)


def outside_of_part(answer: HTTPAnswer, message_id: str) -> dict[str, str]:
    """The `mex-` headers of a piece of a message behind the first.

    Raises:
        NotMeshError: it does not say which piece it is, or is one of another message.
    """
    said = _named(answer)
    if (
        answer.status_code not in (200, 206)
        or not said.get("chunk-range")
        or said.get("messageid", message_id) != message_id
    ):
        raise NotMeshError(f"something else than MESH answered {answer.status_code}{_kind(answer)}")
    return said


def glance_of(answer: HTTPAnswer) -> Glance:
    """What the outside of a message says, of which only the headers were asked for."""
    if answer.status_code not in (200, 206):
        return Glance(answer.status_code)
    said = _named(answer)
    last = said.get("chunk-range", "").rpartition(":")[2]
    return Glance(
        status=answer.status_code,
        sender=said.get("from", ""),
        local_id=said.get("localid", ""),
        report=said.get("messagetype", "").upper() == "REPORT",
        linked_id=said.get("linkedmsgid", ""),
        code=said.get("statuscode", ""),
        chunks=int(last) if last.isdigit() else 1,
    )


def _named(answer: HTTPAnswer) -> dict[str, str]:
    every = ((name.lower(), str(value)) for name, value in answer.headers.items())
    return {name.removeprefix("mex-"): value for name, value in every if name.startswith("mex-")}


def chunks(outside: Mapping[str, str], number: int) -> int:
    """Into how many pieces the message was divided, as the piece of this number says.

    Raises:
        DamagedError: it is another piece, or says nothing that can be read.
    """
    said = _RANGE.fullmatch(outside.get("chunk-range", f"{number}:{number}").strip())
    if said is None or int(said[1]) != number or int(said[2]) < number:
        raise DamagedError("its pieces are not counted as MESH counts them")
    return int(said[2])


def seconds_to_wait(answer: HTTPAnswer, now: datetime) -> float:
    """What `Retry-After` asks for, in seconds; 0 where nothing is asked."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_WAIT)
    when = _moment(said)
    return min(max((when - now).total_seconds(), 0.0), _LONGEST_WAIT) if when else 0.0


def date_of(answer: HTTPAnswer) -> datetime | None:
    """When the answer was given, as the service itself says."""
    return _moment(answer.headers.get("date", ""))


def _moment(said: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
