"""A review that scans the made-up organisation's 15 databases finds every planted table, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from examples.organisation.__main__ import build, plan

from ndoo.assets.files import write
from ndoo.service.governance.made_up import organisation, place
from tests.conftest import Ndoo


def test_every_planted_table_is_undeclared_and_nothing_else(ndoo: Ndoo, tmp_path: Path) -> None:
    build(tmp_path / "examples" / "organisation", rows=200)
    write(organisation(datetime.now(UTC).date(), ()), tmp_path / "assets.toml")
    said = ndoo("review", "assets.toml", "--scan", "--json")
    planted = {f"{name} at {place(database)}" for database, told in plan().items() for name in told["planted"]}
    assert said.status == 6
    assert len(planted) == 15
    assert {open_["name"] for open_ in said.json["undeclared"]} == planted
    assert said.json["due_for_review"] == []
