"""A key that nobody declared stops the run: no table is released whole because somebody forgot to say whose its rows are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.evidence.seal import load_sealer
from ndoo.upholding.linked_tables import key_evidence
from ndoo.upholding.text import text_lanes
from tests.conftest import TODAY, Ndoo, Said
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import key

PEOPLE = some(20, seed=9)
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)
PATIENTS = "patient_id,nhs_number,ward\n" + "".join(f"{at},{number},{at % 3}\n" for at, number in enumerate(PEOPLE))
VISITS = "visit_id,patient_id,note\n" + "".join(f"v{at},{at},seen\n" for at in range(20))
WARDS = "ward,name,beds\n0,North,12\n1,South,9\n2,East,15\n"


def folder_of(place: Path, tables: dict[str, str], *links: tuple[str, dict[str, Any]], **keys: Any) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    resources = []
    for name, text in tables.items():
        (place / f"{name}.csv").write_text(text)
        schema = {"foreignKeys": [link for table, link in links if table == name], "primaryKey": keys.get(name, [])}
        resources.append({"name": name, "path": f"{name}.csv", "schema": schema})
    (place / "datapackage.json").write_text(json.dumps({"resources": resources}))
    return place


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:3]))

    def run(*more: str) -> Said:
        return ndoo("uphold", "in", "-o", "out", "--nhs-number", "patients.nhs_number", *BY, "--json", *more)

    return run


def _stopped(said: Said, *columns: str) -> None:
    assert said.status == 2, said.told
    assert said.json["error"]["code"] == "key-undeclared"
    for column in columns:
        assert column in said.told


def test_a_table_whose_key_nobody_declared_is_not_released_whole(uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": VISITS}, patients="patient_id", visits="visit_id")
    _stopped(uphold(), "visits.patient_id (of patients.patient_id)", "--leads-to-nobody")
    assert not (tmp_path / "out").exists()
    folder_of(
        tmp_path / "in",
        {"patients": PATIENTS, "visits": VISITS},
        ("visits", key("patient_id", "patients", "patient_id")),
    )
    said = uphold()
    assert (said.status, said.json["tables"]["visits"]["rows"]["removed"]) == (0, 3)
    assert (said.json["leads_to_nobody"], said.json["warnings"]) == ([], said.json["warnings"])
    assert ndoo("verify", "out", *BY).status == 0


@pytest.mark.parametrize("named", ["visits", "visits.patient_id"])
def test_what_is_named_leads_to_nobody_and_the_manifest_says_so(
    named: str, uphold: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    visits = "patient_id,note\n" + "".join(f"{at},seen\n" for at in range(20))
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": visits}, patients="patient_id")
    said = uphold("--leads-to-nobody", named, "--leads-to-nobody", named)
    assert said.status == 0, said.told
    assert said.json["leads_to_nobody"] == [named]
    assert f"'{named}' leads to nobody, as the manifest says" in said.told
    verified = ndoo("verify", "out", *BY, "--quiet", "--json")
    assert (verified.status, verified.json["leads_to_nobody"]) == (0, [named])
    assert f"'{named}' leads to nobody, as the manifest says: nobody was looked for through it" in verified.told
    promises = {one["name"]: one["because"] for one in verified.json["promises"]}
    assert promises["nobody"].endswith(", leaving aside what is said to lead to nobody.")
    [shown] = ndoo("show", "out", "--json").json["releases"]
    assert shown["certificate"]["Release"]["Said to lead to nobody"] == named


def test_a_release_of_a_table_with_such_a_key_fails_its_verification(
    uphold: Any, ndoo: Ndoo, tmp_path: Path, own_data_folder: Path
) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": VISITS}, patients="patient_id")
    assert uphold("--leads-to-nobody", "visits").status == 0
    path = tmp_path / "out" / "manifest.json"
    for change in (
        {"leads_to_nobody": []},
        {},
    ):  # as if nobody had said so; as an older one, which knew of no such question
        manifest = {
            name: value for name, value in json.loads(path.read_text()).items() if name != "leads_to_nobody"
        } | change
        path.write_text(json.dumps(load_sealer(own_data_folder).seal(manifest)))
        said = ndoo("verify", "out", *BY, "--json")
        assert said.status == 3
        assert [promise["name"] for promise in said.json["promises"] if not promise["kept"]] == ["keys"]
        assert "visits.patient_id (of patients.patient_id)" in said.told


@pytest.mark.parametrize("strange", ["nowhere", "visits.nothing", 5])
def test_a_manifest_that_excuses_what_is_not_there_is_not_believed(
    strange: Any, uphold: Any, ndoo: Ndoo, tmp_path: Path, own_data_folder: Path
) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "wards": WARDS}, ("patients", key("ward", "wards", "ward")))
    assert uphold().status == 0
    path = tmp_path / "out" / "manifest.json"
    manifest = json.loads(path.read_text()) | {"leads_to_nobody": [strange]}
    path.write_text(json.dumps(load_sealer(own_data_folder).seal(manifest)))
    assert ndoo("verify", "out", *BY).status == 3


@pytest.mark.parametrize(
    ("named", "code"),
    [("visit", "table-missing"), ("patients", "leads-to-somebody"), ("visits.x", "column-missing")],
)
def test_only_what_is_there_and_leads_to_nobody_can_be_named(
    named: str, code: str, uphold: Any, tmp_path: Path
) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": VISITS})
    said = uphold("--leads-to-nobody", named)
    assert (said.status, said.json["error"]["code"]) == (2, code)
    if code == "table-missing":
        assert (
            "--leads-to-nobody: there is no table named 'visit'. Did you mean 'visits'? The tables are 'patients', 'visits'."
            in said.told
        )


def test_a_file_has_no_table_that_leads_to_nobody(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(PATIENTS)
    (tmp_path / "go.txt").write_text(PEOPLE[0])
    said = ndoo("uphold", "in.csv", "-o", "out.csv", *BY, "--leads-to-nobody", "wards", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "nobody-of-tables")


def _spelt(spell: Callable[[int], str], heading: str = "visit,who_it_was,note") -> str:
    return heading + "\n" + "".join(f"a{at}b,{spell(at)},seen\n" for at in range(20))


@pytest.mark.parametrize(
    "visits",
    [
        _spelt(lambda at: f"{at:04}"),
        _spelt(lambda at: f"{at}.0"),
        _spelt(lambda at: f" {at} "),
        _spelt(lambda at: f'"{at}"'),
        _spelt(lambda at: f"'{at}"),
        _spelt(lambda at: f'"=""{at}"""'),
        _spelt(lambda at: f"P-{at}"),
        _spelt(lambda at: f"Patient/{at}"),
        _spelt(lambda at: f"x{at}y", "visit,patient_id,note"),
        _spelt(lambda at: "unreadable", "visit,PatientID,note"),
        _spelt(lambda at: str(at) if at < 8 else "unknown"),
        _spelt(lambda at: str(at * 100) if at else "5", "visit,patient,note"),
        "visit,who,note\nv,7,seen\n",
    ],
    ids=[
        "zeros",
        "a fraction",
        "spaces",
        "quotes",
        "an apostrophe",
        "a formula",
        "a prefix",
        "a reference",
        "the name alone",
        "the name alone, otherwise written",
        "some are unknown",
        "one in twenty, named like the table",
        "one row",
    ],
)
def test_however_the_key_is_written_it_is_found(visits: str, uphold: Any, tmp_path: Path) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": visits}, patients="patient_id")
    _stopped(uphold(), "visits.")


