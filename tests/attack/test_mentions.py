"""The number of somebody withheld, once, in another cell of a row that stays: no release, whatever the disguise or the format."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo, Said
from tests.support.disguises import DISGUISES, spaced
from tests.support.numbers import some

PEOPLE = some(3_000, seed=31)
OUT = PEOPLE[:150]
STAY = PEOPLE[150:]
REMARK = "Seen in clinic on 12/03/2024 at 10:30, BP 128/76, and doing well; see again in June."
ROWS = 40_000
AT = 31_007
"""Far behind what is looked at first, and between the rows that are looked at afterwards."""

Disguise = Callable[[str], str]


BESIDE = STAY[11]
"""Somebody who may stay, and is spoken of in the same breath."""


def remarks(planted: str) -> list[str]:
    said = [REMARK] * ROWS
    said[AT] = f"Her father ({BESIDE}) and her mother, {planted}, came along today."
    return said


def people() -> list[str]:
    return [STAY[at % len(STAY)] for at in range(ROWS)]


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[dict[str, list[str]]]:
    (tmp_path / "out.dat").write_text("".join(f"{n},\n" for n in OUT))
    (tmp_path / "stay.dat").write_text("".join(f"{n},\n" for n in STAY))
    when = ("--checked-at", TODAY, "--expect-removed", "0-10")
    yield {"opted-out": ["--opted-out", "out.dat", *when], "allowed": ["--allowed", "stay.dat", *when]}


def as_text(path: Path, columns: dict[str, list[Any]], encoding: str = "utf-8", delimiter: str = ",") -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([tuple(columns), *zip(*columns.values(), strict=True)])
    path.write_bytes(text.getvalue().encode(encoding))


def naive(cells: list[str], withheld: list[str]) -> bool:
    """An exact comparison, as joins make it."""
    return any(cell in withheld for cell in cells)


def refused(said: Said, column: str, output: Path) -> None:
    assert (said.status, output.exists()) == (2, False)
    assert repr(column) in said.told


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.__name__)
def test_one_mention_in_a_remark_stops_the_run(
    disguise: Disguise, ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    cells = remarks(disguise(OUT[7]))
    assert not naive(cells, OUT), "the attack does not bite"
    as_text(tmp_path / "in.csv", {"nhs_number": people(), "remark": cells})
    refused(ndoo("uphold", "in.csv", "-o", "to.csv", *lists["opted-out"]), "remark", tmp_path / "to.csv")


@pytest.mark.parametrize("polarity", ["opted-out", "allowed"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_mothers_number_in_one_row_is_seen_in_every_encoding(
    polarity: str, encoding: str, ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    mothers = [""] * ROWS
    mothers[AT] = OUT[7]
    as_text(tmp_path / "in.tsv", {"nhs_number": people(), "ward": ["Élan"] * ROWS, "mother": mothers}, encoding, "\t")
    refused(ndoo("uphold", "in.tsv", "-o", "to.tsv", *lists[polarity]), "mother", tmp_path / "to.tsv")


def arrays(number: str) -> dict[str, Any]:
    """One number in row AT of a column of every kind that can hold it."""
    one = [None] * ROWS

    def column(value: Any, kind: Any) -> Any:
        return pa.array([*one[:AT], value, *one[AT + 1 :]], kind)

    return {
        "text": column(f"mother {number}", pa.string()),
        "large": column(number, pa.large_string()),
        "bytes": column(number.encode(), pa.binary()),
        "fixed": column(number.encode(), pa.binary(10)),
        "whole": column(int(number), pa.int64()),
        "unsigned": column(int(number), pa.uint64()),
        "double": column(float(number), pa.float64()),
        "decimal": column(Decimal(number), pa.decimal128(12, 1)),
        "words": column(number, pa.string()).dictionary_encode(),
        "many": column(["none", number], pa.list_(pa.string())),
        "pair": column({"who": "mother", "number": number}, pa.struct([("who", pa.string()), ("number", pa.string())])),
        "deep": column([{"ids": [int(number)]}], pa.list_(pa.struct([("ids", pa.list_(pa.int64()))]))),
        "map": column([("mother", number)], pa.map_(pa.string(), pa.string())),
    }


@pytest.mark.parametrize("kind", sorted(arrays(OUT[7])))
def test_a_number_in_any_kind_of_column_stops_the_run(
    kind: str, ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    pq.write_table(pa.table({"nhs_number": people(), "other": arrays(OUT[7])[kind]}), tmp_path / "in.parquet")
    refused(ndoo("uphold", "in.parquet", "-o", "to.parquet", *lists["opted-out"]), "other", tmp_path / "to.parquet")


def test_who_stays_may_be_mentioned(ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]) -> None:
    as_text(tmp_path / "in.csv", {"nhs_number": people(), "remark": remarks(STAY[9])})
    for polarity in lists.values():
        assert ndoo("uphold", "in.csv", "-o", "to.csv", *polarity).status == 0


def test_who_is_mentioned_in_a_row_that_goes_stops_nothing(
    ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    who = people()
    who[AT] = OUT[3]
    as_text(tmp_path / "in.csv", {"nhs_number": who, "remark": remarks(OUT[7])})
    assert ndoo("uphold", "in.csv", "-o", "to.csv", *lists["opted-out"]).status == 0


def test_a_column_may_be_let_stay_by_name_and_the_manifest_says_so(
    ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    cells = ["Seen."] * 9 + ["Her mother opted out."]
    as_text(tmp_path / "in.csv", {"nhs_number": STAY[:10], "remark": cells, "mother": [*[""] * 9, OUT[7]]})
    told = (*lists["opted-out"], "--json")
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *told, "--ignore-column", "mother")
    assert (said.status, said.json["columns"]["ignored"]) == (0, ["mother"])
    assert ndoo("verify", "to.csv", *lists["opted-out"][:4]).status == 0
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *told, "--also", "mother")
    assert (said.status, said.json["rows"]["removed"]) == (0, 1)


def test_what_is_no_number_stops_nothing(ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]) -> None:
    """A list of the allowed makes a doubt of every ten digits that are valid by chance, so here chance must not come in."""
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    columns = {
        "nhs_number": people(),
        "mobile": [f"+44 {7700 + at % 100} {100_000 + 7 * at}" for at in range(ROWS)],
        "phone": [f"0{1130 + at % 800} {496_0000 + at}" for at in range(ROWS)],
        "key": [str(uuid.UUID(int=at * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)) for at in range(ROWS)],
        "pseudonym": [hashlib.sha256(str(at).encode()).hexdigest() for at in range(ROWS)],
        "urn": [
            f"seen urn:uuid:{uuid.UUID(int=at * 0xD1B54A32D192ED03AAF0F21C7A8D3C41 % 2**128)}." for at in range(ROWS)
        ],
        "at": [
            (moment + timedelta(seconds=977 * at)).isoformat(sep=" ", timespec="microseconds") for at in range(ROWS)
        ],
        "place": [f"{50 + at / ROWS:.7f}, -{at / ROWS:.7f}" for at in range(ROWS)],
        "cost": [f"{at * 9_770:,}.50" for at in range(ROWS)],
    }
    as_text(tmp_path / "in.csv", columns)
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *lists["allowed"])
    assert said.status == 0, said.told


def test_a_later_list_shows_who_is_mentioned_in_a_release(
    ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]
) -> None:
    as_text(tmp_path / "in.csv", {"nhs_number": people(), "remark": remarks(STAY[0])})
    (tmp_path / "later.dat").write_text(f"{STAY[0]},\n")
    rest = [n for n in people() if n != STAY[0]]
    as_text(tmp_path / "in.csv", {"nhs_number": rest, "remark": remarks(STAY[0])[-len(rest) :]})
    assert ndoo("uphold", "in.csv", "-o", "to.csv", *lists["opted-out"]).status == 0
    assert ndoo("verify", "to.csv", *lists["opted-out"][:4]).status == 0
    said = ndoo("verify", "to.csv", "--opted-out", "later.dat", "--checked-at", TODAY, "--json")
    assert said.status == 3
    assert {p["name"] for p in said.json["promises"] if not p["kept"]} == {"nobody"}


def test_linked_tables_are_looked_at_whole(ndoo: Ndoo, tmp_path: Path, lists: dict[str, list[str]]) -> None:
    (tmp_path / "all").mkdir()
    keys = [f"K{at}" for at in range(300)]
    as_text(tmp_path / "all" / "people.csv", {"key": keys, "nhs_number": STAY[:300]})
    as_text(tmp_path / "all" / "visits.csv", {"visit": keys, "key": keys, "remark": [*["fine"] * 299, f"see {OUT[7]}"]})
    as_text(tmp_path / "all" / "wards.csv", {"ward": ["A", "B"], "note": ["none", f"mother {spaced(OUT[7])}"]})
    resources = [
        {
            "name": "people",
            "path": "people.csv",
            "schema": {"fields": [{"name": "key"}, {"name": "nhs_number"}], "primaryKey": "key"},
        },
        {
            "name": "visits",
            "path": "visits.csv",
            "schema": {
                "fields": [{"name": "visit"}, {"name": "key"}, {"name": "remark"}],
                "foreignKeys": [{"fields": "key", "reference": {"resource": "people", "fields": "key"}}],
            },
        },
        {"name": "wards", "path": "wards.csv", "schema": {"fields": [{"name": "ward"}, {"name": "note"}]}},
    ]
    (tmp_path / "all" / "datapackage.json").write_text(json.dumps({"name": "all", "resources": resources}))
    said = ndoo("uphold", "all", "-o", "to", *lists["opted-out"])
    refused(said, "visits.remark", tmp_path / "to")
    assert "'wards.note'" in said.told
    let = ("--ignore-column", "visits.remark", "--ignore-column", "wards.note")
    assert ndoo("uphold", "all", "-o", "to", *lists["opted-out"], *let).status == 0
    assert ndoo("verify", "to", *lists["opted-out"][:4]).status == 0
