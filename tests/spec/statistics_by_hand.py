"""A small register counted by hand, the publications that a careless publisher makes of it, and an attacker who tries everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path

from ndoo.statistics.cells import AGE_GEN, ALL, BANDS, NATIONAL, NOT_SAID, SEXES, Cell, age_cells
from ndoo.statistics.publication import ShownCells, shown
from tests.support.numbers import some

DAY = date(2026, 11, 1)
PEOPLE = (
    # how many, born, sex, died, practice, area
    (30, "1990-11-02", "1", "", "A81001", "E01000001"),  # 35 years old
    (20, "02/11/1990", "2", "", "A81001", "E01000001"),
    (12, "1936-11-01", "F", "", "A81002", "E01000002"),  # 90 today
    (11, "1936-11-02", "Male", "", "A81002", "E01000001"),  # 89 until tomorrow
    (3, "1990-01-01", "9", "", "A81001", "E01000001"),
    (9, "", "2", "", "Z99999", ""),  # a closed practice, and nobody knows where they live
    (2, "2030-01-01", "1", "", "A81002", "E01000002"),  # not born yet, says somebody
    (16, "1950-01-01", "1", "2026-11-01", "A81001", "E01000001"),
    (1, "1950-01-01", "1", "2026-11-02", "A81001", "E01000001"),  # lived on that day
    (4, "1950-01-01", "2", "before the war", "A81001", "E01000001"),  # somebody recorded a death
)
UNMET = 10
"""Opted out, and in no table of people."""
ALONE = """
All,All,100; All,Female,40; All,Male,45; All,Unknown / Prefer not to say,15
0-9,All,0; 0-9,Female,0; 0-9,Male,0; 10-19,All,0; 10-19,Female,0; 10-19,Male,0; 20-29,All,0; 20-29,Female,0; 20-29,Male,0
30-39,All,55; 30-39,Female,20; 30-39,Male,30; 40-49,All,0; 40-49,Female,0; 40-49,Male,0; 50-59,All,0; 50-59,Female,0; 50-59,Male,0
60-69,All,0; 60-69,Female,0; 60-69,Male,0; 70-79,All,*; 70-79,Female,0; 70-79,Male,*; 80-89,All,10; 80-89,Female,0; 80-89,Male,10
90+,All,10; 90+,Female,10; 90+,Male,0; Unknown,All,20; Unknown,Female,10; Unknown,Male,*; All deceased,All deceased,20
"""
"""`age_gen` of these people as reckoned with pencil and paper, each cell taken alone."""
PLACES = {
    "A81001": "55",
    "A81002": "25",
    "Unallocated": "20",
    "E01000001": "65",
    "E01000002": "15",
    "Unallocated ": "20",
}


def files(folder: Path) -> list[str]:
    """Write the small register; the options that name it."""
    numbers = iter(some(200, seed=8))
    rows, chosen = [], []
    for many, *said in PEOPLE:
        for _ in range(many):
            chosen.append(next(numbers))
            rows.append(",".join((chosen[-1], *said)))
    rows += [rows[0].replace("A81001", "A81002"), f"{next(numbers)},1990-01-01,1,,A81001,E01000001"]
    chosen += [next(numbers) for _ in range(UNMET)]
    columns = "nhs_number,date_of_birth,sex,date_of_death,gp_practice,lsoa"
    (folder / "people.csv").write_text("\n".join([columns, *rows]))
    (folder / "chosen.txt").write_text("\n".join(chosen))
    (folder / "sizes.csv").write_text(
        "gp_practice,sex,age_band,list_size\n"
        + "".join(
            f"{practice},{sex},{band},50\n" for practice in ("A81001", "A81002") for sex in "12" for band in BANDS[:-1]
        )
    )
    tail = "QAA,E38000001,A place,E54000001,QA1,A board,Y01,E40000001,A region"
    (folder / "practices.csv").write_text(
        "gp_practice,postcode,practice_name,sub_icb_location_code,ons_sub_icb_location_code,sub_icb_location_name,ons_icb_code,"
        f"icb_code,icb_name,comm_region_code,ons_comm_region_code,comm_region_name\nA81001,AB1 2CD,One,{tail}\nA81002,AB1 2CE,=Two,{tail}\n"
    )
    (folder / "areas.csv").write_text(
        "lsoa_code,lsoa_name,sub_icb_location_code,ons_sub_icb_location_code,sub_icb_location_name,la_code,la_name\n"
        "E01000001,East,QAA,E38000001,A place,E06000001,Town\nE01000002,West,QAA,E38000001,A place,E06000001,Town\n"
    )
    return ["--opted-out", "chosen.txt", "--as-at", DAY.isoformat(), "--test-numbers", *options()]


def options() -> list[str]:
    """The four tables."""
    return [
        "--people",
        "people.csv",
        "--list-sizes",
        "sizes.csv",
        "--practices",
        "practices.csv",
        "--areas",
        "areas.csv",
    ]


def counts_of(cells: Mapping[tuple[str, str], int]) -> dict[Cell, int]:
    """The whole of `age_gen` from its inmost cells: by band and sex."""
    counts = dict.fromkeys(age_cells(), 0)
    for (band, sex), many in cells.items():
        for one, other in ((ALL, ALL), (ALL, sex), (band, ALL), (band, sex)):
            counts[Cell(AGE_GEN, one, other)] = counts.get(Cell(AGE_GEN, one, other), 0) + many
    return counts


def each_alone(counts: Mapping[Cell, int], as_at: date = DAY) -> ShownCells:
    """NAIVE: a small count is suppressed and nothing else is thought about. Age and sex are of the nation, so not rounded."""
    cells = {cell: shown(counts.get(cell, 0), 1) for cell in counts if cell in set(age_cells())}
    return ShownCells(as_at, cells | {c: shown(n, 5) for c, n in counts.items() if c.table != AGE_GEN})


def rounded_alone(counts: Mapping[Cell, int], as_at: date = DAY) -> ShownCells:
    """NAIVE: suppressed and rounded, each cell alone, the national ones exact."""
    return ShownCells(as_at, {cell: shown(counts.get(cell, 0), 1 if cell in NATIONAL else 5) for cell in age_cells()})


def by_trying(publication: ShownCells, bands: Sequence[str], most: int) -> dict[Cell, tuple[int, int]]:
    """The bounds of every cell of some bands (the others are nought), found by trying all counts up to `most`."""
    inmost = [Cell(AGE_GEN, band, sex) for band in bands for sex in SEXES]
    ranges = [range(max(0, low), min(most, high) + 1) for low, high in map(publication.interval, inmost)]
    seen: dict[Cell, tuple[int, int]] = {}
    for values in product(*ranges):
        counts = counts_of({(c.group, c.sex): n for c, n in zip(inmost, values, strict=True)})
        if all(
            low <= counts[cell] <= high
            for cell, (low, high) in ((cell, publication.interval(cell)) for cell in publication.cells)
        ):
            for cell in {*publication.cells, *inmost}:
                low, high = seen.get(cell, (10**9, 0))
                seen[cell] = min(low, counts.get(cell, 0)), max(high, counts.get(cell, 0))
    return seen


def hidden(band: str) -> Cell:
    """The cell that no table shows, and every one gives away: total less female less male."""
    return Cell(AGE_GEN, band, NOT_SAID)
