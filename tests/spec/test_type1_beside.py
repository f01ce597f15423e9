"""What stands beside the code: an entry that was struck out lets nobody through, and a yes under a heading that says Type 1 is no silence."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.domain.errors import NoUsableList
from ndoo.type1 import latest_entry
from ndoo.type1.sql_entries import CodesTable
from ndoo.type1.status import MANY, Type1Status, read_status, usable
from tests.conftest import Ndoo
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = some(40, seed=67)
OBJECTED, WITHDREW, DIABETES = "827241000000103", "827261000000102", "44054006"
Row = tuple[str, ...]
Place = Callable[[Path, Sequence[str], Sequence[Row]], Path | CodesTable]


def in_text(folder: Path, names: Sequence[str], rows: Sequence[Row]) -> Path:
    with (folder / "codes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return folder / "codes.csv"


def in_parquet(folder: Path, names: Sequence[str], rows: Sequence[Row]) -> Path:
    columns = map(list, zip(*rows, strict=True))
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), folder / "codes.parquet")
    return folder / "codes.parquet"


def in_a_database(folder: Path, names: Sequence[str], rows: Sequence[Row]) -> CodesTable:
    (folder / "codes.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "codes.db") as connection:
        quoted = ", ".join(f'"{name}"' for name in names)
        connection.execute(f"CREATE TABLE entries ({quoted})")
        holders = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO entries VALUES ({holders})", rows)  # noqa: S608
    connection.close()
    return CodesTable(f"sqlite:///{folder / 'codes.db'}", None, "entries")


PLACES: tuple[Place, ...] = (in_text, in_parquet, in_a_database)
NAMES = ("nhs_number", "code", "date")


def told(found: Type1Status) -> dict[str, str]:
    lines = b"".join(bytes(piece) for piece in found.lines()).decode().splitlines()
    return {line.split(",")[0]: line.split(",")[1] for line in lines}


STANDING = [
    ("RemovedData", "1", "0"),
    ("Deleted", "true", "false"),
    ("deleted_at", "2021-08-01 09:00", ""),
    ("Is Deleted", "Y", "N"),
    ("Active", "0", "1"),
    ("is_current", "false", "true"),
    ("Status", "Deleted", "Active"),
    ("verification_status", "entered-in-error", "confirmed"),
    ("verification_status", "refuted", ""),
    ("change_type", "D", "I"),
    ("Obsolete", "Yes", "No"),
    ("Confidential", "Yes", "No"),
    ("Removed", "x", ""),
    ("valid_to", "2022-01-01", "9999-12-31"),
    ("Status", "no value that anybody knows", "final"),
    ("Status", "x" * 5000, "final"),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("name", "struck", "stands"), STANDING)
def test_an_entry_that_was_struck_out_decides_nothing(
    place: Place, name: str, struck: str, stands: str, tmp_path: Path
) -> None:
    a, b, c, d, e, f, g = WHO[:7]
    rows = [
        (a, OBJECTED, "2020-01-01", stands),
        (a, WITHDREW, "2021-01-01", struck),
        (b, OBJECTED, "2020-01-01", struck),
        (c, OBJECTED, "2020-01-01", stands),
        (d, OBJECTED, "2020-01-01", stands),
        (d, WITHDREW, "2021-01-01", stands),
        (e, DIABETES, "2020-01-01", struck),
        (f, OBJECTED, "2020-01-01", struck),
        (f, WITHDREW, "2021-01-01", stands),
        (g, WITHDREW, "2021-01-01", struck),
    ]
    found = read_status([place(tmp_path, (*NAMES, name), rows)], NOW)
    assert told(found) == {
        a: "dissent",
        b: "held",
        c: "dissent",
        d: "withdrawn",
        e: "not_recorded",
        f: "held",
        g: "held",
    }
    assert sum(found.counts["held"].values()) == 4
    assert set(found.counts["held"]) <= {"struck_out", "standing_unclear"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("Type 1 Opt Out", "Yes", "No"),
        ("type1", "Y", "N"),
        ("T1 dissent", "1", "0"),
        ("Type1Objection", "2021-06-01", ""),
        ("Opt out status", "Dissent", "Not recorded"),
        ("Opt out status", "a value that nobody knows", "Opted in"),
        ("Status", "Opted out", "Active"),
        ("Consent to secondary use", "No", "Yes"),
        ("827241000000103", "TRUE", "FALSE"),
        ("Opted out", "x" * 5000, ""),
    ],
)
def test_a_yes_under_a_heading_that_says_type_1_is_held(
    place: Place, name: str, yes: str, no: str, tmp_path: Path
) -> None:
    a, b, c, d, e = WHO[:5]
    rows = [
        (a, DIABETES, "2021-06-01", yes),
        (b, DIABETES, "2021-06-01", no),
        (c, OBJECTED, "2020-01-01", yes),
        (c, OBJECTED, "2020-01-02", no),
        (d, WITHDREW, "2021-01-01", yes),
        (e, WITHDREW, "2021-01-01", no),
        ("", DIABETES, "2021-06-01", yes),
        (f"NHS {WHO[5]}", "9NU0.", "2021-06-01", yes),
    ]
    found = read_status([place(tmp_path, (*NAMES, name), rows)], NOW)
    assert told(found) == {
        a: "held",
        b: "not_recorded",
        c: "dissent",
        d: "held",
        e: "withdrawn",
        WHO[5]: "held",
    }
    assert found.counts["held"] == {"missing": 1, "malformed": 1, "opt_out_beside": 2}
    assert found.counts["dissents_of_nobody"] == 2


def test_a_code_under_a_heading_that_says_type_1_is_that_code(tmp_path: Path) -> None:
    """And a withdrawal that is told in words does not let anybody through."""
    a, b, c, d = WHO[:4]
    rows = [
        (a, DIABETES, "2021-06-01", OBJECTED, ""),
        (b, DIABETES, "2021-06-01", WITHDREW, ""),
        (c, DIABETES, "2021-06-01", "", "Withdrawn"),
        (d, OBJECTED, "2021-06-01", "", "Withdrawn"),
    ]
    found = read_status([in_text(tmp_path, (*NAMES, "Dissent code", "Opt out status"), rows)], NOW)
    assert told(found) == {a: "dissent", b: "withdrawn", c: "held", d: "held"}


def test_headings_alone_do_not_stand_for_codes_that_an_extract_left_out(tmp_path: Path) -> None:
    rows = [(who, DIABETES, "2021-06-01", "Yes" if at < 9 else "No") for at, who in enumerate(some(MANY, seed=68))]
    found = read_status([in_text(tmp_path, (*NAMES, "Opted out"), rows)], NOW)
    assert (found.counts["people_held"], found.counts["held"]) == (9, {"opt_out_beside": 9})
    with pytest.raises(NoUsableList, match="has a Type 1 code"):
        usable(found)


def test_a_type_2_with_a_yes_under_type_1_is_held(tmp_path: Path) -> None:
    rows = [(WHO[0], "9Nu4.", "2016-06-01", "Yes"), (WHO[1], "9Nu4.", "2016-06-01", "No")]
    found = read_status([in_text(tmp_path, (*NAMES, "Type 1"), rows)], NOW)
    assert (told(found), found.counts["type2"]["entries"]) == ({WHO[0]: "held", WHO[1]: "not_recorded"}, 1)


@pytest.mark.parametrize(
    "struck",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, 0], pa.int8()),
        pa.array([1.0, 0.0, None]),
        pa.array([b"\1", b"\0", b""]),
        pa.array(["yes", "no", None]).dictionary_encode(),
        pa.array([date(2022, 1, 1), None, None]),
        pa.array([datetime(2022, 1, 1, 9), None, None]),
    ],
)
def test_a_column_of_any_type_says_what_was_struck_out(struck: pa.Array, tmp_path: Path) -> None:
    a, b = WHO[:2]
    table = {"nhs_number": [a, a, b], "code": [WITHDREW, OBJECTED, OBJECTED], "date": ["2021-01-01", "2020-01-01", ""]}
    pq.write_table(pa.table({**table, "deleted": struck}), tmp_path / "codes.parquet")
    found = read_status([tmp_path / "codes.parquet"], NOW)
    assert told(found) == {a: "dissent", b: "held"}
    nothing = pa.table({**table, "deleted": pa.nulls(3)})
    pq.write_table(nothing, tmp_path / "codes.parquet")
    assert told(read_status([tmp_path / "codes.parquet"], NOW))[a] == "withdrawn"


def test_a_database_s_bits_and_numbers_say_it_too(tmp_path: Path) -> None:
    rows = [(who, OBJECTED, "2020-01-01", 0) for who in WHO[:4]]
    rows += [(who, WITHDREW, "2021-01-01", said) for who, said in zip(WHO, (1, True, b"\1", 1.0), strict=False)]
    source = in_a_database(tmp_path, (*NAMES, "deleted"), rows)  # type: ignore[arg-type]
    assert set(told(read_status([source], NOW)).values()) == {"dissent"}


def test_each_source_has_columns_of_its_own(tmp_path: Path) -> None:
    """The same text says one thing in one column and the opposite in another, side by side and file after file."""
    a, b, c, d = WHO[:4]
    (tmp_path / "codes").mkdir()
    texts = [
        f"nhs_number,code,date,active,deleted\n{a},{OBJECTED},2020-01-01,1,0\n{b},{OBJECTED},2020-01-01,1,1\n",
        f"nhs_number,code,date,deleted,active\n{c},{OBJECTED},2020-01-01,1,1\n{d},{OBJECTED},2020-01-01,0,1\n",
        f"nhs_number,code,date\n{WHO[4]},{OBJECTED},2020-01-01\n",
        f"nhs_number,code,date,deleted,active\n{WHO[5]},{OBJECTED},2020-01-01,0,0\n",
        f"nhs_number,code,date,deleted,active\n{WHO[6]},{OBJECTED},2020-01-01,0,1\n",
    ]
    for at, text in enumerate(texts):
        (tmp_path / "codes" / f"{at}.csv").write_text(text)
    found = told(read_status([tmp_path / "codes"], NOW))
    assert found == dict(zip(WHO, ("dissent", "held", "held", "dissent", "dissent", "held", "dissent"), strict=False))


def test_many_different_texts_do_not_crowd_out_what_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest_entry, "_TEXTS_BESIDE", 4)
    rows = [(WHO[at % 30], DIABETES, "2020-01-01", f"text {at}", "0") for at in range(200)]
    rows[100:100] = [
        (WHO[30], OBJECTED, "2020-01-01", "final", "0"),
        (WHO[30], WITHDREW, "2021-01-01", "final", "1"),
        (WHO[31], OBJECTED, "2021-01-01", "final", "0"),
    ]
    found = told(read_status([in_text(tmp_path, (*NAMES, "status", "deleted"), rows)], NOW))
    assert (found[WHO[30]], found[WHO[31]]) == ("dissent", "dissent")
    assert {found[who] for who in WHO[:30]} == {"not_recorded"}


cell = st.sampled_from(["", "0", "1", "Y", "N", "deleted", "active", "2021-06-01", "dissent", "?"])
entry = st.tuples(
    st.sampled_from([OBJECTED, WITHDREW, DIABETES, ""]), st.sampled_from(["2019-01-01", "2020-01-01", ""]), cell, cell
)
heading = st.sampled_from(["Deleted", "Active", "Status", "Type 1 opt out", "change type", "valid to", "Confidential"])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.lists(entry, min_size=1, max_size=4), min_size=1, max_size=30),
    names=st.lists(heading, min_size=2, max_size=2, unique=True),
    place=st.sampled_from(PLACES),
)
def test_what_stands_beside_the_code_lets_nobody_through_who_was_not(
    tmp_path: Path, people: list[list[tuple[str, ...]]], names: list[str], place: Place
) -> None:
    """Whatever is beside the code, whoever objected or is held without it objects or is held with it."""
    rows = [(who, *said) for who, entries in zip(WHO, people, strict=False) for said in entries]
    with_it = told(read_status([place(tmp_path, (*NAMES, *names), rows)], NOW))
    without = told(read_status([place(tmp_path, NAMES, [row[:3] for row in rows])], NOW))
    for who, status in without.items():
        allowed = {
            "dissent": ("dissent", "held"),
            "held": ("dissent", "held"),
            "withdrawn": ("withdrawn", "dissent", "held"),
            "not_recorded": ("not_recorded", "held"),
        }[status]
        assert with_it[who] in allowed, (who, status)


@pytest.mark.parametrize(
    ("names", "entries"),
    [
        (
            "DateEvent,CTV3Code,SNOMEDCode,RemovedData",
            ["01 Jun 2021,XaZ89,827241000000103,0", "01 Jul 2021,,827261000000102,1"],
        ),
        ("Event Date,SNOMED Code,Type 1 Opt Out", ["2021-06-01,38341003,Yes"]),
        ("Event Date,SNOMED Code,Opt out status", ["2021-06-01,38341003,Dissent"]),
    ],
)
def test_whoever_objected_is_in_no_release(names: str, entries: list[str], ndoo: Ndoo, tmp_path: Path) -> None:
    objected, *others = WHO[:10]
    last = "," * names.count(",")
    rows = [f"{objected},{said}" for said in entries] + [f"{who},{last}" for who in others]
    (tmp_path / "codes.csv").write_text(f"NHSNumber,{names}\n" + "\n".join(rows))
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{who},1\n" for who in WHO[:10]))
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--type1", "codes.csv", "--json")
    assert said.status in (0, 6), said.told
    assert (tmp_path / "out.csv").read_text() == "nhs_number,x\n" + "".join(f"{who},1\n" for who in others)
    assert ndoo("verify", "out.csv", "--type1", "codes.csv").status == 0


def test_what_is_held_for_what_stands_beside_it_is_said_with_its_remedy(ndoo: Ndoo, tmp_path: Path) -> None:
    rows = [
        f"{WHO[0]},{OBJECTED},2020-01-01,1,,",
        f"{WHO[1]},{OBJECTED},2020-01-01,0,?,",
        f"{WHO[2]},,2020-01-01,0,,Yes",
    ]
    (tmp_path / "codes.csv").write_text("nhs_number,code,date,deleted,status,opted out\n" + "\n".join(rows))
    said = ndoo("type1", "status", "codes.csv", "--json")
    assert (said.status, said.json["people_held"]) == (6, 3)
    assert said.json["held"] == {"opt_out_beside": 1, "struck_out": 1, "standing_unclear": 1}
    said = ndoo("type1", "status", "codes.csv")
    for wanted in ("struck_out): a column", "standing_unclear): a column", "opt_out_beside): a column"):
        assert wanted in said.told, wanted
