"""Whatever is released again under the name of an asset, one more who opted out is not told by what is missing: in every kind of release
(Spark: `test_mothers_of_every_kind` and `test_shapes_kept`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import TODAY, Ndoo
from tests.engines.test_characterised import KINDS, MARKS
from tests.support.releases import GONE, LATER, PEOPLE

LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in MARKS])
def test_one_more_who_opted_out_is_not_told_by_the_next_release(
    name: str, ndoo: Ndoo, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    arguments = KINDS[name].make(tmp_path, PEOPLE, request)
    again = (*arguments[:-1], "again") if "--into" in arguments else arguments
    upheld = ("--asset", "ward round", *LIST, "--json")
    (tmp_path / "gone.txt").write_text(f"{GONE}\n")
    assert ndoo("uphold", *arguments, *upheld).status == 0
    (tmp_path / "gone.txt").write_text(f"{GONE}\n{LATER}\n")
    said = ndoo("uphold", *again, *upheld)
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference")
    naive = ndoo("uphold", *again, *LIST, "--json")
    assert (naive.status, naive.json["people"]["removed"]) == (0, 2), (
        "without a name nothing stops it, and the difference names one"
    )
