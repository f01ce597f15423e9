"""Whoever objected is never "not recorded", however the code, the day and the number were written, and wherever they stand."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ndoo.type1.code_cell import CodeReader, CodeReading, CodeSays
from ndoo.type1.code_table import code_table
from ndoo.type1.fhir_entries import SYSTEMS
from ndoo.type1.sql_entries import CodesTable
from ndoo.type1.status import Type1Status, read_status
from tests.attack.naive import codes_by_equality
from tests.conftest import Ndoo
from tests.support.code_decorations import DECORATIONS, OF_NUMBERS, OF_READ_CODES, TERM, WITH_NUL, Decoration
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = some(40, seed=61)
DISSENT = ("827241000000103", "9Nu0.", "9Nu0", "XaZ89")
WITHDRAWN = ("827261000000102", "9Nu1.", "9Nu1", "XaZ8A")
OTHERS = ("171207006", "C10..", "H33zz", "XE0uK", "1572871000006117", "9Nu2.", "93C1.", "44054006")
Row = tuple[str, str, str]
Place = Callable[[Path, Sequence[Row]], Path | CodesTable]


def comma_separated(folder: Path, rows: Sequence[Row]) -> Path:
    with (folder / "codes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("nhs_number", "code", "date"), *rows])
    return folder / "codes.csv"


def of_text(folder: Path, rows: Sequence[Row]) -> Path:
    return _parquet(folder, rows, lambda codes: pa.array(codes))


def of_words(folder: Path, rows: Sequence[Row]) -> Path:
    return _parquet(folder, rows, lambda codes: pa.array(codes).dictionary_encode())


def of_bytes(folder: Path, rows: Sequence[Row]) -> Path:
    return _parquet(folder, rows, lambda codes: pa.array([code.encode() for code in codes], pa.binary()))


def _parquet(folder: Path, rows: Sequence[Row], made: Callable[[list[str]], pa.Array]) -> Path:
    numbers, codes, days = map(list, zip(*rows, strict=True))
    pq.write_table(pa.table({"NHS No.": numbers, "code": made(codes), "date": days}), folder / "codes.parquet")
    return folder / "codes.parquet"


def in_a_database(folder: Path, rows: Sequence[Row]) -> CodesTable:
    (folder / "codes.db").unlink(missing_ok=True)
    with sqlite3.connect(folder / "codes.db") as connection:
        connection.execute("CREATE TABLE entries (nhs_number, code, date)")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    connection.close()
    return CodesTable(f"sqlite:///{folder / 'codes.db'}", None, "entries")


def in_fhir(folder: Path, rows: Sequence[Row]) -> Path:
    resources = [
        {
            "resourceType": "Observation",
            "subject": {"identifier": {"system": SYSTEMS[0], "value": number}},
            "effectiveDateTime": day,
            "code": {"coding": [{"code": code}]},
        }
        for number, code, day in rows
    ]
    (folder / "codes.ndjson").write_text("".join(json.dumps(resource) + "\n" for resource in resources))
    return folder / "codes.ndjson"


PLACES: tuple[Place, ...] = (comma_separated, of_text, of_words, of_bytes, in_a_database, in_fhir)
NO_NUL = (comma_separated,)


def status_of(source: Path | CodesTable) -> dict[str, str]:
    return told(read_status([source], NOW))


def told(found: Type1Status) -> dict[str, str]:
    lines = b"".join(bytes(piece) for piece in found.lines()).decode().splitlines()
    return {line.split(",")[0]: line.split(",")[1] for line in lines}


@st.composite
def cells(draw: st.DrawFn, codes: Sequence[str], *, ours: bool = True) -> tuple[str, str]:
    """A code, and the cell that up to two decorations made of it."""
    code = draw(st.sampled_from(codes))
    own: tuple[Decoration, ...] = (OF_NUMBERS if code.isdigit() else OF_READ_CODES) if ours else ()
    around = DECORATIONS if ours else [decoration for decoration in DECORATIONS if TERM not in decoration("")]
    cell = draw(st.sampled_from((*around, *WITH_NUL, *own)))(code)
    return code, draw(st.sampled_from(around))(cell) if draw(st.booleans()) else cell


people = st.lists(
    st.one_of(cells(DISSENT), cells(WITHDRAWN), cells(OTHERS, ours=False)), min_size=1, max_size=len(WHO) - 1
)


def is_plain(cell: str) -> bool:
    """The cell is the code of a withdrawal as the table of codes writes it, spaces and a whole number's point left aside."""
    return re.sub(r"(?<=[0-9]{15})\.0+$", "", cell.strip(" ")) in (*WITHDRAWN, "9Nu1.00")


