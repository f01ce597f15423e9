"""How does a notebook uphold a Spark frame? In three lines:

    from ndoo.notebook import uphold_frame
    upheld = uphold_frame(visits, allowed="cleaned.dat", checked_at="2026-11-20", nhs_number="nhs_number")
    upheld.kept.write.parquet("released")

What is counted and judged, and refused, is what `ndoo uphold` refuses; `upheld.tally` has the counts. No manifest is
written, because what becomes of the frame is not seen here: `ndoo uphold --engine spark` writes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import instant
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.spark.frame import Upheld
from ndoo.upholding.spark.frame import uphold_frame as _upheld


@dataclass(frozen=True, slots=True)
class _Wanted:
    cleaned: CleanedList
    nhs_number: str | None
    also: tuple[str, ...]
    ignored: tuple[str, ...]
    undecided: Undecidable
    justification: str | None
    expected_share: tuple[float, float] | None
    decision: None = None
    type1: None = None
    somebody_may_go: bool = True


def uphold_frame(
    frame: Any, *, allowed: str | Path | None = None, opted_out: str | Path | None = None, checked_at: str,
    nhs_number: str | None = None, also: tuple[str, ...] = (), ignored: tuple[str, ...] = (), undecided: str = "hold",
    justification: str | None = None, expect_removed: tuple[float, float] | None = None,
) -> Upheld:  # fmt: skip
    """The frame's rows of those who stay (`kept`), of the held (`held`), and the counts.

    Args:
        frame: a DataFrame of Spark.
        allowed: the cleaned list; or, instead, `opted_out`: a list of those who must go.
        checked_at: when the list was taken: a day, or a time with its zone.
        expect_removed: per cent of people, lowest and highest.

    Raises:
        NdooError: see `ndoo.upholding.spark.frame.uphold_frame` and `ndoo.checking.list_file.read_list`.
    """
    if (allowed is None) == (opted_out is None):
        raise UsageFault("two-lists", "Give either allowed or opted_out: one list answers.")
    path, polarity = (allowed, Polarity.ALLOWED) if allowed is not None else (opted_out, Polarity.OPTED_OUT)
    cleaned = read_list(Path(str(path)), polarity, checked_at=instant(checked_at), now=datetime.now(UTC),
                        limit_days=list_limit_days())  # fmt: skip
    wanted = _Wanted(cleaned, nhs_number, also, ignored, Undecidable(undecided), justification, expect_removed)
    return _upheld(frame, wanted)
