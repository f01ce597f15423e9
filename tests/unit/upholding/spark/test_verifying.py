"""A folder of Parquet is verified without Spark; one that changes meanwhile is not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.evidence.seal import load_sealer
from ndoo.upholding.spark import verify
from ndoo.upholding.spark.folder import recorded
from tests.conftest import TODAY, Ndoo, Said
from tests.numbers import some

PEOPLE = some(40)


@pytest.fixture
def released(ndoo: Ndoo, tmp_path: Path, own_data_folder: Path) -> Path:
    """As Spark leaves it: two files, and the manifest of what a file of the same rows comes to."""
    (tmp_path / "gone.txt").write_text(PEOPLE[0])
    pq.write_table(pa.table({"nhs_number": PEOPLE, "ward": ["a"] * 40}), tmp_path / "in.parquet")
    made = ndoo("uphold", "in.parquet", "-o", "out.parquet", "--opted-out", "gone.txt", "--checked-at", TODAY, "--json")
    folder = tmp_path / "released"
    for at, rows in enumerate((PEOPLE[1:20], PEOPLE[20:])):
        (folder / f"site={at}").mkdir(parents=True)
        pq.write_table(
            pa.table({"nhs_number": rows, "ward": ["a"] * len(rows)}), folder / f"site={at}" / "part.parquet"
        )
    document: dict[str, Any] = {key: value for key, value in made.json.items() if key != "seal"}
    document["output"] = asdict(recorded(folder, "released", 39))
    (folder / "_manifest.json").write_text(json.dumps(load_sealer(own_data_folder).seal(document)))
    return folder


def _verified(ndoo: Ndoo) -> tuple[Said, list[str]]:
    said = ndoo("verify", "released", "--opted-out", "gone.txt", "--checked-at", TODAY, "--json")
    return said, [one["name"] for one in said.json["promises"] if not one["kept"]]


def test_it_is_verified_and_what_was_done_to_it_is_found(released: Path, ndoo: Ndoo) -> None:
    said, broken = _verified(ndoo)
    assert (said.status, broken) == (0, []), said.err
    more = released / "site=0" / "more.parquet"
    for table, promises in (
        (pa.table({"nhs_number": PEOPLE[:1], "ward": ["a"]}), ["digest", "rows", "nobody"]),
        (pa.table({"nhs_number": PEOPLE[1:2], "ward": [f"see {PEOPLE[0]}"]}), ["digest", "rows", "nobody"]),
        (pa.table({"a": [1]}), ["digest"]),
    ):
        pq.write_table(table, more)
        assert _verified(ndoo)[1] == promises
    more.unlink()
    (released / "_SUCCESS").write_text("")
    assert _verified(ndoo)[1] == []


def test_a_folder_that_changes_meanwhile_is_not_verified(
    released: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = verify.stored, []

    def changing(place: Path) -> Any:
        calls.append(place)
        return real(place)[: 3 - len(calls)]

    monkeypatch.setattr(verify, "stored", changing)
    said, broken = _verified(ndoo)
    assert broken == ["digest"], said.err
