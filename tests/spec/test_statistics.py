"""Published statistics: the tables are those reckoned by hand, and nobody's choice can be worked out from all that was published."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NotPermitted
from ndoo.statistics.cells import AGE_GEN, ALL, DEAD, REG_GEO, TOTAL, UNALLOCATED, Cell, age_cells
from ndoo.statistics.disclosure import controlled, looked_at_again
from ndoo.statistics.people import counted
from ndoo.statistics.publication import ShownCells, shown
from ndoo.statistics.recover import Attacker, too_close
from ndoo.statistics.references import References
from ndoo.statistics.system import System
from ndoo.statistics.tables import COLUMNS, read_tables, written
from tests.conftest import DATA, Ndoo
from tests.spec.statistics_by_hand import (
    ALONE,
    DAY,
    PLACES,
    by_trying,
    counts_of,
    each_alone,
    files,
    hidden,
    options,
    rounded_alone,
)

NEXT = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
TOWN = {
    ("30-39", "Female"): 20,
    ("30-39", "Male"): 31,
    ("30-39", "Unknown / Prefer not to say"): 3,
    ("40-49", "Female"): 12,
    ("40-49", "Male"): 9,
}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_are_those_reckoned_by_hand(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("statistics", "-o", "out", *files(tmp_path), "--json")
    assert said.status == 0, said.told
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "age_gen.csv",
        "reg_geo.csv",
        "res_geo.csv",
        "index.html",
        "publication.json",
    }
    wanted = [tuple(cell.strip().split(",")) for line in ALONE.strip().splitlines() for cell in line.split(";")]
    assert [(r["AGE_BAND"], r["GENDER"], r["OPT_OUT"]) for r in read(out / "age_gen.csv")] == wanted
    places = [(r["GP_PRACTICE"], r["OPT_OUT"]) for r in read(out / "reg_geo.csv")]
    places += [(r["LSOA_CODE"], r["OPT_OUT"]) for r in read(out / "res_geo.csv")]
    assert places == [(name.strip(), count) for name, count in PLACES.items()]
    assert said.json["headline"].startswith("About 100 people have opted out, 5.00%")
    assert "Unknown and unallocated".lower() in said.told.lower()


def test_the_columns_are_those_that_are_published(ndoo: Ndoo, tmp_path: Path) -> None:
    assert ndoo("statistics", "-o", "out", *files(tmp_path), "--quiet").told == ""
    for table, columns in COLUMNS.items():
        assert tuple(read(tmp_path / "out" / f"{table}.csv")[0]) == columns
    row = read(tmp_path / "out" / "age_gen.csv")[13]
    assert row == {
        "ACH_DATE": "01/11/2026",
        "AGE_BAND": "30-39",
        "GENDER": "All",
        "OPT_OUT": "55",
        "LIST_SIZE": "200",
        "OPT_OUT_RATE": "27.50",
    }, "the rate is of the count as shown"
    assert read(tmp_path / "out" / "reg_geo.csv")[1]["PRACTICE_NAME"] == "'=Two", "no spreadsheet reckons a name"


def test_nobody_is_lost(ndoo: Ndoo, tmp_path: Path) -> None:
    """Closed practices, areas abroad, unknown ages and people in no table: every table has everybody who lives."""
    files(tmp_path)
    for practices in ({"A81001", "A81002"}, {"A81001"}, set()):
        chosen = read_list(tmp_path / "chosen.txt", Polarity.OPTED_OUT, checked_at=DAY, now=NOW, limit_days=9999).listed
        found = counted(
            tmp_path / "people.csv", chosen, DAY, practices=practices, areas={"E01000001"}, test_numbers=True
        ).cells
        assert found[TOTAL] == 98
        assert found[DEAD] == 20
        for table in ("reg_geo", "res_geo"):
            assert sum(n for cell, n in found.items() if cell.table == table) == 98
        assert sum(n for c, n in found.items() if c.table == AGE_GEN and ALL not in c and c != DEAD) == 98


def test_the_careless_publication_gives_the_hidden_cell_away() -> None:
    """The incident: the unknown sex by age is dropped, but total, female and male are published."""
    publication = each_alone(counts_of(TOWN))
    found = {one.cell: (one.low, one.high) for one in Attacker().found(publication)}
    assert found[hidden("30-39")] == (3, 3)
    safe = controlled(counts_of(TOWN), [*age_cells()], DAY, {})
    assert Attacker().found(safe) == []


def test_the_careless_next_month_gives_the_change_away() -> None:
    """Three more people, and the national number is exact both times."""
    town = {("30-39", "Female"): 400, ("30-39", "Male"): 300, ("40-49", "Female"): 250, ("40-49", "Male"): 350}
    later = {**town, ("30-39", "Male"): 303}
    first, careless = rounded_alone(counts_of(town)), rounded_alone(counts_of(later), NEXT)
    assert not [one for one in Attacker().found(careless) if one.cell == TOTAL], "alone it says nothing"
    found = {(one.cell, one.since): (one.low, one.high) for one in Attacker([first]).found(careless)}
    assert found[TOTAL, DAY] == (3, 3)
    safe = controlled(counts_of(later), [*age_cells()], NEXT, {}, [first], earlier_accepted=True)
    assert [one for one in Attacker([first]).found(safe) if one.as_at == NEXT] == []
    assert safe.cells[TOTAL].step == 5


def test_the_same_day_published_twice_is_one_puzzle() -> None:
    """Each publication suppresses another cell; together nothing is suppressed."""
    counts = counts_of({("30-39", "Female"): 20, ("30-39", "Male"): 40, ("30-39", "Unknown / Prefer not to say"): 4})
    whole = each_alone(counts)
    one, other = (
        ShownCells(DAY, {c: s for c, s in whole.cells.items() if c != Cell(AGE_GEN, "30-39", sex)})
        for sex in ("Female", ALL)
    )
    assert [f for f in Attacker([one]).found(other) if f.cell == hidden("30-39")]


@pytest.mark.parametrize("seed", range(6))
def test_the_solver_finds_exactly_what_trying_everything_finds(seed: int) -> None:
    draw = random.Random(seed)
    bands = ["30-39", "90+"] if seed % 3 else ["30-39"]
    town = {(band, sex): draw.choice([0, 0, 3, 8, 9, 11]) for band in bands for sex in ("Female", "Male")}
    town |= {(band, "Unknown / Prefer not to say"): draw.randrange(3) for band in bands}
    publication = (each_alone, rounded_alone)[seed % 3 == 0](counts_of(town))
    tried = by_trying(publication, bands, 14)
    system = System([publication])
    limit = {cell: system.bounds(cell) for cell in tried}
    for cell, (low, high) in tried.items():
        assert limit[cell][0] == low, cell
        assert limit[cell][1] == high or high >= 14, cell


@pytest.mark.parametrize("seed", range(12))
def test_nothing_small_is_left_to_find_in_any_town(seed: int) -> None:
    """Two months of a made-up register, everything there is published, whatever its counts."""
    draw = random.Random(seed)
    bands = draw.sample(["0-9", "30-39", "60-69", "90+", "Unknown"], 4)
    town = {(band, sex): draw.choice([0, 1, 3, 6, 8, 12, 19, 40, 77]) for band in bands for sex in ("Female", "Male")}
    town |= {(band, "Unknown / Prefer not to say"): draw.choice([0, 0, 1, 4]) for band in bands}
    earlier: list[ShownCells] = []
    for month in (DAY, NEXT):
        counts = counts_of(town) | {DEAD: draw.choice([0, 5, 31])}
        left = counts[TOTAL]
        places = []
        for at in range(4):
            many = left if at == 3 else draw.randrange(min(left, 9) + 1)
            left -= many
            places.append(Cell(REG_GEO, UNALLOCATED if at == 3 else f"A{at}"))
            counts[places[-1]] = many
        sizes = {TOTAL: counts[TOTAL] + 900, **dict.fromkeys(places[:3], 30)}
        safe = controlled(counts, [*age_cells(), *places], month, sizes, earlier)
        for cell, said in safe.cells.items():
            low, high = said.interval(sizes.get(cell))
            assert low <= counts.get(cell, 0) <= high, "what is said is true"
        system = System([safe])
        assert not [cell for cell in safe.cells if too_close(*system.bounds(cell))]
        earlier.append(safe)
        town = {cell: max(0, many + draw.choice([-3, 0, 0, 1, 2])) for cell, many in town.items()}


def test_a_small_cell_costs_the_cell_and_never_the_month(ndoo: Ndoo, tmp_path: Path) -> None:
    """Of three men of that age who are registered nothing is ever said, not that none of them opted out either."""
    call = files(tmp_path)
    sizes = (tmp_path / "sizes.csv").read_text()
    (tmp_path / "sizes.csv").write_text(
        sizes.replace("A81001,1,70-79,50", "A81001,1,70-79,3").replace("A81002,1,70-79,50", "A81002,1,70-79,0")
    )
    said = ndoo("statistics", "-o", "out", *call, "--json")
    assert said.status == 0, said.err
    (row,) = (r for r in read(tmp_path / "out" / "age_gen.csv") if (r["AGE_BAND"], r["GENDER"]) == ("70-79", "Male"))
    assert (row["OPT_OUT"], row["LIST_SIZE"]) == ("*", "3")


def test_bytes_that_say_more_than_was_decided_are_not_published() -> None:
    counts = counts_of(TOWN)
    safe = controlled(counts, [*age_cells()], DAY, {})
    files = written(safe, References({}, {}, {}))
    looked_at_again(files, safe, [])
    exact = written(ShownCells(DAY, {cell: shown(counts[cell], 1) for cell in safe.cells}), References({}, {}, {}))
    with pytest.raises(NotPermitted):
        looked_at_again(exact, safe, [])
    careless = ShownCells(DAY, {cell: shown(counts[cell], 1) for cell in safe.cells})
    with pytest.raises(NotPermitted):
        looked_at_again(exact, careless, [])


def test_earlier_publications_count_and_must_be_whole(ndoo: Ndoo, tmp_path: Path) -> None:
    call = files(tmp_path)
    assert ndoo("statistics", "-o", "a", *call).status == 0
    said = ndoo("statistics", "-o", "b", *call, "--earlier", "a", "--json")
    assert (said.status, said.json["disclosure_control"]["earlier_publications"]) == (0, 1)
    table = tmp_path / "a" / "age_gen.csv"
    table.write_text(table.read_text().replace("30-39,All,55", "30-39,All,60"))
    said = ndoo("statistics", "-o", "c", *call, "--earlier", "a", "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "statistics-changed")
    record = tmp_path / "b" / "publication.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "as_at": "2026-01-01"}))
    assert ndoo("statistics", "-o", "c", *call, "--earlier", "b").status == 3
    assert (
        ndoo("statistics", "-o", "c", *call, "--earlier", ".", "--json").json["error"]["code"] == "statistics-changed"
    )


def test_a_careless_earlier_publication_stops_until_somebody_says_that_they_saw_it(ndoo: Ndoo, tmp_path: Path) -> None:
    call = files(tmp_path)
    assert ndoo("statistics", "-o", "a", *call).status == 0
    careless = written(each_alone(counts_of(TOWN), date(2026, 10, 1)), References({}, {}, {}))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "age_gen.csv").write_bytes(careless["age_gen.csv"])
    said = ndoo("statistics", "-o", "b", *call, "--earlier", "old", "--json")
    assert (said.status, said.json["error"]["code"]) == (5, "statistics-earlier-recoverable")
    said = ndoo("statistics", "-o", "b", *call, "--earlier", "old", "--earlier-accepted-by", "A. Reader", "--json")
    assert (said.status, said.json["disclosure_control"]["earlier_accepted_by"]) == (0, "A. Reader")


def test_it_stands_beside_what_nhs_digital_published(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("statistics", "-o", "out", *files(tmp_path), "--beside", DATA / "optout_rates_2021.csv")
    assert said.status == 0, said.told
    page = (tmp_path / "out" / "index.html").read_text()
    for words in (
        "NHS Digital, 2 March 2022",
        "3,325,704",
        "6.92%",
        "632,227",
        "People opted out here less often than in England",
    ):
        assert words in page
    again = ndoo("statistics", "-o", "again", *files(tmp_path), "--beside", tmp_path / "out" / "age_gen.csv")
    assert again.status == 0
    assert "NHS Digital, 1 November 2026" in (tmp_path / "again" / "index.html").read_text()


def test_every_chart_has_its_words_and_its_table(ndoo: Ndoo, tmp_path: Path) -> None:
    assert ndoo("statistics", "-o", "out", *files(tmp_path), "--beside", DATA / "optout_rates_2021.csv").status == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<svg ") == page.count("<table>") == page.count("<desc ") == 3
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    read_tables({"age_gen.csv": (tmp_path / "out" / "age_gen.csv").read_bytes()}, "out", {})


REFUSED = [
    (["--register", "--snapshot", "x"], 2, "statistics-choices"),
    ([], 2, "statistics-choices"),
    (["--opted-out", "chosen.txt"], 2, "statistics-as-at"),
    (["--snapshot", "x", "--as-at", "2026-11-01"], 2, "statistics-as-at"),
    (["--snapshot", "x"], 4, "list-missing"),
    (["--opted-out", "chosen.txt", "--as-at", "2026-11-01", "--earlier", "nowhere"], 2, "no-such-file"),
    (["--opted-out", "chosen.txt", "--as-at", "2026-11-01", "--earlier", "."], 2, "statistics-no-earlier"),
    (["--opted-out", "chosen.txt", "--as-at", "2026-11-01", "--beside", "people.csv"], 3, "statistics-published"),
    (["--opted-out", "chosen.txt", "--as-at", "2026-11-01", "--title", "999 000 4935"], 2, "name-identifies"),
]


@pytest.mark.parametrize(("call", "status", "code"), REFUSED, ids=[" ".join(row[0]) or "nobody" for row in REFUSED])
def test_what_cannot_be_meant_is_refused(call: list[str], status: int, code: str, ndoo: Ndoo, tmp_path: Path) -> None:
    files(tmp_path)
    said = ndoo("statistics", "-o", "out", *call, *options(), "--json")
    assert (said.status, said.json["error"]["code"]) == (status, code)
    assert not (tmp_path / "out").exists()


def test_what_was_published_stays(ndoo: Ndoo, tmp_path: Path) -> None:
    call = files(tmp_path)
    assert ndoo("statistics", "-o", "out", *call).status == 0
    before = (tmp_path / "out" / "age_gen.csv").read_bytes()
    assert ndoo("statistics", "-o", "out", *call, "--json").json["error"]["code"] == "statistics-exists"
    assert ndoo("statistics", "-o", "nowhere/out", *call).status == 2
    assert ndoo("statistics", "-o", "out.csv", *call, "--json").json["error"]["code"] == "output-not-a-folder"
    assert (tmp_path / "out" / "age_gen.csv").read_bytes() == before


def test_test_numbers_count_only_where_that_is_said(ndoo: Ndoo, tmp_path: Path) -> None:
    call = [option for option in files(tmp_path) if option != "--test-numbers"]
    said = ndoo("statistics", "-o", "out", *call)
    assert "Test numbers (they start with 9) left aside: 118." in said.told
    assert read(tmp_path / "out" / "age_gen.csv")[0]["OPT_OUT"] == "0"


def test_the_example_is_what_the_command_in_the_readme_makes(ndoo: Ndoo, tmp_path: Path) -> None:
    town, shown = DATA / "statistics", DATA.parent / "statistics"
    said = ndoo(
        "statistics",
        "-o",
        "out",
        "--opted-out",
        town / "opted_out.2026-11-01.txt",
        "--as-at",
        "2026-11-01",
        "--test-numbers",
        "--people",
        town / "people.csv",
        "--list-sizes",
        town / "list_sizes.csv",
        "--practices",
        town / "practices.csv",
        "--areas",
        town / "areas.csv",
        "--earlier",
        shown / "2026-10-01",
        "--beside",
        DATA / "optout_rates_2021.csv",
        "--title",
        "Exampleton: national data opt-out",
    )
    assert said.status == 0, said.told
    for name in ("age_gen.csv", "reg_geo.csv", "res_geo.csv", "index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (shown / "2026-11-01" / name).read_bytes(), name
