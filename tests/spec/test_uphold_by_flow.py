"""`ndoo uphold --flow`: decide first; then remove those who opted out, or nobody, or release nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from ndoo.domain.errors import NoUsableList
from ndoo.evidence.release import release_at
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.conftest import DATA, ROOT, TODAY, Ndoo

FLOWS = ROOT / "examples" / "flows"
LIST = ("--opted-out", DATA / "pbcseq.opted_out.txt", "--checked-at", TODAY)


def _flow(folder: Path, name: str, **changed: str) -> Path:
    """A worked flow, with some lines said otherwise."""
    lines = next(FLOWS.glob(f"{name}-*.toml")).read_text().splitlines()
    for field, value in changed.items():
        lines = [f"{field} = {value}" if line.startswith(f"{field} =") else line for line in lines]
    path = folder / "flow.toml"
    path.write_text("\n".join(lines))
    return path


def test_where_it_applies_those_who_opted_out_are_removed(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST, "--flow", _flow(tmp_path, "5"), "--json")
    assert said.status == 0, said.told
    assert said.json["rows"]["removed"] == 148
    assert (said.json["decision"]["outcome"], said.json["decision"]["reason"]) == ("applies", "A-S251")
    assert said.json["decision"]["as_of"] == TODAY
    assert ndoo("verify", "out.csv", *LIST).status == 0


def test_where_it_applies_a_list_is_needed(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", "--flow", _flow(tmp_path, "5"))
    assert said.status == 4
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("named", [True, False])
def test_where_it_does_not_apply_nobody_is_removed_and_the_manifest_says_so(
    form: str, named: bool, ndoo: Ndoo, tmp_path: Path
) -> None:
    """The opt-out is not asked about: blank and damaged numbers stay too, and two columns of them."""
    body = (DATA / "pbcseq.csv").read_text() + ",1,2,1,5,f,0,,,,,,,,,,,,\n999,1,2,1,5,f,0,,,,,,,,,,,,\n"
    (tmp_path / "in.csv").write_text(body)
    source = tmp_path / f"in.{form}"
    if form == "parquet":
        types = pyarrow.csv.ConvertOptions(column_types={"nhs_number": pyarrow.string()})
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "in.csv", convert_options=types), source)
    column = ("--nhs-number", "nhs_number") if named else ()
    output = f"out.{form}"
    said = ndoo("uphold", source, "-o", output, *column, "--flow", _flow(tmp_path, "7"), "--json")
    assert said.status == 0, said.told
    manifest = said.json
    assert manifest["list"] is None
    assert (manifest["decision"]["outcome"], manifest["decision"]["reason"]) == ("does_not_apply", "N-CONSENT")
    assert manifest["rows"] == {"read": 1947, "kept": 1947, "removed": 0, "held": {}, "kept_without_number": 0}
    assert manifest["people"] == {"read": 312, "kept": 312, "removed": 0, "held": 0}
    if form == "csv":
        assert (tmp_path / output).read_text() == body
    verified = ndoo("verify", output, "--json")
    assert verified.status == 0, verified.told
    assert "does not apply" in verified.json["promises"][-1]["because"]
    by_list = ndoo("verify", output, *LIST, "--json")
    assert (by_list.status, by_list.json["promises"][-1]["kept"]) == (3, False), (
        "a list that is named is always applied"
    )
    (tmp_path / output).write_bytes((tmp_path / output).read_bytes()[:-9])
    assert ndoo("verify", output).status == 3


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_data_without_any_number_is_released_where_it_does_not_apply(form: str, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("area,rate\nE06,4.5\nE07,5.1\n")
    if form == "parquet":
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "in.csv"), tmp_path / "in.parquet")
    said = ndoo("uphold", f"in.{form}", "-o", f"out.{form}", "--flow", _flow(tmp_path, "8"), "--json")
    assert said.status == 0, said.told
    assert (said.json["columns"]["nhs_number"], said.json["people"]["read"]) == (None, 0)
    assert said.json["rows"]["kept"] == 2
    assert ndoo("verify", f"out.{form}").status == 0
    assert ndoo("verify", f"out.{form}", *LIST).status == 0, "nobody is in it, so nobody whom the list withholds"


def test_a_flow_that_contradicts_its_data_is_warned_of_and_verify_says_it_again(ndoo: Ndoo, tmp_path: Path) -> None:
    """Nobody is removed from anonymous data; but these are not anonymous."""
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", "--flow", _flow(tmp_path, "8"), "--quiet")
    assert (said.status, said.out) == (0, "")
    assert "WARNING: The flow says data.identifiable = no and data.form = aggregate, but the data holds" in said.err
    assert "The flow says data.identifiable = no" in ndoo("verify", "out.csv").err
    pseudonymised = _flow(tmp_path, "5", form='"pseudonymised"')
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "after.csv", *LIST, "--flow", pseudonymised, "--json")
    assert said.json["warnings"] == [], "numbers are taken out after the opt-out was upheld by them"


def test_a_review_releases_nothing(ndoo: Ndoo, tmp_path: Path) -> None:
    """The evidence of the consent is not known: nobody has seen it."""
    flow = _flow(tmp_path, "7", consent_covers_this_use="false")
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST, "--flow", flow, "--json")
    assert said.status == 7
    assert said.json["decision"]["outcome"] == "review"
    assert not list(tmp_path.glob("out*"))


def test_a_gateway_that_ended_before_today_does_not_hold_although_it_held_on_the_flow_s_day(
    ndoo: Ndoo, tmp_path: Path
) -> None:
    """The flow says 2 November; the release is today."""
    flow = _flow(tmp_path, "7", valid_from="2024-03-11\nvalid_to = 2026-11-03", as_of="2026-11-02")
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST, "--flow", flow, "--json")
    assert said.status == 7, said.told


def test_data_of_the_gp_record_needs_type_1_opt_outs_too(ndoo: Ndoo, tmp_path: Path) -> None:
    flow = _flow(tmp_path, "5", from_gp_record="true")
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST, "--flow", flow, "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "type1-missing")
    assert not (tmp_path / "out.csv").exists()


def test_a_file_of_which_people_were_removed_is_not_verified_without_a_list(ndoo: Ndoo) -> None:
    assert ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST).status == 0
    assert ndoo("verify", "out.csv").status == 4


def test_nobody_may_leave_out_the_list_without_a_decision(ndoo: Ndoo, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    request = Request(input=DATA / "pbcseq.csv", output=tmp_path / "out.csv", cleaned=None, now=now)
    with pytest.raises(ValueError, match="without a list"):
        uphold(request, load_sealer(tmp_path / "keys"))
    assert not (tmp_path / "out.csv").exists()
    assert ndoo("uphold", DATA / "pbcseq.csv", "-o", "out.csv", *LIST).status == 0
    with pytest.raises(NoUsableList):
        verify_release(release_at(tmp_path / "out.csv"), ReleaseQuestion())
