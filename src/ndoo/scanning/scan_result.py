"""What a scan found: columns and tables as values, with reasons; nothing in them comes from the data but names, and those masked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ndoo.scanning.kinds import ColumnKind


class ScanVerdict(StrEnum):
    """Is it confidential patient information? Three answers; what is not known is never no."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class ColumnFinding:
    """What one column holds. `share` of its cells that are not blank has the form of `kind`; both from 0 to 1."""

    name: str
    kind: ColumnKind
    share: float
    confidence: float
    because: str
    holds: tuple[ColumnKind, ...] = ()
    """What stands inside its texts besides."""
    suspected: tuple[ColumnKind, ...] = ()
    """What it may hold, and too little was seen to say."""

    def told(self) -> dict[str, Any]:
        """For machines."""
        return {
            "name": self.name,
            "kind": str(self.kind),
            "share": round(self.share, 4),
            "confidence": round(self.confidence, 3),
            "because": self.because,
            "holds": [str(kind) for kind in self.holds],
            "suspected": [str(kind) for kind in self.suspected],
        }


@dataclass(frozen=True, slots=True)
class Limb:
    """One of the three limbs of confidential patient information, with its reason."""

    verdict: ScanVerdict
    because: str


@dataclass(frozen=True, slots=True)
class TableFinding:
    """What one table holds.

    `sampled` of its `rows` were looked at for every kind; `numbers_in` of them for NHS numbers. `unseen` is the largest
    share of rows (95 per cent sure) that may hold a kind other than an NHS number which nobody saw.
    """

    name: str
    rows: int
    sampled: int
    numbers_in: int
    verdict: ScanVerdict
    because: str
    columns: tuple[ColumnFinding, ...]
    limbs: tuple[Limb, Limb, Limb] | None
    notes: tuple[str, ...] = field(default=())
    """What could not be read or is odd, in sentences."""
    unchanged_since: str | None = None
    """When it was read, where it was not read again."""
    is_release: bool = False
    """See `Examined`."""

    @property
    def unseen(self) -> float:
        """0 where every row was looked at."""
        if self.sampled >= self.rows:
            return 0.0
        return 1 - 0.05 ** (1 / self.sampled) if self.sampled else 1.0

    def told(self) -> dict[str, Any]:
        """As the contract says, and more."""
        limbs: dict[str, Any] = {}
        if self.limbs:
            for name, limb in zip(("identifies", "in_confidence", "about_health_or_care"), self.limbs, strict=True):
                limbs[name] = {"answer": str(limb.verdict), "because": limb.because}
        return {
            "name": self.name,
            "rows": self.rows,
            "sampled": self.sampled,
            "confidential_patient_information": str(self.verdict),
            "because": self.because,
            "columns": [column.told() for column in self.columns],
            "limbs": limbs,
            "rows_read_for_nhs_numbers": self.numbers_in,
            "unseen_at_most": self.unseen,
            "notes": list(self.notes),
            "unchanged_since": self.unchanged_since,
            "is_release": self.is_release,
        }
