"""Coded entries that are damaged, cut off, of the wrong kind or written in disguise: nobody's objection is lost on the way."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.attack.naive import type_guessing_anti_join
from tests.conftest import Ndoo, Said
from tests.support.numbers import some

A, B, C, D = some(4, seed=23)
DISSENT, WITHDRAWN = "827241000000103", "827261000000102"
CANARY = "zyzzogetonitis"
HEADING = "nhs_number,code,date"


def status(ndoo: Ndoo, folder: Path, content: str | bytes, name: str = "codes.csv") -> Said:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    said = ndoo("type1", "status", name, "--json")
    assert CANARY not in said.out + said.told, "a value from the record was said"
    return said


@pytest.mark.parametrize(
    "text",
    [f"{A};{DISSENT};2020-01-01".replace(";", d) for d in (",", ";", "\t", "|")]
    + [
        f'"{A}","{DISSENT}","2020-01-01"',
        f" {A[:3]} {A[3:6]} {A[6:]} , {DISSENT} , 2020-01-01 ",
        f"{A},{DISSENT}.0,2020-01-01",
        f"{A},{DISSENT},2020-01-01 00:00:00",
        f'{A},"XaZ89",2020-01-01T09:30:00+00:00',
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_an_objection_in_disguise_is_still_one(text: str, end: str, mark: bytes, ndoo: Ndoo, tmp_path: Path) -> None:
    heading = HEADING.replace(",", next((d for d in ";\t|" if d in text), ","))
    said = status(ndoo, tmp_path, mark + f"{heading}{end}{text}{end}".encode())
    assert said.status == 0, said.told
    assert said.json["dissent"] == 1


@pytest.mark.parametrize("code", ["8.27241E+14", "8.27241e+14", "8E+14", "8.27241000000103E+14"])
def test_a_code_whose_digits_a_spreadsheet_took_stops_everything(code: str, ndoo: Ndoo, tmp_path: Path) -> None:
    """It may be anybody's objection. A reader that guesses types loses it in silence."""
    said = status(ndoo, tmp_path, f"{HEADING}\n{B},C10..,2020-01-01\n{A},{code},2020-01-01\n")
    assert (said.status, said.json["error"]["code"]) == (3, "codes-digits-lost")
    assert "row 2" in said.told
    codes = f"nhs_number\n{A}\n"
    assert type_guessing_anti_join(codes.replace(A, "0" + A[1:]), "0" + A[1:]).count("\n") == 2, (
        "the naive way lets through"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f'{A},"{DISSENT},2020-01-01\n{B},C10..,2020-01-01\n', "codes-row"),
        (f'{A},C10..,2020-01-01\n{B},x"y,2020-01-01\n', "codes-row"),
        (f"{A},C10..,2020-01-01,{CANARY}\n", "codes-row"),
        (f"{A},C10..\n", "codes-row"),
        (f"{A},C10..,2020-01-01\0\n", "codes-row"),
        (f"{A},C10..,2020-01-01\r{B},C10..,2020-01-01\n", "codes-row"),
        (f"{A},{DISSENT},2020-01-01\n{B},{DISSENT[:5]}", "codes-row"),
    ],
)
def test_a_table_that_is_damaged_says_nothing_of_anybody(body: str, code: str, ndoo: Ndoo, tmp_path: Path) -> None:
    said = status(ndoo, tmp_path, f"{HEADING}\n{body}")
    assert (said.status, said.json["error"]["code"]) == (3, code), said.told


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("nhs_number,code", "codes-columns"),
        ("nhs_number,code,date,code", "codes-columns"),
        ("nhs_number,Code,date,CODE", "codes-columns"),
        (f"{A},{DISSENT},2020-01-01", "codes-columns"),
        ("", "codes-columns"),
    ],
)
def test_a_table_whose_columns_nobody_can_tell_is_refused(heading: str, code: str, ndoo: Ndoo, tmp_path: Path) -> None:
    said = status(ndoo, tmp_path, heading + "\n")
    assert (said.status, said.json["error"]["code"]) == (3, code)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(30),
        b"\xd0\xcf\x11\xe0" + bytes(30),
        b"\x1f\x8b\x08" + bytes(30),
        b"ARROW1\0\0" + bytes(30),
        HEADING.encode("utf-16"),
        b"%PDF-1.7 " + bytes(20),
        b"SQLite format 3\0" + bytes(20),
    ],
)
def test_what_is_no_table_is_named_as_what_it_is(content: bytes, ndoo: Ndoo, tmp_path: Path) -> None:
    said = status(ndoo, tmp_path, content)
    assert (said.status, said.json["error"]["code"]) == (3, "codes-format")


