"""In 15 databases of a made-up organisation, a scan marks every planted table, every declared one, and no harmless one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from examples.organisation.__main__ import build, plan

from ndoo.scanning.scan import scan
from ndoo.scanning.scan_result import ScanVerdict

pytestmark = pytest.mark.xdist_group("organisation")  # the databases are made and scanned once
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ScanVerdict]:
    folder = tmp_path_factory.mktemp("organisation")
    assert len(build(folder, rows=200)) == 15
    return {table.name: table.verdict for table in scan(str(folder), now=NOW).tables}


@pytest.mark.parametrize("database", plan())
def test_every_planted_table_is_marked_and_no_harmless_one(database: str, found: dict[str, ScanVerdict]) -> None:
    said = plan()[database]
    for name in (*said["planted"], *said["declared"]):
        assert found[f"{database}.sqlite3/{name}"] is not ScanVerdict.NO, name
    for name in said["harmless"]:
        assert found[f"{database}.sqlite3/{name}"] is ScanVerdict.NO, name


def test_nothing_else_was_found(found: dict[str, ScanVerdict]) -> None:
    assert len(found) == sum(
        len(said[kind]) for said in plan().values() for kind in ("planted", "declared", "harmless")
    )
