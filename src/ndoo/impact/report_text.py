"""The report in words: a line a group, and a paragraph for a protocol or a request to the Confidentiality Advisory Group."""

from __future__ import annotations

from ndoo.domain.plurals import counted
from ndoo.impact.measures import NOTABLE
from ndoo.impact.report import GroupLine, Impact, ReportColumn

HEADING = ("", "before", "after", "lost", "lost %", "95% interval", "std. diff.")
TOO_FEW = "Between 1 and 7 people were removed, or nobody is left: no count may be shown without pointing at them."

LEAST_NAMED = 0.001
"""Standardised differences are written with three decimals: of a smaller one no group is named."""
TOLD_BEFORE = (
    "Earlier reports on this cohort, put together, leave too little open about a group, whatever is hidden now. Do not pass this "
    "report to anybody who has them."
)


def per_cent(share: float) -> str:
    """6.0"""
    return f"{100 * share:.1f}"


def cells(line: GroupLine) -> tuple[str, ...]:
    """One group as a row of text under `HEADING`."""
    return (
        line.group,
        f"{line.before:,}",
        f"{line.after:,}",
        f"{line.lost:,}",
        per_cent(line.rate),
        f"{per_cent(line.low)} to {per_cent(line.high)}",
        f"{line.standardised_difference:+.3f}",
    )


def rows(table: ReportColumn) -> list[tuple[str, ...]]:
    """All groups, and what is not shown of them."""
    lines = [cells(line) for line in table.lines]
    if table.hidden and table.together:
        t = table.together
        lines.append(
            (f"{counted(table.hidden, 'group')} not shown", f"{t.before:,}", f"{t.after:,}", f"{t.lost:,}", "", "", "")
        )
    elif table.hidden:
        lines.append((f"{counted(table.hidden, 'group')} not shown", "", "", "", "", "", ""))
    return lines


def headline(table: ReportColumn) -> str:
    """What the column's picture shows, in a sentence."""
    more = [line.group for line in table.lines if line.verdict == "more"]
    less = [line.group for line in table.lines if line.verdict == "less"]
    if not table.lines:
        return f"{table.column}: no group may be shown"
    if more or less:
        parts = ([f"{_and(more)} lost more than the others"] if more else []) + (
            [f"{_and(less)} lost less"] if less else []
        )
        return f"{table.column}: {' and '.join(parts)}"
    return f"{table.column}: no group clearly lost more or less than the others"


def paragraph(impact: Impact) -> str:
    """Ready to be put into a protocol."""
    if impact.total is None or impact.rate is None:
        return f"Of {impact.before:,} {impact.unit} before the exclusion, few or nearly all were removed. {TOO_FEW}"
    rate, low, high = (per_cent(share) for share in impact.rate)
    told = [
        f"Of {impact.before:,} {impact.unit}, {impact.total.lost:,} ({rate} per cent, 95 per cent interval {low} to {high}) "
        f"were left out to uphold opt-outs, and {impact.total.after:,} remain."
    ]
    moved = [(table.column, table.largest) for table in impact.tables if table.largest]
    if moved:
        column, line = max(moved, key=lambda pair: abs(pair[1].standardised_difference))
        size = abs(line.standardised_difference)
        told.append(
            f"The largest standardised difference between the cohort before and after is {size:.3f} ({column}: {line.group}), "
            f"{'below' if size < NOTABLE else 'at or above'} the {NOTABLE} that is usually taken as notable."
            if size >= LEAST_NAMED
            else f"All standardised differences between the cohort before and after are below {LEAST_NAMED}."
        )
    more = [
        f"{table.column} {line.group} ({per_cent(line.rate)} per cent)"
        for table in impact.tables
        for line in table.lines
        if line.verdict == "more"
    ]
    if more:
        told.append(f"Lost more than the other {impact.unit}: {_and(more)}.")
    elif moved:
        told.append("No group shown lost clearly more than the others.")
    told.append(
        f"Compared by {_and([table.column for table in impact.tables])}; intervals allow for the number of groups in each. "
        "Counts of 1 to 7 are not shown, nor what would give them away. Whoever opted out differs in ways that no column "
        "shows, so this bounds the bias and does not rule it out."
    )
    return " ".join(told)


def _and(words: list[str], most: int = 6) -> str:
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
