"""Few differences between two releases are always seen, and honest refreshes seldom held."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.domain.nhs_number import NHSNumber
from ndoo.evidence.manifest import written
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow, unpacked
from ndoo.upholding.safeguards.differencing_guard import Asset
from tests.support.numbers import some

SEALER = Sealer(bytes(32))
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
MANY = some(9000, seed=4)


def set_of(numbers: list[str]) -> NumberSet:
    people = NumberSet()
    lines = "\n".join([*numbers, ""]).encode() or b"\n"
    people.add_lines(bytearray(lines), len(lines), final=True)
    return people


def children(kept: list[str], others: Sequence[str] = ()) -> dict[str, ColumnPeople]:
    return {"child": ColumnPeople(set_of(kept), set_of(list(others)))}


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
        _, record = asset.judged(WHEN, children(people))
        asset.target.write_bytes(written(SEALER.seal(record)))
    with asset.opened(), pytest.raises(NotPermitted):
        asset.judged(WHEN, children(other, people[:went]))
    with asset.opened():
        assert asset.judged(WHEN, children(people))[0].compared_with == 1


def test_honest_refreshes_pass(tmp_path: Path) -> None:
    """Two histories of five weeks: one per cent of 2,500 people come and go, and one or two a week by choice."""
    held = asked = 0
    for history in range(2):
        draw = random.Random(history)
        people, rest = MANY[:2500], MANY[2500:5000]
        chosen = set(draw.sample(people, 125))
        asset = Asset(f"asset {history}", tmp_path, frozenset({SEALER.public_key}))
        for _ in range(5):
            kept, removed = [n for n in people if n not in chosen], [n for n in people if n in chosen]
            with asset.opened():
                asked += 1
                try:
                    _, record = asset.judged(WHEN, children(kept, removed))
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


def test_a_record_of_before_columns_were_kept_is_still_compared(tmp_path: Path) -> None:
    """It holds those who were kept and everybody, behind the length of the first."""
    asset = Asset("audit", tmp_path, frozenset({SEALER.public_key}))
    kept = set_of(MANY[:100]).packed()
    with asset.opened():
        _, record = asset.judged(WHEN, children(MANY[:100]))
        nonce = bytes(12)
        plain = len(kept).to_bytes(8) + kept + kept
        del record["columns"]
        record["people"] = base64.b64encode(nonce + asset._cipher.encrypt(nonce, plain, b"audit 1")).decode()
        asset.target.write_bytes(written(SEALER.seal(record)))
    with asset.opened(), pytest.raises(NotPermitted):
        asset.judged(WHEN, children(MANY[:99], MANY[99:100]))
    with asset.opened():
        assert asset.judged(WHEN, children(MANY[:100]))[0].compared_with == 1


def test_rows_are_kept_with_the_release(tmp_path: Path) -> None:
    """Eleven families left, and one mother opted out whose child is still there: by their columns they would be her cover."""
    children_of = MANY[:40]
    rows = [(child, MANY[100 + at]) for at, child in enumerate(children_of)] + [(MANY[0], MANY[150])]
    asset = Asset("audit", tmp_path, frozenset({SEALER.public_key}))

    def named(
        kept: list[tuple[str, str]], others: list[tuple[str, str]]
    ) -> tuple[dict[str, ColumnPeople], PeopleByRow]:
        columns = {
            name: ColumnPeople(set_of([one[at] for one in kept]), set_of([one[at] for one in others]))
            for at, name in enumerate(("child", "mother"))
        }
        packed = [
            b"".join(NHSNumber(number).person.to_bytes(4, "little") for one in some for number in one)
            for some in (kept, others)
        ]
        return columns, unpacked([*columns], *packed)

    for whole in (False, True):
        columns, first = named(rows, [])
        first.whole = whole
        with asset.opened():
            _, record = asset.judged(WHEN, columns, {"births": first})
            assert ("rows" in record) is whole, "rows that were too many are not kept"
            asset.target.write_bytes(written(SEALER.seal(record)))
    columns, now = named(rows[:29], rows[40:])
    naive = Asset("naive", tmp_path, frozenset({SEALER.public_key}))
    with naive.opened():
        _, record = naive.judged(WHEN, named(rows, [])[0])
        naive.target.write_bytes(written(SEALER.seal(record)))
    with naive.opened():
        naive.judged(WHEN, columns)
    with asset.opened():
        for tables in ({"births": now}, None):  # her row is known from before
            with pytest.raises(NotPermitted):
                asset.judged(WHEN, columns, tables)
    record_file = sorted((tmp_path / "audit").glob("*.json"))[-1]
    document = json.loads(record_file.read_text())
    document["rows"] = document["columns"]
    del document["seal"]
    record_file.write_bytes(written(SEALER.seal(document)))
    with pytest.raises(NotPermitted), asset.opened():
        pass


def test_what_was_not_compared_by_row_is_told(tmp_path: Path) -> None:
    """Too many rows, another table, a record of before there were rows: each was compared by its columns alone, in silence."""
    asset = Asset("audit", tmp_path, frozenset({SEALER.public_key}))
    people = {**children(MANY[:40]), "mother": ColumnPeople(set_of(MANY[40:80]))}
    cells = [NHSNumber(number).person.to_bytes(4, "little") for number in MANY[:80]]
    births = PeopleByRow(["child", "mother"], [cells[at] + cells[at + 40] for at in range(40)])

    def released(rows: dict[str, PeopleByRow]) -> str:
        with asset.opened():
            _, record = asset.judged(WHEN, people, rows)
            asset.target.write_bytes(written(SEALER.seal(record)))
        return "".join(one.message for one in asset.warned)

    assert not released({}), "the first one is compared with none"
    assert "with an earlier release" in released({"": births})
    asset = Asset("births", tmp_path, frozenset({SEALER.public_key}))
    assert not released({"births_10": births, "deaths": PeopleByRow(["child", "mother"])})
    assert not released({"births_10": births, "deaths": PeopleByRow(["child", "mother"])})
    assert not released({"births_11": births}), "it has another name, and the same people"
    few = PeopleByRow(["who", "whose"], [cells[at + 40] + cells[at] for at in range(5)])
    assert "'few'" in released({"births_11": births, "few": few})
    many = PeopleByRow(["child", "mother"])
    many.whole = False
    assert "'births_11'" in released({"births_11": many})
