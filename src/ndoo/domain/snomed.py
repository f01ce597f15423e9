"""Recognises a SNOMED CT identifier. Its form says so: how long it is, its partition, and Verhoeff's check digit."""

from __future__ import annotations

_MULTIPLY = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTE = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
"""Verhoeff's dihedral group and permutation."""
_PARTITIONS = frozenset(("00", "01", "02", "10", "11", "12"))
"""Concept, description, relationship; without and with a namespace."""


def agrees_with_verhoeff(digits: str) -> bool:
    """Does the last digit agree with those before it? (J. Verhoeff, 1969)"""
    row = 0
    for at, digit in enumerate(reversed(digits)):
        row = int(_MULTIPLY[row][int(_PERMUTE[at % 8][int(digit)])])
    return row == 0


def is_snomed_identifier(digits: str) -> bool:
    """A SNOMED CT identifier: 6 to 18 digits that begin with none, a partition that exists, Verhoeff's check digit."""
    return 6 <= len(digits) <= 18 and digits[0] != "0" and digits[-3:-1] in _PARTITIONS and agrees_with_verhoeff(digits)
