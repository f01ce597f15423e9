"""Tells codes of diagnoses from codes of procedures. ICD-10 and OPCS-4 codes look the same; their first letters are not equally common."""

from __future__ import annotations

import math
from collections import Counter

from ndoo.scanning.kinds import ColumnKind, detectors

_COMMON: dict[ColumnKind, str] = {ColumnKind.ICD10: "IJKRENZCMFSGA", ColumnKind.OPCS4: "YZXUWHGLMTKA"}
"""First letters that most hospital diagnoses, or procedures and sites, have: circulation, breathing, signs …; methods,
sites, imaging … (a design choice; a heading decides before it)."""


def better_code(cells: Counter[str]) -> ColumnKind:
    """Which of the two these codes are more like, each different code once."""
    score = 0.0
    tables = {d.kind: d.categories for d in detectors() if d.categories}
    for value in cells:
        for kind, sign in ((ColumnKind.ICD10, 1), (ColumnKind.OPCS4, -1)):
            score += sign * (math.log(20) if value[:3] in tables[kind] else 0.0)
            score += sign * (math.log(3) if value[:1] in _COMMON[kind] else 0.0)
    return ColumnKind.ICD10 if score >= 0 else ColumnKind.OPCS4
