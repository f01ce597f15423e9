"""What a manifest says is ignored is looked at and said: it breaks no promise, and nobody learns of it too late."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.support.releases import SYSTEM, put_parquet_manifest

PEOPLE = some(30, seed=78)
GONE, MOTHERS = PEOPLE[:2], PEOPLE[20:]
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
ROWS = [(number, MOTHERS[at % 10]) for at, number in enumerate(PEOPLE[2:20])]
"""Nobody of GONE has a row; whoever's mother is MOTHERS[0] has one of whom the list says that she must go."""


def _file(folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    (folder / "in.csv").write_text("nhs_number,mother\n" + "".join(f"{a},{b}\n" for a, b in ROWS))
    assert (
        ndoo(
            "uphold", "in.csv", "-o", "out.csv", "--nhs-number", "nhs_number", "--ignore-column", "mother", *LIST
        ).status
        == 0
    )
    return "out.csv", "mother"


def _parquet(folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    pq.write_table(
        pa.table({"nhs_number": [a for a, _ in ROWS], "mother": [b for _, b in ROWS]}), folder / "in.parquet"
    )
    call = (
        "uphold",
        "in.parquet",
        "-o",
        "out.parquet",
        "--nhs-number",
        "nhs_number",
        "--ignore-column",
        "mother",
        *LIST,
    )
    assert ndoo(*call).status == 0
    return "out.parquet", "mother"


def _linked(folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    (folder / "in").mkdir()
    (folder / "in" / "people.csv").write_text(
        "nhs_number,id\n" + "".join(f"{a},{at}\n" for at, (a, _) in enumerate(ROWS))
    )
    (folder / "in" / "kin.csv").write_text("id,mother\n" + "".join(f"{at},{b}\n" for at, (_, b) in enumerate(ROWS)))
    key = {"fields": "id", "reference": {"resource": "people", "fields": "id"}}
    resources = [
        {"name": "people", "path": "people.csv"},
        {"name": "kin", "path": "kin.csv", "schema": {"foreignKeys": [key]}},
    ]
    (folder / "in" / "datapackage.json").write_text(json.dumps({"name": "small", "resources": resources}))
    call = ("uphold", "in", "-o", "out", "--nhs-number", "people.nhs_number", "--ignore-column", "kin.mother", *LIST)
    assert ndoo(*call).status == 0
    return "out", "kin.mother"


def _fhir(folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    patients = [
        {"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": a}]}
        for at, (a, _) in enumerate(ROWS)
    ]
    told = [
        {
            "resourceType": "Observation",
            "id": f"o{at}",
            "subject": {"reference": f"Patient/p{at}"},
            "note": [{"text": f"mother {b}"}],
        }
        for at, (_, b) in enumerate(ROWS)
    ]
    (folder / "in.ndjson").write_text("".join(json.dumps(one) + "\n" for one in (*patients, *told)))
    said = ndoo("uphold", "in.ndjson", "-o", "out.ndjson", "--ignore-column", "Observation", *LIST)
    assert said.status == 0, said.told
    return "out.ndjson", "Observation"


def _spark(folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.manifest import written
    from ndoo.evidence.seal import load_sealer

    (folder / "out").mkdir()
    pq.write_table(
        pa.table({"nhs_number": [a for a, _ in ROWS], "mother": [b for _, b in ROWS]}), folder / "out" / "p.parquet"
    )
    document: Any = {**put_parquet_manifest(folder / "out", people=[a for a, _ in ROWS]).document}
    document["columns"]["ignored"] = ["mother"]
    document["rows"] |= {"read": 18, "removed": 0}
    document["people"] |= {"read": 18, "removed": 0}
    document["input"]["rows"] = 18
    (folder / "out" / "_manifest.json").write_bytes(written(load_sealer(data_folder()).seal(document)))
    return "out", "mother"


def _table(kind: str, folder: Path, ndoo: Ndoo) -> tuple[str, str]:
    path = folder / f"w.{kind}"
    made = sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path))
    made.execute("CREATE TABLE visits (nhs_number TEXT, mother TEXT)")
    made.executemany("INSERT INTO visits VALUES (?, ?)", ROWS)
    if kind == "sqlite":
        made.commit()
    made.close()
    call = ("--into", "out", "--nhs-number", "nhs_number", "--ignore-column", "mother", *LIST)
    assert ndoo("uphold", f"{kind}:///{path.name}#visits", *call).status == 0
    return f"{kind}:///{path.name}#out", "mother"


MAKERS = {
    "file": _file,
    "parquet": _parquet,
    "linked": _linked,
    "fhir": _fhir,
    "parquet_folder": _spark,
    "sqlite": lambda folder, ndoo: _table("sqlite", folder, ndoo),
    "duckdb": lambda folder, ndoo: _table("duckdb", folder, ndoo),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_stands_in_an_ignored_column_is_counted_and_said(kind: str, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(f"{GONE[0]}\n{MOTHERS[0]}\n")
    place, column = MAKERS[kind](tmp_path, ndoo)
    said = ndoo("verify", place, *LIST, "--json")
    assert (said.status, said.json["ignored"]) == (0, [{"column": column, "nhs_numbers": 18, "withheld": 2}]), said.told
    assert "18 NHS numbers stand in it, 2 of them of people who may not be released" in said.told
    quiet = ndoo("verify", place, *LIST, "--quiet")
    assert "may not be released" in quiet.told, "a warning is never hidden"
    bare = ndoo("verify", place, "--no-list", "--json")
    assert (bare.status, bare.json["ignored"]) == (0, [{"column": column, "nhs_numbers": 18, "withheld": 0}]), bare.told
    (tmp_path / "allowed.dat").write_text(
        "".join(f"{number},\n" for number in PEOPLE if number not in (*GONE, *MOTHERS[:2]))
    )
    allowed = ndoo("verify", place, "--allowed", "allowed.dat", "--checked-at", TODAY, "--json")
    assert (allowed.status, allowed.json["ignored"][0]["withheld"]) == (0, 4), (
        "whom the list of the allowed does not name"
    )
    recalled = ndoo("recall", place, *LIST, "--json")
    assert (recalled.status, recalled.json["releases"][0]["ignored"][0]["withheld"]) == (0, 2)
    assert "is ignored, as its manifest says" in recalled.told
