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
from ndoo.upholding.differencing_guard import Asset
from tests.support.numbers import some

SEALER = Sealer(bytes(32))
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
MANY = some(9000, seed=4)


def set_of(numbers: list[str]) -> NumberSet:
    people = NumberSet()
    lines = "\n".join(numbers).encode()
    people.add_lines(bytearray(lines), len(lines), final=True)
    return people


@pytest.mark.parametrize("seed", range(8))
def test_every_few_who_went_or_came_are_seen(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    people = draw.sample(MANY, 900)
    rest = sorted(set(MANY) - set(people))
    few, many = draw.randrange(1, 10), draw.randrange(10, 300)
    went, came = (few, many) if seed % 2 else (many, few)
    other = people[went:] + draw.sample(rest, came)
    asset = Asset("audit", tmp_path, frozenset({SEALER.public_key}))
    with asset.opened():
        _, record = asset.judged(WHEN, set_of(people))
        asset.target.write_bytes(written(SEALER.seal(record)))
    with asset.opened(), pytest.raises(NotPermitted):
        asset.judged(WHEN, set_of(other), set_of(people[:went]))
    with asset.opened():
        assert asset.judged(WHEN, set_of(people))[0]["compared_with"] == 1


def test_honest_refreshes_pass(tmp_path: Path) -> None:
    """Two histories of five weeks: half a per cent of 5,000 people come and go, and one or two a week by choice."""
    held = asked = 0
    for history in range(2):
        draw = random.Random(history)
        people, rest = MANY[:5000], MANY[5000:]
        chosen = set(draw.sample(people, 250))
        asset = Asset(f"asset {history}", tmp_path, frozenset({SEALER.public_key}))
        for _ in range(5):
            kept, removed = set_of([n for n in people if n not in chosen]), set_of([n for n in people if n in chosen])
            with asset.opened():
                asked += 1
                try:
                    _, record = asset.judged(WHEN, kept, removed)
                    asset.target.write_bytes(written(SEALER.seal(record)))
                except NotPermitted:
                    held += 1
            come = draw.sample(rest, 25)
            gone = set(draw.sample(people, 25))
            people = [n for n in people if n not in gone] + come
            rest = [n for n in rest if n not in come] + sorted(gone)
            chosen |= set(draw.sample(people, draw.choice([1, 2])))
    assert asked == 10
    assert held == 0, "less than one in a hundred may be"
