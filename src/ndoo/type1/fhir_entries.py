"""Reads coded entries from FHIR, bundles and NDJSON: every coding of every resource, under its subject's NHS number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.london import instant, london_date
from ndoo.type1.arrow_entries import feed_arrow
from ndoo.type1.code_cell import CodeReader, CodeSays
from ndoo.type1.code_table import code_table
from ndoo.type1.columns import ColumnPlaces
from ndoo.type1.latest_entry import Reckoner

SYSTEMS = (
    "https://fhir.nhs.uk/Id/nhs-number",
    "http://fhir.nhs.net/Id/nhs-number",
    "urn:oid:2.16.840.1.113883.2.1.4.1",
)
"""Under which NHS numbers stand in FHIR, the first now, the others in older records."""
_NHS_NUMBER = frozenset(system.casefold() for system in SYSTEMS)
_DATES = ("effectiveDateTime", "performedDateTime", "occurrenceDateTime", "onsetDateTime", "recordedDate")
_PERIODS = ("effectivePeriod", "performedPeriod", "period")
_AS_IT_IS = (None, "final", "amended", "corrected", "active", "completed", "confirmed", "recurrence", "relapse")
"""Under these statuses an entry says what its code says. Under another it is uncertain, and held."""
_TRACE = re.compile(
    r"[^\x00-\x7f]|[&%\\]|(?:[0-9][\W_]*){9}|[0-9]e[+0-9]|9[\W_]*n[\W_]*u|x[\W_]*a[\W_]*z|dissent|type", re.IGNORECASE
)
"""A text is read only where one of these stands in it: without any, no code of ours does."""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,20}(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_UNREAD = frozenset(
    ("div", "data", "system", "url", "reference", "resourceType", "id", "profile", "unit", "lastUpdated")
)
_OUR_POWER = re.compile(r"(?<![0-9.,])8(?:[.,](?:3|27[0-9]*))?e\+?14(?![0-9])", re.IGNORECASE)
"""A code of ours as a power of ten. Others outside of codes are measurements."""
_LEAST_NUMBER = 10**8
_AT_ONCE = 1 << 16
_PLACES = ColumnPlaces(0, (3,), 1, 2)
Patients = dict[str, tuple[str, ...]]
"""A patient's NHS numbers by every name by which a subject may be called; several where a name means several people."""
Entry = tuple[str, str, str, str]
"""Number, day, scheme and code."""


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
                for name in filter(None, (url, f"Patient/{resource['id']}" if resource.get("id") else None)):
                    found[name] = tuple(dict.fromkeys((*found.get(name, ()), *_numbers(resource.get("identifier")))))
    return found


def feed_fhir(path: Path, reckoner: Reckoner, patients: Patients) -> None:
    """Send every coding to `reckoner`. One whose subject nobody knows has no number, and is held if it is a Type 1.

    Raises:
        UnfitData: the file is damaged or holds no FHIR.
    """
    import pyarrow as pa

    rows: list[Entry] = []
    reader = CodeReader(code_table())

    @lru_cache(maxsize=1 << 14)
    def may_say(text: str) -> int:
        if not _TRACE.search(text) or _TIME.fullmatch(text):
            return 0
        reading = reader.read(text)
        if reading.damaged and _OUR_POWER.search(text):
            return int(CodeSays.DISSENT)
        return int((reading.sure | reading.maybe | reading.near) & ~CodeSays.TYPE2)

    def send() -> None:
        if rows:
            columns = [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]
            feed_arrow(columns, _PLACES, reckoner)
            rows.clear()

    for _, resource in _resources(path):
        rows += _entries(resource, patients, may_say)
        if len(rows) >= _AT_ONCE:
            send()
    send()


