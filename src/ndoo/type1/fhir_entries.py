"""How are coded entries read from FHIR? Bundles and NDJSON: every coding of every resource, under its subject's NHS number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.london import instant, london_date
from ndoo.type1.arrow_entries import feed_arrow
from ndoo.type1.reckoning import Reckoner

SYSTEMS = (
    "https://fhir.nhs.uk/Id/nhs-number",
    "http://fhir.nhs.net/Id/nhs-number",
    "urn:oid:2.16.840.1.113883.2.1.4.1",
)
"""Under which NHS numbers stand in FHIR, the first now, the others in older records."""
_DATES = ("effectiveDateTime", "performedDateTime", "occurrenceDateTime", "onsetDateTime", "recordedDate")
_PERIODS = ("effectivePeriod", "performedPeriod", "period")
_AT_ONCE = 1 << 16
Patients = dict[str, str | None]
"""A patient's NHS number by every name by which a subject may be called; None where a name means two people."""


def is_fhir(head: bytes) -> bool:
    """Does a file that begins so hold JSON?"""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def patients_in(paths: Sequence[Path]) -> Patients:
    """The patients of all files, because an export keeps them in a file of their own.

    Raises:
        UnfitData: a file is damaged or holds no FHIR.
    """
    found: Patients = {}
    for path in paths:
        for url, resource in _resources(path):
            if resource.get("resourceType") == "Patient":
                number = _number(resource.get("identifier")) or ""
                for name in filter(None, (url, f"Patient/{resource['id']}" if resource.get("id") else None)):
                    found[name] = number if found.get(name, number) == number else None
    return found


def feed_fhir(path: Path, reckoner: Reckoner, patients: Patients) -> None:
    """Send every coding to `reckoner`. One whose subject nobody knows has no number, and is held if it is a Type 1.

    Raises:
        UnfitData: the file is damaged or holds no FHIR.
    """
    import pyarrow as pa

    rows: list[tuple[str, str, str, str]] = []

    def send() -> None:
        if rows:
            feed_arrow([pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)], reckoner)
            rows.clear()

    for _, resource in _resources(path):
        rows += _entries(resource, patients)
        if len(rows) >= _AT_ONCE:
            send()
    send()


def _entries(resource: dict[str, Any], patients: Patients) -> Iterable[tuple[str, str, str, str]]:
    """Number, code, day and scheme of each coding; of a patient the number alone, so that they are known."""
    if resource.get("resourceType") == "Patient":
        return [(_number(resource.get("identifier")) or "", "", "", "")]
    if resource.get("status") == "entered-in-error" or _codes(resource.get("verificationStatus")) == [
        "entered-in-error"
    ]:
        return []
    subject = _table(resource.get("subject") or resource.get("patient"))
    number = _number([subject.get("identifier")]) or _by_reference(str(subject.get("reference") or ""), patients)
    day = _day(resource)
    codings = _list(_table(resource.get("code")).get("coding"))
    return [(number, str(c.get("code") or ""), day, str(c.get("system") or "")) for c in map(_table, codings)]


def _by_reference(reference: str, patients: Patients) -> str:
    last_two = "/".join(reference.split("/")[-2:])
    return patients.get(reference, patients.get(last_two)) or ""


def _day(resource: dict[str, Any]) -> str:
    """The clinical day as text, in London where a time has a zone; blank where none is said."""
    said = next((str(resource[name]) for name in _DATES if resource.get(name)), None)
    said = said or next((str(_table(resource[n]).get("start") or "") for n in _PERIODS if resource.get(n)), "")
    if "T" not in said:
        return said
    try:
        when = instant(said)
    except ValueError:
        return said
    return london_date(when).isoformat() if isinstance(when, datetime) else said


def _number(identifiers: Any) -> str | None:
    for one in map(_table, _list(identifiers)):
        if one.get("system") in SYSTEMS:
            return str(one.get("value") or "")
    return None


def _codes(concept: Any) -> list[str]:
    return [str(_table(coding).get("code")) for coding in _list(_table(concept).get("coding"))]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _resources(path: Path) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Every resource with its full address: of a bundle, of bundles a line each, or of resources a line each."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
            try:
                head = json.loads(first)
            except ValueError:  # not a line each: one document over many lines
                head, rest = json.loads(first + file.read()), iter(())
            else:
                rest = (json.loads(line) for line in file if line.strip())
            for document in chain((head,), rest):
                yield from _opened(document)
    except (ValueError, RecursionError):
        raise _damaged() from None


def _opened(document: Any) -> Iterator[tuple[str | None, dict[str, Any]]]:
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise _damaged()
    if document["resourceType"] != "Bundle":
        yield None, document
        return
    for entry in map(_table, _list(document.get("entry"))):
        if isinstance(entry.get("resource"), dict):
            url = entry.get("fullUrl")
            yield (url if isinstance(url, str) else None), entry["resource"]


def _damaged() -> UnfitData:
    return UnfitData("codes-fhir", "A file of coded entries begins as JSON and is no whole FHIR bundle or NDJSON.")
