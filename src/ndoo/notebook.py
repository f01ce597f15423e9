"""Upholds a Spark frame in a notebook, in three lines:, in three lines:

    from ndoo.notebook import uphold_frame
    upheld = uphold_frame(visits, allowed="cleaned.dat", checked_at="2026-11-20", nhs_number="nhs_number")
    upheld.kept.write.parquet("released")

What is counted and judged, and refused, is what `ndoo uphold` refuses; `upheld.tally` has the counts. No manifest is
written, because what becomes of the frame is not seen here: `ndoo uphold --engine spark` writes one.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ndoo.checking.list_file import read_lists
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import instant
from ndoo.domain.settings import doubt, list_limit_days
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.row_decision import Undecidable
from ndoo.upholding.spark.frame import Upheld
from ndoo.upholding.spark.frame import uphold_frame as _upheld

Lists = str | Path | Sequence[str | Path]
"""The path of a list, or the paths of several of one polarity."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    cleaned: CleanedList
    columns: ColumnChoice
    undecided: Undecidable
    justification: str | None
    expected_share: tuple[float, float] | None
    decision: None = None
    type1: None = None
    somebody_may_go: bool = True


def uphold_frame(
    frame: Any,
    *,
    allowed: Lists | None = None,
    opted_out: Lists | None = None,
    checked_at: str | None = None,
    nhs_number: str | None = None,
    also: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    undecided: str = "hold",
    justification: str | None = None,
    expect_removed: tuple[float, float] | None = None,
) -> Upheld:
    """The frame's rows of those who stay (`kept`), of the held (`held`), and the counts.

    Args:
        frame: a DataFrame of Spark.
        allowed: the cleaned list, or several; or, instead, `opted_out`: a list of those who must go, or several.
        checked_at: when the list was taken: a day, or a time with its zone; None where its own record says so.
        expect_removed: per cent of people, lowest and highest.

    Raises:
        NdooError: see `ndoo.upholding.spark.frame.uphold_frame` and `ndoo.checking.list_file.read_lists`.
    """
    named, polarity = (allowed, Polarity.ALLOWED) if allowed is not None else (opted_out, Polarity.OPTED_OUT)
    paths = [named] if isinstance(named, (str, Path)) else list(named or ())
    if not paths or (allowed is not None and opted_out is not None):
        raise UsageFault("two-lists", "Give either allowed or opted_out: lists of one polarity answer.")
    cleaned = read_lists(
        [Path(path) for path in paths],
        polarity,
        checked_at=None if checked_at is None else instant(checked_at),
        now=datetime.now(UTC),
        limit_days=list_limit_days(),
    )
    wanted = _Wanted(
        cleaned, ColumnChoice(nhs_number, also, ignored), Undecidable(undecided), justification, expect_removed
    )
    upheld = _upheld(frame, wanted)
    for warned in (*(warned.message for warned in upheld.warnings), *filter(None, [doubt()])):
        warnings.warn(warned, stacklevel=2)
    return upheld
