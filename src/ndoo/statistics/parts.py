"""Publications of one day about a whole and about its parts: what the one says bounds the others.

A publication is a part of another where its practices are some of the other's. Parts without a practice in common are people apart,
so a cell of the whole is those of its parts, and of whoever is in none of them, together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ndoo.disclosure.linear_program import MOST, Interval
from ndoo.statistics.cells import REG_GEO, UNALLOCATED, Cell, age_sums
from ndoo.statistics.publication import ShownCells

_AGES = tuple(dict.fromkeys(cell for whole, parts in age_sums() for cell in (whole, *parts)))


def limits_of(one: ShownCells, others: Sequence[ShownCells]) -> dict[Cell, Interval]:
    """Between which bounds the cells of `one` lie, by what wholes and parts of the same day say; empty where there are none."""
    limits: dict[Cell, Interval] = {}
    for whole in others:
        if one.practices and one.practices < whole.practices:
            beside = _apart([other for other in others if other.practices < whole.practices], one.practices)
            _narrow(limits, _as_part(one, whole, list(beside)))
    parts = list(
        _apart([other for other in others if other.practices and other.practices < one.practices], frozenset())
    )
    if parts:
        _narrow(limits, _as_whole(one, parts))
    return limits


def _apart(parts: Iterable[ShownCells], taken: frozenset[str]) -> Iterator[ShownCells]:
    """Those that have no practice in common, with each other or with what is taken."""
    for part in parts:
        if part.practices and not part.practices & taken:
            taken |= part.practices
            yield part


def _as_part(one: ShownCells, whole: ShownCells, beside: Sequence[ShownCells]) -> Iterator[tuple[Cell, Interval]]:
    nowhere = _in_no_part(whole, [one, *beside])
    for cell in _AGES:
        (low, high), others = whole.interval(cell), [other.interval(cell) for other in beside]
        yield cell, (max(0, low - nowhere - sum(most for _, most in others)), high - sum(least for least, _ in others))
    yield from _shared(one, [whole])


def _as_whole(one: ShownCells, parts: Sequence[ShownCells]) -> Iterator[tuple[Cell, Interval]]:
    nowhere = _in_no_part(one, parts)
    for cell in _AGES:
        intervals = [part.interval(cell) for part in parts]
        yield cell, (sum(low for low, _ in intervals), nowhere + sum(high for _, high in intervals))
    yield from _shared(one, parts)


def _in_no_part(whole: ShownCells, parts: Sequence[ShownCells]) -> int:
    """How many people of the whole may be in none of the parts."""
    left = whole.practices - frozenset(code for part in parts for code in part.practices)
    return sum(whole.interval(Cell(REG_GEO, code))[1] for code in (*left, UNALLOCATED))


def _shared(one: ShownCells, others: Sequence[ShownCells]) -> Iterator[tuple[Cell, Interval]]:
    """A practice is the same people in whole and part."""
    for other in others:
        yield from (
            (cell, other.interval(cell))
            for cell in one.cells
            if cell.group in other.practices and cell.table == REG_GEO
        )


def _narrow(limits: dict[Cell, Interval], more: Iterable[tuple[Cell, Interval]]) -> None:
    for cell, (low, high) in more:
        least, most = limits.get(cell, (0, MOST))
        limits[cell] = max(low, least), min(high, most)
