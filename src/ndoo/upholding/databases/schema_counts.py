"""Counts the rows of a schema's tables by what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.release_record import Counts
from ndoo.upholding.table_links.levels import REASONS, Level


def counted(levels: Mapping[tuple[int, bool], int]) -> Counts:
    """From the number of rows of each level, with and without a person."""
    counts = Counts(0, 0, 0)
    for (level, anchored), number in levels.items():
        if level == Level.STAYS:
            counts = replace(
                counts,
                kept=counts.kept + number,
                kept_without_number=counts.kept_without_number + (0 if anchored else number),
            )
        elif level >= Level.REMOVED_BY_TYPE1:
            counts = replace(counts, removed=counts.removed + number)
        else:
            reason = str(REASONS[Level(level)])
            counts = replace(counts, held={**counts.held, reason: counts.held.get(reason, 0) + number})
    return replace(counts, read=counts.kept + counts.removed + sum(counts.held.values()))


def by_type1_alone(levels: Mapping[tuple[int, bool], int]) -> int:
    """How many rows only a Type 1 opt-out removes."""
    return sum(number for (level, _), number in levels.items() if level == Level.REMOVED_BY_TYPE1)


def summed(every: Sequence[Counts]) -> Counts:
    """The counts of several tables together."""
    held = {str(reason): sum(rows.held.get(str(reason), 0) for rows in every) for reason in Undecided}
    return Counts(
        sum(rows.read for rows in every),
        sum(rows.kept for rows in every),
        sum(rows.removed for rows in every),
        {reason: count for reason, count in held.items() if count},
        sum(rows.kept_without_number for rows in every),
    )