def test_no_entries_never_mean_that_nobody_objected(ndoo: Ndoo, tmp_path: Path) -> None:
    assert status(ndoo, tmp_path, HEADING + "\n").json["error"]["code"] == "codes-empty"
    assert ndoo("type1", "status", "no.csv").status == 4
    (tmp_path / "folder").mkdir()
    assert ndoo("type1", "status", "folder").status == 4
    (tmp_path / "folder" / "codes.xlsx").write_text("x")
    assert ndoo("type1", "status", "folder").status == 4
    assert ndoo("type1", "status", "codes.csv", "codes.csv").status == 3


def test_an_extract_that_left_the_type_1_codes_out_releases_nothing(ndoo: Ndoo, tmp_path: Path) -> None:
    """A thousand people and no Type 1 among them; or codes all in capitals, as some exports write them."""
    many = some(1000, seed=29)
    (tmp_path / "gp.csv").write_text("nhs_number\n" + "".join(f"{n}\n" for n in many))
    for entries in (
        [f"{n},C10..,2020-01-01" for n in many],
        [f"{many[0]},9NU0.,2020-01-01"],
        [f"{many[0]},XAZ89,2020-01-01"],
    ):
        (tmp_path / "codes.csv").write_text("\n".join([HEADING, *entries]))
        said = ndoo("uphold", "gp.csv", "-o", "out.csv", "--type1", "codes.csv", "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "codes-without-type1")
        assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("codes", "dates"),
    [
        (pa.array([int(DISSENT), int(WITHDRAWN), 5]), pa.array([date(2020, 1, 1)] * 3)),
        (pa.array([DISSENT, WITHDRAWN, None]), pa.array([datetime(2020, 1, 1, 23, 59)] * 3)),
        (pa.array([DISSENT, WITHDRAWN, "x"], pa.large_string()), pa.array(["2020-01-01"] * 3, pa.large_string())),
        (pa.array([DISSENT, WITHDRAWN, "x"]).dictionary_encode(), pa.array(["2020-01-01"] * 3).dictionary_encode()),
        (pa.array([DISSENT, WITHDRAWN, "x"]), pa.array([datetime(2020, 1, 1)] * 3, pa.timestamp("ms", "UTC"))),
        (pa.array([DISSENT, WITHDRAWN, "x"]), pa.array([1577836800 * 10**9] * 3, pa.timestamp("ns"))),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_parquet_of_any_type_that_kept_its_digits_is_read(
    codes: pa.Array, dates: pa.Array, whole: bool, ndoo: Ndoo, tmp_path: Path
) -> None:
    who = pa.array([int(A), int(B), None]) if whole else pa.array([A, B, None])
    pq.write_table(pa.table({"date": dates, "nhs_number": who, "code": codes}), tmp_path / "codes.parquet")
    said = ndoo("type1", "status", "codes.parquet", "--json", "-o", "status.csv")
    assert (said.status, said.json["dissent"], said.json["withdrawn"]) == (0, 1, 1), said.told
    assert (tmp_path / "status.csv").read_text().count("2020-01-01") == 2


def test_a_time_late_in_the_evening_of_summer_is_the_next_day_in_london(ndoo: Ndoo, tmp_path: Path) -> None:
    late = pa.array([datetime(2020, 6, 30, 23, 30), datetime(2020, 7, 1, 10)], pa.timestamp("us", "UTC"))
    table = pa.table({"nhs_number": [A, A], "code": [DISSENT, WITHDRAWN], "date": late})
    pq.write_table(table, tmp_path / "codes.parquet")
    assert ndoo("type1", "status", "codes.parquet", "--json").json["dissent"] == 1


def test_parquet_with_a_column_of_codes_twice_is_refused(ndoo: Ndoo, tmp_path: Path) -> None:
    cells = [pa.array([A]), pa.array([DISSENT]), pa.array([WITHDRAWN]), pa.array(["2020-01-01"])]
    pq.write_table(pa.Table.from_arrays(cells, ["nhs_number", "code", "code", "date"]), tmp_path / "codes.parquet")
    assert ndoo("type1", "status", "codes.parquet", "--json").json["error"]["code"] == "codes-columns"


def test_parquet_that_lost_digits_or_its_end_is_refused(ndoo: Ndoo, tmp_path: Path) -> None:
    days = pa.array(["2020-01-01"])
    short = pa.array([float(DISSENT)], pa.float32())
    nested = pa.array([[DISSENT]])
    fraction = pa.array([Decimal(DISSENT) + Decimal("0.5")])
    for code in (short, nested, fraction, [float(DISSENT) + 0.5], [float("inf")]):
        pq.write_table(pa.table({"nhs_number": [A], "code": code, "date": days}), tmp_path / "codes.parquet")
        assert ndoo("type1", "status", "codes.parquet", "--json").json["error"]["code"] == "codes-type"
    pq.write_table(
        pa.table({"nhs_number": [A] * 9, "code": [DISSENT] * 9, "date": ["2020-01-01"] * 9}), tmp_path / "codes.parquet"
    )
    whole = (tmp_path / "codes.parquet").read_bytes()
    twice = pa.Table.from_arrays(
        [pa.array([A]), pa.array([DISSENT]), days, days, days], ["nhs_number", "code", "date", "term", "term"]
    )
    pq.write_table(twice, tmp_path / "twice.parquet")
    assert ndoo("type1", "status", "twice.parquet", "--json").json["error"]["code"] == "codes-columns"
    (tmp_path / "codes.parquet").write_bytes(whole[:-20])
    assert ndoo("type1", "status", "codes.parquet", "--json").json["error"]["code"] == "codes-damaged"


def test_a_number_in_a_name_or_an_output_over_the_entries_is_refused(ndoo: Ndoo, tmp_path: Path) -> None:
    text = f"{HEADING}\n{A},{DISSENT},2020-01-01\n"
    (tmp_path / "codes.csv").write_text(text)
    assert ndoo("type1", "status", "codes.csv", "-o", "codes.csv").status == 2
    assert ndoo("type1", "status", ".", "-o", "status.csv").status == 2
    assert ndoo("type1", "status", "codes.csv", "-o", f"{A}.csv").status == 2
    (tmp_path / "gp.csv").write_text(f"nhs_number\n{A}\n{B}\n")
    assert ndoo("uphold", "gp.csv", "-o", "codes.csv", "--type1", "codes.csv").status == 2
    (tmp_path / "more").mkdir()
    (tmp_path / "codes.csv").rename(tmp_path / "more" / "codes.csv")
    assert ndoo("uphold", "gp.csv", "-o", "more/codes.csv", "--type1", "more").status == 2
    assert (tmp_path / "more" / "codes.csv").read_text() == text
    from ndoo.domain.errors import UnfitData
    from ndoo.type1.status import _files

    (tmp_path / "away").mkdir()
    (tmp_path / "away" / f"{A}.csv").write_text(text)
    with pytest.raises(UnfitData, match="in its name"):
        _files([tmp_path / "away"])
    (tmp_path / "away" / f"{A}.csv").unlink()
