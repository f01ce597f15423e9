"""NAIVE: what a report on a cohort hid before November 2026, kept so that the attacker is known to bite.

The smallest loss is hidden beside a small one, and only what can be solved exactly counts as found. It said of itself:

A group may not be shown where the people before, after or lost are 1 to 7, or where nobody is left of it (then everybody
in it would be known to have opted out). What is hidden in a column can still be found together, from the totals; so what
is hidden must be able to stand as one group of its own: two groups at least, and none of its three counts 1 to 7. The same
holds inside every group of another column that is made of groups of this one (practices in an area). What remains is
solved as an attacker would solve it, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ndoo.impact.attacker import Triple
from ndoo.impact.cells import CombinationCounts

SMALL = range(1, 8)
Group = tuple[int, str]
"""The column's place and the group's name."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A group, or the whole cohort (None), whose counts are those of its members together."""

    whole: Group | None
    members: tuple[Group, ...]


def hidden(counts: Mapping[Group, Triple], sums: Sequence[Sum]) -> frozenset[Group]:
    """The groups that may not be shown. `sums` has every column as a sum of the whole cohort, which itself is shown."""
    out = {group for group, counted in counts.items() if not counted.showable}
    while True:
        before = len(out)
        for one in sorted(sums, key=lambda one: len(one.members)):  # from the inside, so that one more may serve twice
            _settle(one, counts, out)
        if len(out) == before:
            columns = {column for column, _ in recovered(sums, out)}
            out |= {
                group for group in counts if group[0] in columns
            }  # what can still be solved takes its column with it
            if len(out) == before:
                return frozenset(out)


def _settle(one: Sum, counts: Mapping[Group, Triple], out: set[Group]) -> None:
    """Hide more of a sum, smallest losses first, until what is hidden in it can stand as one group."""
    while True:
        gone = [group for group in one.members if group in out]
        if one.whole in out:
            if gone:
                return
        elif not gone or (len(gone) > 1 and sum((counts[g] for g in gone), Triple(0, 0)).showable):
            return
        rest = [group for group in one.members if group not in out]
        if not rest:
            if one.whole is not None:  # made of one group only: the two are the same people
                out.add(one.whole)
            return
        out.add(min(rest, key=lambda group: (counts[group].lost == 0, counts[group].lost, counts[group].before, group)))


def recovered(sums: Iterable[Sum], out: Iterable[Group]) -> set[Group]:
    """The hidden groups whose counts follow exactly from what is shown: Gauss's elimination over the sums."""
    unknown = set(out)
    rows: list[dict[Group, Fraction]] = []
    for one in sums:
        row = {group: Fraction(1) for group in one.members if group in unknown}
        if one.whole in unknown:
            row[one.whole] = row.get(one.whole, Fraction(0)) - 1
        for known in rows:
            pivot = next(iter(known))
            if pivot in row:
                row = _less(row, row[pivot], known)
        if row:
            pivot = min(row)
            row = {pivot: Fraction(1)} | {g: c / row[pivot] for g, c in row.items() if g != pivot}
            rows = [_less(known, known[pivot], row) if pivot in known else known for known in rows] + [row]
    return {next(iter(row)) for row in rows if len(row) == 1}


def _less(row: dict[Group, Fraction], times: Fraction, other: dict[Group, Fraction]) -> dict[Group, Fraction]:
    """row - times * other, its pivot still first."""
    left = {group: row.get(group, Fraction(0)) - times * other.get(group, Fraction(0)) for group in {**row, **other}}
    return {group: left[group] for group in (*row, *(g for g in other if g not in row)) if left[group]}


def sums_of(cells: CombinationCounts, names: Sequence[dict[int, str]]) -> list[Sum]:
    """Every column as a sum of the cohort, and every group that is made of whole groups of another column."""
    columns = range(len(names))
    met: dict[tuple[int, int], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for a in columns:
        for b in columns:
            for (one, other), _ in cells.together(a, b):
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
