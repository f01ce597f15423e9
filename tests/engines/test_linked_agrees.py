"""The fast walk through linked tables does what the reference engine says: the rows, the counts, the reasons, the people."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.release_record import PeopleCounts
from ndoo.numbers import key_index
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.linked_tables.descriptor import read_package
from ndoo.upholding.linked_tables.tables import FolderChoice, Named, TableFile, opened
from ndoo.upholding.linked_tables.walk import Walk
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.table_links.levels import REASONS, Level
from ndoo.upholding.table_links.people import People
from ndoo.upholding.table_links.undeclared import Nobodys
from ndoo.upholding.text import text_lanes
from tests.engines.linked_worlds import Folder, folders

often = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=[1 << 16, 2], ids=["all rows at once", "two rows at a time"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come in pieces, and the indexes of keys grow."""
    monkeypatch.setattr(text_lanes, "MAX_ROWS", request.param)
    monkeypatch.setattr(key_index, "_FIRST_ROOM", 4)


@often
@given(folder=folders)
def test_rows_counts_reasons_and_people_agree(tmp_path: Path, pieces: None, folder: Folder) -> None:
    expected = folder.world().levels()
    place = tmp_path / "in"
    shutil.rmtree(place, ignore_errors=True)
    folder.write(place)
    package = read_package(place)
    people = People(OptOuts(folder.cleaned), keep_missing=folder.keep_missing)
    with ThreadPoolExecutor(1) as worker:
        tables = opened(place, package, worker)
        named = {name: Named(sheet.own, sheet.also) for name, sheet in folder.sheets.items()}
        open_sinks: list[Sink] = []
        files = []

        def room(one: TableFile) -> tuple[Sink, Sink]:
            pair = []
            for kind in ("kept", "held"):
                file = (tmp_path / f"{one.place.stem}.{kind}").open("wb")
                files.append(file)
                pair.append(Sink(file.fileno(), None))
            open_sinks.extend(pair)
            return pair[0], pair[1]

        nobodys = Nobodys(folder.whole) if folder.whole else None
        walk = Walk(
            tables,
            FolderChoice(folder.person_table, "", named),
            people,
            lambda _: None,
            watching=False,
            nobodys=nobodys,
        )
        walked, _ = walk.through(room)
        for sink in open_sinks:
            sink.finish()
            sink.__exit__()
        for file in files:
            file.close()
    world = folder.world()
    for came in walked:
        levels = expected[came.name]
        heading, *lines = (place / f"{came.name}.csv").read_bytes().splitlines(keepends=True)
        assert came.leads_to_person == world.leads(came.name)
        assert came.unused == world.unused(came.name)
        kept = b"".join(line for line, level in zip(lines, levels, strict=True) if level is Level.STAYS)
        held = b"".join(line for line, level in zip(lines, levels, strict=True) if level in REASONS)
        assert (tmp_path / f"{came.name}.kept").read_bytes() == heading + kept
        assert (tmp_path / f"{came.name}.held").read_bytes() == heading + held
        assert came.rows.read == came.rows.kept + came.rows.removed + sum(came.rows.held.values()) == len(lines)
        assert came.rows.held == {
            str(REASONS[level]): n for level, n in sorted(Counter(levels).items()) if level in REASONS
        }
        without = [level is Level.STAYS and not world.anchored((came.name, at)) for at, level in enumerate(levels)]
        assert came.rows.kept_without_number == (sum(without) if came.leads_to_person else 0)
    assert people.counts() == _people(folder, expected)
    _no_row_stayed_behind(tmp_path, folder, {came.name: came.unused for came in walked})


def _no_row_stayed_behind(tmp_path: Path, folder: Folder, unused: dict[str, int | None]) -> None:
    """In what was released as many rows lead to nobody and nobody to them as there were before."""
    place = tmp_path / "out"
    shutil.rmtree(place, ignore_errors=True)
    folder.write(place)
    for name in folder.sheets:
        shutil.copy(tmp_path / f"{name}.kept", place / f"{name}.csv")
    with ThreadPoolExecutor(1) as worker:
        choice = FolderChoice(
            folder.person_table, "", {name: Named(sheet.own, sheet.also) for name, sheet in folder.sheets.items()}
        )
        people = People(OptOuts(folder.cleaned), keep_missing=True)
        tables = opened(place, read_package(place, released=True), worker, released=True)
        nobodys = Nobodys(folder.whole) if folder.whole else None
        walk = Walk(tables, choice, people, lambda _: None, watching=False, nobodys=nobodys)
        again, _ = walk.through(lambda _: (None, None))
    assert {came.name: came.unreached for came in again} == unused


def _people(folder: Folder, expected: dict[str, list[Level]]) -> PeopleCounts:
    seen: dict[str, set[int]] = {"kept": set(), "removed": set(), "held": set()}
    for name, levels in expected.items():
        for row, level in zip(folder.sheets[name].rows, levels, strict=True):
            number = read(row[own]) if (own := folder.sheets[name].own) else None
            if isinstance(number, NHSNumber):
                fate = "kept" if level is Level.STAYS else "held" if level in REASONS else "removed"
                seen[fate].add(number.person)
    kept = seen["kept"]
    removed = seen["removed"] - kept
    held = seen["held"] - kept - removed
    return PeopleCounts(len(kept | removed | held), len(kept), len(removed), len(held))
