"""A frame of Spark, classic or through Spark Connect, without the people who opted out: decided where its rows lie, none of which comes here.

The frames that are given back are lazy. The rule by the columns of NHS numbers is part of them, and is applied whenever they are used. The
counts, the judgement of the share removed, and the search of the other cells for people withheld are of the rows at the time of the call, and
no verifier reads what comes of the frames later. They hold of it only if the source has not changed since and is deterministic: without
`rand()`, a sample without a seed, or a limit without an order.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.evidence.manifest import ReleaseManifest, uphold_manifest
from ndoo.evidence.release_record import ReleaseRecord, TableRecord, UndecidedPolicy
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice, WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.spark.frame import UpheldFrame, uphold_frame

FORMAT = "spark frame"
"""In a manifest: nobody sees here what becomes of the frame, so it has no digest."""
_MODULES = ("pyspark.sql.dataframe", "pyspark.sql.connect.dataframe")
"""Where the class of a frame stands; in Spark 4 the first is that of both."""


@dataclass(frozen=True, slots=True)
class FrameWish:
    """What is wanted of a frame: a request without places."""

    cleaned: CleanedList
    columns: ColumnChoice
    undecided: Undecidable
    justification: str | None
    expected_share: tuple[float, float] | None
    mentions: WhenMentioned = WhenMentioned.STOP
    decision: None = None
    type1: None = None
    somebody_may_go: bool = True

    @property
    def opt_outs(self) -> OptOuts:
        """The national list alone."""
        return OptOuts(self.cleaned)


def is_spark_frame(frame: Any) -> bool:
    """Is this a frame of Spark? Spark is not imported for it."""
    kinds = [getattr(sys.modules.get(module), "DataFrame", None) for module in _MODULES]
    return any(kind is not None and isinstance(frame, kind) for kind in kinds)


def upheld_in_spark(frame: Any, wish: FrameWish, now: datetime) -> tuple[UpheldFrame, ReleaseManifest]:
    """The frames of those who stay and of the held rows, and the manifest of them.

    Raises:
        UsageFault: rows that mention somebody are to be held, which takes more than one pass over what may change between.
        NdooError: see `ndoo.upholding.spark.frame.uphold_frame`.
    """
    if wish.mentions is not WhenMentioned.STOP:
        raise UsageFault(
            "mentions-in-spark",
            "Rows that mention somebody are not held in a frame of Spark. Leave mentions='hold' out, or uphold a folder of Parquet.",
        )
    found = uphold_frame(frame, wish)
    rows, people = found.tally.rows, found.tally.people
    manifest = uphold_manifest(
        ReleaseRecord(
            created=now,
            input=TableRecord("frame", FORMAT, rows.read),
            output=TableRecord("frame", FORMAT, rows.kept),
            columns=found.columns,
            rows=rows,
            people=people,
            undecided=UndecidedPolicy(str(wish.undecided), wish.justification),
            provenance=wish.cleaned.provenance,
            warnings=found.warnings,
            expected_removed=wish.expected_share,
        )
    )
    return found, manifest