def test_a_child_of_an_undeclared_child_is_found_once_its_parent_is_declared(uphold: Any, tmp_path: Path) -> None:
    tables = {
        "patients": PATIENTS,
        "visits": VISITS,
        "results": "visit_id,value\n" + "".join(f"v{at},1.5\n" for at in range(20)),
    }
    folder_of(tmp_path / "in", tables, ("visits", key("patient_id", "patients", "patient_id")), visits="visit_id")
    _stopped(uphold(), "results.visit_id (of visits.visit_id)")


def test_a_key_of_two_columns_is_found_by_its_names_and_by_its_values(uphold: Any, tmp_path: Path) -> None:
    heading, sites = "site,local,nhs_number\n", [(at % 4, at // 4) for at in range(20)]
    patients = heading + "".join(f"{site},{at},{number}\n" for (site, at), number in zip(sites, PEOPLE, strict=True))
    letters = "site,local,text\n" + "".join(f"{site},{at},dear\n" for site, at in sites)
    for keys in ({"patients": ["site", "local"]}, {}):
        folder_of(tmp_path / "in", {"patients": patients, "letters": letters}, **keys)
        _stopped(uphold(), "letters.")


def test_an_undeclared_second_key_to_other_people_stops_the_run(uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    births = "birth,patient_id,mother_id\n" + "".join(
        f"b{at},{at},{(at + 1) % 20 if at % 2 else ''}\n" for at in range(20)
    )
    link = ("births", key("patient_id", "patients", "patient_id"))
    folder_of(tmp_path / "in", {"patients": PATIENTS, "births": births}, link)
    _stopped(uphold(), "births.mother_id (of patients.patient_id)")
    assert uphold("--leads-to-nobody", "births.mother_id").status == 0
    folder_of(
        tmp_path / "in",
        {"patients": PATIENTS, "births": births},
        link,
        ("births", key("mother_id", "patients", "patient_id")),
    )
    said = uphold("--json")
    assert said.json["tables"]["births"]["rows"]["removed"] == 4, "three children, and one whose mother went"


def test_a_second_key_named_like_the_first_stops_the_run_until_it_is_named(uphold: Any, tmp_path: Path) -> None:
    births = "birth,patient_id,mother_patient_id\n" + "".join(f"b{at},{at},{(at + 1) % 20}\n" for at in range(20))
    folder_of(
        tmp_path / "in",
        {"patients": PATIENTS, "births": births},
        ("births", key("patient_id", "patients", "patient_id")),
    )
    _stopped(uphold(), "births.mother_patient_id (of patients.patient_id)")
    assert uphold("--leads-to-nobody", "births.mother_patient_id").status == 0


def test_small_numbers_beside_a_declared_key_are_said_and_stop_nobody(uphold: Any, tmp_path: Path) -> None:
    visits = "visit,patient_id,score\n" + "".join(f"a{at}b,{at},{at % 7}\n" for at in range(20))
    folder_of(
        tmp_path / "in",
        {"patients": PATIENTS, "visits": visits},
        ("visits", key("patient_id", "patients", "patient_id")),
    )
    said = uphold()
    assert said.status == 0, said.told
    assert [(w["code"], "visits.score" in w["message"]) for w in said.json["warnings"]][-1] == ("keys-possible", True)


def test_a_list_to_which_many_people_lead_is_nobodys(uphold: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    tables = {
        "patients": PATIENTS,
        "wards": WARDS.replace("beds", "site").replace(",12", ",1").replace(",9", ",1").replace(",15", ",2"),
        "sites": "site,beds\n1,8\n2,9\n",
    }
    folder_of(
        tmp_path / "in",
        tables,
        ("patients", key("ward", "wards", "ward")),
        ("wards", key("site", "sites", "site")),
        patients="patient_id",
    )
    said = uphold()
    assert said.status == 0, said.told
    assert ndoo("verify", "out", *BY).status == 0


def test_a_list_of_which_every_row_is_one_persons_is_theirs_whichever_way_its_key_is_declared(
    uphold: Any, tmp_path: Path
) -> None:
    people = some(60, seed=3)
    patients = "patient_id,nhs_number,referral\n" + "".join(
        f"{at},{number},r{at}\n" for at, number in enumerate(people)
    )
    referrals = "referral,reason\n" + "".join(f"r{at},pain\n" for at in range(60))
    folder_of(
        tmp_path / "in",
        {"patients": patients, "referrals": referrals},
        ("patients", key("referral", "referrals", "referral")),
    )
    _stopped(uphold(), "referrals.referral (of patients.referral)")


def test_small_numbers_of_a_table_that_nothing_explains_stop_the_run(uphold: Any, tmp_path: Path) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "codes": "code,meaning\n1,a\n2,b\n3,c\n"}, patients="patient_id")
    _stopped(uphold(), "codes.code (of patients.patient_id)")
    assert uphold("--leads-to-nobody", "codes").status == 0


def test_days_that_everybody_shares_are_no_keys(uphold: Any, tmp_path: Path) -> None:
    patients = "patient_id,nhs_number,born\n" + "".join(
        f"{at},{number},19{40 + at}-03-{at + 1:02}\n" for at, number in enumerate(PEOPLE)
    )
    days = "day,holiday\n" + "".join(f"{year}-03-{day:02},no\n" for year in range(1930, 1970) for day in range(1, 29))
    folder_of(tmp_path / "in", {"patients": patients, "days": days}, patients="patient_id")
    assert uphold().status == 0


TYPED = {
    "fractions": pa.array([float(at) for at in range(20)]),
    "categories": pa.array([str(at) for at in range(20)]).dictionary_encode(),
    "decimals": pa.array(range(20)).cast(pa.decimal128(19, 0)),
    "a list": pa.array([[at] for at in range(20)]),
    "a structure": pa.array([{"id": at, "part": "x"} for at in range(20)]),
}


@pytest.mark.parametrize("kind", TYPED)
def test_a_key_of_any_type_is_found(kind: str, uphold: Any, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": ""}, patients="patient_id")
    pq.write_table(pa.table({"who": TYPED[kind], "note": ["seen"] * 20}), folder / "visits.csv")
    _stopped(uphold(), "visits.who (of patients.patient_id)")


def test_bytes_that_are_a_key_are_found(uphold: Any, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", {"patients": "", "visits": ""}, patients="patient_id")
    ids = pa.array([bytes([255, at]) * 8 for at in range(20)], pa.binary(16))
    pq.write_table(pa.table({"patient_id": ids, "nhs_number": list(PEOPLE)}), folder / "patients.csv")
    pq.write_table(pa.table({"who": ids, "note": ["seen"] * 20}), folder / "visits.csv")
    _stopped(uphold(), "visits.who (of patients.patient_id)")


def in_letters(number: int) -> str:
    """A name without a digit: digits alone are compared with those of other keys."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_many_values_are_found_by_a_sample_of_them(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More values than a sample holds, in more rows than are looked at in columns that are no key."""
    monkeypatch.setattr(key_evidence, "_SAMPLED", 100)
    monkeypatch.setattr(key_evidence, "_SAMPLED_KEYS", 100)
    monkeypatch.setattr(key_evidence, "_ROWS_TO_JUDGE", 100)
    monkeypatch.setattr(key_evidence, "_ROWS_OF_OTHERS", 500)
    monkeypatch.setattr(text_lanes, "MAX_ROWS", 100)
    many = [f"k{at * 7919 % 100_003:06}" for at in range(1500)]
    episodes = "episode,patient_id,ward,sample\n" + "".join(
        f"e{at},{at % 20},{at % 3},{many[at]}\n" for at in range(1500)
    )
    link = ("episodes", key("patient_id", "patients", "patient_id"))
    for of in (many[:450], many):
        plates = "plate,sample\n" + "".join(f"{in_letters(at)},{sample}\n" for at, sample in enumerate(of))
        folder_of(
            tmp_path / "in", {"patients": PATIENTS, "episodes": episodes, "plates": plates}, link, episodes="episode"
        )
        _stopped(uphold(), "plates.sample (of episodes.sample)")


def test_two_columns_of_which_one_holds_lists_are_no_key_of_two(uphold: Any, tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "in",
        {
            "patients": PATIENTS.replace("ward", "site,ward", 1)
            .replace(",0\n", ",s,0\n")
            .replace(",1\n", ",s,1\n")
            .replace(",2\n", ",s,2\n"),
            "beds": "",
        },
        patients="patient_id",
    )
    pq.write_table(pa.table({"site": ["s", "s"], "ward": [["a", "b"], ["c"]], "beds": ["x", "y"]}), folder / "beds.csv")
    said = uphold()
    assert said.status == 0, said.told


def test_a_name_alone_of_a_column_beside_a_declared_key_is_said(uphold: Any, tmp_path: Path) -> None:
    visits = "visit,who,patient_id\n" + "".join(f"a{at}b,{at},hashed{at}x{at}\n" for at in range(20))
    folder_of(
        tmp_path / "in", {"patients": PATIENTS, "visits": visits}, ("visits", key("who", "patients", "patient_id"))
    )
    said = uphold()
    assert said.status == 0, said.told
    assert "visits.patient_id (of patients.patient_id)" in said.json["warnings"][-1]["message"]


def test_codes_that_several_people_have_are_no_keys_however_many_digits(uphold: Any, tmp_path: Path) -> None:
    """Two of the eight stand with one person only."""
    codes = [str(100_000_007 + at * 31_337) for at in range(8)]
    patients = "patient_id,nhs_number,had\n" + "".join(
        f"{at},{number},{codes[at % 6 if at < 18 else at - 12]}\n" for at, number in enumerate(PEOPLE)
    )
    concepts = "concept,term\n" + "".join(f"{code},of them\n" for code in codes)
    folder_of(tmp_path / "in", {"patients": patients, "concepts": concepts}, patients="patient_id")
    said = uphold()
    assert said.status == 0, said.told


def test_a_column_with_the_name_of_a_key_stops_the_run_though_its_values_were_replaced(
    uphold: Any, tmp_path: Path
) -> None:
    visits = "hospital_no,note\n" + "".join(f"{at * 7919:x}f{at}f,seen\n" for at in range(20))
    folder_of(
        tmp_path / "in",
        {"patients": PATIENTS.replace("patient_id", "hospital_no"), "visits": visits},
        patients="hospital_no",
    )
    _stopped(uphold(), "visits.hospital_no (of patients.hospital_no)")


def test_what_is_near_is_asked_about_and_a_file_is_called_by_its_table(uphold: Any, tmp_path: Path) -> None:
    folder_of(tmp_path / "in", {"patients": PATIENTS, "visits": VISITS})
    said = uphold("--leads-to-nobody", "visits.csv")
    assert (said.status, said.json["error"]["code"]) == (2, "table-missing")
    assert "'visits.csv' is a file of the folder, and no table. The table in it is 'visits'." in said.told