def _entries(resource: dict[str, Any], patients: Patients, may_say: Callable[[str], int]) -> Iterable[Entry]:
    """The entries of one resource; of a patient the number alone, so that they are known.

    A code that is not the entry's own, or whose entry is no plain statement, is written so that it is uncertain.
    """
    if resource.get("resourceType") == "Patient":
        numbers, own = _numbers(resource.get("identifier")) or ("",), [("", "")]
    else:
        if _statuses(resource) == ["entered-in-error"]:
            return
        numbers = _subjects(resource, patients) or ("",)
        own = [
            (_said(c.get("code")), _said(c.get("system")))
            for c in map(_table, _list(_table(resource.get("code")).get("coding")))
        ]
    plain = len(numbers) == 1 and _is_plain(resource)
    day = _day(resource)
    for number in numbers:
        for code, system in own:
            yield number, day, system, code if plain or not code else f"uncertain: {code}"
    says = 0
    for code, _ in own:
        says |= may_say(code)
    for text in _texts(resource):
        if may_say(text) & ~says:
            yield from ((number, day, "", f"elsewhere: {text}") for number in numbers)


def _is_plain(resource: dict[str, Any]) -> bool:
    """Does the resource state what its code says, without an "if" or a "not"?"""
    return (
        all(status in _AS_IT_IS for status in _statuses(resource))
        and resource.get("valueBoolean") is not False
        and not resource.get("modifierExtension")
        and not resource.get("doNotPerform")
    )


def _statuses(resource: dict[str, Any]) -> list[str]:
    own = [str(resource["status"])] if resource.get("status") else []
    return own + [code for name in ("verificationStatus", "clinicalStatus") for code in _codes(resource.get(name))]


def _texts(resource: dict[str, Any]) -> list[str]:
    """Every text in a resource in which one of our codes may stand, and every number as long as one."""
    found: list[str] = []
    left: list[tuple[str, Any]] = list(resource.items())
    while left:
        key, value = left.pop()
        if key in _UNREAD:
            continue
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += [(key, inner) for inner in value]
        elif isinstance(value, (int, float)) and value >= _LEAST_NUMBER:
            found.append(str(value))
    return found


def _subjects(resource: dict[str, Any], patients: Patients) -> tuple[str, ...]:
    """The NHS numbers of whom an entry is about."""
    subject = _table(resource.get("subject") or resource.get("patient"))
    if numbers := _numbers([subject.get("identifier")]):
        return numbers
    reference = str(subject.get("reference") or "").partition("/_history/")[0]
    if reference.startswith("#"):
        within = (r for r in map(_table, _list(resource.get("contained"))) if r.get("id") == reference[1:])
        return next((_numbers(r.get("identifier")) for r in within), ())
    return patients.get(reference) or patients.get("/".join(reference.split("/")[-2:]), ())


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


def _numbers(identifiers: Any) -> tuple[str, ...]:
    """The NHS numbers among identifiers, each once."""
    of_the_nhs = (
        _said(one.get("value"))
        for one in map(_table, _list(identifiers))
        if any(_said(system).rstrip("/").casefold() in _NHS_NUMBER for system in _as_list(one.get("system")))
    )
    return tuple(dict.fromkeys(of_the_nhs))


def _codes(concept: Any) -> list[str]:
    """The codes of a concept, or of what older resources have in its place: a code alone."""
    if isinstance(concept, str):
        return [concept]
    return [str(_table(coding).get("code")) for coding in _list(_table(concept).get("coding"))]


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
                head = _parsed(first)
            except ValueError:  # not a line each: one document over many lines
                head, rest = _parsed(first + file.read()), iter(())
            else:
                rest = (_parsed(line) for line in file if line.strip())
            for document in chain((head,), rest):
                yield from _opened(document)
    except (ValueError, RecursionError):
        raise _damaged() from None


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a property that stands twice programs read one, and not all the same one."""
    made = dict(members)
    if len(made) != len(members):
        raise ValueError
    return made


_parsed = json.JSONDecoder(object_pairs_hook=_each_once).decode


def _opened(document: Any, url: str | None = None) -> Iterator[tuple[str | None, dict[str, Any]]]:
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise _damaged()
    if document["resourceType"] != "Bundle":
        yield url, document
        return
    for entry in map(_table, _list(document.get("entry"))):
        if isinstance(entry.get("resource"), dict):
            named = entry.get("fullUrl")
            yield from _opened(entry["resource"], named if isinstance(named, str) else None)


def _damaged() -> UnfitData:
    return UnfitData(
        "codes-fhir",
        "A file of coded entries begins as JSON and is not a complete FHIR bundle or NDJSON file, or an object in it has a property twice, "
        "of which programs read different ones. Export it again.",
    )
