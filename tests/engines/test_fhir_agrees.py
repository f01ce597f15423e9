"""The engine keeps of a FHIR export what the slow reference says, however the export refers and is packed; and nothing else is in it."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from ndoo.domain.errors import UnfitData
from tests.engines.fhir_worlds import GO, HELD, REMOVED, STAYS, World, worlds
from tests.unit.upholding.fhir.exports import Upheld, upheld

ANY = (0.0, 100.0)
"""In a world of few people any share may go."""


def _agrees(world: World, folder: Path) -> None:
    fates = world.fates()
    for name in ("in", "out", "held", "again"):
        shutil.rmtree(folder / name, ignore_errors=True)
    if world.stops(fates):
        with pytest.raises(UnfitData, match="around the entries"):
            upheld(folder, world.written(), go=tuple(GO), held=folder / "held", expected_share=ANY)
        assert not (folder / "out").exists()
        return
    found = upheld(folder, world.written(), go=tuple(GO), held=folder / "held", expected_share=ANY)
    assert {path: _names(text) for path, text in found.texts.items()} == world.kept_in(fates)
    rows = found.outcome.rows
    assert (rows.kept, sum(rows.held.values()), rows.removed) == tuple(
        fates.count(fate) for fate in (STAYS, HELD, REMOVED)
    )
    released = "".join(found.texts.values()) + (folder / "out" / "manifest.json").read_text()
    assert not [number for number in GO if number in released]
    assert not [thing.name for thing, fate in zip(world.things, fates, strict=True) if fate and thing.mark in released]
    _is_byte_for_byte(world, found)
    held = "".join(_unpacked(path.name, path.read_bytes()) for path in (folder / "held").rglob("*") if path.is_file())
    assert {thing.name for thing in world.things if thing.mark in held} == {
        thing.name for thing, fate in zip(world.things, fates, strict=True) if fate == HELD
    }
    if not found.texts:
        return
    text = {
        path: gzip.compress(text.encode()) if path.endswith(".gz") else text.encode()
        for path, text in found.texts.items()
    }
    again = upheld(folder / "again", text, go=tuple(GO), expected_share=ANY)
    assert again.texts == found.texts, "what was upheld has nothing left to take out"


def _is_byte_for_byte(world: World, found: Upheld) -> None:
    """Each kept line stands there as it did."""
    before = {line for path, raw in world.written().items() for line in _unpacked(path, raw).splitlines()}
    for path, text in found.texts.items():
        if not path.endswith(".json"):
            assert before >= set(text.splitlines())


def _names(text: str) -> list[str]:
    documents = (
        [json.loads(text)]
        if text.lstrip().startswith("{\n") or text.lstrip().startswith("{\r\n")
        else [json.loads(line) for line in text.splitlines() if line.strip()]
    )
    return [
        one["id"]
        for document in documents
        for one in (
            [entry["resource"] for entry in document["entry"]] if document["resourceType"] == "Bundle" else [document]
        )
    ]


def _unpacked(path: str, raw: bytes) -> str:
    return (gzip.decompress(raw) if path.endswith(".gz") else raw).decode("utf-8-sig")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds)
def test_what_stays_is_what_the_reference_says(tmp_path: Path, world: World) -> None:
    _agrees(world, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(5))
def test_the_same_many_times(tmp_path: Path, lot: int) -> None:
    """2,000 worlds, in lots so that each worker has some."""

    @seed(lot)  # else every lot would be the same one
    @settings(max_examples=400)
    @given(world=worlds)
    def one(world: World) -> None:
        _agrees(world, tmp_path)

    one()
