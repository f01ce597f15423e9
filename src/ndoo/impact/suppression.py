"""The groups that may not be shown, so that nobody finds by subtraction how few opted out.

A group may not be shown where the people before, after or lost are 1 to 7, or where nobody is left of it (then everybody
in it would be known to have opted out). Groups are hidden two by two, by how many were in them before, which says nothing of who was
lost: which of the two was small cannot be told. What is hidden in a column, and in each part of it that is whole groups of another
column (practices in an area), must be able to stand as one group of its own. Then the attacker looks at all columns at once, and
as long as anything is found, the next two are hidden, then the whole column, and then the columns that are tied to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ndoo.disclosure.small_counts import SMALL
from ndoo.impact.attacker import Counts, Triple, found, groups_of
from ndoo.impact.ties import Group, Ties


@dataclass(frozen=True, slots=True)
class Hidden:
    """The groups that may not be shown.

    Args:
        told_before: what earlier reports on the cohort showed gives something away, whatever is hidden now.
    """

    groups: frozenset[Group]
    told_before: bool = False


def hidden(
    counts: Counts,
    ties: Ties,
    *,
    people: Counts | None = None,
    published: Mapping[int, Collection[str]] | None = None,
) -> Hidden:
    """Decide which groups are hidden. The cohort as a whole is shown.

    Args:
        people: where rows are counted: at most 8 of the people behind them, since more are not few.
        published: of columns that an earlier report showed, the groups that it showed. That cannot be taken back.
    """
    was = published or {}
    blocks = {group: block for parts in ties.parts for block in _blocks(parts) for group in block}
    out = {group for column in ties.columns for group in column if group[0] in was and group[1] not in was[group[0]]}
    own = [column for column in ties.columns if column[0][0] not in was]
    for column in own:
        for group in column:
            if not (counts[group].showable and (people is None or people[group].showable)):
                out |= {*blocks[group]}
    while out or ties.rests:
        giving_away = [gone[0] for gone in _together(own, ties, out) if not _stands(gone, counts, people)]
        if not giving_away:
            giving_away = [*groups_of(found(counts, ties, out))]
        before, settled = frozenset(out), set[int]()
        for group in giving_away:
            if group[0] not in settled:
                out |= {*_next(group, ties, out, was, blocks)}
                settled.add(group[0])
        if out == before:
            return Hidden(before, told_before=bool(giving_away and was))
    return Hidden(frozenset())


def _blocks(parts: Sequence[Sequence[Group]]) -> Iterator[tuple[Group, ...]]:
    """Two by two, in each smallest common part; the last and largest is alone where they are odd."""
    for groups in parts:
        yield from (tuple(groups[at : at + 2]) for at in range(0, len(groups), 2))


def _together(columns: Sequence[Sequence[Group]], ties: Ties, out: Collection[Group]) -> Iterator[list[Group]]:
    """What is hidden together, and found by subtraction: in each column, and in each part of one, of which something is shown."""
    for column in columns:
        for groups in (column, *ties.parts[column[0][0]]):
            gone = [group for group in groups if group in out]
            if gone and len(gone) < len(groups):
                yield gone


def _stands(gone: Sequence[Group], counts: Counts, people: Counts | None) -> bool:
    """Could it be shown as one group? Of people who may be behind several groups, there are as many at least as behind one."""
    whole = sum((counts[group] for group in gone), Triple(0, 0))
    if people is None or not whole.showable:
        return whole.showable
    most = [
        max(many) for many in zip(*((people[g].before, people[g].after, people[g].lost) for g in gone), strict=True)
    ]
    return not any(many in SMALL for many in most) and most[1] > 0


def _next(
    group: Group,
    ties: Ties,
    out: Collection[Group],
    was: Mapping[int, Collection[str]],
    blocks: Mapping[Group, tuple[Group, ...]],
) -> Iterator[Group]:
    """What is hidden next: after this group in its part, in its column, and then in the other columns."""
    column = ties.columns[group[0]]
    at = column.index(group)
    ring = [*column[at:], *column[:at]]
    part = next(groups for groups in ties.parts[group[0]] if group in groups)
    others = [other for near in ties.columns if near[0][0] != group[0] for other in near]
    for near in (*sorted(ring, key=lambda other: other not in part), *others):
        if near not in out and near[0] not in was:
            yield from blocks[near]
            return
