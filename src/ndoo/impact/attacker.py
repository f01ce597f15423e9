"""The counts that a hidden group can have, from all that a report shows: a solver plays whoever subtracts, over all columns at once.

It knows the report, how the groups are tied, how many people were in each group before, and the method: that what is hidden is mostly
hidden because few were lost, or few are left. So a hidden group is judged as it is, as if it alone were small, and as if all hidden groups
of the columns that are not withheld as a whole were.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from ndoo.disclosure.linear_program import MOST, Interval, LinearProgram
from ndoo.disclosure.small_counts import FEWEST_VALUES, SMALL
from ndoo.impact.ties import Group, Rest, Ties

Enough = Callable[[Interval], bool]


@dataclass(frozen=True, slots=True)
class Triple:
    """People before, after, and so lost."""

    before: int
    after: int

    @property
    def lost(self) -> int:
        return self.before - self.after

    def __add__(self, other: Triple) -> Triple:
        return Triple(self.before + other.before, self.after + other.after)

    @property
    def showable(self) -> bool:
        """May it be published by itself?"""
        small = any(count in SMALL for count in (self.before, self.after, self.lost))
        return not small and not (self.after == 0 and self.before)


Counts = Mapping[Group, Triple]


def found(counts: Counts, ties: Ties, out: Collection[Group]) -> list[Group | Rest]:
    """Every hidden group, and every rest, of which too little is left open. Of `counts`, hidden ones say only how many were there
    before."""
    caps = {group: counts[group].before for group in out}
    shown = {group: triple for group, triple in counts.items() if group not in out}
    whole = sum((counts[group] for group in ties.columns[0]), Triple(0, 0))
    before = _System(ties, whole.before, {g: t.before for g, t in shown.items()}, None)
    after = _System(ties, whole.after, {g: t.after for g, t in shown.items()}, None)
    lost = _System(ties, whole.lost, {g: t.lost for g, t in shown.items()}, caps)
    telling = [group for group in out if any(other not in out for other in ties.columns[group[0]])]
    least = {group: (int(caps[group] > SMALL[-1]), min(SMALL[-1], caps[group])) for group in telling}
    small = _System(ties, whole.lost, lost.known, caps, least) if telling else None
    rests = [_size(rest, counts) for rest in ties.rests]
    told: dict[Group | Rest, None] = {}
    for group in (group for column in ties.columns for group in column if group in out):
        if (
            _too_close(lost.of(group, _open(caps[group])), caps[group], alone=True)
            or (small and small.possible and group in least and _too_close(small.of(group), caps[group], alone=False))
            or any(_narrow(system.of(group, _wide)) for system in (before, after))
            or all(len({*system.of(group, _wide)}) == 1 for system in (before, lost))
        ):
            told[group] = None
    for rest, cap in rests:
        if _too_close(lost.of(rest, _open(cap)), cap, alone=False) or any(
            _narrow(s.of(rest, _wide)) for s in (before, after)
        ):
            told[rest] = None
    return list(told)


def _size(rest: Rest, counts: Counts) -> tuple[Rest, int]:
    return rest, counts[rest.whole].before - sum(counts[part].before for part in rest.parts)


def _narrow(view: Interval) -> bool:
    """Is a count that may be 1 to 7 left fewer than five values?"""
    low, high = view
    return high - low + 1 < FEWEST_VALUES and low <= SMALL[-1] and high >= SMALL[0]


def _too_close(view: Interval, before: int, *, alone: bool) -> bool:
    """Are too few values left for how many were lost of so many people: of a few, or of all but a few?

    Args:
        alone: judge it too as if it were certainly small, as the method would have it.
    """
    few, nearly_all = (SMALL[0], min(SMALL[-1], before)), (max(1, before - SMALL[-1]), before)
    low, high = view
    if high - low + 1 < min(FEWEST_VALUES, before + 1) and any(low <= b and high >= a for a, b in (few, nearly_all)):
        return True
    likely = _likely(before)
    left = sum(low <= many <= high for many in likely)
    return alone and 0 < left < min(FEWEST_VALUES, len(likely))


def _likely(before: int) -> set[int]:
    """So many were lost where the method hides a group of so many people for it: a few, or all but a few."""
    return {*range(SMALL[0], min(SMALL[-1], before) + 1), *range(max(1, before - SMALL[-1]), before + 1)}


def _wide(met: Interval) -> bool:
    """Do values that were met leave enough open, whatever more there are?"""
    return met[1] - met[0] + 1 >= FEWEST_VALUES


def _open(before: int) -> Enough:
    """As `_wide`, of how many were lost of so many."""
    likely = _likely(before)

    def enough(met: Interval) -> bool:
        left = sum(met[0] <= many <= met[1] for many in likely)
        return _wide(met) and left >= min(FEWEST_VALUES, len(likely))

    return enough


class _System:
    """One of the three counts, of every group: what is shown, and bounds for what is not.

    Args:
        caps: how many were in each hidden group before; None where that is what nobody knows.
        small: bounds for groups that are taken for small.
    """

    def __init__(
        self,
        ties: Ties,
        whole: int,
        known: Mapping[Group, int],
        caps: Mapping[Group, int] | None,
        small: Mapping[Group, Interval] | None = None,
    ) -> None:
        self.known = known
        self._program = LinearProgram("Reports in which groups are hidden")
        self._solved: dict[Group | Rest, Interval] = {}
        self._at: dict[Group | Rest, int] = {}
        for column in ties.columns:
            for group in column:
                low, high = (
                    (known[group],) * 2
                    if group in known
                    else (small or {}).get(group, (0, MOST if caps is None else caps[group]))
                )
                self._at[group] = self._program.add(low, high)
        total = self._program.add(whole, whole)
        for column in ties.columns:
            self._program.add_up(total, [self._at[group] for group in column])
        for table in ties.combinations:
            inner: dict[Group, list[int]] = {}
            for combination, many in table:
                unknown = self._program.add(0, MOST if caps is None else many)
                for group in combination:
                    inner.setdefault(group, []).append(unknown)
            for group, parts in inner.items():
                self._program.add_up(self._at[group], parts)
        for one, other in ties.same:
            whole = self._program.add(0, MOST)
            for side in (one, other):
                self._program.add_up(whole, [self._at[group] for group in side])
        for rest in ties.rests:
            self._at[rest] = self._program.add(0, MOST)
            self._program.add_up(self._at[rest.whole], [self._at[rest], *(self._at[part] for part in rest.parts)])
        self._program.watch(list(self._at.values()))
        self.possible = self._program.possible()

    def of(self, what: Group | Rest, enough: Enough | None = None) -> Interval:
        """The least and the greatest count; or two between them, where those that were met are `enough`."""
        met = self._program.met(self._at[what])
        if what not in self._solved and enough and enough(met):
            return met
        if what not in self._solved:
            self._solved[what] = self._program.bounds(self._at[what])
        return self._solved[what]


def groups_of(found: Collection[Group | Rest]) -> Iterator[Group]:
    """The groups in which something was found."""
    yield from (one.whole if isinstance(one, Rest) else one for one in found)
