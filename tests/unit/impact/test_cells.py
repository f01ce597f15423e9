"""However the batches fall, everybody is counted once in each of their groups."""

from __future__ import annotations

import random
from collections import Counter

import pyarrow as pa
import pytest

from ndoo.impact.cells import BITS, CombinationCounts


@pytest.mark.parametrize("batches", [0, 1, 3, 30])
def test_the_counts_are_those_of_counting_one_by_one(batches: int) -> None:
    draw = random.Random(batches)
    found, people = CombinationCounts(3), []
    for _ in range(batches):
        batch = [(draw.randrange(3), draw.choice([0, 1023]), draw.randrange(40)) for _ in range(draw.randrange(60))]
        people += batch
        found.add(pa.array([(a << BITS | b) << BITS | c for a, b, c in batch], pa.int64()))
    assert found.total() == len(people)
    for at in range(3):
        assert found.margin(at) == Counter(person[at] for person in people)
    for a, b in ((0, 1), (2, 0), (1, 1)):
        assert dict(found.together(a, b)) == Counter((person[a], person[b]) for person in people)


def test_a_part_has_nowhere_more_than_the_whole() -> None:
    whole, part, other = CombinationCounts(1), CombinationCounts(1), CombinationCounts(1)
    for cells, keys in ((whole, [1, 1, 2]), (part, [1, 2]), (other, [2, 2])):
        cells.add(pa.array(keys, pa.int64()))
    assert part.is_part_of(whole)
    assert CombinationCounts(1).is_part_of(whole)
    assert whole.is_part_of(whole)
    assert not other.is_part_of(whole)
    assert not whole.is_part_of(part)
