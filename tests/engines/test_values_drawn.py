"""Somebody's number in a value of any type, in any disguise and at any depth stops the run, and the column is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.numbers.cleaned_list import Polarity
from ndoo.upholding.columns import ColumnChoice, MentionsFault
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as release
from tests.engines.databases import Place, made
from tests.engines.value_worlds import OF, TypeWorld, type_world
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(40, seed=6)
WITHHELD = PEOPLE.pop()
CLEARED = {"postgresql": ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]}
TOLD = {"postgresql": "CAST({0} AS TEXT)", "duckdb": "CAST({0} AS TEXT)", "sqlite": "TYPEOF({0}) || QUOTE({0})"}


def _upheld(place: Place, sealer: Sealer, world: TypeWorld) -> None:
    place.run(
        *CLEARED.get(
            place.kind,
            ["DROP TABLE IF EXISTS drawn", "DROP TABLE IF EXISTS released", "DROP TABLE IF EXISTS released_manifest"],
        ),
        *world.statements,
    )
    listed = cleaned_list(Polarity.OPTED_OUT, [WITHHELD], None)
    release(
        Request(
            place.at("drawn"),
            place.at("released"),
            listed,
            datetime.now(UTC),
            columns=ColumnChoice("nhs_number"),
            expected_share=(0, 100),
        ),
        sealer,
    )


def _stops(place: Place, sealer: Sealer, seed: int, columns: int = 30) -> None:
    world = type_world(seed, place.kind, PEOPLE, WITHHELD, columns)
    with pytest.raises(MentionsFault) as stop:
        _upheld(place, sealer, world)
    missed = [world.said[name] for name in world.columns if name not in stop.value.columns]
    assert not missed, (seed, missed)


def _stays(place: Place, sealer: Sealer, seed: int, columns: int = 30) -> None:
    """The number is of somebody who stays: the same values are released as they were."""
    world = type_world(seed, place.kind, PEOPLE, PEOPLE[1], columns)
    _upheld(place, sealer, world)
    told = ", ".join(TOLD[place.kind].format(name) for name in ("nhs_number", *world.columns))
    assert place.run(f"SELECT {told} FROM released ORDER BY 1") == place.run(f"SELECT {told} FROM drawn ORDER BY 1"), (
        seed
    )


@pytest.mark.parametrize("kind", sorted(OF))
def test_a_number_in_a_value_of_any_type_stops_the_run(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, own_data_folder: Path
) -> None:
    sealer = load_sealer(own_data_folder)
    for place in made(kind, tmp_path, request):
        for seed in range(3):
            _stops(place, sealer, seed)
            _stays(place, sealer, seed)


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(OF))
def test_thousands_of_values_stop_the_run(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, own_data_folder: Path
) -> None:
    sealer = load_sealer(own_data_folder)
    for place in made(kind, tmp_path, request):
        for seed in range(100, 125):
            _stops(place, sealer, seed)
            _stays(place, sealer, seed)
