"""The proof of the join: 15 real databases with planted tables, 40 assets, 120 flows. The review finds every planted table,
and nothing else."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from examples.organisation.__main__ import HERE, build

from ndoo.assets.files import plain, write
from ndoo.assets.register import read_register
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.policy import decide, load_pack
from ndoo.service.asset_register import made_up
from tests.conftest import Ndoo

PLANTED = {
    (name, table)
    for name, told in tomllib.loads((HERE / "tables.toml").read_text("utf-8"))["database"].items()
    for table in told.get("planted", {})
}


def evidence(folder: Path, told: Any, sealer: Sealer, today: Any) -> None:
    """The manifests of every flow to which the opt-out applies."""
    folder.mkdir()
    for flow in told.live:
        decision = decide(flow.facts, load_pack(), today)
        if decision.outcome == "applies":
            document = made_up.manifest(flow, decision, sealer, today)
            (folder / f"{flow.id}.csv.manifest.json").write_text(json.dumps(document), encoding="utf-8")


def test_every_planted_table_is_found_and_nothing_else(
    ndoo: Ndoo, tmp_path_factory: pytest.TempPathFactory, own_data_folder: Path
) -> None:
    from django.utils import timezone

    today, folder = timezone.localdate(), tmp_path_factory.mktemp("organisation")
    build(folder / "db", rows=150)
    sealer = load_sealer(own_data_folder)
    register = made_up.organisation(today, (sealer.public_key,))
    moved = plain(register)
    for asset in moved["asset"]:
        asset["location"] = [str(folder / "db" / Path(asset["location"][0]).name)]
    write(read_register(moved), folder / "register.toml")
    evidence(folder / "runs", register, sealer, today)
    said = ndoo("review", folder / "register.toml", "--scan", "--evidence", folder / "runs", "--json")
    names = {
        (Path(item["name"].rpartition(" at ")[2]).stem, item["name"].rpartition(" at ")[0])
        for item in said.json["undeclared"]
    }
    assert names == PLANTED and len(PLANTED) >= 15
    assert (said.status, said.json["open"], said.json["unseen"]) == (6, len(PLANTED), [])
    assert (said.json["assets"], said.json["flows"], said.json["due_for_review"]) == (40, 120, [])


def test_a_place_that_cannot_be_scanned_is_open_and_not_empty(ndoo: Ndoo, tmp_path: Path) -> None:
    Path("r.toml").write_text(
        '[[asset]]\nid = "A"\nname = "A"\nlocation = ["nowhere.csv", "env:NOT_SET"]\n', encoding="utf-8"
    )
    said = ndoo("review", "r.toml", "--scan", "--json")
    assert said.status == 6 and [item["name"] for item in said.json["undeclared"]] == [
        "everything at nowhere.csv",
        "everything at env:NOT_SET",
    ]
