"""Synthetic NHS numbers for tests: the 999 range, never issued."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from ndoo.domain.nhs_number import check_digit


def synthetic(seed: int = 1, start: int = 999_000_000) -> Iterator[str]:
    """Valid numbers, no two alike, in an order that the seed decides."""
    nines = range(start, 1_000_000_000 if start == 999_000_000 else start + 1_000_000, 7)
    dice, swapped = random.Random(seed), dict[int, int]()  # shuffled as they are taken: most callers want a few
    for at in range(len(nines)):
        other = dice.randrange(at, len(nines))
        nine = nines[swapped.get(other, other)]
        swapped[other] = swapped.get(at, at)
        digit = check_digit(f"{nine:09}")
        number = f"{nine:09}{digit}"
        if digit is not None and len(set(number)) > 1:
            yield number


def some(count: int, seed: int = 1) -> list[str]:
    """`count` valid numbers."""
    return list(islice(synthetic(seed), count))
