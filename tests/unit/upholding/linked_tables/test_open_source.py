"""A folder of linked tables through the command line: whoever opted out is gone from every table, or nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.support.command_lines import replaced
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE, key, scene

BY = ("--opted-out", "go.txt", "--checked-at", TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "go.txt").write_text(GO + "\n")
    (tmp_path / "stay.dat").write_text("".join(f"{number},\n" for number in PEOPLE[1:]))
    return scene(tmp_path / "in")


@pytest.fixture
def uphold(ndoo: Ndoo) -> Any:
    def run(*more: object, by: tuple[object, ...] = BY, column: str | None = "patients.nhs_number") -> Said:
        named = ("--nhs-number", column) if column else ()
        return ndoo(*replaced(("uphold", "in", "-o", "out", *named, *by), *more))

    return run


def test_whoever_opted_out_is_gone_from_every_table_over_every_hop(
    folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    said = uphold("--json")
    assert said.status == 0, said.told
    kept = {path.name: path.read_text() for path in (tmp_path / "out").iterdir() if path.suffix == ".csv"}
    assert kept == {
        "patients.csv": "id,nhs_number\n" + "".join(f"p{at},{PEOPLE[at]}\n" for at in range(1, 8)),
        "episodes.csv": "id,patient,ward\n" + "".join(f"e{at},p{at},w{at % 2}\n" for at in range(1, 8)),
        "results.csv": "id,episode,of\nr1,e1,\nr2,,r1\n",
        "notes.csv": f"note,nhs_number\nb,{PEOPLE[1]}\n",
        "wards.csv": "ward,name\nw0,North\nw1,South\n",
    }
    assert (tmp_path / "out" / "datapackage.json").read_bytes() == (folder / "datapackage.json").read_bytes()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest == said.json
    assert {name: table["rows"] | {"held": 0} for name, table in manifest["tables"].items()} == {
        name: {"read": read, "kept": read - gone, "removed": gone, "held": 0, "kept_without_number": 0}
        for name, read, gone in (
            ("patients", 8, 1),
            ("episodes", 8, 1),
            ("results", 4, 2),
            ("notes", 2, 1),
            ("wards", 2, 0),
        )
    }
    assert [name for name, table in manifest["tables"].items() if not table["leads_to_person"]] == ["wards"]
    assert manifest["people"] == {"read": 8, "kept": 7, "removed": 1, "held": 0}
    assert manifest["columns"]["also"] == ["notes.nhs_number"]
    proved = ndoo("verify", "out", *BY, "--json")
    assert (proved.status, proved.json["verified"]) == (0, True)
    assert [promise["name"] for promise in proved.json["promises"]] == [
        "seal",
        "counts",
        "paths",
        "digest",
        "rows",
        "keys",
        "nobody",
    ]


def test_both_polarities_and_a_column_found_by_evidence_come_to_the_same(
    folder: Path, uphold: Any, tmp_path: Path
) -> None:
    assert uphold().status == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")}
    said = uphold(by=("--allowed", "stay.dat", "--checked-at", TODAY), column=None)
    assert said.status == 0
    assert "Using 'patients.nhs_number' as the patient's NHS number (detected; --nhs-number overrides)." in said.told
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")} == first


def test_an_orphan_is_held_and_counted_and_goes_where_held_rows_go(uphold: Any, folder: Path, tmp_path: Path) -> None:
    scene(
        folder,
        episodes="id,patient,ward\ne1,p1,w0\ne9,p9,w0\nex,,w1\n",
        results="id,episode,of\nr1,e1,\nr2,e9,\nr3,e7,\n",
    )
    assert uphold("--held", "held").status == 6
    said = uphold("--held", "held", "--json")
    assert said.status == 6
    tables = said.json["tables"]
    assert tables["episodes"]["rows"]["held"] == {"missing": 1, "orphan": 1}
    assert (tables["episodes"]["orphans"], tables["results"]["orphans"]) == (1, 1)
    assert tables["results"]["rows"]["held"] == {"orphan": 2}
    assert tables["wards"]["rows"]["held"] == {"missing": 1}  # the ward to which only a row leads that is held
    assert said.json["rows"]["held"] == {"missing": 2, "orphan": 3}
    assert (tmp_path / "held" / "episodes.csv").read_text() == "id,patient,ward\ne9,p9,w0\nex,,w1\n"
    assert (tmp_path / "held" / "results.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "held").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "out" / "episodes.csv").read_text() == "id,patient,ward\ne1,p1,w0\n"


@pytest.mark.parametrize(("mode", "status"), [("exclude", 0), ("stop", 3), ("hold", 6)])
def test_what_becomes_of_rows_that_nobody_can_decide_on_is_said_as_for_a_file(
    mode: str, status: int, folder: Path, uphold: Any, tmp_path: Path
) -> None:
    scene(folder, episodes="id,patient,ward\ne1,p1,w0\ne9,p9,w0\n", results="id,episode,of\n")
    said = uphold("--undecided", mode)
    assert said.status == status
    assert (tmp_path / "out").exists() is (status != 3)


def test_rows_without_any_number_stay_only_with_a_reason(folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    scene(
        folder,
        patients=f"id,nhs_number\np0,{GO}\np1,\n",
        episodes="id,patient,ward\ne0,p0,w0\ne1,p1,w0\ne2,,w0\n",
        results="id,episode,of\nr0,e0,\nr1,e1,\n",
        notes="note,nhs_number\n",
    )
    said = uphold("--undecided", "keep-missing", "--justification", "A test.", "--json")
    assert said.status == 0, said.told
    assert said.json["rows"]["kept_without_number"] == 4
    assert (tmp_path / "out" / "episodes.csv").read_text() == "id,patient,ward\ne1,p1,w0\ne2,,w0\n"
    assert ndoo("verify", "out", *BY).status == 0


def test_a_number_that_contradicts_the_key_is_ambiguous(folder: Path, uphold: Any) -> None:
    scene(
        folder,
        notes=f"note,patient,nhs_number\na,p1,{PEOPLE[1]}\nb,p1,{PEOPLE[2]}\nc,p3,\n",
        descriptor=lambda d: d["resources"][3]["schema"].update(foreignKeys=[key("patient", "patients", "id")]),
    )
    said = uphold("--json")
    assert said.status == 6
    assert said.json["tables"]["notes"]["rows"]["held"] == {"ambiguous": 1}


def test_a_row_that_leads_to_two_people_goes_if_either_goes(folder: Path, uphold: Any, tmp_path: Path) -> None:
    scene(
        folder,
        episodes="id,patient,ward,mother\ne1,p1,w0,p0\ne2,p2,w0,\ne3,p3,w0,p2\n",
        results="id,episode,of\nr1,e1,\nr2,e2,\n",
        descriptor=lambda d: d["resources"][2]["schema"]["foreignKeys"].append(key("mother", "patients", "id")),
    )
    assert uphold().status == 0
    assert (tmp_path / "out" / "episodes.csv").read_text() == "id,patient,ward,mother\ne2,p2,w0,\ne3,p3,w0,p2\n"
    assert (tmp_path / "out" / "results.csv").read_text() == "id,episode,of\nr2,e2,\n"


def test_a_mothers_number_in_a_child_table_must_be_classified(folder: Path, uphold: Any) -> None:
    mothers = "id,patient,ward,mother\n" + "".join(f"e{at},p{at},w0,{PEOPLE[(at + 1) % 8]}\n" for at in range(1, 8))
    scene(folder, episodes=mothers, results="id,episode,of\n", notes="note,nhs_number\n")
    refused = uphold()
    assert (refused.status, "'episodes.mother'" in refused.told) == (2, True)
    assert uphold("--ignore-column", "episodes.mother").status == 0
    upheld = uphold("--also", "episodes.mother", "--json")
    assert upheld.json["tables"]["episodes"]["rows"]["removed"] == 1
    assert upheld.json["columns"]["also"] == ["episodes.mother", "notes.nhs_number"]


def test_without_a_list_that_applies_every_row_stays(folder: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    from tests.conftest import ROOT

    flow = ROOT / "examples" / "flows" / "7-consented-cohort.toml"
    said = ndoo("uphold", "in", "-o", "out", "--flow", flow, "--json")
    assert said.status == 0, said.told
    assert said.json["rows"]["kept"] == said.json["rows"]["read"] == 24
    assert ndoo("verify", "out").status == 0
    (tmp_path / "strangers.txt").write_text("\n".join(some(40, seed=31)[30:]))
    for by, broken in (
        (("--opted-out", "strangers.txt"), []),
        (("--opted-out", "go.txt"), ["nobody"]),
        (("--allowed", "stay.dat"), ["nobody"]),
    ):
        named = ndoo("verify", "out", *by, "--checked-at", TODAY, "--json")
        assert [promise["name"] for promise in named.json["promises"] if not promise["kept"]] == broken, named.told


def test_an_older_release_is_replaced_and_a_folder_of_others_is_not(folder: Path, uphold: Any, tmp_path: Path) -> None:
    assert uphold().status == 0
    assert uphold().status == 0
    (tmp_path / "out" / "diary.txt").write_text("dear diary")
    refused = uphold("--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "output-of-others")
    assert (tmp_path / "out" / "diary.txt").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_unusual_share_stops_the_run(folder: Path, uphold: Any, tmp_path: Path) -> None:
    refused = uphold("--expect-removed", "50-60", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (4, "list-wrong-share")
    assert not (tmp_path / "out").exists()


TYPE1 = "nhs_number,code,date\n{},827241000000103,2024-01-02\n"


def test_type_1_opt_outs_go_along_the_keys_too(folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(
        "nhs_number,code,date,scheme\n" + f"{PEOPLE[2]},827241000000103,2024-01-02,snomed_ct\n"
    )
    said = uphold("--type1", "codes.csv", "--json")
    assert said.status == 0, said.told
    assert said.json["type1"]["people"] == {"removed": 1, "removed_by_it_alone": 1}
    assert said.json["type1"]["rows"] == {"removed_by_it_alone": 2}
    assert "p2," not in (tmp_path / "out" / "episodes.csv").read_text()
    proved = ndoo("verify", "out", *BY, "--type1", "codes.csv")
    assert proved.status == 0, proved.told
    alone = uphold("--type1", "codes.csv", by=())
    assert alone.status == 0, alone.told
    assert "National opt-outs were NOT upheld" in alone.told
    assert ndoo("verify", "out", "--type1", "codes.csv").status == 0
    assert ndoo("verify", "out", *BY, "--type1", "codes.csv").status == 3


def test_somebody_who_opts_out_later_breaks_the_promise(folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    assert uphold().status == 0
    (tmp_path / "go.txt").write_text("".join(number + "\n" for number in (GO, PEOPLE[3])))
    said = ndoo("verify", "out", *BY, "--json")
    assert said.status == 3
    assert [promise["name"] for promise in said.json["promises"] if not promise["kept"]] == ["nobody"]


REFUSED: list[tuple[str, int, dict[str, Any]]] = [
    ("descriptor-unfit", 3, {"descriptor": lambda d: d.update(resources=[])}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].pop("name")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(path="../secret.csv")}),
    ("linked-table-missing", 3, {"descriptor": lambda d: d["resources"][0].update(path=["a.csv", "b.csv"])}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(path="http://x/a.csv")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(name="patients")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(schema="schema.json")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(dialect="dialect.json")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(dialect={"commentChar": "#"})}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(dialect={"header": "no"})}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0].update(encoding="utf-7")}),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys={"fields": "a"})}),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys=[{"fields": "id"}])},
    ),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys=[{"fields": "id", "reference": "x"}])},
    ),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys=[key(["id", "of"], "episodes", "id")])},
    ),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys=[key(5, "episodes", "id")])},
    ),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][0]["schema"].update(foreignKeys=[key("id", "nowhere", "id")])},
    ),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][0]["schema"].update(fields=[{"name": "id"}])}),
    (
        "descriptor-unfit",
        3,
        {"descriptor": lambda d: d["resources"][4]["schema"].update(fields=[{"name": "ward"}], primaryKey="x")},
    ),
    ("descriptor-unfit", 3, {"descriptor": lambda d: d["resources"][4].update(hash="crc32:00")}),
    ("descriptor-unconfirmed", 3, {"descriptor": lambda d: d.update({"ndoo:proposed": {"confirmed_by": " "}})}),
    ("descriptor-identifies", 3, {"descriptor": lambda d: d.update(title=f"of {PEOPLE[4]}")}),
    ("linked-table-missing", 3, {"descriptor": lambda d: d["resources"][0].update(path="other.csv")}),
    ("table-undescribed", 2, {"spare": "a,b\n"}),
    (
        "table-shape",
        3,
        {"descriptor": lambda d: d["resources"][4]["schema"].update(fields=[{"name": "name"}, {"name": "ward"}])},
    ),
    (
        "table-shape",
        3,
        {"descriptor": lambda d: d["resources"][2]["schema"].update(foreignKeys=[key("who", "patients", "id")])},
    ),
    (
        "table-shape",
        3,
        {"descriptor": lambda d: d["resources"][2]["schema"].update(foreignKeys=[key("patient", "patients", "x")])},
    ),
    ("table-not-as-declared", 3, {"descriptor": lambda d: d["resources"][4].update(bytes=5)}),
    ("table-not-as-declared", 3, {"descriptor": lambda d: d["resources"][4].update(hash="0" * 32)}),
    ("table-not-as-declared", 3, {"descriptor": lambda d: d["resources"][4].update(hash="sha256:" + "0" * 64)}),
    ("row-ragged", 3, {"results": "id,episode,of\nr1,e1\n"}),
    ("quote-open", 3, {"wards": 'ward,name\n"w0,North\n'}),
    ("heading-below", 3, {"notes": f"Report:,\nnote,nhs_number\na,{GO}\nb,{PEOPLE[1]}\n"}),
    ("lines-below", 3, {"notes": f"note,nhs_number\na,{PEOPLE[1]}\n,Total: 1\n"}),
]


@pytest.mark.parametrize(("code", "status", "changes"), REFUSED)
def test_what_cannot_be_followed_is_refused_and_nothing_is_written(
    code: str, status: int, changes: dict[str, Any], folder: Path, uphold: Any, tmp_path: Path
) -> None:
    scene(folder, **changes)
    said = uphold("--json")
    assert (said.json.get("error", {}).get("code"), said.status) == (code, status), said.told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.txt", "in", "stay.dat"]


def test_what_the_descriptor_says_means_no_number_does(folder: Path, uphold: Any) -> None:
    """A text that could be somebody's number never does; nor does one of the table where a field has its own."""
    notes = f"note,nhs_number\na,NULL\nb,{PEOPLE[1]}\nc,{PEOPLE[1][:9]}\n"

    def missing(document: dict[str, Any], **field: Any) -> None:
        schema = {
            "missingValues": ["NULL", PEOPLE[1][:9]],
            "fields": [{"name": "note"}, {"name": "nhs_number", **field}],
        }
        document["resources"][3]["schema"] = schema

    scene(folder, notes=notes, descriptor=lambda d: missing(d, missingValues=["-"]))
    assert uphold("--json").json["tables"]["notes"]["rows"]["held"] == {"malformed": 2}
    scene(folder, notes=notes, descriptor=missing)
    assert uphold("--json").json["tables"]["notes"]["rows"]["held"] == {"malformed": 1, "missing": 1}


