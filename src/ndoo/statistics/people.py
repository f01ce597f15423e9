"""The groups in which those stand who opted out: from a table of people; nobody is lost, whatever is not known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ndoo.domain.london import instant
from ndoo.numbers.number_set import PEOPLE, NumberSet
from ndoo.numbers.set_lookup import among, fresh
from ndoo.statistics.cells import (
    AGE_GEN,
    ALL,
    DEAD,
    FEMALE,
    MALE,
    NOT_SAID,
    REG_GEO,
    RES_GEO,
    UNALLOCATED,
    UNKNOWN,
    Cell,
)
from ndoo.upholding.datasets.some_columns import some_columns

COLUMNS = ("nhs_number", "date_of_birth", "sex", "date_of_death", "gp_practice", "lsoa")
TEST_NUMBERS = 900_000_000
"""First nine digits from here on are not counted: the published statistics drop numbers that start with 9."""
OLDEST = 90
_SEX = {"1": MALE, "m": MALE, "male": MALE, "2": FEMALE, "f": FEMALE, "female": FEMALE}


@dataclass(frozen=True, slots=True)
class CountedPeople:
    """The people who opted out, by cell: exact, so for nobody's eyes before disclosure control."""

    cells: dict[Cell, int]
    unmet: bool
    """Some of them are not in the table of people: they stand in Unknown and Unallocated."""
    tests: int
    """Test numbers that were left aside."""


def counted(
    people: Path,
    opted_out: NumberSet,
    as_at: date,
    *,
    practices: Collection[str],
    areas: Collection[str],
    test_numbers: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> CountedPeople:
    """Count everybody who opted out, once in each table.

    Args:
        people: a table with `COLUMNS`; the first row of a person counts. Sex as in the NHS data dictionary (1 male, 2 female,
            anything else unknown) or in words; dates ISO or dd/mm/yyyy.
        opted_out: changed where `test_numbers` is not said: those numbers leave it.
        as_at: the day at which people have an age, and are alive or not.
        practices: the codes that may stand in the tables; another one, or none, is unallocated. So with `areas`.
        progress: told how many bytes of the table were read.

    Raises:
        UsageFault, UnfitData: the table cannot be read.
    """
    tests = 0 if test_numbers else opted_out.discard_range(TEST_NUMBERS, PEOPLE)
    met = NumberSet(crowded=True)
    combined: Counter[tuple[str, ...]] = Counter()
    for batch in some_columns(people, COLUMNS, progress):
        number = batch.column(0)
        rows = batch.filter(among(number, opted_out))
        rows = rows.filter(fresh(rows.column(0), met))
        combined.update(zip(*(_texts(rows.column(at)) for at in range(1, len(COLUMNS))), strict=True))
    missing = opted_out.count() - combined.total()
    cells: Counter[Cell] = Counter()
    for (birth, sex, death, practice, area), many in combined.items():
        if death and not _later(death, as_at):
            cells[DEAD] += many
            continue
        _add(
            cells,
            _band(birth, as_at),
            _SEX.get(sex.lower(), NOT_SAID),
            practice if practice in practices else UNALLOCATED,
            area if area in areas else UNALLOCATED,
            many,
        )
    if missing:
        _add(cells, UNKNOWN, NOT_SAID, UNALLOCATED, UNALLOCATED, missing)
    return CountedPeople(dict(cells), missing > 0, tests)


def _add(cells: Counter[Cell], band: str, sex: str, practice: str, area: str, many: int) -> None:
    for one, other in ((ALL, ALL), (ALL, sex), (band, ALL), (band, sex)):
        cells[Cell(AGE_GEN, one, other)] += many
    cells[Cell(REG_GEO, practice)] += many
    cells[Cell(RES_GEO, area)] += many


def _texts(column: object) -> list[str]:
    """As text, blank where there is none; dates and whole numbers of a typed table as they are written in text."""
    return [str("" if value is None else value).strip() for value in column.to_pylist()]  # type: ignore[attr-defined]


def _day(text: str) -> date | None:
    """A day, ISO (also with a time behind it) or dd/mm/yyyy; None for anything else."""
    day, *rest = text.split("/")
    iso = f"{rest[1]}-{rest[0]}-{day}" if len(rest) == 2 else text[:10]
    try:
        found = instant(iso)
    except ValueError:
        return None
    return found if type(found) is date else None


def _later(death: str, as_at: date) -> bool:
    """Did this person still live? A death whose day cannot be read is a death."""
    day = _day(death)
    return day is not None and day > as_at


def _band(birth: str, as_at: date) -> str:
    day = _day(birth)
    if day is None or day > as_at:
        return UNKNOWN
    age = as_at.year - day.year - ((as_at.month, as_at.day) < (day.month, day.day))
    return f"{OLDEST}+" if age >= OLDEST else f"{age // 10 * 10}-{age // 10 * 10 + 9}"
