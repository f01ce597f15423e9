"""What does a FHIR resource say of people? Whose numbers stand in it, and which other resources it refers to, at any depth."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ndoo.domain.errors import UnfitData

PATIENT = "Patient"
_RELATIVE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Compartment:
    """The dated table `compartment.toml`."""

    about_nobody: frozenset[str]
    systems: frozenset[str]


@cache
def compartment() -> Compartment:
    """The table as it stands."""
    told = tomllib.loads(files("ndoo.upholding.fhir").joinpath("compartment.toml").read_text(encoding="utf-8"))
    return Compartment(frozenset(told["about_nobody"]), frozenset(told["nhs_number_systems"]))


@dataclass(frozen=True, slots=True)
class Saying:
    """One resource. `numbers` are as written; `keys` are the names by which others refer to it."""

    kind: str
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    refers_to: tuple[str, ...]
    nowhere: bool
    """It refers to something that nobody could find: a reference of an unknown form, or to what it should contain."""

    @property
    def about_somebody(self) -> bool:
        """Must it lead to a person? Every type but those that are known to be about nobody."""
        return self.kind not in compartment().about_nobody


def said_by(resource: dict[str, Any], full_url: str | None) -> Saying:
    """What a resource says.

    Raises:
        UnfitData: it has no type, or is a bundle inside of something.
    """
    kind, name = resource.get("resourceType"), resource.get("id")
    if not isinstance(kind, str) or kind == "Bundle" or not isinstance(name, str | None):
        raise unfit()
    numbers, refers_to, inside = list[str](), dict[str, None](), set[str]()
    nowhere = False
    for part in _parts(resource, 0):
        if "resourceType" in part and part is not resource and isinstance(part.get("id"), str):
            inside.add("#" + part["id"].removeprefix("#"))
        if part.get("system") in compartment().systems:
            numbers.append(str(part.get("value") or ""))
        reference = part.get("reference")
        if isinstance(reference, str):
            refers_to[reference] = None
    outward = []
    for reference in refers_to:
        if reference.startswith("#"):
            nowhere |= reference != "#" and reference not in inside
        elif named := _named(reference):
            outward.append(named)
        else:
            nowhere = True
    keys = tuple(key for key in (name and f"{kind}/{name}", full_url and _named(full_url)) if key)
    return Saying(kind, tuple(dict.fromkeys(keys)), tuple(numbers), tuple(dict.fromkeys(outward)), nowhere)


def is_about_nobody(reference: str) -> bool:
    """Does this name a resource of a type that is about nobody, so that it need not be here?"""
    return reference.partition("/")[0] in compartment().about_nobody


def unfit() -> UnfitData:
    return UnfitData(
        "fhir-unfit", "The input begins as JSON and is no whole FHIR bundle, and no FHIR resources a line each."
    )


def _named(reference: str) -> str | None:
    """`Type/id`, or the whole of a `urn:`; None for what is neither."""
    if reference.startswith(("urn:uuid:", "urn:oid:")):
        return reference
    found = _RELATIVE.fullmatch(reference)
    return f"{found[1]}/{found[2]}" if found else None


def _parts(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Every object in it."""
    if depth > _DEEPEST:
        raise unfit()
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _parts(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _parts(one, depth + 1)
