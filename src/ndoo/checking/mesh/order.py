"""The order in which a list goes out: in another one each time, so that no file is the same as an earlier one.

The service is said to refuse a file that it has had before (`validate_is_unique_upload` among the stages of its receipts).
Whoever asks about the same people every week would then be answered once only. A list of one person has one order.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from ndoo.checking.mesh.journal import inflated

LINE = 12
"""A number, a comma and LF: how the journal keeps them."""
_SHUFFLED_UP_TO = 10_000


def in_an_order_of_its_own(numbers: bytes, count: int, name: str) -> Iterable[bytes]:
    """The lines of a deflated list of `count` people, in an order that follows from the sending's name, which is unique."""
    dice = random.Random(name)  # noqa: S311  no secret: any other order will do
    if count <= _SHUFFLED_UP_TO:
        lines = b"".join(inflated(numbers)).splitlines(keepends=True)
        dice.shuffle(lines)
        return [b"".join(lines)]
    return _turned(numbers, dice.randrange(1, count) * LINE)


def _turned(numbers: bytes, start: int) -> Iterator[bytes]:
    at = 0
    for piece in inflated(numbers):
        if at + len(piece) > start:
            yield piece[max(0, start - at) :]
        at += len(piece)
    at = 0
    for piece in inflated(numbers):
        if at < start:
            yield piece[: start - at]
        at += len(piece)
