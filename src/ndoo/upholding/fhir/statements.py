"""What a piece of an export says of people: whose numbers stand in it, what it leads to, at any depth, and everything that can be searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.upholding.fhir.compartment import (
    BINARY,
    PATIENT,
    PEOPLE,
    compartment,
    is_about_nobody,
    is_known,
    is_of_nhs_numbers,
)
from ndoo.upholding.fhir.documents import as_json, carried_by, decoded, text_of
from ndoo.upholding.fhir.json_text import DEEPEST, Json, JsonNumber, NotFHIR
from ndoo.upholding.fhir.references import FhirReference, addressed, in_text, literal, logical, own_names
from ndoo.upholding.fhir.resources import FhirPiece, PieceKind
from ndoo.upholding.table_links.levels import Level

BUNDLE = "Bundle"
ENTRY = "Bundle.entry"
"""The type of an entry in which no resource stands, such as what was deleted."""
_SAME_PERSON = {PATIENT: ("link", "other"), "Person": ("link", "target"), "Linkage": ("item", "resource")}
"""Where a resource says that another is about the same person."""
_WHOSE = frozenset(("subject", "patient", "beneficiary"))
_EXTENSIONS = frozenset(("extension", "modifierExtension"))
_DOCUMENTS_IN_EACH_OTHER = 4


@dataclass(slots=True)
class PieceStatement:
    """What one piece says."""

    kind: str
    names: tuple[str, ...] = ()
    """By which others refer to it."""
    about_somebody: bool = True
    """It must lead to a person."""
    about_nobody: bool = False
    """It stays by itself, but for what leads to it."""
    home: bool = False
    """It is the place where somebody lives."""
    numbers: list[str] = field(default_factory=list)
    """NHS numbers as they are written, "" where one is missing."""
    references: list[FhirReference] = field(default_factory=list)
    mentioned: dict[str, None] = field(default_factory=dict)
    """Names that stand in a text or an address: they may lead to a resource, and need not."""
    same_person: list[FhirReference] = field(default_factory=list)
    """Those of them that name a person who is the person of this."""
    doubt: Level = Level.STAYS
    """What it comes to at least."""
    unsearchable: bool = False
    """It carries a document that is no text."""
    texts: list[str] = field(default_factory=list)
    """Everything in it that is neither a classified number nor the name of a property of FHIR's."""


def statement_of(piece: FhirPiece, scope: str) -> PieceStatement:
    """What a piece says.

    Args:
        scope: the bundle in which it stands; "" for none.

    Raises:
        NotFHIR: it has no type, or is a bundle inside of something.
    """
    content = piece.content
    if piece.form is PieceKind.BUNDLE:
        said = PieceStatement(BUNDLE, about_somebody=False)
        _Walk(said, content, None, scope).through(content)
        return said
    resource = content.get("resource") if piece.form is PieceKind.ENTRY else content
    full_url = content.get("fullUrl") if piece.form is PieceKind.ENTRY else None
    if not isinstance(full_url, str | None):
        raise NotFHIR("the full address of an entry is no text")
    if resource is None:
        said = PieceStatement(ENTRY)
        _Walk(said, {}, None, scope).through(content)
        said.about_somebody = not said.references or not all(is_about_nobody(one.kind) for one in said.references)
        return said
    if not isinstance(resource, dict):
        raise NotFHIR("the resource of an entry is no object")
    kind, name = resource.get("resourceType"), resource.get("id")
    if not isinstance(kind, str):
        raise NotFHIR("a resource has no type (rows in JSON that are no FHIR are to be saved as CSV or Parquet)")
    if kind == BUNDLE:
        raise NotFHIR("a bundle stands in a bundle")
    if not isinstance(name, str | None):
        raise NotFHIR("the id of a resource is no text")
    names, base = own_names(kind, name, full_url, scope)
    identifiers = (logical(one.get("system"), one.get("value")) for one in _objects(resource.get("identifier")))
    said = PieceStatement(kind, (*names, *filter(None, identifiers)))
    said.about_nobody = is_about_nobody(kind)
    said.about_somebody = not said.about_nobody
    said.home = kind == "Location" and not compartment().homes.isdisjoint(_codes(resource))
    if not is_known(kind):
        said.doubt = Level.AMBIGUOUS
    _Walk(said, resource, base, scope).through(content)
    if kind == PATIENT and not any(_is_numbered(one) for one in _objects(resource.get("identifier"))):
        said.numbers.append("")
    if kind in _SAME_PERSON:
        said.same_person += _same_person(resource, *_SAME_PERSON[kind], base, scope)
    return said


