"""Nobody wonders how long a command still works: each that may take long tells its share, from which the rate and the time left follow."""

from __future__ import annotations

import gzip
import json
import shlex
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.repository.test_answers import world
from tests.support.numbers import some
from tests.support.progress_told import is_whole, listened_to

__all__ = ["world"]
BY = f"--opted-out go.txt --checked-at {TODAY}"


def judge(ndoo: Ndoo, lines: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run lines that each have a stage of the name beside them, which is to be told to its end."""
    stages = listened_to(monkeypatch)
    wrong = []
    for line, label in lines.items():
        stages.clear()
        said = ndoo(*shlex.split(line))
        assert said.status in (0, 6, 8), (line, said.told)
        if not any(stage.label.startswith(label) and is_whole(stage) for stage in stages):
            wrong.append(f"{line}: {stages}")
    assert not wrong, "\n".join(wrong)


def test_what_is_read_from_files_is_told_by_its_bytes(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = some(60)
    text = "nhs_number,ward\n" + "".join(f"{one},{at % 2}\n" for at, one in enumerate(people))
    (tmp_path / "in.csv").write_text(text)
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(text.encode()))
    pq.write_table(pa.table({"nhs_number": people, "ward": ["a", "b"] * 30}), tmp_path / "in.parquet")
    (tmp_path / "go.txt").write_text("".join(f"{one}\n" for one in people[:9]))
    more = f"{BY} --expect-removed 0-100"
    lines = {}
    for name in ("in.csv", "in.csv.gz", "in.parquet"):
        lines |= {
            f"uphold {name} -o out.{name} {more}": "Upholding",
            f"verify out.{name} {BY}": "Verifying",
            f"scan {name} --afresh": "Scanning",
            f"impact {name} out.{name} --by ward": "Comparing",
            f"impact {name} out.{name} --by ward --rows": "Comparing",
            f"key open out.{name} {name} go.txt": "Reading",
        }
    judge(ndoo, lines, monkeypatch)
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{people[0]},9Nu0.,2020-01-01\n")
    releases = {
        f"recall out.in.csv out.in.csv.gz {BY}": "Looking into releases",
        "type1 rerun out.in.csv out.in.csv.gz --type1 codes.csv": "Looking into releases",
    }
    judge(ndoo, releases, monkeypatch)


def test_linked_tables_are_told_as_one_work_and_not_each_anew(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, folder = some(40), tmp_path / "in"
    folder.mkdir()
    fields = {"people": ["id", "nhs_number"], "visits": ["visit", "id"], "tests": ["test", "visit"]}
    keys = [("visits", "id", "people"), ("tests", "visit", "visits")]
    resources = [
        {
            "name": name,
            "path": f"{name}.csv",
            "schema": {
                "fields": [{"name": field, "type": "string"} for field in names],
                "primaryKey": names[0],
                "foreignKeys": [
                    {"fields": field, "reference": {"resource": there, "fields": field}}
                    for table, field, there in keys
                    if table == name
                ],
            },
        }
        for name, names in fields.items()
    ]
    (folder / "datapackage.json").write_text(json.dumps({"name": "x", "resources": resources}))
    (folder / "people.csv").write_text("id,nhs_number\n" + "".join(f"p{at},{one}\n" for at, one in enumerate(people)))
    (folder / "visits.csv").write_text("visit,id\n" + "".join(f"v{at},p{at}\n" for at in range(40)))
    (folder / "tests.csv").write_text("test,visit\n" + "".join(f"t{at},v{at}\n" for at in range(40)))
    (tmp_path / "go.txt").write_text(f"{people[0]}\n")
    stages = listened_to(monkeypatch)
    for read, line in (("in", f"uphold in -o out {BY}"), ("out", f"verify out {BY}")):
        stages.clear()
        assert ndoo(*shlex.split(line)).status == 0
        (stage,) = stages
        sizes = [(tmp_path / read / f"{name}.csv").stat().st_size for name in fields]
        assert (len({*stage.done}), sorted(stage.done)) == (3, stage.done)
        assert stage.done[-1] == sum(sizes) < stage.size, "the folder has its description too"


def test_the_register_and_its_ledger_are_told_by_leaves_and_statistics_by_bytes(
    world: dict[str, str], ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ndoo("register", "import", "choices.csv").status == 6
    lines = {
        "ledger export -o ledger.jsonl": "Exporting the ledger",
        "ledger verify ledger.jsonl": "Checking the ledger",
        "ledger verify": "Comparing the register with the ledger",
        f"statistics -o published {world['tables']}": "Counting who opted out",
    }
    judge(ndoo, lines, monkeypatch)
    judge(ndoo, {"ledger verify": "Checking the ledger"}, monkeypatch)
