"""`ndoo uphold … --mesh`: wherever the people stand, all of them are asked about, and whoever opted out is gone."""

from __future__ import annotations

import gc
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engines.databases import KINDS, made
from tests.engines.sparks import spark
from tests.engines.test_schema_agrees import load
from tests.mesh.conftest import Exchange
from tests.support.numbers import some
from tests.unit.upholding.fhir.exports import SYSTEM
from tests.unit.upholding.linked_tables.scene import PEOPLE, scene

__all__ = ["spark"]
GONE = [PEOPLE[0], PEOPLE[3]]
MOTHER = some(1, seed=991)[0]
"""Stands in a second column only."""
NOTES = f"note,nhs_number\na,{PEOPLE[0]}\nb,{MOTHER}\n"
BOTH = ("--nhs-number", "patients.nhs_number", "--also", "notes.nhs_number")


def _asked(exchange: Exchange, *call: object) -> Any:
    """The first run asks, the second has the answer."""
    exchange.put("gone.dat", GONE)
    arguments = (
        *call,
        "--mesh",
        "trust",
        "--timeout",
        0,
        "--undecided",
        "exclude",
        "--expect-removed",
        "0-100",
        "--json",
    )
    first = exchange.trust("uphold", *arguments)
    assert first.json["error"]["code"] == "mesh-no-answer", first.told
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    said = exchange.trust("uphold", *arguments)
    assert said.status == 0, said.told
    assert said.json["list"]["source"] == "mesh"
    return said.json


def test_linked_tables(exchange: Exchange) -> None:
    scene(exchange.folder / "in", notes=NOTES)
    said = _asked(exchange, "in", "-o", "out", *BOTH)
    assert (said["people"]["removed"], said["list"]["numbers"]) == (2, len(PEOPLE) + 1 - 2), (
        "the mother was asked about too"
    )
    assert PEOPLE[3] not in (exchange.folder / "out" / "patients.csv").read_text()
    refused = exchange.trust("verify", "out", "--mesh", "trust", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "mesh-and-table")


@pytest.mark.parametrize("folder", [False, True])
def test_fhir(exchange: Exchange, *, folder: bool) -> None:
    lines = [
        json.dumps({"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]})
        for at, number in enumerate(PEOPLE)
    ]
    (exchange.folder / "in").mkdir()
    (exchange.folder / "in" / "Patient.ndjson").write_text("\n".join(lines))
    said = _asked(exchange, *(("in", "-o", "out") if folder else ("in/Patient.ndjson", "-o", "out.ndjson")))
    assert (said["people"]["removed"], said["list"]["numbers"]) == (2, len(PEOPLE) - 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table(exchange: Exchange, kind: str, request: pytest.FixtureRequest) -> None:
    for place in made(kind, exchange.folder, request):
        place.make(
            "visits", {"who": "TEXT", "mother": "TEXT"}, [*((number, None) for number in PEOPLE), (PEOPLE[1], MOTHER)]
        )
        said = _asked(
            exchange,
            place.address,
            "--table",
            "visits",
            "--into",
            "released",
            "--replace",
            "--nhs-number",
            "who",
            "--also",
            "mother",
        )
        assert (said["people"]["removed"], said["list"]["numbers"]) == (2, len(PEOPLE) + 1 - 2)
        assert place.run("SELECT COUNT(*) FROM released") == [(len(PEOPLE) + 1 - 2,)]


def test_a_schema(exchange: Exchange, request: pytest.FixtureRequest) -> None:
    scene(exchange.folder / "in", notes=NOTES)
    for place in made("postgresql", exchange.folder, request):
        load(place, exchange.folder / "in")
        said = _asked(exchange, place.address, "--schema", "clinic", "--into", "released", *BOTH)
        assert (said["people"]["removed"], said["list"]["numbers"]) == (2, len(PEOPLE) + 1 - 2)


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_folder_of_parquet(spark: Any, exchange: Exchange) -> None:
    (exchange.folder / "in").mkdir()
    pq.write_table(pa.table({"who": PEOPLE}), exchange.folder / "in" / "part.parquet")
    said = _asked(exchange, "in", "--engine", "spark", "-o", "out", "--nhs-number", "who")
    assert (said["people"]["removed"], said["list"]["numbers"]) == (2, len(PEOPLE) - 2)
    gc.collect()  # Spark's sockets, here and not in another test