class _Walk:
    """Goes through a piece once, and takes down what it says.

    Args:
        resource: the resource that is the piece, or stands in it.
        base: the server that it is on.
    """

    def __init__(self, said: PieceStatement, resource: dict[str, Json], base: str | None, scope: str) -> None:
        self._said, self._resource, self._base, self._scope = said, resource, base, scope
        self._inside = {"#"}
        self._within: list[str] = []
        self._documents = 0

    def through(self, content: dict[str, Json]) -> None:
        """All of it."""
        self._object(content, "", 0)
        if not self._inside.issuperset(self._within):
            self._said.doubt = max(self._said.doubt, Level.ORPHAN)

    def _object(self, part: dict[str, Json], key: str, depth: int) -> None:
        if depth > DEEPEST:
            raise NotFHIR("it is nested too deeply")
        if "resourceType" in part and part is not self._resource:
            self._contained(part)
        aside = self._identified(part)
        if "identifier" in part:
            self._logically_referred(part, key)
        for name, value in part.items():
            if name == aside:
                continue
            if isinstance(value, str):
                if holds_bytes(name, self._said.kind) and "origin" not in part:
                    self._document(value, part.get("contentType"))
                else:
                    self._text(value, name, key)
            elif isinstance(value, dict):
                self._object(value, name, depth + 1)
            elif isinstance(value, list):
                self._list(value, name, depth + 1)
            elif isinstance(value, JsonNumber):
                self._said.texts.append(value.text)
                self._mistaken(name == "reference")
            if has_digits(name):
                self._said.texts.append(name)

    def _list(self, values: list[Json], name: str, depth: int) -> None:
        """Texts side by side are looked at as one: a number may be parted by them."""
        if depth > DEEPEST:
            raise NotFHIR("it is nested too deeply")
        before = len(self._said.texts)
        whole = True
        for value in values:
            if isinstance(value, dict):
                self._object(value, name, depth + 1)
                whole = False
            elif isinstance(value, list):
                self._list(value, name, depth + 1)
                whole = False
            elif isinstance(value, JsonNumber):
                self._said.texts.append(value.text)
            elif isinstance(value, str) and holds_bytes(name, self._said.kind):
                self._document(value, None)
            elif isinstance(value, str):
                self._text(value, name, name)
        if whole and len(values) > 1:
            self._said.texts[before:] = [" ".join(self._said.texts[before:])]

    def _text(self, text: str, name: str, key: str) -> None:
        said = self._said
        said.texts.append(text)
        if "base64" in text:
            for carried in carried_by(text):
                self._carried(carried)
        if self._documents:
            self._mentioned(text)
        elif name == "reference":
            if text.startswith("#"):
                self._within.append(text)
            else:
                self._refer(literal(text, self._base, self._scope))
        elif name in ("id", "fullUrl"):
            return
        elif is_address(name) and not (name == "url" and key in _EXTENSIONS):
            if not text.startswith("#"):
                self._refer(addressed(text, self._base, self._scope))
        else:
            self._mentioned(text)

    def _refer(self, reference: FhirReference) -> None:
        for name in reference.names:
            self._numbered(name)
        self._said.references.append(reference)

    def _mentioned(self, text: str) -> None:
        for name in in_text(text):
            self._numbered(name)
            self._said.mentioned[name] = None

    def _numbered(self, name: str) -> None:
        """A search for an NHS number names whom it is of."""
        if name.startswith("?"):
            system, _, value = name[1:].partition("|")
            if is_of_nhs_numbers(system) and isinstance(read(value), NHSNumber):
                self._said.numbers.append(value)

    def _identified(self, part: dict[str, Json]) -> str | None:
        """Take an NHS number; the property in which one stands, that need not be looked at any more."""
        system = part.get("system")
        if not isinstance(system, str):
            self._mistaken(system is not None and "value" in part)
            return None
        if not is_of_nhs_numbers(system):
            return None
        value = part.get("value")
        if isinstance(value, JsonNumber):
            value = value.text
        if value is None:
            self._said.numbers += [] if self._said.about_nobody else [""]
            return None
        if not isinstance(value, str):
            self._said.numbers.append("?")
            return None
        self._said.numbers.append(value.encode("utf-8", "replace").decode())
        return "value"

    def _logically_referred(self, part: dict[str, Json], key: str) -> None:
        identifier = part["identifier"]
        if not isinstance(identifier, dict) or "resourceType" in part:
            return
        name = logical(identifier.get("system"), identifier.get("value"))
        if name is None or is_of_nhs_numbers(str(identifier.get("system"))):
            return
        kind = str(part.get("type") or "").rpartition("/")[2]
        alone = "reference" not in part and not self._documents
        self._said.references.append(FhirReference((name,), needed=alone and (kind in PEOPLE or key in _WHOSE)))

    def _contained(self, part: dict[str, Json]) -> None:
        kind, name = part["resourceType"], part.get("id")
        if kind == BUNDLE and not self._documents:
            raise NotFHIR("a bundle stands in a resource")
        if isinstance(name, str) and not self._documents:
            self._inside.add("#" + name.removeprefix("#"))
        if kind == PATIENT and not any(_is_numbered(one) for one in _objects(part.get("identifier"))):
            self._said.numbers.append("")

    def _document(self, text: str, content_type: Json) -> None:
        raw = decoded(text)
        if raw is None:
            self._said.texts.append(text)
            self._said.unsearchable |= self._said.kind != "AuditEvent"
        elif raw:
            self._carried(text_of(raw, content_type if isinstance(content_type, str) else ""))

    def _carried(self, text: str | None) -> None:
        """A document, as text; None where it is none."""
        self._documents += 1
        if text is None or self._documents > _DOCUMENTS_IN_EACH_OTHER:
            self._said.unsearchable = True
        else:
            self._said.texts.append(text)
            self._mentioned(text)
            for carried in carried_by(text):
                self._carried(carried)
            value = as_json(text)
            if value is not None:
                self._list([value], "", 0)
        self._documents -= 1

    def _mistaken(self, so: bool) -> None:
        """What should say whose it is, is of a type that nobody expects."""
        if so and not self._documents:
            self._said.doubt = max(self._said.doubt, Level.AMBIGUOUS)