def judge(folder: Path, found: Sequence[tuple[str, str]], place: Place) -> None:
    """Everybody objected in 2015 where the later code is a withdrawal; whoever has another code has that alone."""
    written = [(code, cell.replace("\0", "") if place in NO_NUL else cell) for code, cell in found]
    rows: list[Row] = [(WHO[-1], "H33zz", "2020-01-01")]
    for who, (code, cell) in zip(WHO, written, strict=False):
        rows += [(who, "9Nu0.", "2015-01-01")] if code in WITHDRAWN else []
        rows.append((who, cell, "2020-01-01"))
    status = status_of(place(folder, rows))
    for who, (code, cell) in zip(WHO, written, strict=False):
        if code in DISSENT:
            assert status[who] in ("dissent", "held"), cell
        elif code in WITHDRAWN:
            assert status[who] in ("dissent", "held") or is_plain(cell), cell
        else:
            assert status[who] == "not_recorded", cell


quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(found=people, place=st.sampled_from(PLACES))
def test_a_decorated_code_is_that_code_or_held(tmp_path: Path, found: list[tuple[str, str]], place: Place) -> None:
    judge(tmp_path, found, place)


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(8))
def test_a_hundred_thousand_decorated_codes_are_those_codes_or_held(tmp_path: Path, lot: int) -> None:
    @seed(lot)  # else every lot would be the same one
    @settings(quick, max_examples=500)
    @given(found=people, place=st.sampled_from(PLACES))
    def one(found: list[tuple[str, str]], place: Place) -> None:
        judge(tmp_path, found, place)

    one()


