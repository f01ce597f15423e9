"""`ndoo uphold --flow`: decide first; then remove those who opted out, or nobody, or release nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
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
from tests.support.numbers import some

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
    """Invoices of ten digits are valid numbers as often as chance has it: one in eleven."""
    invoices = [f"{4000000000 + at * 7919}" for at in range(2000)]
    (tmp_path / "in.csv").write_text("area,rate,invoice\n" + "".join(f"E06,4.5,{one}\n" for one in invoices))
    if form == "parquet":
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(tmp_path / "in.csv"), tmp_path / "in.parquet")
    said = ndoo("uphold", f"in.{form}", "-o", f"out.{form}", "--flow", _flow(tmp_path, "8"), "--json")
    assert said.status == 0, said.told
    assert (said.json["columns"]["nhs_number"], said.json["people"]["read"]) == (None, 0)
    assert said.json["rows"]["kept"] == 2000
    assert ndoo("verify", f"out.{form}").status == 0
    assert ndoo("verify", f"out.{form}", *LIST).status == 0, "nobody is in it, so nobody whom the list withholds"


PEOPLE = some(60)
CONTRADICTED = {
    "one column": "nhs_number,x\n" + "".join(f"{one},1\n" for one in PEOPLE),
    "two columns": "nhs_number,mother_nhs_number\n" + "".join(f"{one},{one}\n" for one in PEOPLE),
    "two columns of other names": "a,b\n" + "".join(f"{one},{one}\n" for one in PEOPLE),
    "a note": "area,note\n" + "".join(f"E06,pt {one} seen\n" for one in PEOPLE),
    "inside keys": "area,key\n" + "".join(f"E06,7{one}42\n" for one in PEOPLE),
    "in two halves": "a,b\n" + "".join(f"{one[:5]},{one[5:]}\n" for one in PEOPLE),
}


@pytest.mark.parametrize("held", CONTRADICTED)
@pytest.mark.parametrize("form", ["csv", "parquet", "sqlite", "folder"])
def test_data_with_numbers_is_not_released_by_a_flow_that_says_that_it_has_none(
    held: str, form: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    """Nobody is removed from anonymous data; but these are not anonymous."""
    (tmp_path / "in.csv").write_text(CONTRADICTED[held])
    places = [f"in.{form}", "-o", f"out.{form}"]
    if form in ("parquet", "sqlite"):
        table = pyarrow.csv.read_csv(
            tmp_path / "in.csv",
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(_heading(held), pyarrow.string())),
        )
        pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    if form == "sqlite":
        places = ["sqlite:///d.sqlite#t", "--into", "kept"]
        with closing(sqlite3.connect(tmp_path / "d.sqlite")) as database:
            database.execute(f"CREATE TABLE t ({' TEXT, '.join(_heading(held))} TEXT)")
            database.executemany("INSERT INTO t VALUES (?, ?)", [tuple(row.values()) for row in table.to_pylist()])
            database.commit()
    if form == "folder":
        places = ["in", "-o", "out"]
        (tmp_path / "in").mkdir()
        (tmp_path / "in.csv").rename(tmp_path / "in" / "t.csv")
        fields = [{"name": name, "type": "string"} for name in _heading(held)]
        resource = {"name": "t", "path": "t.csv", "schema": {"fields": fields}}
        (tmp_path / "in" / "datapackage.json").write_text(json.dumps({"name": "p", "resources": [resource]}))
    said = ndoo("uphold", *places, "--flow", _flow(tmp_path, "8"), "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "flow-contradicted"), said.told
    assert "The flow says data.identifiable = no and data.form = aggregate, but the data holds" in said.told
    assert not list(tmp_path.glob("out*"))
    assert not {*PEOPLE} & {*re.findall("[0-9]{10}", said.told)}


def test_an_export_of_fhir_with_numbers_is_not_released_by_such_a_flow_either(ndoo: Ndoo, tmp_path: Path) -> None:
    resources = [{"resourceType": "Basic", "id": f"b{at}", "text": one} for at, one in enumerate(PEOPLE)]
    (tmp_path / "in.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in resources))
    said = ndoo("uphold", "in.ndjson", "-o", "out.ndjson", "--flow", _flow(tmp_path, "8"), "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "flow-contradicted"), said.told
    assert not list(tmp_path.glob("out*"))


def test_where_type_1_is_upheld_by_the_numbers_the_flow_is_warned_of_and_verify_says_it_again(
    ndoo: Ndoo, tmp_path: Path
) -> None:
    """They may be taken out after; whoever gets the release is told."""
    (tmp_path / "in.csv").write_text(CONTRADICTED["one column"])
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{PEOPLE[0]},9Nu0.,2019-01-01\n")
    by = ("--type1", "codes.csv")
    said = ndoo(
        "uphold", "in.csv", "-o", "out.csv", *by, "--flow", _flow(tmp_path, "8"), "--expect-removed", "0-100", "--quiet"
    )
    assert said.status == 0, said.told
    assert "WARNING: The flow says data.identifiable = no and data.form = aggregate, but the data holds" in said.err
    assert "The flow says data.identifiable = no" in ndoo("verify", "out.csv", *by).err


def _heading(held: str) -> list[str]:
    return CONTRADICTED[held].partition("\n")[0].split(",")


def test_what_leaves_without_numbers_is_upheld_by_them_before(ndoo: Ndoo, tmp_path: Path) -> None:
    pseudonymised = _flow(tmp_path, "5", form='"pseudonymised"')
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "after.csv", *LIST, "--flow", pseudonymised, "--json")
    assert (said.status, said.json["warnings"]) == (0, []), "numbers are taken out after the opt-out was upheld by them"


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
