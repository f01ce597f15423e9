"""A count that lost the people does not pass: rows of people are released, or not, by what is known of every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import Fault
from ndoo.evidence.manifest import Counts, PeopleCounts
from ndoo.upholding.plausibility import judge_table
from ndoo.upholding.row_decision import Deciding, Undecidable
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(20)


class Asks:
    """A request without a list: nothing is said of a share."""

    cleaned = decision = justification = expected_share = None
    undecided = Undecidable.HOLD
    somebody_may_go = True


def test_rows_without_a_number_are_nobodys_and_pass() -> None:
    assert judge_table(Asks(), Counts(3, 3, 0, {}, kept_without_number=3), PeopleCounts(0, 0, 0, 0), 0) == ()
    assert judge_table(Asks(), Counts(3, 0, 3), PeopleCounts(2, 0, 2, 0), 0) == ()
    with pytest.raises(Fault, match="no people were counted"):
        judge_table(Asks(), Counts(4, 4, 0, {}, kept_without_number=3), PeopleCounts(1, 0, 1, 0), 0)


@pytest.mark.parametrize("lists", [("--allowed", "in.dat"), ("--opted-out", "out.dat", "--expect-removed", "0-100")])
def test_rows_kept_of_nobody_are_not_released(
    lists: tuple[str, ...], ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in PEOPLE))
    (tmp_path / "in.dat").write_text("\n".join(PEOPLE[1:]))
    (tmp_path / "out.dat").write_text(PEOPLE[0])
    call = ("uphold", "in.csv", "-o", "o.csv", "--checked-at", TODAY, "--json", *lists)
    assert ndoo(*call).status == 0
    (tmp_path / "o.csv").unlink()
    (tmp_path / "o.csv.manifest.json").unlink()
    monkeypatch.setattr(Deciding, "people", lambda _: PeopleCounts(0, 0, 0, 0))
    said = ndoo(*call)
    assert said.json["error"]["code"] == "counts-nobody"
    assert (said.status, (tmp_path / "o.csv").exists()) == (1, False)
