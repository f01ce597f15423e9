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

from ndoo.domain.errors import UsageFault
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


WHERE = {"file": "in.csv", "parquet": "in.parquet", "linked": "in", "fhir": "in.ndjson"}
HOW = {
    "file": ("--nhs-number", "nhs_number", "--ignore-column", "mother"),
    "parquet": ("--nhs-number", "nhs_number", "--ignore-column", "mother"),
    "linked": ("--nhs-number", "people.nhs_number", "--ignore-column", "kin.mother"),
    "fhir": ("--ignore-column", "Observation"),
    "sqlite": ("--nhs-number", "nhs_number", "--ignore-column", "mother"),
    "duckdb": ("--nhs-number", "nhs_number", "--ignore-column", "mother"),
}


def _again(kind: str, *more: str) -> tuple[str, ...]:
    """The same upheld anew."""
    into = (
        ("-o", "again" if kind == "linked" else f"again.{WHERE[kind].split('.')[1]}")
        if kind in WHERE
        else ("--into", "again")
    )
    return ("uphold", WHERE.get(kind, f"{kind}:///w.{kind}#visits"), *into, *HOW[kind], *LIST, *more)


@pytest.mark.parametrize("kind", HOW)
def test_what_is_ignored_is_said_when_it_is_released_and_by_every_promise(
    kind: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    """`ndoo verify` said so afterwards, below a promise that no one in it had opted out."""
    (tmp_path / "gone.txt").write_text(f"{GONE[0]}\n{MOTHERS[0]}\n")
    place, column = MAKERS[kind](tmp_path, ndoo)
    note = f"{column!r} is ignored, as the manifest says: 18 NHS numbers stand in it, 2 of them of people who may not be released."
    for more in (("--dry-run",), (), ("--quiet",)):
        said = ndoo(*_again(kind, *(("--force", *more) if kind in WHERE else ("--replace", *more))))
        assert said.status == 0, said.told
        assert note in said.told
    promises = {one["name"]: one["because"] for one in ndoo("verify", place, *LIST, "--json").json["promises"]}
    assert promises["nobody"].endswith(", leaving aside what is ignored.")
    if kind == "file":
        both = ndoo("uphold", "in.csv", "-o", "both/", *HOW[kind], *LIST, "--quiet")
        assert note in both.told
        (tmp_path / "more.csv").write_bytes((tmp_path / "in.csv").read_bytes())
        both = ndoo("uphold", "in.csv", "more.csv", "-o", "both/", *HOW[kind], *LIST)
        assert [f"note    both/{name}: {note}" in both.told for name in ("in.csv", "more.csv")] == [True, True], (
            both.told
        )


def _without_numbers(kind: str, folder: Path) -> None:
    """The person's own numbers are gone; those of the mothers are there."""
    if kind in ("sqlite", "duckdb"):
        made: Any = (
            sqlite3.connect(folder / "w.sqlite") if kind == "sqlite" else duckdb.connect(str(folder / "w.duckdb"))
        )
        made.execute("UPDATE visits SET nhs_number = NULL")
        if kind == "sqlite":
            made.commit()
        made.close()
    elif kind == "parquet":
        table = pq.read_table(folder / "in.parquet")
        pq.write_table(table.set_column(0, "nhs_number", pa.nulls(len(table), pa.string())), folder / "in.parquet")
    elif kind == "fhir":
        path = folder / "in.ndjson"
        found = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text(
            "".join(json.dumps({**one, "identifier": []} if "identifier" in one else one) + "\n" for one in found)
        )
    else:
        path = folder / ("in.csv" if kind == "file" else "in/people.csv")
        heading, *rows = path.read_text().splitlines()
        path.write_text("\n".join((heading, *(f",{row.partition(',')[2]}" for row in rows), "")))


@pytest.mark.parametrize("kind", HOW)
def test_a_release_for_which_nobody_is_looked_for_is_refused_where_there_are_numbers_to_look_for(
    kind: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    """All rows stayed as rows without a number, and those of people who had opted out with them."""
    (tmp_path / "gone.txt").write_text(f"{GONE[0]}\n{MOTHERS[0]}\n")
    MAKERS[kind](tmp_path, ndoo)
    _without_numbers(kind, tmp_path)
    keep = ("--undecided", "keep-missing", "--justification", "none", "--json")
    for more in ((), ("--dry-run",)):
        said = ndoo(*_again(kind, *keep, *more))
        assert (said.status, said.json["error"]["code"]) == (2, "nobody-looked-for"), said.told
    assert not [*tmp_path.glob("again*")]
    if kind == "file":
        (tmp_path / "in.csv").write_text((tmp_path / "in.csv").read_text() + f"{PEOPLE[3]},\n")
        assert ndoo(*_again(kind, *keep)).status == 0, "somebody was looked for"


def test_where_nobody_is_to_be_removed_nobody_has_to_be_looked_for(ndoo: Ndoo, tmp_path: Path) -> None:
    from ndoo.evidence.manifest import ReleaseManifest
    from ndoo.upholding.other_cells.stray_numbers import Sighting
    from ndoo.upholding.verify.verification import MetPeople, Verification, judge_draft

    (tmp_path / "gone.txt").write_text(f"{GONE[0]}\n")
    place, _ = _file(tmp_path, ndoo)
    document = json.loads((tmp_path / f"{place}.manifest.json").read_text())
    document["people"]["read"] = 0
    found = Verification((), "key", MetPeople(ignored=(Sighting("mother", 1, 0),)))
    judge_draft(found, ReleaseManifest({**document, "list": None}))
    for upheld in ({}, {"list": None, "type1": {"applied": True}}):
        with pytest.raises(UsageFault, match="'mother'"):
            judge_draft(found, ReleaseManifest({**document, **upheld}))
