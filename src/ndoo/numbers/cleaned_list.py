"""Who may stay: a list as answers, with where it came from and how old it is; several lists of one polarity are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ndoo.domain.answers import Answer, Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, Undecided, range_of
from ndoo.numbers.number_set import NumberSet


@dataclass(frozen=True, slots=True)
class CleanedList:
    """A list that was found usable. Whoever holds one may ask it; nothing else makes one but `checking`."""

    provenance: Provenance
    listed: NumberSet
    asked: NumberSet | None = None
    """Those whom the check was asked about, where that is known: anybody else is `UNKNOWN`."""
    disputed: NumberSet | None = None
    """Those who were asked about for one of several lists and are not on it, but are on another one; none of them is in `listed`."""
    choices: int | None = None
    """Of a register: how many choices of anybody it holds, where that is to be judged; None of any other list."""

    @property
    def names_allowed(self) -> bool:
        return self.provenance.polarity is Polarity.ALLOWED

    def answer(self, number: NHSNumber) -> Answer | Undecided:
        """What this list says about one person; `AMBIGUOUS` where the lists that it is made of differ.

        A bare list of the allowed withholds everybody else. A list of those who opted out allows everybody else
        whom the national register can know of (`nhs_number_ranges.toml`); about a CHI or H&C number it says nothing.
        """
        if self.names_allowed:
            if self.asked is not None and number not in self.asked:
                return Answer.UNKNOWN
            if self.disputed is not None and number in self.disputed:
                return Undecided.AMBIGUOUS
            return Answer.ALLOWED if number in self.listed else Answer.WITHHELD
        if number in self.listed:
            return Answer.WITHHELD
        held_in = range_of(number)
        return Answer.ALLOWED if held_in and held_in.in_national_register else Answer.UNKNOWN


def joined(lists: Sequence[CleanedList]) -> CleanedList:
    """Lists of one polarity as one: the union. It is as old as the oldest of them, and its provenance names each.

    Whoever was asked about for a list of the allowed and is not on it opted out as far as that list goes. If another list
    allows them, the two differ, and nobody can say.

    Raises:
        ValueError: the lists have different polarities, or there is none.
    """
    first, *others = lists
    if not others:
        return first
    if len({one.provenance.polarity for one in lists}) > 1:
        raise ValueError("lists of both polarities are never one")
    listed = _union([one.listed for one in lists])
    asked = [one.asked for one in lists if one.asked is not None]
    disputed = NumberSet()
    for one in lists:
        if one.asked is not None:
            left_out = _union([one.asked])
            left_out.discard_all(one.listed)
            left_out.retain_all(listed)
            disputed.add_all(left_out)
    listed.discard_all(disputed)
    oldest = max((one.provenance for one in lists), key=lambda provenance: provenance.age_days)
    provenance = replace(
        oldest, sha256=None, numbers=listed.count(), record_sealed_by=None, parts=tuple(one.provenance for one in lists)
    )
    return CleanedList(
        provenance,
        listed,
        _union(asked) if len(asked) == len(lists) else None,
        disputed if disputed.count() else None,
    )


def _union(sets: Sequence[NumberSet]) -> NumberSet:
    """Everybody who is in one of these sets, in a new one."""
    people = NumberSet()
    for some in sets:
        people.add_all(some)
    return people
