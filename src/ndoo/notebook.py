"""A frame of Spark without the people who opted out, and what Spark counted; `ndoo.uphold` gives the same for frames of every kind.

    from ndoo.notebook import uphold_frame
    upheld = uphold_frame(visits, allowed="cleaned.dat", checked_at="2026-11-20", nhs_number="nhs_number")
    upheld.kept.write.parquet("released")

What is counted and judged, and refused, is what `ndoo uphold` refuses; `upheld.tally` has the counts.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from ndoo.domain.settings import doubt
from ndoo.library.lists import Listed, Lists, When
from ndoo.library.spark_frames import FrameWish
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.spark.frame import UpheldFrame
from ndoo.upholding.spark.frame import uphold_frame as _upheld


class FrameOptions(TypedDict, total=False):
    """What may be said of a frame, as `ndoo uphold` takes it.

    Args:
        allowed: the cleaned list, or several; or, instead, `opted_out`: a list of those who must go, or several.
        checked_at: when the list was taken: a day, or a time, London's where it names no zone; None where its own record says so.
        expect_removed: per cent of people, lowest and highest.
    """

    allowed: Listed | None
    opted_out: Listed | None
    checked_at: When
    nhs_number: str | None
    also: tuple[str, ...]
    ignored: tuple[str, ...]
    undecided: str
    justification: str | None
    expect_removed: tuple[float, float] | None


def uphold_frame(frame: Any, **said: Unpack[FrameOptions]) -> UpheldFrame:
    """The frame's rows of those who stay (`kept`), of the held (`held`), and the counts.

    Args:
        frame: a DataFrame of Spark.
        said: see `FrameOptions`.

    Raises:
        TypeError: something is said that is no option.
        NdooError: see `ndoo.upholding.spark.frame.uphold_frame` and `ndoo.library.lists.Lists`.
    """
    if unknown := said.keys() - FrameOptions.__annotations__.keys():
        raise TypeError(f"uphold_frame() takes no {', '.join(sorted(unknown))}")
    wish = FrameWish(
        Lists(said.get("allowed"), said.get("opted_out"), said.get("checked_at")).chosen(datetime.now(UTC)),
        ColumnChoice(said.get("nhs_number"), said.get("also", ()), said.get("ignored", ())),
        Undecidable(said.get("undecided", Undecidable.HOLD)),
        said.get("justification"),
        said.get("expect_removed"),
    )
    upheld = _upheld(frame, wish)
    for warned in (*(warned.message for warned in upheld.warnings), *filter(None, [doubt()])):
        warnings.warn(warned, stacklevel=2)
    return upheld
