"""SIGKILL around each statement of an upholding in a database leaves the result with its manifest, or neither."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.database import Database
from ndoo.upholding.in_place.job import TableRequest, uphold_table
from tests.conftest import DATA
from tests.crash.victims import forked, was_killed
from tests.engines.databases import Place, place
from tests.engines.test_tables_upheld import loaded

__all__ = ["place"]
RESULT = {"released", "released_manifest"}


def _upheld(place: Place, sealer: Sealer, *, manifest: Path) -> None:
    now = datetime.now(UTC)
    cleaned = read_list(DATA / "pbcseq.opted_out.txt", Polarity.OPTED_OUT, checked_at=now, now=now)
    request = TableRequest(TableName(None, "pbcseq"), TableName(None, "released"), cleaned, now, replace=True,
                           nhs_number="nhs_number", manifest=manifest)  # fmt: skip
    uphold_table(place.open(), request, sealer)


def _killed_at(count: int, place: Place, sealer: Sealer, manifest: Path, *, after: bool) -> bool:
    """Uphold in a child that kills itself at its `count`-th statement, the commit being one; False where it ended first."""

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

        kind: type[Database] = type(place.open())
        deadly("run")
        deadly("commit")
        _upheld(place, sealer, manifest=manifest)

    return was_killed(forked(child))


@pytest.mark.parametrize("again", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["first", "again"])
def test_killed_around_every_statement(place: Place, again: bool, own_data_folder: Path, tmp_path: Path) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    loaded(place, "pbcseq")
    sealer = load_sealer(own_data_folder)
    before, manifest = place.tables(), tmp_path / "manifest.json"
    _upheld(place, sealer, manifest=manifest)  # and all that is made once: the children begin with it
    if not again:
        _dropped(place, manifest)
    kills = 0
    for at in range(1, 100):
        died = [_killed_at(at, place, sealer, manifest, after=False)]
        if not died[0]:
            died.append(_killed_at(at - 1, place, sealer, manifest, after=True))  # the commit was the last
        left = place.tables() - before
        assert left in (set(), RESULT), "half a result, or what it was made in"
        if left:
            assert place.run("SELECT COUNT(*) FROM released") == [(1797,)]
            assert manifest.exists(), "a result whose manifest was asked for as a file, and is not there"
        assert not again or left
        kills += sum(died)
        if len(died) == 2:
            break
    assert kills > 12
    assert place.tables() - before == RESULT


def _dropped(place: Place, manifest: Path) -> None:
    place.run("DROP TABLE released", "DROP TABLE released_manifest")
    manifest.unlink()
