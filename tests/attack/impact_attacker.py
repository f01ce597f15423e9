"""Who knows the method tries every loss that a report on a cohort leaves possible: all that the method hides and shows in the same way.

Independent of the solver: only counting. The attacker knows how many people were in every combination of groups before, the report, and
the method. A hidden group is broken where few of it were lost, or few are left, and fewer than five values are left for how many.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import reduce

import pyarrow as pa

from ndoo.impact.attacker import Triple
from ndoo.impact.cells import BITS, CombinationCounts
from ndoo.impact.ties import Group

Combination = tuple[int, ...]
Numbers = Mapping[Combination, int]
Method = Callable[[Numbers, Numbers], frozenset[Group]]
"""Who was there before and who was lost, by combination; the groups that are hidden."""
FEWEST = 5
SMALL = range(1, 8)
TRIED = 60_000
"""Losses of all groups that the attacker keeps in mind."""


def counted(people: Numbers) -> CombinationCounts:
    """As the command counts them: a key for everybody."""
    found = CombinationCounts(len(next(iter(people))))
    keys = [reduce(lambda key, group: key << BITS | group, cell, 0) for cell, n in people.items() for _ in range(n)]
    found.add(pa.array(keys, pa.int64()))
    return found


def margins(people: Numbers) -> dict[Group, int]:
    """How many are in each group."""
    found: dict[Group, int] = {}
    for combination, many in people.items():
        for at, group in enumerate(combination):
            found[at, f"{group:02}"] = found.get((at, f"{group:02}"), 0) + many
    return found


def town(seed: int) -> tuple[dict[Combination, int], dict[Combination, int]]:
    """A cohort of one column or two, before, and who of it was lost: mostly few of a group, as opt-outs are."""
    draw = random.Random(seed)
    kind = draw.choice(["one", "nested", "crossed"])
    if kind == "one":
        cells: list[Combination] = [(at,) for at in range(draw.randrange(2, 6))]
    elif kind == "nested":
        cells = [(area, 2 * area + practice) for area in range(2) for practice in range(draw.randrange(1, 3))]
    else:
        cells = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)][: draw.randrange(4, 6)]
    before = {cell: draw.choice([4, 9, 15, 30, 40, 60]) for cell in cells}
    return before, {cell: min(many, draw.choice([0, 0, 1, 2, 3, 5, 7, 8, 9, 12])) for cell, many in before.items()}


def losses(before: Numbers, lost: Numbers, out: frozenset[Group]) -> set[tuple[int, ...]] | None:
    """Every loss of all groups that agrees with what is shown; by group in their order. None where these are too many."""
    groups = list(margins(before))
    truth, total = margins(lost), sum(lost.values())
    states = {(0,) * (len(groups) + 1)}
    for combination, many in before.items():
        touched = [groups.index((at, f"{group:02}")) for at, group in enumerate(combination)]
        new = set()
        for state in states:
            for gone in range(min(many, total - state[-1]) + 1):
                made = list(state)
                for at in (*touched, -1):
                    made[at] += gone
                if all(groups[at] in out or made[at] <= truth[groups[at]] for at in touched):
                    new.add(tuple(made))
        states = new
        if len(states) > TRIED:
            return None
    shown = [at for at, group in enumerate(groups) if group not in out]
    return {s[:-1] for s in states if s[-1] == total and all(s[at] == truth[groups[at]] for at in shown)}


def broken(method: Method, before: Numbers, lost: Numbers) -> Iterator[tuple[Group, set[int]]] | None:
    """Every hidden group that is broken, and what is left of it. None where the town is too large to try."""
    total = Triple(sum(before.values()), sum(before.values()) - sum(lost.values()))
    out = method(before, lost) if total.showable else frozenset()
    possible = losses(before, lost, out)
    if possible is None or not out:
        return None
    return _broken(method, before, lost, out, possible)


def _broken(
    method: Method, before: Numbers, lost: Numbers, out: frozenset[Group], possible: set[tuple[int, ...]]
) -> Iterator[tuple[Group, set[int]]]:
    groups, sizes, truth = list(margins(before)), margins(before), margins(lost)
    asked: dict[tuple[int, ...], bool] = {}

    def agrees(world: tuple[int, ...]) -> bool:
        if world not in asked:
            asked[world] = method(before, inner(before, dict(zip(groups, world, strict=True)))) == out
        return asked[world]

    for group in sorted(out):
        if not truth[group] or not (truth[group] in SMALL or sizes[group] - truth[group] in range(8)):
            continue
        at, values = groups.index(group), {truth[group]}
        for value in sorted({world[at] for world in possible} - values):
            if len(values) < FEWEST and any(agrees(world) for world in sorted(possible) if world[at] == value):
                values.add(value)
        if len(values) < min(FEWEST, sizes[group] + 1):
            yield group, values


def inner(before: Numbers, wanted: Mapping[Group, int]) -> dict[Combination, int]:
    """A loss of every combination that has these losses of groups: the method sees only the latter."""

    def fill(left: list[Combination], need: dict[Group, int]) -> dict[Combination, int] | None:
        if not left:
            return {} if not any(need.values()) else None
        first, rest = left[0], left[1:]
        mine = [(at, f"{group:02}") for at, group in enumerate(first)]
        for gone in range(min(before[first], *(need[group] for group in mine)), -1, -1):
            found = fill(rest, need | {group: need[group] - gone for group in mine})
            if found is not None:
                return found | {first: gone}
        return None

    found = fill(list(before), dict(wanted))
    assert found is not None
    return found
