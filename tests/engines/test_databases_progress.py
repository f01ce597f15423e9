"""Whoever upholds a large table sees how far the database is: a share that grows to all of it, after the first pass over the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place
from tests.engines.test_schema_agrees import GO, load, scene
from tests.support.numbers import some
from tests.support.progress_told import Stage, is_whole, listened_to


def rows_of(stages: list[Stage]) -> Stage:
    """What was told, which is one thing and whole."""
    (stage,) = stages
    assert stage.unit == "row" and len(stage.done) >= 2 and is_whole(stage), stage
    stages.clear()
    return stage


def test_a_table_is_told_by_the_rows_that_are_gone_through(
    place: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = some(30)
    place.make("visits", {"nhs_number": "TEXT", "ward": "TEXT"}, [*([one, "a"] for one in people), ["none", "b"]])
    (tmp_path / "go.txt").write_text(f"{people[0]}\n")
    by = ("--opted-out", "go.txt", "--checked-at", TODAY)
    stages = listened_to(monkeypatch)
    for more in ((), ("--held", "aside", "--replace"), ("--mentions", "hold", "--replace")):
        said = ndoo("uphold", place.address, "--table", "visits", "--into", "released", *more, *by)
        assert said.status == 6, said.told
        assert rows_of(stages).size > 5 * 31
    assert ndoo("verify", f"{place.address}#released", *by).status == 0
    assert rows_of(stages).size == 3 * 29
    scanned = ndoo("scan", place.address)
    assert scanned.status == 0, scanned.told
    assert [stage.label for stage in stages if is_whole(stage) and stage.size == 31] == ["Scanning visits"]


def test_a_schema_is_told_by_the_rows_of_all_its_tables(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    by = ("--opted-out", "go.txt", "--checked-at", TODAY)
    stages = listened_to(monkeypatch)
    what = ("--schema", "clinic", "--into", "released", "--nhs-number", "patients.nhs_number")
    for more in ((), ("--held", "aside", "--replace")):
        said = ndoo("uphold", postgresql.address, *what, *more, *by)
        assert said.status in (0, 6), said.told
        rows_of(stages)
    verified = ndoo("verify", postgresql.address, "--schema", "released", *by)
    assert verified.status == 0, verified.told
    rows_of(stages)
