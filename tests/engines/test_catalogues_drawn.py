"""Whatever a catalogue holds: nobody who opted out is released, the source stays whole, and nothing that was touched is verified."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.domain.errors import NdooError, UsageFault
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.numbers.cleaned_list import Polarity
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as release
from ndoo.upholding.verify.verification import ReleaseQuestion
from tests.engines.catalogue_worlds import MADE, OPT, PEOPLE, quoted, schema_world, table_world
from tests.engines.databases import Place, made
from tests.engines.worlds import cleaned_list

CLEARED = [
    "DROP SCHEMA IF EXISTS clinic, archive, archive_, out, public CASCADE",
    "CREATE SCHEMA public",
    "CREATE SCHEMA archive_",
    *MADE,
    "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC",
]


def _schema(place: Place, sealer: Sealer, seed: int) -> str:
    world = schema_world(seed)
    place.run(*CLEARED, *world.statements)
    listed = cleaned_list(Polarity.OPTED_OUT, OPT, None)
    request = Request(
        place.at("clinic", whole_schema=True),
        place.at("out", whole_schema=True),
        listed,
        datetime.now(UTC),
        columns=ColumnChoice("patients.nhs_number"),
        expected_share=(0, 100),
    )
    try:
        release(request, sealer)
    except NdooError as error:
        assert world.must_be_refused or error.code == "key-unclear", (seed, error.code, error.sentence)
        assert place.run("SELECT 1 FROM pg_namespace WHERE nspname = 'out'") == []
        return error.code
    assert not world.must_be_refused, seed
    for name, keys in world.stays.items():
        assert [key for (key,) in place.run(f'SELECT id FROM out.{quoted(name)} ORDER BY id COLLATE "C"')] == keys, (
            seed,
            name,
        )

    def verified() -> bool:
        return place.verify("out", ReleaseQuestion(listed), whole_schema=True).verified

    assert verified(), seed
    place.run(*world.spoils.split("; "))
    assert not verified(), (seed, world.spoils)
    return "released"


def _table(place: Place, sealer: Sealer, seed: int) -> None:
    world = table_world(seed, place.kind)
    place.run(*(CLEARED if place.kind == "postgresql" else ()), *world.statements)
    listed = cleaned_list(Polarity.OPTED_OUT, OPT, None)

    def uphold(table: str, into: str, *, replace: bool = False) -> None:
        request = Request(
            place.at(table),
            place.at(into),
            listed,
            datetime.now(UTC),
            replace=replace,
            columns=ColumnChoice("nhs_number"),
            expected_share=(0, 100),
        )
        release(request, sealer)

    for name in world.typed:
        with pytest.raises(UsageFault):
            uphold(world.table, name, replace=True)
    uphold(world.typed[seed % len(world.typed)], world.into)
    uphold(world.table, world.into, replace=True)
    schema = "public." if place.kind == "postgresql" else ""
    if seed % 4 == 0:  # the older release is the source, under the name of a view
        place.run(f"CREATE VIEW {schema}seen AS SELECT * FROM {schema}{world.into}")
        with pytest.raises(UsageFault):
            uphold("seen", world.into, replace=True)
        place.run(f"DROP VIEW {schema}seen")
    assert place.run(f"SELECT COUNT(*) FROM {schema}{world.table}") == [(len(PEOPLE),)], seed
    kept = {number for (number,) in place.run(f"SELECT nhs_number FROM {schema}{world.into}")}
    assert kept == set(PEOPLE) - set(OPT), seed
    with place.open() as database:
        columns = database.columns(place.at(world.into).name)
        assert not any(number in str(columns) for number in OPT), seed

    def verified() -> bool:
        return place.verify(world.into, ReleaseQuestion(listed)).verified

    assert verified(), seed
    place.run(*world.spoils.format(schema + world.into).split("; "))
    assert not verified(), (seed, world.spoils)


def _schemas(place: Place, folder: Path, seeds: range) -> None:
    sealer = load_sealer(folder)
    came = Counter(_schema(place, sealer, seed) for seed in seeds)
    assert came["released"] > len(seeds) / 5, came
    assert came["schema-not-whole"], came


def _tables(kind: str, folder: Path, request: pytest.FixtureRequest, seeds: range) -> None:
    sealer = load_sealer(folder)
    if kind == "postgresql":
        place = request.getfixturevalue("postgresql")
        for seed in seeds:
            _table(place, sealer, seed)
        return
    for seed in seeds:
        (at := folder.parent / f"world{seed}").mkdir()
        for place in made(kind, at, request):
            _table(place, sealer, seed)


def test_a_schema_that_was_drawn_lets_nobody_through(postgresql: Place, own_data_folder: Path) -> None:
    _schemas(postgresql, own_data_folder, range(25))


@pytest.mark.parametrize(("kind", "worlds"), [("duckdb", 8), ("sqlite", 40), ("postgresql", 12)])
def test_a_table_that_was_drawn_lets_nobody_through(
    kind: str, worlds: int, own_data_folder: Path, request: pytest.FixtureRequest
) -> None:
    _tables(kind, own_data_folder, request, range(worlds))


LOTS = 4
"""Of the long runs, so that each worker has some: 1,000 schemas, and 400 tables in each kind of database."""


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(LOTS))
def test_a_thousand_schemas_let_nobody_through(lot: int, postgresql: Place, own_data_folder: Path) -> None:
    _schemas(postgresql, own_data_folder, range(1000 + 250 * lot, 1250 + 250 * lot))


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(LOTS))
@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgresql"])
def test_hundreds_of_tables_let_nobody_through(
    kind: str, lot: int, own_data_folder: Path, request: pytest.FixtureRequest
) -> None:
    _tables(kind, own_data_folder, request, range(1000 + 100 * lot, 1100 + 100 * lot))
