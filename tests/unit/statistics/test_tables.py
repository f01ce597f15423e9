"""A table that is not what it says to be is refused whole, and nothing is read into it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.statistics.cells import AGE_GEN, ALL, DEAD, MALE, REG_GEO, RES_GEO, TOTAL, UNALLOCATED, Cell, age_cells
from ndoo.statistics.chart import NOT_SHOWN, WIDTH, Chart, drawn
from ndoo.statistics.page import headline, page
from ndoo.statistics.publication import Shown, ShownCells, shown
from ndoo.statistics.published import PublishedLine, PublishedNumbers, read_published
from ndoo.statistics.published_files import earlier_publications
from ndoo.statistics.recover import Attacker
from ndoo.statistics.references import References, read_references
from ndoo.statistics.system import System
from ndoo.statistics.tables import COLUMNS, read_tables
from tests.spec.statistics_by_hand import DAY, counts_of, each_alone, files

HEAD = ",".join(COLUMNS[AGE_GEN])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a,b\n1,2\n",
        f"{HEAD}\n01/11/2026,All\n".encode(),
        f"{HEAD}\n2026-11-01,All,All,5,,\n".encode(),
        b"\xff",
        f"{HEAD}\n01/11/2026,All,All,many,,\n".encode(),
        f'{HEAD}\n"01/11/2026'.encode(),
        f"{HEAD}\n01/11/2026,All,All,5,,\n01/11/2026,All,All,6,,\n".encode(),
    ],
)
def test_another_table_is_refused(text: bytes) -> None:
    with pytest.raises(UnfitData, match="not the table that is published"):
        read_tables({"age_gen.csv": text}, "x", {})


def test_several_days_in_one_file_are_several_publications() -> None:
    text = f'{HEAD}\n01/11/2026,All,All,105,"1,000",\n01/10/2026,All,All,100,,\n01/10/2026,30-39,All,15,,\n'
    one, other = read_tables({"age_gen.csv": text.encode()}, "x", {})
    assert (one.as_at, other.as_at) == (date(2026, 10, 1), date(2026, 11, 1))
    assert other.list_sizes == {TOTAL: 1000}
    assert one.cells[Cell(AGE_GEN, "30-39", ALL)] == Shown(15, 5), "all are multiples of five"
    five = read_tables({"age_gen.csv": text.replace("15", "5").encode()}, "x", {})[0]
    assert five.cells[Cell(AGE_GEN, "30-39", ALL)] == Shown(5, 1), (
        "five is never shown where small counts are suppressed"
    )


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (1002, "1000")]
)
def test_a_cell_says_what_may_be_said(count: int, text: str) -> None:
    said = shown(count, 5)
    assert said.text == text
    low, high = said.interval(None)
    assert low <= count <= high


TABLES = {
    "sizes.csv": [
        "gp_practice\nA81001\n",
        "gp_practice,list_size\nA81001,many\n",
        "gp_practice,list_size,sex\nA81001,5,1\n",
        "gp_practice,list_size,sex,age_band\nA81001,5,1,0-9\nA81001,5,,\n",
        "gp_practice,list_size\nA81001\n",
        '"',
        "",
    ],
    "practices.csv": ["gp_practice\nA81001\n"],
    "areas.csv": [
        "LSOA_CODE,LSOA_NAME,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,SUB_ICB_LOCATION_NAME,LA_CODE,LA_NAME\n"
        "E01,,,,,,\nE01,,,,,,\n"
    ],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in TABLES.items() for text in texts])
def test_a_damaged_reference_is_refused(name: str, text: str, tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(UnfitData):
        read_references(tmp_path / "practices.csv", tmp_path / "areas.csv", tmp_path / "sizes.csv")


def test_bands_of_any_width_become_tens_and_sizes_without_ages_stay_whole(tmp_path: Path) -> None:
    files(tmp_path)
    lines = [
        "gp_practice,list_size,sex,age_band",
        "A81001,10,1,0_4",
        "A81001,20,MALE,5_9",
        "A81001,7,f,95+",
        "A81001,1,m,3",
        "A81001,100,2,8-12",
        "A81002,3,1,0-9",
        "A81001,2,x,0-9",
        "A81001,0,1,of age",
    ]
    (tmp_path / "sizes.csv").write_text("\n".join(lines))
    found = read_references(tmp_path / "practices.csv", tmp_path / "areas.csv", tmp_path / "sizes.csv")
    assert found.list_sizes[Cell(AGE_GEN, "0-9", MALE)] == 34
    assert found.list_sizes[Cell(AGE_GEN, "0-9", ALL)] == 36
    assert found.list_sizes[Cell(AGE_GEN, "90+", ALL)] == 7
    assert found.list_sizes[TOTAL] == 143
    assert set(found.practices) == {"A81001"}, "three people are too few for a row of their own"
    (tmp_path / "sizes.csv").write_text("gp_practice,list_size\nA81001,10\nA81002,30\n")
    found = read_references(tmp_path / "practices.csv", tmp_path / "areas.csv", tmp_path / "sizes.csv")
    assert found.list_sizes == {TOTAL: 40, Cell(REG_GEO, "A81001"): 10, Cell(REG_GEO, "A81002"): 30}
    with pytest.raises(NdooError, match="does not exist"):
        read_references(tmp_path / "practices.csv", tmp_path / "areas.csv", tmp_path / "nothing.csv")


DASHBOARD = "Date,Demographic Group,ONS Code,Org Code,Org Name,Opt Out Rate,Opt-Out Count,Population\n"


def test_a_later_publication_is_not_taken_for_that_of_the_day(tmp_path: Path) -> None:
    path = tmp_path / "dashboard.csv"
    rows = [
        '12/05/2021,All,,,England,2.7,"1,652","60,798"',
        '02/03/2022,All,,,England,5.4,"3,325","61,469"',
        "02/03/2022,All,E1,02P,A CCG,5.4,1,2",
        "02/03/2022,Unknown,,,England,0,114,0",
        "02/03/2022,Odd,,,England,0,114,0",
    ]
    path.write_text(DASHBOARD + "\n".join(rows))
    for day, found in ((date(2021, 1, 1), 1652), (date(2022, 1, 1), 1652), (date(2022, 3, 2), 3325), (DAY, 3325)):
        assert read_published(path, day).lines[TOTAL].opted_out == found
    unknown = read_published(path, DAY).lines
    assert len(unknown) == 2
    assert [line.rate for line in unknown.values()] == [5.4, None]
    path.write_text(f"{HEAD}\n01/11/2026,All,All,*,,\n")
    assert read_published(path, DAY).lines[TOTAL].opted_out is None
    for text in (DASHBOARD + "x", DASHBOARD + "1/1/21,All,,,,a,b,c", '"', "a,b\n1,2", ""):
        path.write_text(text)
        with pytest.raises(UnfitData):
            read_published(path, DAY)
    with pytest.raises(NdooError, match="does not exist"):
        read_published(tmp_path / "nothing", DAY)


def test_publications_of_one_day_that_contradict_each_other_are_looked_at_apart() -> None:
    """The register was corrected between the two: nobody can join them."""
    one = each_alone(counts_of({("30-39", "Female"): 20, ("30-39", "Male"): 31}))
    other = each_alone(counts_of({("30-39", "Female"): 40, ("30-39", "Male"): 31}))
    assert not System([one, other]).possible
    found = Attacker([one]).found(other)
    assert not [f for f in found if f.cell == Cell(AGE_GEN, "30-39", "Female")], "twenty more is no small change"
    sized = ShownCells(DAY, one.cells, {Cell(AGE_GEN, "30-39", "Female"): 0, TOTAL: 5})
    assert Attacker().found(sized) == Attacker().found(one)
    halved = {cell: Shown(None, 5) if cell.group != ALL else said for cell, said in one.cells.items() if cell != TOTAL}
    lists = ShownCells(
        DAY, {**halved, TOTAL: Shown(20, 1)}, {Cell(AGE_GEN, "30-39", "Female"): 1, Cell(AGE_GEN, ALL, ALL): 20}
    )
    with pytest.raises(UnfitData, match="contradicts itself"):
        Attacker().found(lists)


def test_list_sizes_that_contradict_the_choices_say_nothing() -> None:
    cells = {**each_alone(counts_of({("30-39", "Female"): 3, ("30-39", "Male"): 31})).cells}
    del cells[Cell(AGE_GEN, ALL, "Female")]
    odd = ShownCells(DAY, {**cells, Cell(AGE_GEN, "30-39", ALL): Shown(None, 5)}, {Cell(AGE_GEN, "30-39", ALL): 10})
    assert not System([odd]).possible
    Attacker().found(odd)


def test_a_table_without_the_unallocated_is_not_everybody() -> None:
    cells = {TOTAL: Shown(100, 1), Cell(RES_GEO, "a"): Shown(60, 5), Cell(RES_GEO, "b"): Shown(None, 5)}
    assert System([ShownCells(DAY, cells)]).bounds(Cell(RES_GEO, "b")) == (1, 42)
    whole = System([ShownCells(DAY, {**cells, Cell(RES_GEO, UNALLOCATED): Shown(0, 5)})])
    assert whole.bounds(Cell(RES_GEO, "b")) == (38, 42)
    assert whole.bounds(DEAD) == (0, 10**8)


def test_a_page_says_what_it_may_even_where_that_is_nothing() -> None:
    cells = {cell: Shown(None, 5) for cell in (*age_cells(), Cell(REG_GEO, UNALLOCATED), Cell(RES_GEO, UNALLOCATED))}
    bare = ShownCells(DAY, cells, {Cell(AGE_GEN, "30-39", ALL): 100})
    told = page(bare, References({}, {}, {}), "A <title>", None)
    assert "So few people have opted out" in told
    assert "A &lt;title&gt;" in told
    assert "<svg" not in told
    rounded = ShownCells(DAY, {**cells, TOTAL: Shown(100, 5), DEAD: Shown(0, 1)})
    theirs = PublishedNumbers(DAY, {TOTAL: PublishedLine(5, None, None)})
    assert "Beside what NHS Digital published" in page(bare, References({}, {}, {}), "x", theirs)
    assert headline(rounded) == "About 100 people have opted out."
    assert "rounded to 5 too" in page(rounded, References({}, {}, {}), "x", None)


def test_a_chart_reaches_as_far_as_its_rates_and_shortens_long_names() -> None:
    for most in (0.4, 3.0, 99.0, 200.0):
        svg = drawn(Chart("a", "b", ("c",), [("x" * 50, (most,)), ("y", (None,))]), "n")
        assert "…" in svg
        assert float(svg.split('cx="')[2].split('"')[0]) <= WIDTH
    assert drawn(Chart("a", "b", ("c",), []), "n") == ""


def test_a_rate_that_is_not_shown_has_a_star_in_the_chart_and_is_said_in_its_words() -> None:
    rows = [("0-9", (1.0, 2.0)), ("10-19", (None, 2.5)), ("20-29", (None, None))]
    svg = drawn(Chart("t", "s", ("Female", "Male"), rows), "n")
    assert ">10-19  * Female</text>" in svg
    assert ">20-29  * Female and Male</text>" in svg
    assert NOT_SHOWN in svg
    assert "10-19: Female not shown, Male 2.50" in svg
    assert NOT_SHOWN not in drawn(Chart("t", "s", ("Female", "Male"), rows[:1]), "n")
    assert ">y  *</text>" in drawn(Chart("t", "s", ("c",), [("x", (1.0,)), ("y", (None,))]), "n")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"30-39": 100, "40-49": 150}, "People aged 40 to 49 opted out most often"),
        ({"30-39": 150, "40-49": 150}, "People aged 30 to 39 and 40 to 49 opted out most often"),
        ({"30-39": 145, "40-49": 150, "50-59": 100}, "People aged 40 to 49 opted out most often"),
        (dict.fromkeys(("30-39", "40-49", "50-59", "60-69"), 100), "No age stands out: the numbers are rounded"),
    ],
)
def test_no_headline_rests_on_what_rounding_makes(counts: dict[str, int], said: str) -> None:
    shown = {cell: Shown(None, 5) for cell in (*age_cells(), Cell(REG_GEO, UNALLOCATED), Cell(RES_GEO, UNALLOCATED))}
    shown |= {Cell(AGE_GEN, band, ALL): Shown(count, 5) for band, count in counts.items()}
    sizes = {Cell(AGE_GEN, band, ALL): 1_000 for band in counts}
    practices = {name: (Cell(REG_GEO, name), counts[band]) for name, band in zip("pqrs", counts, strict=False)}
    shown |= {cell: Shown(count, 5) for cell, count in practices.values()}
    sizes |= {cell: 1_000 for cell, _ in practices.values()}
    places = References({name: ("", "", name.upper()) for name in practices}, {}, {})

    told = page(ShownCells(DAY, shown, sizes), places, "x", None)

    assert said in told
    assert ("none stands out: the numbers are rounded" in told) is said.startswith("No age")


@pytest.mark.parametrize(
    ("theirs", "how"), [(5.0, "as often as"), (4.9, "as often as"), (4.5, "more often than"), (5.5, "less often than")]
)
def test_rates_that_rounding_could_make_alike_are_told_to_be_alike(theirs: float, how: str) -> None:
    shown = {cell: Shown(None, 5) for cell in (*age_cells(), Cell(REG_GEO, UNALLOCATED), Cell(RES_GEO, UNALLOCATED))}
    mine = ShownCells(DAY, shown | {TOTAL: Shown(50, 5), DEAD: Shown(0, 1)}, {TOTAL: 1_000})
    told = page(mine, References({}, {}, {}), "x", PublishedNumbers(DAY, {TOTAL: PublishedLine(5, 100, theirs)}))
    assert f"People opted out here {how} in England" in told


def test_more_practices_than_a_page_holds_are_in_the_file() -> None:
    practices = {f"A{n:05}": (f"A{n:05}", "", f"Practice {n}", *[""] * 9) for n in range(40)}
    cells = {cell: Shown(100, 5) for cell in age_cells()} | {
        Cell(REG_GEO, c): Shown(10, 5) for c in (*practices, UNALLOCATED)
    }
    sizes = {Cell(REG_GEO, code): 100 + at for at, code in enumerate(practices)}
    told = page(ShownCells(DAY, cells, sizes), References(practices, {}, sizes), "x", None)
    assert "Among the 30 largest practices" in told
    assert told.count("Practice 39") >= 1
    assert "Practice 9<" not in told


def test_an_earlier_table_too_large_to_be_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "age_gen.csv").write_text("x")
    monkeypatch.setattr("ndoo.statistics.published_files._LARGEST", 0)
    with pytest.raises(UnfitData):
        earlier_publications([tmp_path])
