"""`ndoo uphold --type1`: nobody with a Type 1 opt-out is left in a release of GP data, alone and beside the national one."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.support.numbers import some

PEOPLE = some(12, seed=11)
BOTH, NATIONAL, TYPE1, OPEN, BACK, *FREE = PEOPLE[:10]
"""Has both opt-outs, one or the other; entries that were held; a withdrawn one; nothing recorded."""
UNKNOWN = PEOPLE[10]
"""Of whom no entry was read."""
DISSENT, WITHDRAWN = "827241000000103", "827261000000102"
FLOWS = ROOT / "examples" / "flows"
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
CODES = ("--type1", "codes.csv")


@pytest.fixture
def gp(tmp_path: Path) -> Path:
    """A GP extract of two rows a person, a list and coded entries."""
    (tmp_path / "gp.csv").write_text(
        "nhs_number,seen\n" + "".join(f"{n},{day}\n" for n in PEOPLE[:11] for day in ("2026-01-01", "2026-02-01"))
    )
    (tmp_path / "gone.txt").write_text(f"{BOTH}\n{NATIONAL}\n")
    entries = [
        (BOTH, DISSENT, "2020-01-01"),
        (TYPE1, "9Nu0.", "2019-01-01"),
        (OPEN, DISSENT, ""),
        (BACK, "XaZ89", "2018-01-01"),
        (BACK, WITHDRAWN, "2021-01-01"),
        (NATIONAL, "C10..", "2018-01-01"),
        *((n, "C10..", "2018-01-01") for n in FREE),
    ]
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + "".join(f"{','.join(e)}\n" for e in entries))
    return tmp_path


def flow(folder: Path, name: str, *more: str, **changed: str) -> Path:
    """A worked flow, some lines said otherwise, and lines at its end, which is the table of the gateway."""
    lines = next(FLOWS.glob(f"{name}-*.toml")).read_text().splitlines()
    for field, value in changed.items():
        lines = [f"{field} = {value}" if line.startswith(f"{field} =") else line for line in lines]
    (folder / "flow.toml").write_text("\n".join([*lines, *more]))
    return folder / "flow.toml"


def left(path: Path) -> set[str]:
    return {line.split(",")[0] for line in path.read_text().splitlines()[1:]}


def refused(said: Said, status: int, code: str, folder: Path) -> None:
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told
    assert not list(folder.glob("out*")), "something was released"


def test_both_opt_outs_are_upheld_and_counted_apart(gp: Path, ndoo: Ndoo) -> None:
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES, "--json")
    assert said.status == 6, said.told
    manifest = json.loads((gp / "out.csv.manifest.json").read_text())
    assert manifest == said.json
    assert left(gp / "out.csv") == {BACK, *FREE, UNKNOWN}
    assert manifest["rows"] == {
        "read": 22,
        "kept": 14,
        "removed": 6,
        "held": {"type1_undecided": 2},
        "kept_without_number": 0,
    }
    assert manifest["people"] == {"read": 11, "kept": 7, "removed": 3, "held": 1}
    told = manifest["type1"]
    assert told["applied"] is True
    assert told["rows"] == {"removed": 4, "removed_by_it_alone": 2}
    assert told["people"] == {"removed": 2, "removed_by_it_alone": 1}
    assert (told["status"]["dissent"], told["status"]["withdrawn"], told["status"]["people_held"]) == (2, 1, 1)
    assert "National opt-out: 4 rows, 2 people." in said.told
    assert "Type 1 opt-out: 4 rows, 2 people; 2 rows, 1 person for it alone." in said.told


def test_type_1_alone_says_that_the_national_one_was_not_upheld(gp: Path, ndoo: Ndoo) -> None:
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--json")
    assert said.status == 6, said.told
    assert left(gp / "out.csv") == {NATIONAL, BACK, *FREE, UNKNOWN}
    assert said.json["list"] is None
    assert "NOT upheld" in said.told
    verified = ndoo("verify", "out.csv", *CODES, "--json")
    assert verified.status == 0, verified.told
    promises = {p["name"]: p for p in verified.json["promises"]}
    assert promises["type1"]["kept"]
    assert "No list" in promises["nobody"]["because"]
    refused_ = ndoo("verify", "out.csv", "--json")
    assert (refused_.status, refused_.json["error"]["code"]) == (4, "type1-missing")
    assert ndoo("verify", "out.csv", *CODES, *LIST).status == 3, "somebody on the list is in it"


@pytest.mark.parametrize(
    "forgotten", [("--checked-at", TODAY), ("--requested", "gone.txt"), ("--snapshot-signed-by", "key")]
)
def test_whoever_speaks_of_a_list_and_forgets_it_does_not_release_without_one(
    forgotten: tuple[str, str], gp: Path, ndoo: Ndoo
) -> None:
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, *forgotten, "--json")
    assert said.status in (2, 4)
    assert not list(gp.glob("out*"))


def test_parquet_is_upheld_alike(gp: Path, ndoo: Ndoo) -> None:
    types = pyarrow.csv.ConvertOptions(column_types={"nhs_number": pyarrow.string()})
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(gp / "gp.csv", convert_options=types), gp / "gp.parquet")
    of_parquet = ndoo("uphold", "gp.parquet", "-o", "out.parquet", *LIST, *CODES, "--json").json
    of_text = ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES, "--json").json
    for part in ("rows", "people", "type1"):
        assert of_parquet[part] == of_text[part]
    assert ndoo("verify", "out.parquet", *LIST, *CODES).status == 0


def test_verify_proves_that_nobody_with_a_type_1_is_left(gp: Path, ndoo: Ndoo) -> None:
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES).status == 6
    assert ndoo("verify", "out.csv", *LIST).status == 0
    said = ndoo("verify", "out.csv", *LIST, *CODES, "--json")
    assert said.status == 0, said.told
    assert said.json["promises"][-1] == {"name": "type1", "kept": True, "because": "Nobody in it has a Type 1 opt-out."}
    assert said.json["type1"]["dissent"] == 2
    with (gp / "codes.csv").open("a") as codes:
        codes.write(f"{FREE[0]},9Nu0.,2026-03-01\n{FREE[1]},9Nu0.,\n")
    said = ndoo("verify", "out.csv", *LIST, *CODES, "--json")
    assert said.status == 3
    assert {p["name"]: p["kept"] for p in said.json["promises"]} == {
        "seal": True,
        "counts": True,
        "digest": True,
        "rows": True,
        "nobody": True,
        "type1": False,
    }
    assert "It holds 1 person with a Type 1 opt-out, in 2 rows, and 2 rows that cannot be shown" in said.told


def test_a_release_that_upheld_no_type_1_is_not_verified_against_it(gp: Path, ndoo: Ndoo) -> None:
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST).status == 0
    assert ndoo("verify", "out.csv", *LIST).status == 0
    assert ndoo("verify", "out.csv", *LIST, *CODES).status == 3


def test_gp_data_is_not_released_without_a_source_of_type_1(gp: Path, ndoo: Ndoo) -> None:
    given = flow(gp, "5", from_gp_record="true")
    refused(ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, "--flow", given, "--json"), 4, "type1-missing", gp)
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES, "--flow", given, "--json")
    assert said.status == 6, said.told
    assert "apply_type_1" in said.json["decision"]["obligations"]
    assert left(gp / "out.csv") == {BACK, *FREE, UNKNOWN}
    refused(
        ndoo("uphold", "gp.csv", "-o", "out2.csv", *CODES, "--flow", given, "--json"), 4, "list-missing", gp / "none"
    )


def test_anonymised_gp_data_leaves_without_those_with_a_type_1_alone(gp: Path, ndoo: Ndoo) -> None:
    """The national opt-out does not apply; the objection at the practice does."""
    given = flow(gp, "8", from_gp_record="true", form='"anonymised"')
    refused(ndoo("uphold", "gp.csv", "-o", "out.csv", "--flow", given, "--json"), 4, "type1-missing", gp)
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--flow", given, "--json")
    assert (said.status, said.json["decision"]["outcome"], said.json["list"]) == (6, "does_not_apply", None)
    assert "nobody was removed for it" in said.told
    assert left(gp / "out.csv") == {NATIONAL, BACK, *FREE, UNKNOWN}
    assert ndoo("verify", "out.csv", *CODES).status == 0
    assert ndoo("verify", "out.csv").status == 4


def test_a_collection_that_the_law_obliges_says_so_with_its_citation(gp: Path, ndoo: Ndoo) -> None:
    over = ('type_1 = "overridden"', 'type_1_citation = "data provision notice DPN-1, section 4"')
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", "--flow", flow(gp, "6", *over, from_gp_record="true"), "--json")
    assert said.status == 0, said.told
    assert said.json["type1"]["applied"] is False
    assert said.json["type1"]["citation"] == "data provision notice DPN-1, section 4"
    assert "DPN-1" in said.told
    assert ndoo("verify", "out.csv").status == 0


@pytest.mark.parametrize(
    ("name", "more", "status", "code", "with_codes"),
    [
        ("6", ('type_1 = "overridden"',), 3, "type1-citation", False),
        ("6", ('type_1 = "overridden"', 'type_1_citation = "tbc"'), 3, "type1-citation", False),
        ("6", ('type_1 = "overridden"', 'type_1_citation = "notice 1"'), 2, "type1-overridden", True),
        ("6", ('type_1 = "upheld"',), 4, "type1-missing", False),
        ("5", ('type_1 = "overridden"', 'type_1_citation = "notice 1"'), 3, "type1-not-overridden", True),
        ("5", ('type_1 = "overridden"', 'type_1_citation = "notice 1"'), 4, "type1-missing", False),
    ],
)
def test_no_flow_overrides_a_type_1_by_its_own_word(
    name: str, more: tuple[str, ...], status: int, code: str, with_codes: bool, gp: Path, ndoo: Ndoo
) -> None:
    given = flow(gp, name, *more, from_gp_record="true")
    options = (*LIST, *(CODES if with_codes else ()))
    refused(ndoo("uphold", "gp.csv", "-o", "out.csv", *options, "--flow", given, "--json"), status, code, gp)


def test_a_mandated_collection_whose_notice_upholds_type_1_leaves_them_out(gp: Path, ndoo: Ndoo) -> None:
    given = flow(gp, "6", 'type_1 = "upheld"', from_gp_record="true")
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--flow", given).status == 6
    assert left(gp / "out.csv") == {NATIONAL, BACK, *FREE, UNKNOWN}


def test_numbers_of_other_countries_are_held_unless_an_entry_is_known(gp: Path, ndoo: Ndoo) -> None:
    """Codes are found by NHS number: of a CHI number of which nothing was read they say nothing."""
    known, unknown = "0101010001", "0202020002"
    (gp / "gp.csv").write_text(f"nhs_number,seen\n{known},a\n{unknown},b\n{FREE[0]},c\n,d\n")
    with (gp / "codes.csv").open("a") as codes:
        codes.write(f"{known},C10..,2020-01-01\n")
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", "--nhs-number", "nhs_number", *CODES, "--json")
    assert said.json["rows"]["held"] == {"missing": 1, "not_covered": 1}
    assert left(gp / "out.csv") == {known, FREE[0]}
    assert ndoo("verify", "out.csv", *CODES).status == 0


def test_whoever_is_named_beside_the_patient_counts_too(gp: Path, ndoo: Ndoo) -> None:
    rows = [
        (FREE[0], TYPE1),
        (FREE[1], FREE[2]),
        (TYPE1, FREE[0]),
        (BOTH, NATIONAL),
        (FREE[3], OPEN),
        (FREE[0], FREE[1]),
    ]
    (gp / "gp.csv").write_text("child,mother\n" + "".join(f"{a},{b}\n" for a, b in rows))
    said = ndoo(
        "uphold", "gp.csv", "-o", "out.csv", "--nhs-number", "child", "--also", "mother", *LIST, *CODES, "--json"
    )
    assert said.json["rows"] == {
        "read": 6,
        "kept": 2,
        "removed": 3,
        "held": {"type1_undecided": 1},
        "kept_without_number": 0,
    }
    assert said.json["people"] == {"read": 5, "kept": 2, "removed": 2, "held": 1}
    assert said.json["type1"]["rows"] == {"removed": 3, "removed_by_it_alone": 2}
    assert said.json["type1"]["people"] == {"removed": 2, "removed_by_it_alone": 1}


def test_an_objection_that_nobody_can_be_found_for_is_not_passed_over(gp: Path, ndoo: Ndoo) -> None:
    """Whoever it is may be in the release: the exit status says so, and `stop` releases nothing."""
    (gp / "gp.csv").write_text(f"nhs_number,seen\n{FREE[0]},a\n")
    with (gp / "codes.csv").open("a") as codes:
        codes.write(f"999000001,{DISSENT},2020-01-01\n")
    refused(
        ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--undecided", "stop", "--json"), 3, "type1-of-nobody", gp
    )
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES).status == 6
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--undecided", "exclude", "--json")
    assert (said.status, said.json["type1"]["status"]["dissents_of_nobody"]) == (0, 1)
    assert "Ask the practice" in said.told


def test_people_who_go_for_type_1_alone_do_not_make_the_list_look_wrong(ndoo: Ndoo, tmp_path: Path) -> None:
    """5 per cent are on the list and 30 per cent have a Type 1: the list is still the right one; a bad list is not saved."""
    people = some(1200, seed=5)
    (tmp_path / "gp.csv").write_text("nhs_number\n" + "".join(f"{n}\n" for n in people))
    (tmp_path / "gone.txt").write_text("\n".join(people[:60]))
    codes = "".join(f"{n},{DISSENT},2020-01-01\n" for n in people[60:420])
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + codes)
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES, "--json")
    assert (said.status, said.json["people"]["removed"]) == (0, 420)
    assert said.json["type1"]["status"]["sources"][0]["sha256"] is None, "few entries: their digest could be guessed"
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES).status == 0, "the codes alone are no list to be judged"
    said = ndoo("uphold", "gp.csv", "-o", "out.csv", *CODES, "--expect-removed", "1-5", "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "list-wrong-share")
    (tmp_path / "gone.txt").write_text("\n".join(people[:600]))
    assert ndoo("uphold", "gp.csv", "-o", "out.csv", *LIST, *CODES).status == 4