@pytest.mark.parametrize("code", [*DISSENT, *WITHDRAWN])
def test_no_two_decorations_hide_a_code(code: str) -> None:
    """Every pair of them, one around the other: what cut a number off, what glued a day to it, what set it apart."""
    read = CodeReader(code_table()).read
    own = OF_NUMBERS if code.isdigit() else OF_READ_CODES
    inner = {decoration(code) for decoration in (*DECORATIONS, *WITH_NUL, *own)}
    seen = {cell: read(cell) for one in inner for decoration in DECORATIONS for cell in [decoration(one)]}
    assert [cell for cell, says in seen.items() if not (says.sure or says.maybe or says.near or says.damaged)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_no_two_decorations_make_another_code_one_of_ours(code: str) -> None:
    around = [decoration for decoration in DECORATIONS if TERM not in decoration("")]
    reader = CodeReader(code_table())
    inner = {decoration(code) for decoration in around}
    read = {cell: reader.read(cell) for one in inner for decoration in around for cell in [decoration(one)]}
    assert [cell for cell, says in read.items() if says.sure or says.maybe or says.near] == []


@pytest.mark.parametrize("code", [*DISSENT, *WITHDRAWN])
def test_who_compares_cells_with_codes_passes_over_nearly_all_of_them(code: str) -> None:
    """The naive way, so that the decorations are known to bite."""
    decorated = [decoration(code) for decoration in DECORATIONS]
    assert sum(codes_by_equality(cell) is None for cell in decorated) > len(decorated) - 6


NUMBERS = (
    (pa.int64(), int),
    (pa.float64(), float),
    (pa.decimal128(20, 0), int),
    (pa.decimal128(24, 4), int),
    (pa.string(), lambda code: f"{code}.0"),
)


@pytest.mark.parametrize(("kind", "made"), NUMBERS, ids=[str(kind) for kind, _ in NUMBERS])
def test_a_column_of_numbers_says_what_its_digits_say(
    kind: pa.DataType, made: Callable[[str], object], tmp_path: Path
) -> None:
    codes = [made(code) for code in ("827241000000103", "827261000000102", "171207006", "1572871000006117")]
    table = {
        "nhs_number": pa.array([*WHO[:4], WHO[4]]),
        "code": pa.array([*codes, None], kind),
        "date": pa.array(["2020-01-01"] * 5),
    }
    pq.write_table(pa.table(table), tmp_path / "codes.parquet")
    assert list(status_of(tmp_path / "codes.parquet").values()).count("not_recorded") == 3
    status = status_of(tmp_path / "codes.parquet")
    assert (status[WHO[0]], status[WHO[1]]) == ("dissent", "withdrawn")


def test_numbers_that_were_rounded_are_held(tmp_path: Path) -> None:
    codes = [827241000000000.0, 827000000000000.0, 827240967307264.0, 827250000000000.0, float("nan")]
    table = {"nhs_number": WHO[:5], "code": codes, "date": ["2020-01-01"] * 5}
    pq.write_table(pa.table(table), tmp_path / "codes.parquet")
    status = status_of(tmp_path / "codes.parquet")
    assert [status[who] for who in WHO[:5]] == ["held"] * 3 + ["not_recorded"] * 2


def extract(folder: Path, text: str) -> Type1Status:
    (folder / "codes.csv").write_text(text, encoding="utf-8")
    return read_status([folder / "codes.csv"], NOW)


def test_a_row_says_what_any_of_its_columns_of_codes_says(tmp_path: Path) -> None:
    """TPP's two columns; a term beside a local code; and two columns that contradict each other."""
    a, b, c, d, e, f = WHO[:6]
    rows = [
        (a, "XaZ89", "", ""),
        (b, "", "827241000000103", ""),
        (c, "XaZ8A", "827261000000102", "Dissent withdrawn from secondary use"),
        (d, "XaZ8A", "827241000000103", ""),
        (e, "Y1234", "171207006", "Dissent from secondary use of GP data"),
        (f, "C10..", "44054006", "Diabetes"),
    ]
    text = "NHSNumber,CTV3Code,SNOMEDCode,SNOMEDText,Code Term,DateEvent\n"
    text += "".join(f"{who},{ctv3},{snomed},,{term},2020-01-01\n" for who, ctv3, snomed, term in rows)
    found = extract(tmp_path, text)
    assert told(found) == {a: "dissent", b: "dissent", c: "withdrawn", d: "held", e: "held", f: "not_recorded"}
    assert found.counts["held"] == {"code_unclear": 2}


@pytest.mark.parametrize(
    ("number", "seen"), [("'{}", True), ("{}.0", True), ("\u00a0{}", True), ("NHS {}", True), ("unknown", False)]
)
def test_an_objection_under_a_decorated_number_holds_whoever_is_meant(number: str, seen: bool, tmp_path: Path) -> None:
    """And a decorated code under a number that nobody can read is counted like a plain one."""
    cell = number.format(WHO[0])
    found = extract(
        tmp_path, f"nhs_number,code,date\n{WHO[1]},9Nu0.,2020-01-01\n{cell},'827241000000103;1,2020-01-01\n"
    )
    assert told(found) == {WHO[1]: "dissent", **({WHO[0]: "held"} if seen else {})}
    assert (found.counts["held"], found.counts["dissents_of_nobody"]) == ({"malformed": 1}, 1)
    undone = extract(tmp_path, f"nhs_number,code,date\n{WHO[0]},9Nu0.,2020-01-01\n{cell},9Nu1.,2021-01-01\n")
    assert told(undone) == {WHO[0]: "dissent"}, "a withdrawal under a decorated number does not undo it"


def test_a_column_of_capitals_has_lost_its_case_and_one_with_small_letters_has_not(tmp_path: Path) -> None:
    rows = f"nhs_number,code,date\n{WHO[0]},9NU0.,2020-01-01\n,9NU0.,2020-01-01\nx,9NU0.,2020-01-01\n{WHO[1]},827241000000103,2020-01-01\n"
    lost = extract(tmp_path, rows + f"{WHO[2]},C10..,2020-01-01\n")
    assert told(lost) == {WHO[0]: "held", WHO[1]: "dissent", WHO[2]: "not_recorded"}
    assert lost.counts["held"] == {"code_case": 1, "missing": 1, "malformed": 1}
    assert (lost.counts["near_misses"], lost.counts["dissents_of_nobody"]) == (3, 2)
    kept = extract(tmp_path, rows + f"{WHO[2]},H33zz,2020-01-01\n")
    assert told(kept) == {WHO[0]: "not_recorded", WHO[1]: "dissent", WHO[2]: "not_recorded"}
    assert (kept.counts["near_misses"], kept.counts["held"]) == (3, {})


OBJECTED_THEN_WITHDREW = "{a},9Nu0.,02/03/2020\n{a},9Nu1.,01/04/2020\n"


@pytest.mark.parametrize(
    ("heading", "more", "status", "held"),
    [
        ("date", "", "held", {"date_ambiguous": 2}),
        ("date", "{b},C10..,25/12/2020\n", "withdrawn", {}),
        ("date", "{b},C10..,25.12.2020 09:30\n", "withdrawn", {}),
        ("date", "{b},C10..,25-12-2020\n", "withdrawn", {}),
        ("date", "{b},C10..,12/25/2020\n", "dissent", {}),
        ("date", "{b},C10..,12/25/2020\n{b},C10..,25/12/2020\n", "held", {"date_ambiguous": 2}),
        (
            "date",
            "{b},C10..,2020-12-25\n{b},C10..,25/25/2020\n{b},C10..,32/01/2020\n{b},C10..,25/12/20\n{b},C10..,25/12\n",
            "held",
            {"date_ambiguous": 2},
        ),
        ("date_dd_mm_yyyy", "", "withdrawn", {}),
        ("date (mm/dd/yyyy)", "", "dissent", {}),
        ("date (dd/mm/yyyy)", "{b},C10..,12/25/2020\n", "withdrawn", {}),
    ],
)
def test_the_column_decides_whether_the_day_comes_first(
    heading: str, more: str, status: str, held: dict[str, int], tmp_path: Path
) -> None:
    a, b = WHO[:2]
    found = extract(tmp_path, f"nhs_number,code,{heading}\n" + (OBJECTED_THEN_WITHDREW + more).format(a=a, b=b))
    assert (told(found)[a], found.counts["held"]) == (status, held)


def test_one_source_s_order_of_day_and_month_is_not_another_s(tmp_path: Path) -> None:
    extract(tmp_path, OBJECTED_THEN_WITHDREW.join(("nhs_number,code,date\n", "")).format(a=WHO[0]))
    (tmp_path / "other.csv").write_text(f"nhs_number,code,date\n{WHO[1]},9Nu0.,25/12/2020\n{WHO[1]},9NU0.,x\n")
    both = read_status([tmp_path / "codes.csv", tmp_path / "other.csv"], NOW)
    assert told(both) == {WHO[0]: "held", WHO[1]: "dissent"}


@pytest.mark.parametrize(
    "day", ["01/06/2021", "01-Jun-2021", "20210601", "1 June 2021 09:30", "01JUN2021:09:30:00", "Jun  1 2021 12:00AM"]
)
def test_a_day_as_systems_of_the_united_kingdom_write_it_is_that_day(day: str, tmp_path: Path) -> None:
    extract(tmp_path, f"NHS Number,Read Code,Event Date\n{WHO[0]},9Nu0.,{day}\n{WHO[1]},C10..,25/12/2020\n")
    lines = b"".join(bytes(piece) for piece in read_status([tmp_path / "codes.csv"], NOW).lines()).decode()
    assert f"{WHO[0]},dissent,2021-06-01\n" in lines


def test_a_time_late_in_the_evening_of_summer_is_the_next_day_in_text_too(tmp_path: Path) -> None:
    found = extract(tmp_path, f"nhs_number,code,date\n{WHO[0]},9Nu0.,2020-06-30T23:30:00Z\n{WHO[0]},9Nu1.,2020-07-01\n")
    assert told(found) == {WHO[0]: "dissent"}


def exactly(self: CodeReader, cell: str) -> CodeReading:
    """The naive way as a reader of cells."""
    says = {"dissent": CodeSays.DISSENT, "withdrawn": CodeSays.WITHDRAWN, None: CodeSays.NOTHING}[
        codes_by_equality(cell)
    ]
    return CodeReading(sure=says, scheme=1)


@pytest.mark.parametrize("place", PLACES)
def test_a_reader_that_knows_codes_as_they_are_written_alone_is_found_out(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(tmp_path, [(DISSENT[0], f"'{DISSENT[0]}")], place)
    monkeypatch.setattr(CodeReader, "read", exactly)
    with pytest.raises(AssertionError, match=DISSENT[0]):
        judge(tmp_path, [(DISSENT[0], f"'{DISSENT[0]}")], place)


def test_many_different_texts_do_not_crowd_out_a_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More texts than are remembered, and one of five thousand characters, which is longer than any code."""
    from ndoo.type1 import latest_entry

    monkeypatch.setattr(latest_entry, "_TEXTS", 16)
    rows = [f"{WHO[at % 30]},local {at},1 Jan {2000 + at % 20}" for at in range(500)]
    rows[100:100] = [
        f"{WHO[31]},'9Nu0.,1 June 2020",
        f"{WHO[32]},{'x' * 5000},1 June 2020",
        f"{WHO[33]},9Nu0.,{'x' * 5000}",
    ]
    found = extract(tmp_path, "nhs_number,code,date\n" + "\n".join(rows))
    assert (told(found)[WHO[31]], told(found)[WHO[32]], told(found)[WHO[33]]) == ("dissent", "held", "held")
    assert (found.counts["not_recorded"], found.counts["held"]) == (30, {"code_unclear": 1, "date_unreadable": 1})


def test_an_entry_without_a_code_is_counted_and_says_nothing(tmp_path: Path) -> None:
    found = extract(
        tmp_path,
        f"nhs_number,code,date\n{WHO[0]},,2020-01-01\n{WHO[1]},NULL,2020-01-01\n{WHO[2]},,\n{WHO[3]},9Nu0.,2020-01-01\n",
    )
    assert (found.counts["not_recorded"], found.counts["without_code"]) == (3, 2)


def test_what_is_held_is_said_with_its_remedy(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(
        f"nhs_number,code,date\n{WHO[0]},827241000000103;1,2020-01-01\n{WHO[1]},827241000000103,01/02/2020\n{WHO[2]},9NU0.,2020-01-01\n{WHO[2]},,2020-01-01\n"
    )
    said = ndoo("type1", "status", "codes.csv")
    assert said.status == 6
    for wanted in (
        "code_unclear): the code may be",
        "name the column date_dd_mm_yyyy",
        "code_unclear",
        "Export the codes with",
        "no code",
    ):
        assert wanted in said.told, wanted


# The cases of `cases/world` (opencodelists #554 and #1014; register-trainee-teachers #3229 and #3604; concept-library #834).
@pytest.mark.parametrize(
    "cell",
    [
        "'827241000000103",
        '"=""827241000000103"""',
        "9Nu0.11",
        "http://snomed.info/id/827241000000103",
        "827241000000103\t",
        "171207006;827241000000103",
        "827241000000103 |Dissent from secondary use of GP data|",
    ],
)
def test_whoever_objected_is_in_no_release(cell: str, ndoo: Ndoo, tmp_path: Path) -> None:
    plain, objected, *others = WHO[:20]
    rows = [
        f"{plain},827241000000103,2021-06-01",
        f"{objected},{cell},2021-06-01",
        *(f"{who},171207006,2020-01-01" for who in others),
    ]
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + "\n".join(rows))
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{who},1\n" for who in WHO[:20]))
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--type1", "codes.csv", "--json")
    assert said.status in (0, 6), said.told
    assert (tmp_path / "out.csv").read_text() == "nhs_number,x\n" + "".join(f"{who},1\n" for who in others)
