"""SIGKILL around each statement of an upholding in a database leaves the old result or the new one, whole and with its
manifest, or neither; and nothing of the list."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.databases.database import Database
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as release
from ndoo.upholding.verify.verification import ReleaseQuestion
from tests.crash.victims import forked, was_killed
from tests.engines.databases import Place, made, place
from tests.engines.test_schema_agrees import load
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene

__all__ = ["place"]
RESULT = {"released", "released_manifest"}
PEOPLE = some(60)


def _cleaned(folder: Path, gone: list[str]) -> CleanedList:
    now = datetime.now(UTC)
    (folder / "gone.txt").write_text("\n".join(gone))
    return read_list(folder / "gone.txt", Polarity.OPTED_OUT, checked_at=now, now=now)


def _killed_at(count: int, kind: type[Database], run: Callable[[], object], *, after: bool) -> bool:
    """Run in a child that kills itself at its `count`-th statement, the commit being one; False where it ended first."""

    def child() -> None:
        calls = 0

        def deadly(name: str) -> None:
            real = getattr(kind, name)

            def dying(*arguments: Any, **options: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == count and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                result = real(*arguments, **options)
                if calls == count:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            setattr(kind, name, dying)

        deadly("run")
        deadly("_commit")
        run()

    return was_killed(forked(child))


def _killed_everywhere(
    kind: type[Database], run: Callable[[], object], judge: Callable[[], object], *, step: int = 1
) -> int:
    """Kill before every `step`-th statement, and then after the commit, which is the last; how many were killed."""
    at, kills = 1, 0
    while _killed_at(at, kind, run, after=False):
        kills += 1
        judge()
        at += step
    judge()  # that one was not killed
    while at > 1:
        at -= 1
        if _killed_at(at, kind, run, after=True):
            judge()
            return kills + 1
    raise AssertionError("no statement was the last")


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
def test_killed_around_statements(place: Place, again: bool, step: int, own_data_folder: Path, tmp_path: Path) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    place.make("visits", {"nhs_number": "TEXT", "ward": "TEXT"}, [(n, f"ward {at}") for at, n in enumerate(PEOPLE)])
    sealer, cleaned, file = load_sealer(own_data_folder), _cleaned(tmp_path, PEOPLE[:3]), tmp_path / "manifest.json"

    def uphold() -> None:
        request = Request(
            place.at("visits"),
            place.at("released"),
            cleaned,
            datetime.now(UTC),
            replace=True,
            columns=ColumnChoice("nhs_number"),
            manifest=file,
        )
        release(request, sealer)

    def judge() -> None:
        left = place.tables() - before
        assert left in (set(), RESULT), "half a result, or what it was made in"
        assert left or not again, "the older result is gone, and no other in its place"
        if left:
            assert file.exists(), "a result whose manifest was asked for as a file, and is not there"
            assert place.verify("released", ReleaseQuestion(cleaned)).verified
        _nothing_of_the_list_is_left(place)

    before = place.tables()
    uphold()  # and all that is made once: the children begin with it
    if not again:
        place.run("DROP TABLE released", "DROP TABLE released_manifest")
        file.unlink()
    assert _killed_everywhere(type(place.open()), uphold, judge, step=step) > 4
    assert place.tables() - before == RESULT


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from made("postgresql", tmp_path, request)


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.soak)])
def test_a_schema_killed_on_its_way(postgresql: Place, step: int, own_data_folder: Path, tmp_path: Path) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    sealer, cleaned = load_sealer(own_data_folder), _cleaned(tmp_path, [GO])

    def uphold() -> None:
        request = Request(
            postgresql.at("clinic", whole_schema=True),
            postgresql.at("released", whole_schema=True),
            cleaned,
            datetime.now(UTC),
            replace=True,
            columns=ColumnChoice("patients.nhs_number"),
        )
        release(request, sealer)

    def judge() -> None:
        schemas = {name for (name,) in postgresql.run("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")}
        assert schemas == {"clinic", "information_schema", "public", "released"}, "half a result, or none"
        assert postgresql.verify("released", ReleaseQuestion(cleaned), whole_schema=True).verified
        _nothing_of_the_list_is_left(postgresql)

    uphold()
    assert _killed_everywhere(PostgreSQL, uphold, judge, step=step) > 8


def _nothing_of_the_list_is_left(place: Place) -> None:
    if place.kind == "postgresql":
        assert not place.run("SELECT relname FROM pg_class WHERE relname ~ '^ndoo_(list|twin)'")
        return
    path = place.parsed.path
    assert path
    journal = {f"{path.name}{suffix}" for suffix in (".wal", "-journal", "-wal", "-shm")}
    beside = {file.name for file in path.parent.iterdir()} - journal
    assert beside <= {path.name, "gone.txt", "manifest.json", *(n for n in beside if n.startswith(".") and "ndoo" in n)}
