"""The report on what an exclusion did: every group's counts, rates and differences, with what may not be shown left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ndoo.disclosure.small_counts import SMALL
from ndoo.domain.errors import UnfitData
from ndoo.impact.attacker import Triple
from ndoo.impact.cells import CombinationCounts
from ndoo.impact.count_groups import CountedGroups, Groups, count, people_in
from ndoo.impact.earlier_reports import ShownColumn
from ndoo.impact.groups import in_order
from ndoo.impact.measures import NOTABLE, newcombe, quantile, standardised_difference, wilson
from ndoo.impact.suppression import hidden
from ndoo.impact.ties import Group, ties_between

SHOWN = 0.0005
"""The least difference between two rates that are written as per cent with one decimal."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group that may be shown. Shares and rates are of 1; `low` and `high` bound the rate of loss, `more_low` and
    `more_high` how much higher it is than everybody else's."""

    group: str
    before: int
    after: int
    lost: int
    rate: float
    low: float
    high: float
    more_low: float
    more_high: float
    share_before: float
    share_after: float
    standardised_difference: float

    @property
    def verdict(self) -> str:
        """Did it lose more than its share? "more" or "less" where the interval leaves no doubt and the difference shows in rates as they
        are rounded, else "as the others"."""
        if abs(self.more_low + self.more_high) / 2 < SHOWN:
            return "as the others"
        return "more" if self.more_low > 0 else "less" if self.more_high < 0 else "as the others"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column: the groups that may be shown, and how many are not, with their counts together (None: nothing is)."""

    column: str
    grouping: str
    lines: tuple[GroupLine, ...]
    hidden: int
    together: Triple | None

    @property
    def largest(self) -> GroupLine | None:
        """The group whose share of the cohort moved most."""
        return max(self.lines, key=lambda line: abs(line.standardised_difference), default=None)


@dataclass(frozen=True, slots=True)
class Impact:
    """The whole report. `total` is None where so few were lost that no count may be shown."""

    unit: str
    before: int
    total: Triple | None
    rate: tuple[float, float, float] | None
    tables: tuple[ReportColumn, ...]
    shown: tuple[ShownColumn, ...] = ()
    """What a later report on the same cohort must not be subtracted from."""
    told_before: bool = False
    """Earlier reports give a group away by themselves, whatever this one shows."""

    def told(self) -> dict[str, Any]:
        """For machines."""
        return {
            "unit": self.unit,
            "before": self.before,
            "after": self.total and self.total.after,
            "lost": self.total and self.total.lost,
            "rate": self.rate and dict(zip(("lost", "low", "high"), (round(r, 6) for r in self.rate), strict=True)),
            "suppressed": f"counts of {SMALL[0]} to {SMALL[-1]}, and what would give them away",
            "notable": NOTABLE,
            "columns": [self._column(table) for table in self.tables],
        }

    def _column(self, table: ReportColumn) -> dict[str, Any]:
        names = [n for n in GroupLine.__dataclass_fields__ if n != "group"]
        return {
            "column": table.column,
            "grouping": table.grouping,
            "groups": [
                {"group": line.group, **{n: _round(getattr(line, n)) for n in names}, "verdict": line.verdict}
                for line in table.lines
            ],
            "groups_not_shown": table.hidden,
            "not_shown_together": table.together
            and {"before": table.together.before, "after": table.together.after, "lost": table.together.lost},
        }


@dataclass(frozen=True, slots=True)
class Cohort:
    """A table before an exclusion, and what is left of it.

    Args:
        nhs_number: the column that names the person.
        rows: count rows; a group is hidden too where few people stand behind them.
    """

    before: Path
    after: Path
    nhs_number: str
    rows: bool

    @property
    def bytes_read(self) -> int:
        """What a comparison reads of the two files: where rows are counted, the one after the exclusion twice."""
        return self.before.stat().st_size + self.after.stat().st_size * (2 if self.rows else 1)


def compare(
    cohort: Cohort,
    by: Sequence[str],
    *,
    on: date,
    earlier: Sequence[ShownColumn],
    progress: Callable[[int], object],
) -> Impact:
    """Compare a table with what is left of it.

    Args:
        by: the columns to group by.
        on: the day at which people have an age.
        earlier: what earlier reports on the same two tables showed.
        progress: told how many of the `Cohort.bytes_read` were.

    Raises:
        UnfitData: AFTER is not a part of BEFORE, or holds nobody; see also `count`.
        NotPermitted: with earlier reports, there are too many columns.
    """
    shown = [one for one in earlier if one.grouping.column not in by or one.grouping.on != on]
    groups = Groups(by, on, [one.grouping for one in shown])
    before, after, number = cohort.before, cohort.after, cohort.nhs_number
    size = after.stat().st_size
    stay, many = people_in(after, number, progress)
    counted = count(before, groups, number, stay, lambda read: progress(size + read), rows=cohort.rows)
    first, left = counted.every, counted.staying
    if cohort.rows:
        passed = size + before.stat().st_size
        left = count(after, groups, None, None, lambda read: progress(passed + read)).every
        many = left.total()
    if not first.total():
        raise UnfitData("impact-nobody", "The table BEFORE holds no one, so there is nothing to compare.")
    if left.total() != many or not left.is_part_of(first):
        raise UnfitData(
            "impact-not-a-part",
            "The table after is not a part of the one before: it has others. Name the extract first, and then what was released "
            "of it.",
        )
    again = {
        at: one.shown
        for at, name in enumerate(by)
        for one in earlier
        if (one.grouping.column, one.grouping.on) == (name, on)
    }
    published = again | {len(by) + at: one.shown for at, one in enumerate(shown)}
    return _report(counted, left, groups, published, "rows" if cohort.rows else "people")


def _report(
    counted: CountedGroups, left: CombinationCounts, groups: Groups, published: dict[int, frozenset[str]], unit: str
) -> Impact:
    first, few = counted.every, counted.few
    total = Triple(first.total(), left.total())
    if not total.showable or (few and not few.total().showable):
        return Impact(unit, total.before, None, None, ())
    names = [{number: name for name, number in numbered.items()} for numbered in groups.numbered]
    counts = _margins(first, left, names)
    people = few and {
        (at, name): few.margin(at, number) for at, named in enumerate(names) for number, name in named.items()
    }
    out = hidden(counts, ties_between(first, names), people=people or None, published=published)
    tables = tuple(
        _table(
            grouping.column,
            grouping.said,
            {g: t for (place, g), t in counts.items() if place == at},
            {g for place, g in out.groups if place == at},
            total,
        )
        for at, grouping in enumerate(groups.groupings[: len(groups.by)])
    )
    rate = (total.lost / total.before, *wilson(total.lost, total.before, quantile(1)))
    told = tuple(
        ShownColumn(grouping, frozenset(line.group for line in table.lines))
        for grouping, table in zip(groups.groupings, tables, strict=False)
    )
    return Impact(unit, total.before, total, rate, tables, told, out.told_before)


def _margins(first: CombinationCounts, left: CombinationCounts, names: Sequence[dict[int, str]]) -> dict[Group, Triple]:
    margins: dict[Group, Triple] = {}
    for at, named in enumerate(names):
        after = left.margin(at)
        for number, before in first.margin(at).items():
            margins[at, named[number]] = Triple(before, after[number])
    return margins


def _table(column: str, said: str, counts: dict[str, Triple], out: set[str], total: Triple) -> ReportColumn:
    shown = [group for group in in_order(counts) if group not in out]
    z = quantile(len(shown))
    together = sum((counts[group] for group in out), Triple(0, 0)) if shown and out else None
    return ReportColumn(
        column, said, tuple(_line(group, counts[group], total, z) for group in shown), len(out), together
    )


def _line(group: str, one: Triple, total: Triple, z: float) -> GroupLine:
    rest = (total.lost - one.lost, total.before - one.before)
    more = newcombe((one.lost, one.before), rest, z) if rest[1] else (0.0, 0.0)
    return GroupLine(
        group,
        one.before,
        one.after,
        one.lost,
        one.lost / one.before,
        *wilson(one.lost, one.before, z),
        *more,
        one.before / total.before,
        one.after / total.after,
        standardised_difference((one.before, total.before), (one.after, total.after)),
    )


def _round(value: float) -> float:
    return value if isinstance(value, int) else round(value, 6)
