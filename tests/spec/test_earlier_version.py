"""What an earlier version of ndoo released is verified by this one: as it stands, and not with somebody in it.

`cases/earlier_version` was made by the version of the commit c8ad05cb, from four people of the 999 range of whom one opted out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, TODAY, Ndoo

MADE = ROOT / "tests" / "spec" / "cases" / "earlier_version"
SEALED_BY = "cvg+7kBr+LtMAEuzvQdhe5D7kXFGEPYubMv1G1WAX80="
BY = ("--opted-out", "go.txt", "--checked-at", TODAY, "--signed-by", SEALED_BY)


@pytest.fixture(params=["text/out.csv", "linked"], ids=["a text", "a folder"])
def released(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    shutil.copytree(MADE, tmp_path, dirs_exist_ok=True)
    return str(request.param)


def test_a_release_of_an_earlier_version_is_verified(released: str, ndoo: Ndoo) -> None:
    said = ndoo("verify", released, *BY, "--json")
    assert (said.status, said.json["verified"], said.json["sealed_by"]) == (0, True, SEALED_BY), said.told
    assert {"seal", "counts", "digest", "rows", "nobody"} <= {promise["name"] for promise in said.json["promises"]}
    assert ndoo("show", released, "--json").status == 0, "and its manifest is shown"


def test_a_release_of_an_earlier_version_with_somebody_who_opted_out_since_is_not(
    released: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    one = (tmp_path / "text" / "out.csv").read_text().splitlines()[1].partition(",")[0]
    (tmp_path / "go.txt").write_text(f"{one}\n")
    said = ndoo("verify", released, *BY, "--json")
    assert (said.status, [promise["name"] for promise in said.json["promises"] if not promise["kept"]]) == (
        3,
        ["nobody"],
    )
