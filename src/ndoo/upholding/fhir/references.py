"""How one resource names another: the forms of a literal reference, and what stands in texts and addresses that would lead to one.

Every resource has names, and every reference has some; a reference leads to whatever has one of its names. A name is a text: `Patient/p1` for
whoever has that type and id, `/Patient/p1` for one that is of no server in particular, `https://a.test/fhir/Patient/p1`,
`urn:uuid:…`, or `?system|value` for an identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from ndoo.upholding.fhir.compartment import BINARY, PATIENT, is_about_nobody, is_about_somebody, is_known

_ID = r"[A-Za-z0-9.-]{1,64}"
_LITERAL = re.compile(
    rf"(?P<base>https?://[^\s?#|]+?/)?(?:\.?/)?(?P<kind>[A-Z][A-Za-z]*)/(?P<id>{_ID})(?:/_history/{_ID})?(?:[#|].*)?"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_GLOBAL_URN = re.compile(rf"urn:(?:uuid:{_UUID.pattern}|oid:[0-9.]+)", re.IGNORECASE)
_IN_TEXT = re.compile(rf"(?<![A-Za-z])([A-Z][A-Za-z]+)/({_ID})")
_SEARCH = re.compile(r"(?:([A-Z][A-Za-z]+)/?)?\?(\S+)")
_OF_A_PATIENT = re.compile(r"(patient|subject|[A-Za-z_.-]+:Patient)(?:\.(?:_id|identifier))?")
_SHORT = 256


@dataclass(frozen=True, slots=True)
class FhirReference:
    """Where one reference leads."""

    names: tuple[str, ...]
    """It leads to all that have one of these."""
    otherwise: tuple[str, ...] = ()
    """And where nothing has, to all that have one of these: they are followed, but may not be what was meant."""
    needed: bool = False
    """It must lead to something by `names`, or nobody can tell whose the resource is."""
    base: str | None = None
    """The server that it names. Where that is the server of the export, the first of `otherwise` is as good as `names`."""
    kind: str = ""
    """The type of what it leads to, where it says so."""


def literal(text: str, base: str | None, scope: str) -> FhirReference:
    """A reference as `FhirReference.reference` has it: `Type/id`, an absolute address, a `urn:`, a search; or nothing of the kind.

    Args:
        base: the server of the resource in which it stands, as the full address of that says; None where nothing says.
        scope: the bundle in which it stands, for names that are nobody's but its own.
    """
    found = _LITERAL.fullmatch(text)
    if found:
        kind, name = found["kind"], f"{found['kind']}/{found['id']}"
        needed = not is_about_nobody(kind)
        if found["base"]:
            return FhirReference((found["base"] + name,), (f"/{name}", name), needed, found["base"], kind)
        if base:
            return FhirReference((base + name, f"/{name}"), (name,), needed, kind=kind)
        return FhirReference((name,), needed=needed, kind=kind)
    search = _SEARCH.fullmatch(text)
    if search and search[1]:
        kind = search[1]
        return FhirReference(tuple(_in_search(kind, search[2])), needed=not is_about_nobody(kind), kind=kind)
    return FhirReference((urn(text, scope),), in_text(text), needed=True)


def addressed(text: str, base: str | None, scope: str) -> FhirReference:
    """Any other element that is an address, such as `Attachment.url`: what it leads to need not be a resource at all.

    A literal reference to what could be about somebody must lead to it all the same, but for the bytes of a document.
    """
    found = literal(text, base, scope)
    needed = found.needed and is_about_somebody(found.kind) and found.kind != BINARY and bool(_LITERAL.fullmatch(text))
    return FhirReference(found.names, (*found.otherwise, *in_text(text)), needed, found.base, found.kind)


def logical(system: object, value: object) -> str | None:
    """The name that an identifier gives; None where it gives none."""
    return f"?{system}|{value}" if isinstance(system, str) and isinstance(value, str) and value else None


def in_text(text: str) -> tuple[str, ...]:
    """The names of resources that stand in a text: `Type/id`, UUIDs, and searches for what is a patient's."""
    if len(text) > _SHORT:
        return tuple(dict.fromkeys(_in_text(text)))
    return _in_short_text(text)


@lru_cache(1 << 14)
def _in_short_text(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_in_text(text)))


def _in_text(text: str) -> Iterator[str]:
    if "%" in text:
        text += " " + unquote(text)
    if "/" in text:
        for kind, name in _IN_TEXT.findall(text):
            if is_known(kind):
                yield f"{kind}/{name}"
                yield f"{kind}/{name.rstrip('.-')}"
    if "-" in text:
        for found in _UUID.findall(text):
            yield f"urn:uuid:{found.lower()}"
    if "?" in text:
        for found in _SEARCH.finditer(text):
            yield from _in_search(found[1] or "", found[2])


def _in_search(kind: str, query: str) -> Iterator[str]:
    """What a search asks for: `Observation?patient=p1`, `Patient?_id=p1`, `Patient?identifier=system|value`."""
    for name, values in parse_qsl(query):
        for value in values.split(","):
            if "|" in value:
                yield f"?{value}"
            elif kind and name == "_id":
                yield f"{kind}/{value}"
            elif _OF_A_PATIENT.fullmatch(name):
                yield f"{PATIENT}/{value}"


def own_names(kind: str, name: str | None, full_url: str | None, scope: str) -> tuple[tuple[str, ...], str | None]:
    """The names of a resource, and the server that it is on: None where nothing says.

    Args:
        name: its id.
        full_url: of the entry in which it stands.
    """
    names, base = list[str](), None
    if full_url:
        found = _LITERAL.fullmatch(full_url)
        if found and found["base"]:
            base = found["base"]
            names += [f"{base}{found['kind']}/{found['id']}", f"{found['kind']}/{found['id']}"]
        else:
            names.append(urn(full_url, scope))
    if name:
        names += [f"{kind}/{name}"] if base else [f"{kind}/{name}", f"/{kind}/{name}"]
        if _UUID.fullmatch(name):
            names.append(f"urn:uuid:{name.lower()}")
    return tuple(dict.fromkeys(names)), base


def urn(text: str, scope: str) -> str:
    """The name that is a `urn:` or any other address. One that is not unique by itself counts in its bundle alone."""
    return text.lower() if _GLOBAL_URN.fullmatch(text) else f" {scope} {text}"
