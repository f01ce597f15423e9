"""Somebody with rights over the database rewrites the log: every change is found from the newest copied head."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest

from ndoo.evidence.ledger.verifier import HeadVerdict, judge
from tests.unit.evidence.ledger.logs import LOG, entries, head_of

TRIES = 10_000
SIZE = 24
HEADS = [head_of(entries(size)) for size in (0, 1, 5, 16, SIZE)]


def edited(log: list[bytes], chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(log))
    changed = bytearray(log[at])
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return [*log[:at], bytes(changed), *log[at + 1 :]]


def deleted(log: list[bytes], chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(log))
    return log[:at] + log[at + chance.randint(1, 3) :]


def reordered(log: list[bytes], chance: random.Random) -> list[bytes]:
    first, second = sorted(chance.sample(range(len(log)), 2))
    moved = list(log)
    moved.insert(first, moved.pop(second))
    return moved


def forked(log: list[bytes], chance: random.Random) -> list[bytes]:
    """The log as it was at some moment, and then another history, longer than the true one."""
    cut = chance.randrange(len(log))
    return log[:cut] + [b"invented %d" % chance.getrandbits(64) for _ in range(len(log) - cut + chance.randrange(3))]


def inserted(log: list[bytes], chance: random.Random) -> list[bytes]:
    """Before the last leaf: what comes after it is growth, which no head has vouched for yet."""
    at = chance.randrange(len(log) - 1)
    return [*log[:at], log[at] if chance.random() < 0.5 else b"slipped in", *log[at:]]


ACTS = (edited, deleted, reordered, forked, inserted)


def test_ten_thousand_rewritings_are_all_found() -> None:
    chance = random.Random(16)
    log = entries(SIZE)
    assert judge(LOG, log, HEADS).sound
    missed = 0
    for at in range(TRIES):
        missed += judge(LOG, ACTS[at % len(ACTS)](log, chance), HEADS[-1:]).sound
    assert missed == 0


def test_what_is_wrong_is_said() -> None:
    log = entries(SIZE)
    assert judge(LOG, log[:-1], HEADS).verdicts == (HeadVerdict.AGREES,) * 4 + (HeadVerdict.BEHIND,)
    rewritten = [*log[:7], b"else", *log[8:]]
    assert judge(LOG, rewritten, HEADS).verdicts == (HeadVerdict.AGREES,) * 3 + (HeadVerdict.REWRITTEN,) * 2
    assert judge("f" * 32, log, HEADS).verdicts == (HeadVerdict.ANOTHER_LOG,) * 5
    assert judge(LOG, [*log, b"one more"], HEADS).sound


class Chain:
    """The naive way: each row keeps the digest of the row before it, and the last digest stands in the database too."""

    def __init__(self, log: list[bytes]) -> None:
        self.rows: list[tuple[bytes, bytes]] = []
        for entry in log:
            self.rows.append((entry, self.link(entry)))

    def link(self, entry: bytes) -> bytes:
        return sha256((self.rows[-1][1] if self.rows else b"") + entry).digest()

    def sound(self) -> bool:
        return Chain([entry for entry, _ in self.rows]).rows == self.rows


@pytest.mark.parametrize("cut", [1, 7, SIZE - 1])
def test_a_chain_of_digests_without_heads_outside_misses_what_was_cut_off(cut: int) -> None:
    chain = Chain(entries(SIZE))
    assert chain.sound()
    del chain.rows[cut:]
    assert chain.sound(), "nothing in the database says that there was more"
    assert not judge(LOG, entries(cut), HEADS[-1:]).sound


def test_a_chain_of_digests_without_heads_outside_misses_a_history_that_was_written_anew() -> None:
    forged = [*entries(10), b"another choice", *entries(SIZE)[11:]]
    assert Chain(forged).sound()
    assert not judge(LOG, forged, HEADS[-1:]).sound
