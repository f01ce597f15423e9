"""The first row of a file without a heading is somebody's, and so is a key that is called a blank: neither gets into a release."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo, Said
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import key

PEOPLE = some(40, seed=19)
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)
GONE = 7
"""Whose row stands first where there is no heading."""
Form = Callable[[int], str]
FORMS: dict[str, Form] = {
    "letter": lambda at: f"P{at:05}",
    "digits": lambda at: str(70_000 + 13 * at),
    "from 1": lambda at: str(at + 1),
    "long": lambda at: f"{at * 7_919:08x}-aa{at:02}-4c1e",
    "mixed": lambda at: f"Rx{at:03}B",
}


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    (tmp_path / "go.txt").write_text(f"{PEOPLE[GONE]}\n{PEOPLE[9]}\n")

    def run(*more: str) -> Said:
        return ndoo("uphold", "in", "-o", "out", "--nhs-number", "patients.nhs_number", *BY, *more, "--json")

    return run


def folder_of(place: Path, *tables: tuple[str, str, dict[str, Any]], **package: Any) -> None:
    """Tables, each with its text and its schema or whole description."""
    place.mkdir()
    resources = []
    for name, text, told in tables:
        (place / f"{name}.csv").write_text(text)
        resources.append({"name": name, "path": f"{name}.csv", **(told if "schema" in told else {"schema": told})})
    (place / "datapackage.json").write_text(json.dumps({"resources": resources, **package}))


def rows(*columns: Sequence[str]) -> str:
    return "".join(",".join(cells) + "\n" for cells in zip(*columns, strict=True))


def people(form: Form, **more: Form) -> tuple[str, str, dict[str, Any]]:
    text = ",".join(("patient_id", "nhs_number", *more)) + "\n"
    columns = [[named(at) for at in range(len(PEOPLE))] for named in more.values()]
    return "patients", text + rows([*map(form, range(len(PEOPLE)))], PEOPLE, *columns), {"primaryKey": "patient_id"}


def first_is_gone() -> list[int]:
    return [GONE, *(at for at in range(len(PEOPLE)) if at != GONE)]


def _stopped(said: Said, tmp_path: Path, table: str, code: str = "heading-missing") -> None:
    assert (said.status, said.json["error"]["code"]) == (3, code), said.told
    assert f"Table '{table}'" in said.told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("schema", [{}, {"fields": "file"}, {"foreignKeys": "declared"}], ids=["bare", "fields", "key"])
def test_a_row_that_stands_as_a_heading_is_not_released(form: str, schema: Any, uphold: Any, tmp_path: Path) -> None:
    """Nobody described it; or its fields were described from the file; or its key was declared by the name that the row gives it."""
    keyed, order = FORMS[form], first_is_gone()
    text = rows([f"v{at}x" for at in order], [keyed(at) for at in order], ["diabetes"] * len(order))
    if "fields" in schema:
        schema = {"fields": [{"name": name} for name in (f"v{GONE}x", keyed(GONE), "diabetes")]}
    elif schema:
        schema = {"foreignKeys": [key(keyed(GONE), "patients", "patient_id")]}
    folder_of(tmp_path / "in", people(keyed), ("visits", text, schema))
    said = uphold()
    _stopped(said, tmp_path, "visits")
    if form != "from 1":
        assert keyed(GONE) not in said.told


def test_nor_is_one_alone_nor_one_of_a_table_of_which_it_was_said_that_it_leads_to_nobody(
    uphold: Any, tmp_path: Path
) -> None:
    folder_of(tmp_path / "in", people(FORMS["letter"]), ("consent", f"P0000{GONE},2024-01-01,diabetes\n", {}))
    _stopped(uphold(), tmp_path, "consent")
    _stopped(uphold("--leads-to-nobody", "consent"), tmp_path, "consent")


def test_nor_is_the_address_of_somebody(uphold: Any, tmp_path: Path) -> None:
    """Its row is known by what its people say, and by nothing of theirs."""
    order = first_is_gone()
    addresses = rows([f"A{at}" for at in order], [f"{at} High Street" for at in order])
    patients = people(FORMS["letter"], address=lambda at: f"A{at}")
    patients[2]["foreignKeys"] = [key("address", "addresses", f"A{GONE}")]
    folder_of(tmp_path / "in", patients, ("addresses", addresses, {}))
    _stopped(uphold(), tmp_path, "addresses")


def test_nor_is_somebody_s_own_row(uphold: Any, tmp_path: Path) -> None:
    order = first_is_gone()
    more = rows([f"P{at:05}" for at in order], ["F"] * len(order))
    folder_of(
        tmp_path / "in",
        people(FORMS["letter"]),
        ("more", more, {"foreignKeys": [key(f"P{GONE:05}", "patients", "patient_id")]}),
        (
            "visits",
            "visit,who\n" + rows(["v1", "v2"], ["P00003", f"P{GONE:05}"]),
            {"foreignKeys": [key("who", "more", f"P{GONE:05}")]},
        ),
    )
    _stopped(uphold(), tmp_path, "more")


def test_nor_is_a_row_by_a_key_of_several_columns(uphold: Any, tmp_path: Path) -> None:
    patients = people(FORMS["letter"], hospital=lambda at: f"H{at % 2}", unit=lambda at: str(500 + at))
    patients[2]["primaryKey"] = ["hospital", "unit"]
    order = first_is_gone()
    results = rows([f"H{at % 2}" for at in order], [str(500 + at) for at in order], ["4.5"] * len(order))
    folder_of(tmp_path / "in", patients, ("results", results, {}))
    _stopped(uphold(), tmp_path, "results")


def test_one_part_of_such_a_key_may_be_what_a_column_is_called(uphold: Any, tmp_path: Path) -> None:
    patients = people(FORMS["letter"], hospital=lambda at: f"H{at % 2}", unit=lambda at: str(500 + at))
    patients[2]["primaryKey"] = ["hospital", "unit"]
    folder_of(tmp_path / "in", patients, ("beds", "month,H0,H1\n2026-01,12,9\n2026-02,11,7\n", {}))
    assert uphold().status == 0


def test_nor_is_the_first_row_of_a_workbook_or_of_parquet_that_was_made_from_such_a_file(
    uphold: Any, tmp_path: Path
) -> None:
    folder_of(tmp_path / "in", people(FORMS["letter"]))
    order = first_is_gone()[1:]
    table = pa.table({f"P{GONE:05}": [f"P{at:05}" for at in order], "diabetes": ["asthma"] * len(order)})
    pq.write_table(table, tmp_path / "in" / "notes.parquet")
    described = json.loads((tmp_path / "in" / "datapackage.json").read_text())
    described["resources"].append({"name": "notes", "path": "notes.parquet"})
    (tmp_path / "in" / "datapackage.json").write_text(json.dumps(described))
    _stopped(uphold(), tmp_path, "notes")


def test_what_a_column_may_be_called_does_not_stop_a_run(uphold: Any, tmp_path: Path) -> None:
    """A word that rows lead on by; a heading that stands again among rows; columns without names, which are numbered."""
    patients = people(FORMS["from 1"], kind=lambda at: ("ward", "clinic")[at % 2])
    patients[2]["foreignKeys"] = [key("kind", "kinds", "kind")]
    beds = {"dialect": {"header": False}, "schema": {}}
    folder_of(
        tmp_path / "in",
        patients,
        ("kinds", "kind,name\nward,A ward\nclinic,A clinic\n", {"primaryKey": "kind"}),
        ("sites", "site,ward\nN,North\nS,South\n", {}),
        ("beds", "North;x\nSouth;y\n".replace(";", ","), beds),
        (
            "visits",
            "patient_id,seen\n1,yes\npatient_id,seen\n2,no\n",
            {"foreignKeys": [key("patient_id", "patients", "patient_id")]},
        ),
    )
    said = uphold("--undecided", "hold")
    assert (said.status, "heading-missing" in said.told) == (6, False), said.told


VISITS = "visit,patient_id\n" + "".join(f"v{at},{at + 1}\n" for at in range(len(PEOPLE)))


@pytest.mark.parametrize("where", ["schema", "both"])
def test_a_key_that_is_called_a_blank_leads_to_somebody(where: str, uphold: Any, tmp_path: Path) -> None:
    patients = people(FORMS["from 1"])
    visits = {"foreignKeys": [key("patient_id", "patients", "patient_id")], "missingValues": ["", str(GONE + 1)]}
    if where == "both":
        patients[2]["missingValues"] = ["", str(GONE + 1)]
    folder_of(tmp_path / "in", patients, ("visits", VISITS, visits))
    _stopped(uphold(), tmp_path, "visits", "null-key")
    _stopped(uphold("--undecided", "keep-missing", "--justification", "Walk-in visits"), tmp_path, "visits", "null-key")


def test_a_blank_that_is_nobody_s_key_is_one(uphold: Any, tmp_path: Path) -> None:
    """A word that stands for a blank in both tables, and a number that is nobody's."""
    patients = people(lambda at: "none" if at == 3 else str(at + 1))
    patients[2].update(primaryKey=[], missingValues=["", "none"])
    visits = {"foreignKeys": [key("patient_id", "patients", "patient_id")], "missingValues": ["", "none", "9999"]}
    folder_of(tmp_path / "in", patients, ("visits", VISITS + "w,none\nx,9999\n", visits))
    said = uphold()
    assert "null-key" not in said.told
    assert said.json["tables"]["visits"]["rows"]["held"]["missing"] == 2


