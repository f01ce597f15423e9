"""Few differences between two releases are always seen, and honest refreshes seldom held."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.evidence.manifest import written
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.differencing import Asset, different, tags
from tests.numbers import some

KEY = bytes(32)
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
MANY = some(9000, seed=4)


def set_of(numbers: list[str]) -> NumberSet:
    people = NumberSet()
    lines = "\n".join(numbers).encode()
    people.add_lines(bytearray(lines), len(lines), final=True)
    return people


@pytest.mark.parametrize("seed", range(30))
def test_every_swap_of_one_is_seen_and_no_more_than_there_is(seed: int) -> None:
    draw = random.Random(seed)
    people = draw.sample(MANY, 900)
    gone, come = draw.randrange(9), draw.randrange(1, 5)
    other = people[gone:] + draw.sample(sorted(set(MANY) - set(people)), come)
    found = different(tags(KEY, b"kept", set_of(people)), tags(KEY, b"kept", set_of(other)))
    assert 1 <= found <= gone + come


def test_two_sets_together_are_their_union_and_nobody_has_no_tag() -> None:
    one, other = set_of(MANY[:50]), set_of(MANY[30:90])
    assert tags(KEY, b"x", one, other) == tags(KEY, b"x", set_of(MANY[:90]))
    assert tags(KEY, b"x", NumberSet()) == frozenset()


def test_honest_refreshes_pass(tmp_path: Path) -> None:
    """Four histories of twelve weeks: half a per cent of 5,000 people come and go, and one or two a week by choice."""
    held = asked = 0
    for history in range(4):
        draw = random.Random(history)
        people, rest = MANY[:5000], MANY[5000:]
        chosen = set(draw.sample(people, 250))
        asset = Asset(f"asset {history}", tmp_path, Sealer(KEY))
        for _ in range(12):
            kept, removed = set_of([n for n in people if n not in chosen]), set_of([n for n in people if n in chosen])
            with asset.opened():
                asked += 1
                try:
                    _, record = asset.judged(WHEN, kept, removed)
                    asset.target.write_bytes(written(asset.sealer.seal(record)))
                except NotPermitted:
                    held += 1
            come = draw.sample(rest, 25)
            gone = set(draw.sample(people, 25))
            people = [n for n in people if n not in gone] + come
            rest = [n for n in rest if n not in come] + sorted(gone)
            chosen |= set(draw.sample(people, draw.choice([1, 2])))
    assert asked == 48
    assert held == 0, "less than one in a hundred may be"