@lru_cache(1 << 10)
def is_address(name: str) -> bool:
    """Is a property of this name an address?"""
    return name in ("url", "uri", "location", "source", "criteria") or name.endswith(("Url", "Uri", "Canonical"))


@lru_cache(1 << 10)
def holds_bytes(name: str, kind: str) -> bool:
    """Does a property of this name hold base64, in a resource of this type?"""
    if name in ("data", "blob", "carrierAIDC") or name.endswith("Base64Binary"):
        return True
    return (name, kind) in (("content", BINARY), ("query", "AuditEvent"))


@lru_cache(1 << 12)
def has_digits(name: str) -> bool:
    """Could it hold a number?"""
    return any(sign.isdigit() for sign in name)


def _same_person(
    resource: dict[str, Json], many: str, one: str, base: str | None, scope: str
) -> Iterator[FhirReference]:
    for link in _objects(resource.get(many)):
        target = link.get(one)
        reference = target.get("reference") if isinstance(target, dict) else None
        if isinstance(reference, str):
            yield literal(reference, base, scope)


def _codes(resource: dict[str, Json]) -> Iterator[str]:
    """What a place is said to be."""
    for name in ("physicalType", "form", "type"):
        for concept in _objects(resource.get(name)):
            for coding in _objects(concept.get("coding")):
                code = coding.get("code")
                if isinstance(code, str):
                    yield code


def _is_numbered(identifier: dict[str, Json]) -> bool:
    system = identifier.get("system")
    return isinstance(system, str) and is_of_nhs_numbers(system)


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """The objects of a list, or the one that stands there without a list."""
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))
