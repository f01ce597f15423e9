"""Counts the people behind the rows of each group. Up to eight of each kind, because more are not few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.disclosure.small_counts import SMALL
from ndoo.impact.attacker import Triple
from ndoo.numbers.column import validate

ENOUGH = SMALL[-1] + 1


@dataclass(slots=True)
class FewPeople:
    """Of each column's groups, some of the people who have a row there before, apart by whether they stay at all."""

    _met: dict[tuple[int, bool], dict[int, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    def add(self, codes: Sequence[Any], number: Any, stays: Any) -> None:
        """Count the people of some rows.

        Args:
            codes: of each column, the numbers of the groups.
            stays: true where the row's person is in the table after.
        """
        answers = validate(number)
        person = pa.Array.from_buffers(
            pa.uint32(), answers.length, [None, pa.py_buffer(bytes(answers.person)[: 4 * answers.length])]
        )
        valid = pa.Array.from_buffers(pa.uint8(), answers.length, [None, pa.py_buffer(answers.reasons)])
        there = pc.equal(valid, 0)
        for at, groups in enumerate(codes):
            for staying in (True, False):
                met = self._met[at, staying]
                full = pa.array([code for code, people in met.items() if len(people) == ENOUGH], pa.int64())
                wanted = pc.and_(there, pc.and_(pc.equal(stays, staying), pc.invert(pc.is_in(groups, value_set=full))))
                pairs = (
                    pa.table({"group": groups.filter(wanted), "person": person.filter(wanted)})
                    .group_by(["group", "person"])
                    .aggregate([])
                )
                for code, one in zip(pairs["group"].to_pylist(), pairs["person"].to_pylist(), strict=True):
                    if len(met[code]) < ENOUGH:
                        met[code].add(one)

    def margin(self, at: int, code: int) -> Triple:
        """The people of one group: those who stay or went are `ENOUGH` where they are more."""
        after, lost = (len(self._met[at, staying][code]) for staying in (True, False))
        return Triple(after + lost, after)

    def total(self) -> Triple:
        """All of them together, as far as they were met."""
        everybody = {
            staying: {
                one
                for (_, there), met in self._met.items()
                if there == staying
                for people in met.values()
                for one in people
            }
            for staying in (True, False)
        }
        return Triple(len(everybody[True]) + len(everybody[False]), len(everybody[True]))
