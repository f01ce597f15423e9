"""Which FHIR resources are about somebody, and under which systems NHS numbers stand: the dated table `compartment.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

PATIENT = "Patient"
BINARY = "Binary"
PEOPLE = frozenset((PATIENT, "Person", "RelatedPerson"))


@dataclass(frozen=True, slots=True)
class Compartment:
    """The table. The types of resources in neither set are not known."""

    about_somebody: frozenset[str]
    about_nobody: frozenset[str]
    systems: tuple[str, ...]
    homes: frozenset[str]


@cache
def compartment() -> Compartment:
    """The table as it stands."""
    told = tomllib.loads(files("ndoo.upholding.fhir").joinpath("compartment.toml").read_text(encoding="utf-8"))
    return Compartment(
        frozenset(told["about_somebody"]),
        frozenset(told["about_nobody"]),
        tuple(_plain(system) for system in told["nhs_number_systems"]),
        frozenset(told["homes"]),
    )


@lru_cache(1 << 12)
def is_of_nhs_numbers(system: str) -> bool:
    """Is this the system of NHS numbers?"""
    return _plain(system) in compartment().systems


def is_known(kind: str) -> bool:
    """Is this a type of FHIR's, of any version?"""
    return is_about_somebody(kind) or is_about_nobody(kind)


def is_about_somebody(kind: str) -> bool:
    """Is this a type of resources that are about somebody?"""
    return kind in compartment().about_somebody


def is_about_nobody(kind: str) -> bool:
    """Is this a type of resources that are about nobody?"""
    return kind in compartment().about_nobody


def _plain(system: str) -> str:
    return system.strip().lower().replace("http://", "https://").rstrip("/")
