"""`ndoo scan` says what the contract promises, to machines and to people, and no value from the data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import DATA, Ndoo
from tests.support.worlds_of_data import columns, put, put_sqlite

TABLES = ("flchain", "pbcseq", "rwm5yr")
KINDS = {
    "nhs_number",
    "chi_number",
    "date_of_birth",
    "postcode",
    "name",
    "address",
    "phone",
    "email",
    "icd10",
    "snomed_ct",
    "opcs4",
    "read_code",
    "free_text",
    "none",
}


@pytest.mark.parametrize("name", TABLES)
def test_the_real_tables_are_found(name: str, ndoo: Ndoo) -> None:
    said = ndoo("scan", DATA / f"{name}.csv", "--json")
    (table,) = said.json["tables"]
    assert said.status == 0
    assert table["name"] == f"{name}.csv"
    assert table["rows"] == {"flchain": 7874, "pbcseq": 1945, "rwm5yr": 19609}[name]
    assert table["confidential_patient_information"] == "yes"
    kinds = {column["name"]: column["kind"] for column in table["columns"]}
    assert kinds.pop("nhs_number") == "nhs_number"
    assert set(kinds.values()) == {"none"}


def test_the_document_is_the_contracts(ndoo: Ndoo, tmp_path: Path) -> None:
    put(tmp_path / "extract.csv", columns())
    table = ndoo("scan", "extract.csv", "--json").json["tables"][0]
    assert list(table)[:6] == ["name", "rows", "sampled", "confidential_patient_information", "because", "columns"]
    for column in table["columns"]:
        assert list(column)[:4] == ["name", "kind", "share", "confidence"]
        assert column["kind"] in KINDS
        assert 0 <= column["share"] <= 1
        assert 0 <= column["confidence"] <= 1


def test_no_value_of_any_column_is_said_or_kept(ndoo: Ndoo, tmp_path: Path, own_data_folder: Path) -> None:
    table = columns()
    put(tmp_path / "extract.csv", table)
    put(tmp_path / "headless.csv", table)
    headless = (tmp_path / "headless.csv").read_text().split("\n", 1)[1]
    (tmp_path / "headless.csv").write_text(headless)
    put(tmp_path / "extract.ndjson", table)
    put_sqlite(tmp_path / "trust.sqlite", {"extract": table})
    said = ndoo("scan", ".", "--json")
    kept = b"".join(path.read_bytes() for path in own_data_folder.iterdir()).decode("latin-1")
    values = {value for name, cells in table.items() if name != "flag" for value in cells}
    for text in (said.out, said.told, kept):
        assert not [value for value in values if re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", text)]


def test_people_are_told_in_sentences(ndoo: Ndoo, tmp_path: Path) -> None:
    put(tmp_path / "extract.csv", columns())
    said = ndoo("scan", "extract.csv")
    assert said.err == ""
    assert said.told.startswith("extract.csv: yes. It identifies people ('person': nhs number, 'who': name,")
    assert ndoo("scan", "extract.csv", "--quiet").told == ""


def test_a_table_that_did_not_change_is_not_read_again(ndoo: Ndoo, tmp_path: Path) -> None:
    path = put(tmp_path / "extract.csv", columns())
    first = ndoo("scan", "extract.csv", "--json").json["tables"][0]
    again = ndoo("scan", "extract.csv", "--json").json["tables"][0]
    assert first.pop("unchanged_since") is None
    assert again.pop("unchanged_since") is not None
    assert first == again
    assert ndoo("scan", "extract.csv", "--json", "--afresh").json["tables"][0]["unchanged_since"] is None
    put(path, columns(400))
    assert ndoo("scan", "extract.csv", "--json").json["tables"][0]["rows"] == 400


def test_what_cannot_be_read_is_named_and_is_never_no(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 anything")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no footer PAR1")
    (tmp_path / "prices.csv").write_text("item,price\nbolt,1\nnut,2\n")
    said = ndoo("scan", ".", "--json")
    answers = {table["name"]: table["confidential_patient_information"] for table in said.json["tables"]}
    assert said.status == 0
    assert answers == {"broken.parquet": "unsure", "letter.pdf": "unsure", "prices.csv": "no"}
    for name in ("broken.parquet", "letter.pdf"):
        alone = ndoo("scan", name, "--json")
        assert (alone.status, alone.json["tables"][0]["confidential_patient_information"]) == (0, "unsure")


def test_a_target_that_is_not_there_is_a_mistake_of_the_caller(ndoo: Ndoo) -> None:
    assert ndoo("scan", "nowhere.csv").status == 2
    assert ndoo("scan", "env:NDOO_NO_SUCH_VARIABLE").status == 2
