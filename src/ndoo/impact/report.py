"""What did the exclusion do? Every group's counts, rates and differences, with what may not be shown left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.impact.cells import Cells
from ndoo.impact.count_groups import Groups, count, people_in
from ndoo.impact.groups import in_order
from ndoo.impact.measures import NOTABLE, newcombe, quantile, standardised_difference, wilson
from ndoo.impact.suppression import SMALL, Group, Sum, Triple, hidden


@dataclass(frozen=True, slots=True)
class Line:
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
        """Did it lose more than its share? "more" or "less" where the interval leaves no doubt, else "as the others"."""
        return "more" if self.more_low > 0 else "less" if self.more_high < 0 else "as the others"


@dataclass(frozen=True, slots=True)
class Table:
    """One column: the groups that may be shown, and how many are not, with their counts together (None: nothing is)."""

    column: str
    grouping: str
    lines: tuple[Line, ...]
    hidden: int
    together: Triple | None

    @property
    def largest(self) -> Line | None:
        """The group whose share of the cohort moved most."""
        return max(self.lines, key=lambda line: abs(line.standardised_difference), default=None)


@dataclass(frozen=True, slots=True)
class Impact:
    """The whole report. `total` is None where so few were lost that no count may be shown."""

    unit: str
    before: int
    total: Triple | None
    rate: tuple[float, float, float] | None
    tables: tuple[Table, ...]

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

    def _column(self, table: Table) -> dict[str, Any]:
        names = [n for n in Line.__dataclass_fields__ if n != "group"]
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


def compare(before: Path, after: Path, by: Sequence[str], *, nhs_number: str | None, on: date) -> Impact:
    """Compare a table with what is left of it.

    Args:
        by: the columns to group by.
        nhs_number: the column that names the person; None counts rows.
        on: the day at which people have an age.

    Raises:
        UnfitData: AFTER is not a part of BEFORE, or holds nobody; see also `count`.
    """
    groups = Groups(by, on)
    if nhs_number:
        stay, many = people_in(after, nhs_number)
        first, left = count(before, groups, nhs_number, stay)
    else:
        (first, _), (left, _) = count(before, groups, None), count(after, groups, None)
        many = left.total()
    if not first.total():
        raise UnfitData("impact-nobody", "There is nobody in the table before: nothing can be compared.")
    if left.total() != many or not (nhs_number or left.is_part_of(first)):
        raise UnfitData(
            "impact-not-a-part",
            "The table after is not a part of the one before: it has others. Name the extract first, and then what was released "
            "of it.",
        )
    return _report(first, left, groups, "people" if nhs_number else "rows")


def _report(first: Cells, left: Cells, groups: Groups, unit: str) -> Impact:
    total = Triple(first.total(), left.total())
    if not total.showable:
        return Impact(unit, total.before, None, None, ())
    names = [{number: name for name, number in numbered.items()} for numbered in groups.numbered]
    counts = _margins(first, left, names)
    out = hidden(counts, _sums(first, names))
    tables = tuple(
        _table(
            grouping.column,
            grouping.said,
            {g: t for (place, g), t in counts.items() if place == at},
            {g for place, g in out if place == at},
            total,
        )
        for at, grouping in enumerate(groups.groupings)
    )
    rate = (total.lost / total.before, *wilson(total.lost, total.before, quantile(1)))
    return Impact(unit, total.before, total, rate, tables)


def _margins(first: Cells, left: Cells, names: Sequence[dict[int, str]]) -> dict[Group, Triple]:
    margins: dict[Group, Triple] = {}
    for at, named in enumerate(names):
        after = left.margin(at)
        for number, before in first.margin(at).items():
            margins[at, named[number]] = Triple(before, after[number])
    return margins


def _sums(cells: Cells, names: Sequence[dict[int, str]]) -> list[Sum]:
    """Every column as a sum of the cohort, and every group that is made of whole groups of another column."""
    columns = range(len(names))
    met: dict[tuple[int, int], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for a in columns:
        for b in columns:
            for one, other in cells.together(a, b):
                met[a, b][one].add(other)
    sums = [Sum(None, tuple(sorted((at, names[at][n]) for n in met[at, at]))) for at in columns]
    for a in columns:
        for b in columns:
            if a == b:
                continue
            for whole, parts in met[a, b].items():
                if all(met[b, a][part] == {whole} for part in parts):
                    sums.append(Sum((a, names[a][whole]), tuple(sorted((b, names[b][part]) for part in parts))))
    return sums


def _table(column: str, said: str, counts: dict[str, Triple], out: set[str], total: Triple) -> Table:
    shown = [group for group in in_order(counts) if group not in out]
    z = quantile(len(shown))
    together = sum((counts[group] for group in out), Triple(0, 0)) if shown and out else None
    return Table(column, said, tuple(_line(group, counts[group], total, z) for group in shown), len(out), together)


def _line(group: str, one: Triple, total: Triple, z: float) -> Line:
    rest = (total.lost - one.lost, total.before - one.before)
    more = newcombe((one.lost, one.before), rest, z) if rest[1] else (0.0, 0.0)
    return Line(
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
