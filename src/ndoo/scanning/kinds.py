"""What a column can hold: the kinds of the contract, and how each is recognised: one small file for each in `detectors/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any


class ColumnKind(StrEnum):
    """The contract's kinds."""

    NHS_NUMBER = "nhs_number"
    CHI_NUMBER = "chi_number"
    DATE_OF_BIRTH = "date_of_birth"
    POSTCODE = "postcode"
    NAME = "name"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    ICD10 = "icd10"
    SNOMED_CT = "snomed_ct"
    OPCS4 = "opcs4"
    READ_CODE = "read_code"
    FREE_TEXT = "free_text"
    NONE = "none"


class KindSays(StrEnum):
    """What a column of a kind says about somebody."""

    IDENTIFIES = "identifies"
    CONTACT = "contact"
    """Identifies, and is no more than a way to reach somebody."""
    NARROWS = "narrows"
    """Identifies with other things that a recipient is likely to have."""
    HEALTH = "health"
    ANYTHING = "anything"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Detector:
    """How one kind is recognised. Shares are of the cells that are not blank, from 0 to 1."""

    kind: ColumnKind
    called: str
    says: KindSays
    order: int
    headings: tuple[str, ...]
    never_with: frozenset[str]
    form: re.Pattern[str] | None
    inside: re.Pattern[str] | None
    check: str
    share: float
    share_with_heading: float
    different: int
    categories: frozenset[str]
    source: str


@cache
def detectors() -> tuple[Detector, ...]:
    """The table, in the order in which kinds are tried."""
    entries = sorted(files("ndoo.scanning").joinpath("detectors").iterdir(), key=lambda entry: entry.name)
    found = [_detector(tomllib.loads(e.read_text(encoding="utf-8"))) for e in entries if e.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda detector: detector.order))


@cache
def says(kind: ColumnKind) -> KindSays:
    """What a column of this kind says."""
    return next((detector.says for detector in detectors() if detector.kind is kind), KindSays.NOTHING)


@cache
def edition() -> str:
    """Changes whenever a rule does, so that a table is read again when there are better rules."""
    digest = sha256()
    for folder in ("detectors", "lexicons", "."):
        place = files("ndoo.scanning").joinpath(folder)
        for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith((".toml", ".py")):
                digest.update(entry.read_bytes())
    return digest.hexdigest()[:16]


def _detector(entry: Mapping[str, Any]) -> Detector:
    form, inside = entry.get("form"), entry.get("inside")
    pattern = None if form in (None, "date") else re.compile(str(form))
    return Detector(
        ColumnKind(entry["kind"]),
        entry["is"],
        KindSays(entry["says"]),
        entry["order"],
        tuple(entry["heading"]),
        frozenset(entry.get("never_with", ())),
        pattern,
        re.compile(inside) if inside else None,
        entry.get("check", "date" if form == "date" else ""),
        entry.get("share", 1.0),
        entry.get("share_with_heading", 1.0),
        entry.get("different", 1),
        _categories(entry.get("categories", "")),
        entry["source"],
    )


def _categories(text: str) -> frozenset[str]:
    """ "A00-02 B10-10" is A00, A01, A02 and B10."""
    return frozenset(
        f"{part[0]}{number:02}" for part in text.split() for number in range(int(part[1:3]), int(part[4:6]) + 1)
    )