def _homes(folder: Path, blank: str) -> None:
    """Two of the people share the home numbered GONE, and nobody else lives there."""
    home = [at % 13 + 20 for at in range(len(PEOPLE))]
    home[GONE] = home[9] = GONE
    patients = people(FORMS["letter"], home=lambda at: f"A{home[at]}")
    patients[2].update(foreignKeys=[key("home", "homes", "home")], missingValues=["", blank])
    homes = "home,street\n" + "".join(f"A{at},Street {chr(97 + at)}\n" for at in [GONE, *range(20, 33)])
    folder_of(folder, patients, ("homes", homes, {"primaryKey": "home"}))


def test_the_address_of_people_who_go_is_no_blank(uphold: Any, tmp_path: Path) -> None:
    """To it nobody would lead, so it would stay, though it goes with its people."""
    _homes(tmp_path / "in", f"A{GONE}")
    _stopped(uphold(), tmp_path, "patients", "null-key")


def test_it_goes_with_them_where_the_blank_is_no_address_and_stays_where_it_is_said_to_be_nobody_s(
    uphold: Any, tmp_path: Path
) -> None:
    _homes(tmp_path / "in", "A99")
    assert uphold().status == 0
    assert f"A{GONE}," not in (tmp_path / "out" / "homes.csv").read_text()
    _homes(tmp_path / "more", f"A{GONE}")
    (tmp_path / "more").rename(tmp_path / "in2")
    (tmp_path / "in").rename(tmp_path / "first")
    (tmp_path / "in2").rename(tmp_path / "in")
    (tmp_path / "out").rename(tmp_path / "first_out")
    assert uphold("--leads-to-nobody", "homes").status == 0
