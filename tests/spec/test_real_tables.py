"""On real tables, in every format, both polarities remove exactly the people who opted out, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv, feather, parquet

from tests.conftest import DATA, TODAY, Ndoo

TABLES = [
    ("flchain", 7_874, 7_874, 453, 453),
    ("pbcseq", 1_945, 312, 148, 23),
    ("rwm5yr", 19_609, 6_127, 1_199, 369),
]


@pytest.mark.parametrize(("name", "rows", "people", "rows_removed", "people_removed"), TABLES)
def test_exactly_those_who_opted_out_are_gone(
    name: str, rows: int, people: int, rows_removed: int, people_removed: int, ndoo: Ndoo, tmp_path: Path
) -> None:
    source = DATA / f"{name}.csv"
    by_allowed = ndoo(
        "uphold",
        source,
        "-o",
        "a.csv",
        "--allowed",
        DATA / f"{name}.allowed.dat",
        "--checked-at",
        TODAY,
        "--json",
    )
    by_opted_out = ndoo(
        "uphold", source, "-o", "b.csv", "--opted-out", DATA / f"{name}.opted_out.txt", "--checked-at", TODAY
    )
    assert (by_allowed.status, by_opted_out.status) == (0, 0)
    assert by_allowed.json["rows"] == {
        "read": rows,
        "kept": rows - rows_removed,
        "removed": rows_removed,
        "held": {},
        "kept_without_number": 0,
    }
    assert by_allowed.json["people"] == {
        "read": people,
        "kept": people - people_removed,
        "removed": people_removed,
        "held": 0,
    }
    opted_out = set((DATA / f"{name}.opted_out.txt").read_text().split())
    expected = [line for line in source.read_bytes().splitlines(keepends=True) if line[:10].decode() not in opted_out]
    assert (tmp_path / "a.csv").read_bytes() == b"".join(expected)
    assert (tmp_path / "b.csv").read_bytes() == b"".join(expected)
    for output in ("a.csv", "b.csv"):
        assert ndoo("verify", output, "--opted-out", DATA / f"{name}.opted_out.txt", "--checked-at", TODAY).status == 0


FORMS = {"parquet": (parquet.write_table, parquet.read_table), "arrow": (feather.write_feather, feather.read_table)}


def _typed(path: Path, **types: pa.DataType) -> pa.Table:
    """A delimited table with typed columns, the person's number as text."""
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types={**types, "nhs_number": pa.string()}))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "rows", "people", "rows_removed", "people_removed"), TABLES)
def test_a_typed_form_of_the_table_loses_the_same_rows_and_people_as_its_text(
    name: str, rows: int, people: int, rows_removed: int, people_removed: int, form: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    write, read = FORMS[form]
    table = _typed(DATA / f"{name}.csv")
    write(table, tmp_path / f"in.{form}")
    lists = {"--allowed": DATA / f"{name}.allowed.dat", "--opted-out": DATA / f"{name}.opted_out.txt"}
    opted_out = pa.array((DATA / f"{name}.opted_out.txt").read_text().split())
    expected = table.filter(pc.invert(pc.is_in(table["nhs_number"], value_set=opted_out)))
    assert (table.num_rows, expected.num_rows) == (rows, rows - rows_removed)
    for option, path in lists.items():
        choice = (option, path, "--checked-at", TODAY)
        typed = ndoo("uphold", f"in.{form}", "-o", f"out.{form}", *choice, "--json")
        text = ndoo("uphold", DATA / f"{name}.csv", "-o", "out.csv", *choice, "--json")
        assert (typed.status, text.status) == (0, 0), typed.told
        assert typed.json["rows"] == text.json["rows"]
        assert typed.json["people"] == text.json["people"]
        assert typed.json["people"]["read"] == people
        assert typed.json["people"]["removed"] == people_removed
        kept = read(tmp_path / f"out.{form}")
        assert kept.equals(expected)
        assert kept.equals(
            _typed(tmp_path / "out.csv", **dict(zip(table.column_names, table.schema.types, strict=True)))
        )
        for other in lists.items():
            assert ndoo("verify", f"out.{form}", *other, "--checked-at", TODAY).status == 0
        Path(tmp_path / f"out.{form}").unlink()  # the next choice finds no older output to be taken for its own


def test_of_real_linked_tables_the_same_people_go_from_every_one(ndoo: Ndoo, tmp_path: Path) -> None:
    """The visits that go are those that go from the one table which these were made of."""
    by = ("--opted-out", DATA / "pbcseq.opted_out.txt", "--checked-at", TODAY)
    said = ndoo("uphold", DATA.parent / "linked", "-o", "out", "--nhs-number", "patients.nhs_number", *by, "--json")
    assert said.status == 0
    assert {name: table["rows"]["removed"] for name, table in said.json["tables"].items()} == {
        "patients": 23,
        "visits": 148,
        "tests": 440,
        "treatments": 0,
    }
    assert ndoo("verify", "out", *by).status == 0
    gone = set((DATA / "pbcseq.opted_out.txt").read_text().split())
    source = (DATA / "pbcseq.csv").read_text().splitlines()[1:]
    stay = [f"V{at:04}," for at, line in enumerate(source, 1) if line[:10] not in gone]
    visits = (tmp_path / "out" / "visits.csv").read_text().splitlines()[1:]
    assert [line[:6] for line in visits] == stay
