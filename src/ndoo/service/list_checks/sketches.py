"""How alike two lists are, and of how many people several speak, without keeping who is on them.

A person becomes a pseudonym: a keyed hash (BLAKE2b), with a key of the organisation's that follows from the service's secret.
Of a list two things are kept. The *parts*: 1,024 sums (exclusive or) of the pseudonyms that fall into each. Lists that
differ by d people differ in at most d parts, and in at least one; those that differ by many differ in many. And the *registers*
of a HyperLogLog count (Flajolet and others, 2007), which are joined over days and read with Ertl's estimator (2017).
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

PARTS = 1024
_PART = PARTS - 1
_PARTS = f">{PARTS}Q"
_INDEX_BITS = 12
REGISTERS = 1 << _INDEX_BITS
_INDEX = REGISTERS - 1
_RANKS = 64 - _INDEX_BITS


@dataclass(frozen=True, slots=True, repr=False)
class Sketch:
    """What is kept of a list. It does not print."""

    parts: bytes
    registers: bytes


def key_of(ods: str) -> bytes:
    """The organisation's key. With another secret of the service, what was kept before can no longer be compared."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"ndoo.checks.sketch\0" + ods.encode(), "sha256")


def sketch(key: bytes, pieces: Iterable[list[str]]) -> Sketch:
    """Of everybody in these pieces of a list, each of whom stands there once."""
    parts, registers, hashed = [0] * PARTS, bytearray(REGISTERS), hashlib.blake2b
    for numbers in pieces:
        pseudonyms = [hashed(number.encode(), key=key, digest_size=16).digest() for number in numbers]
        for other, one in struct.iter_unpack(">QQ", b"".join(pseudonyms)):
            parts[one & _PART] ^= one
            rank = _RANKS + 1 - (other >> _INDEX_BITS).bit_length()
            if rank > registers[other & _INDEX]:
                registers[other & _INDEX] = rank
    return Sketch(struct.pack(_PARTS, *parts), bytes(registers))


def distance(one: bytes, other: bytes, most: int) -> int:
    """By how many parts two lists differ; counted up to `most` + 1, where the count ends."""
    if one == other:
        return 0
    found = 0
    for mine, theirs in zip(memoryview(one).cast("Q"), memoryview(other).cast("Q"), strict=True):
        found += mine != theirs
        if found > most:
            break
    return found


def joined(registers: Iterable[bytes | memoryview]) -> bytes:
    """The count over all of them: a person who was asked about twice counts once."""
    every = [bytes(one) for one in registers] or [bytes(REGISTERS)]
    return every[0] if len(every) == 1 else bytes(map(max, *every))


def people(registers: bytes) -> float:
    """About how many different people these registers have seen; the standard error is 1.6 per cent."""
    seen = [registers.count(rank) for rank in range(_RANKS + 2)]
    total = REGISTERS * _tau(1 - seen[_RANKS + 1] / REGISTERS)
    for rank in range(_RANKS, 0, -1):
        total = (total + seen[rank]) / 2
    total += REGISTERS * _sigma(seen[0] / REGISTERS)
    return REGISTERS * REGISTERS / (2 * math.log(2) * total)


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, total, before = 1.0, x, -1.0
    while total != before:
        x, before = x * x, total
        total += x * y
        y += y
    return total


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, total, before = 1.0, 1 - x, -1.0
    while total != before:
        x, before, y = math.sqrt(x), total, y / 2
        total -= (1 - x) ** 2 * y
    return total / 3
