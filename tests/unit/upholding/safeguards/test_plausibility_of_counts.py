"""A count that lost the people does not pass: rows of people are released, or not, by what is known of every one of them."""

from __future__ import annotations

from ctypes import addressof, c_uint8, c_uint32
from pathlib import Path

import pytest

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.numbers.kernel import VALID
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.decision.row_decision import RowDecision, Undecidable
from ndoo.upholding.safeguards.plausibility import judge_table
from ndoo.upholding.text.reference import ReferenceResult
from tests.conftest import TODAY, Ndoo
from tests.engines.worlds import cleaned_list
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
    monkeypatch.setattr(RowDecision, "people", lambda _: PeopleCounts(0, 0, 0, 0))
    said = ndoo(*call)
    assert said.json["error"]["code"] == "counts-nobody"
    assert (said.status, (tmp_path / "o.csv").exists()) == (1, False)


@pytest.mark.parametrize("apart", [(), ("nhs_number",)], ids=["together", "apart"])
@pytest.mark.parametrize("marks", [(0, 1), (1, 0), (1, 1), (0, 0)])
def test_nobody_is_counted_twice_for_a_row_that_mentions_somebody(
    marks: tuple[int, int], apart: tuple[str, ...]
) -> None:
    """One person is removed, and two rows of another come to what `marks` says, as the reference engine counts them."""
    deciding = RowDecision(OptOuts(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:1], None)), 1, apart=apart)
    gone, stays = (int(number[:9]) for number in PEOPLE[:2])
    person, why, verdict = (c_uint32 * 3)(gone, stays, stays), (c_uint8 * 3)(*[VALID] * 3), (c_uint8 * 3)()
    deciding.mark((c_uint8 * 3)(0, *marks))
    deciding.decide(addressof(person), addressof(why), 3, addressof(verdict))
    fates = {"kept": {stays} if 0 in marks else set(), "removed": {gone}, "held": {stays} if 1 in marks else set()}
    assert deciding.people() == ReferenceResult(seen=fates).people()
    assert deciding.people().read == 2
