"""How the groups of several columns are tied: by the people who stand in them: every combination of groups that anybody is in.

Whoever reads a report knows how places lie in each other, and that each column adds up to everybody. So an unknown stands for each
combination, over all columns at once; where there are too many, for each combination of two columns; and where these are too many too,
two columns are tied by their smallest parts that are the same people in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ndoo.impact.cells import CombinationCounts

MOST_UNKNOWNS = 5_000
Group = tuple[int, str]
"""The column's place and the group's name."""
Combination = tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a group without those of another column that lie in it whole."""

    whole: Group
    parts: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Ties:
    """What is publicly known of the groups, without any count of who was lost.

    Args:
        columns: the groups of each column, those that are the same people as others side by side, else by how many were in them before.
        parts: of each column, groups that stand in one smallest common part with every other column.
        combinations: tables of combinations and of how many were in each before; in each table, a group is the sum of those in which it stands.
        same: groups of one column that together are the same people as groups of another.
        rests: what is left where groups lie in one of another column, and do not make it up.
    """

    columns: tuple[tuple[Group, ...], ...]
    parts: tuple[tuple[tuple[Group, ...], ...], ...]
    combinations: tuple[tuple[tuple[Combination, int], ...], ...]
    same: tuple[tuple[tuple[Group, ...], tuple[Group, ...]], ...]
    rests: tuple[Rest, ...]


def ties_between(cells: CombinationCounts, names: Sequence[dict[int, str]]) -> Ties:
    """The ties between the columns of a cohort, counted before anybody was removed."""
    places = range(len(names))
    sized = {
        (a, b): [(((a, names[a][x]), (b, names[b][y])), many) for (x, y), many in cells.together(a, b)]
        for a in places
        for b in places
        if a < b
    }
    met = {pair: [both for both, _ in some] for pair, some in sized.items()}
    same = {pair: list(_components(pairs)) for pair, pairs in met.items()}
    part_of: dict[Group, list[int]] = defaultdict(list)
    for components in same.values():
        for at, (one, other) in enumerate(components):
            for group in (*one, *other):
                part_of[group].append(at)
    columns, parts = [], []
    for at in places:
        size = {(at, names[at][n]): many for n, many in cells.margin(at).items()}
        columns.append(tuple(sorted(size, key=lambda group: (part_of[group], size[group], group))))
        alike: dict[tuple[int, ...], list[Group]] = defaultdict(list)
        for group in columns[-1]:
            alike[tuple(part_of[group])].append(group)
        parts.append(tuple(tuple(groups) for groups in alike.values()))
    whole = cells.combinations(MOST_UNKNOWNS)
    tables = (
        [tuple((tuple((at, names[at][n]) for at, n in enumerate(one)), many) for one, many in whole)] if whole else []
    )
    if not whole:
        tables = [tuple(pairs) for pairs in sized.values() if len(pairs) <= MOST_UNKNOWNS]
    rests = [rest for pairs in met.values() for rest in (*_rests(pairs), *_rests([(b, a) for a, b in pairs]))]
    return Ties(
        tuple(columns), tuple(parts), tuple(tables), tuple(one for some in same.values() for one in some), tuple(rests)
    )


def _components(pairs: Sequence[tuple[Group, Group]]) -> Iterator[tuple[tuple[Group, ...], tuple[Group, ...]]]:
    """The smallest sets of groups of two columns that are the same people."""
    near: dict[Group, list[Group]] = defaultdict(list)
    for a, b in pairs:
        near[a].append(b)
        near[b].append(a)
    seen: set[Group] = set()
    for start in sorted({a for a, _ in pairs}):
        if start in seen:
            continue
        here, waiting = {start}, [start]
        while waiting:
            new = set(near[waiting.pop()]) - here
            here |= new
            waiting += new
        seen |= here
        yield tuple(sorted(g for g in here if g[0] == start[0])), tuple(sorted(g for g in here if g[0] != start[0]))


def _rests(pairs: Sequence[tuple[Group, Group]]) -> Iterator[Rest]:
    """Groups of the second column that lie whole in one of the first, where they are not all that is met in it."""
    wholes, parts = defaultdict[Group, list[Group]](list), defaultdict[Group, list[Group]](list)
    for whole, part in pairs:
        wholes[part].append(whole)
        parts[whole].append(part)
    for whole, there in sorted(parts.items()):
        inside = tuple(sorted(part for part in there if wholes[part] == [whole]))
        if inside and len(inside) < len(there):
            yield Rest(whole, inside)
