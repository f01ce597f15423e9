"""The days on which something is due or ends: a calendar (RFC 5545) that any calendar program takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from ndoo.assets.gaps import JoinedRecords
from ndoo.assets.record import Record
from ndoo.policy.watch import Watched

_OCTETS = 75


def calendar_of(
    known: JoinedRecords,
    now: datetime,
    *,
    only: frozenset[tuple[str, str]] | None = None,
    names: bool = True,
    watch: Sequence[Watched] = (),
) -> str:
    """Reviews that are due, and approvals and agreements that end, each a whole day.

    Args:
        only: these records, by kind and reference; None is all of them.
        watch: what of the policy is to be looked at again.
        names: False tells references only, for an address that opens without a password.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ndoo//review//EN", "CALSCALE:GREGORIAN"]
    for record, day, what in _days(known):
        if only is not None and (record.kind, record.id) not in only:
            continue
        summary = " ".join([f"{what}: {record.id}", *([record.text("name")] if names else [])])
        lines += _event(f"{record.kind}/{record.id}/{what}/{day}", day, summary, stamp)
    for one in watch:
        lines += _event(f"watch/{one.id}/{one.recheck}", one.recheck, f"Look again: {one.title}", stamp)
        if one.ends:
            lines += _event(f"watch/{one.id}/ends/{one.ends}", one.ends, f"Ends: {one.title}", stamp)
    return "".join(f"{folded}\r\n" for line in (*lines, "END:VCALENDAR") for folded in _folded(line))


def _event(told: str, day: date, summary: str, stamp: str) -> Iterator[str]:
    yield from (
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(told.encode()).hexdigest()[:32]}@ndoo",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _days(known: JoinedRecords) -> Iterator[tuple[Record, date, str]]:
    records = {(record.kind, record.id): record for record in known.register.records()}
    for key, standing in (known.standings or {}).items():
        yield records[key], standing.due, "Review"
    for flow in known.register.live:
        for what, day in (
            ("Approval ends", known.decisions[flow.id].flow.day("gateway.valid_to")),
            ("Agreement ends", flow.day("agreement_ends")),
        ):
            if day is not None:
                yield flow, day, what


def _escaped(text: str) -> str:
    for letter in "\\;,":
        text = text.replace(letter, f"\\{letter}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets, no character cut in two; what goes on begins with a space."""
    held = line.encode()
    first, room = 0, _OCTETS
    while len(held) - first > room:
        last = first + room
        while held[last] & 0xC0 == 0x80:  # in the middle of a character
            last -= 1
        yield f"{' ' if first else ''}{held[first:last].decode()}"
        first, room = last, _OCTETS - 1
    yield f"{' ' if first else ''}{held[first:].decode()}"