def test_a_heading_that_comes_again_is_said_of_its_table(folder: Path, uphold: Any) -> None:
    notes = f"note,nhs_number\na,{PEOPLE[2]}\nnote,nhs_number\nb,{PEOPLE[1]}\n"
    scene(folder, notes=notes)
    said = uphold("--json").json["warnings"][0]
    assert (said["code"], said["message"][:13]) == ("heading-again", "Table 'notes'")


@pytest.mark.parametrize(
    ("code", "more", "column"),
    [
        ("column-missing", (), "patients.nhs"),
        ("column-missing", (), "nhs_number"),
        ("column-twice", ("--also", "patients.nhs_number"), "patients.nhs_number"),
        ("folders-within", ("--held", "in/held"), "patients.nhs_number"),
        ("folders-within", ("--held", "out"), "patients.nhs_number"),
        ("output-is-input", ("-o", "."), "patients.nhs_number"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    code: str, more: tuple[str, ...], column: str, folder: Path, uphold: Any, tmp_path: Path
) -> None:
    said = uphold(*more, "--json", column=column)
    assert said.status == 2
    assert said.json["error"]["code"] in (code, "folders-within")


def test_columns_are_listed_of_the_tables_that_surely_have_a_heading(folder: Path, uphold: Any) -> None:
    """One that the descriptor knows no column of could begin with somebody's row."""

    def bare(document: dict[str, Any]) -> None:
        document["resources"][3].update(schema={})

    scene(folder, notes="99900000,Ann Smith\na,b\n", descriptor=bare)
    said = uphold("--json", column="patients.nhs").json["error"]["message"]
    assert "'patients.nhs_number'" in said
    assert "Smith" not in said and "Those of 'notes', 'wards' are not listed" in said


def test_a_table_without_a_heading_is_told_what_the_descriptor_says_of_it(folder: Path, uphold: Any) -> None:
    scene(folder, notes=f"{PEOPLE[1]},a\n", descriptor=lambda d: d["resources"][3].update(schema={}))
    said = uphold("--json").json["error"]
    assert said["code"] == "heading-missing"
    assert 'Use "dialect": {"header": false} in datapackage.json' in said["message"]


def test_two_tables_that_could_both_say_who_everybody_is_are_refused(folder: Path, uphold: Any) -> None:
    scene(
        folder,
        notes="note,nhs\n" + "".join(f"a,{number}\n" for number in some(20)),
        descriptor=lambda d: d["resources"][3].update(schema={}),
    )
    said = uphold(column=None)
    assert (said.status, "'patients.nhs_number', 'notes.nhs'" in said.told) == (2, True)


def test_no_column_of_numbers_at_all_is_said(folder: Path, uphold: Any) -> None:
    scene(folder, patients="id,nhs_number\np1,1\n", notes="note,nhs_number\n")
    assert "No column holds NHS numbers" in uphold(column=None).told


def test_ten_digits_that_are_something_else_are_refused(folder: Path, uphold: Any) -> None:
    scene(folder, patients="id,nhs_number\n" + "".join(f"p{at},{4000000000 + at}\n" for at in range(300)))
    said = uphold("--json")
    assert (said.status, said.json["error"]["code"]) == (3, "column-by-chance")


def test_a_folder_without_a_descriptor_says_what_to_do(folder: Path, uphold: Any) -> None:
    (folder / "datapackage.json").unlink()
    said = uphold("--json")
    assert (said.status, said.json["error"]["code"]) == (3, "descriptor-missing")
    assert "--describe" in said.told


def test_a_descriptor_that_the_machine_refuses_or_nobody_would_write_is_refused(folder: Path, uphold: Any) -> None:
    with (folder / "datapackage.json").open("ab") as file:
        file.truncate(1 << 25)
    assert uphold("--json").json["error"]["code"] == "descriptor-unfit"
    (folder / "datapackage.json").unlink()
    (folder / "datapackage.json").mkdir()
    assert uphold("--json").json["error"]["code"] == "is-a-folder"


def test_an_empty_output_folder_and_one_path_in_a_list_are_taken(folder: Path, uphold: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    scene(folder, descriptor=lambda d: d["resources"][4].update(path=["wards.csv"]))
    assert uphold().status == 0


def test_what_only_looks_like_a_release_is_not_replaced(folder: Path, uphold: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("{}")
    assert uphold("--json").json["error"]["code"] == "output-of-others"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', '{"resources": 3}'])
def test_a_descriptor_that_cannot_be_read_is_refused(text: str, folder: Path, uphold: Any) -> None:
    (folder / "datapackage.json").write_text(text)
    said = uphold("--json")
    assert (said.status, said.json["error"]["code"]) == (3, "descriptor-unfit")


def test_sizes_and_digests_that_are_declared_are_those_of_the_output(
    folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    import hashlib

    raw = (folder / "patients.csv").read_bytes()
    declared = {"bytes": len(raw), "hash": hashlib.md5(raw, usedforsecurity=False).hexdigest()}
    scene(folder, descriptor=lambda d: d["resources"][1].update(declared))
    assert uphold().status == 0
    told = json.loads((tmp_path / "out" / "datapackage.json").read_text())["resources"][1]
    kept = (tmp_path / "out" / "patients.csv").read_bytes()
    assert (told["bytes"], told["hash"]) == (len(kept), "sha256:" + hashlib.sha256(kept).hexdigest())
    assert ndoo("verify", "out", *BY).status == 0


def test_tables_without_headings_packed_and_in_folders_are_followed(folder: Path, uphold: Any, tmp_path: Path) -> None:
    import gzip

    (folder / "more").mkdir()
    (folder / "more" / "notes.csv.gz").write_bytes(gzip.compress(f"a;{GO}\nb;{PEOPLE[1]}\n".encode()))
    (folder / "notes.csv").unlink()
    (folder / "README.md").write_text("Read me.")

    def change(document: dict[str, Any]) -> None:
        notes = document["resources"][3]
        notes.update(path="more/notes.csv.gz", dialect={"header": False, "delimiter": ";"})
        notes["schema"]["fields"] = [{"name": "note"}, {"name": "nhs_number"}]

    scene(folder, descriptor=change)
    (folder / "notes.csv").unlink()
    said = uphold()
    assert said.status == 0, said.told
    assert gzip.decompress((tmp_path / "out" / "more" / "notes.csv.gz").read_bytes()) == f"b;{PEOPLE[1]}\n".encode()
    assert not (tmp_path / "out" / "README.md").exists()


def test_tables_in_utf_16_beside_others_come_to_the_same(folder: Path, uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    plain = uphold("--json")
    expected = {path.name: path.read_text() for path in (tmp_path / "out").glob("*.csv")}
    for name, encoding, mark in (("patients", "utf-16-le", "\ufeff"), ("episodes", "utf-16-be", "\ufeff")):
        path = folder / f"{name}.csv"
        path.write_bytes((mark + path.read_text()).encode(encoding))
    said = uphold("--json")
    assert said.status == 0, said.told
    assert said.json["rows"] == plain.json["rows"]
    got = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")}
    assert got["patients.csv"] == ("\ufeff" + expected["patients.csv"]).encode("utf-16-le")
    assert got["episodes.csv"] == ("\ufeff" + expected["episodes.csv"]).encode("utf-16-be")
    assert got["results.csv"].decode() == expected["results.csv"]
    assert ndoo("verify", "out", *BY).status == 0


def test_the_shape_of_a_folder_is_pinned_and_another_shape_stops_the_run(
    folder: Path, uphold: Any, tmp_path: Path
) -> None:
    assert uphold("--shape", "shape.json").status == 0
    assert "patients.nhs_number" in (tmp_path / "shape.json").read_text()
    assert uphold("--shape", "shape.json").status == 0
    wards = folder / "wards.csv"
    wards.write_text("ward,title\nw0,North\nw1,South\n")
    assert uphold("--shape", "shape.json", "--json").json["error"]["code"] == "shape-changed"
    wards.write_text("ward,name\nw0,North\nw1,South\n" + "".join(f"w{at},a\n" for at in range(2, 99)))
    before = (tmp_path / "shape.json").read_bytes()
    assert uphold("--shape", "shape.json", "--json").json["error"]["code"] == "shape-rows"
    assert (tmp_path / "shape.json").read_bytes() == before
    assert uphold("--shape", "in/shape.json", "--json").json["error"]["code"] == "shape-within"


def test_a_folder_that_beside_an_earlier_one_tells_who_opted_out_is_held(
    folder: Path, uphold: Any, tmp_path: Path, own_data_folder: Path
) -> None:
    first = uphold("--asset", "hospital", "--json")
    assert first.json["asset"] == {"name": "hospital", "compared_with": 0, "released_by": None}
    assert uphold("--asset", "hospital", "--json").json["asset"]["compared_with"] == 1
    (tmp_path / "go.txt").write_text(f"{GO}\n{PEOPLE[3]}\n")
    kept = (tmp_path / "out" / "manifest.json").read_bytes()
    said = uphold("--asset", "hospital", "--json")
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference")
    assert (tmp_path / "out" / "manifest.json").read_bytes() == kept
    assert uphold("--asset", "hospital", "--released-by", "A Second Person", "--json").status == 0
    assert len(list((own_data_folder / "assets" / "hospital").glob("*.json"))) == 3
    free = ("--flow", next((ROOT / "examples" / "flows").glob("8-*.toml")))
    nobody = uphold("--asset", "hospital", "--json", by=free)
    assert nobody.json["error"]["code"] == "asset-nobody", nobody.told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"descriptor": lambda d: d["resources"][4].update(path="ward.csv")},
            "Table 'wards': the file 'ward.csv', which datapackage.json names, is not in the folder. Did you mean 'wards.csv'?",
        ),
        (
            {"descriptor": lambda d: d["resources"][2]["schema"].update(foreignKeys=[key("patient", "patient", "id")])},
            "a foreign key of resource 'episodes' refers to the resource 'patient', which is not among",
        ),
        (
            {
                "descriptor": lambda d: d["resources"][4]["schema"].update(
                    fields=[{"name": "ward"}, {"name": "name"}], primaryKey="x"
                )
            },
            "the primary key of resource 'wards' names the field 'x', which resource 'wards' does not declare",
        ),
        (
            {"spare": "a,b\n"},
            "holds 1 file that datapackage.json does not name: 'spare.csv'. Describe it, or take it away",
        ),
    ],
)
def test_what_a_descriptor_names_and_is_not_there_is_told_with_its_table(
    change: dict[str, Any], told: str, folder: Path, uphold: Any
) -> None:
    scene(folder, **change)
    assert told in uphold("--json").json["error"]["message"]


def test_files_that_nobody_described_are_counted(folder: Path, uphold: Any) -> None:
    scene(folder)
    for at in range(7):
        (folder / f"x{at}.csv").write_text("a\n")
    said = uphold("--json").json["error"]["message"]
    assert "holds 7 files that datapackage.json does not name: 'x0.csv'" in said
    assert "'x4.csv' and 2 more. Describe them, or take them away" in said
