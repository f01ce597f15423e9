"""The cells of the publication, and how they add up.

Three tables, as NHS Digital publishes them: by age band and sex (`age_gen`), by practice of registration (`reg_geo`), by
small area of residence (`res_geo`). The living stand once in each; the deceased are one cell of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

AGE_GEN, REG_GEO, RES_GEO = TABLES = ("age_gen", "reg_geo", "res_geo")
ALL, UNKNOWN, DECEASED, UNALLOCATED = "All", "Unknown", "All deceased", "Unallocated"
FEMALE, MALE, NOT_SAID = SEXES = ("Female", "Male", "Unknown / Prefer not to say")
BANDS = (*(f"{ten}-{ten + 9}" for ten in range(0, 90, 10)), "90+", UNKNOWN)


class Cell(NamedTuple):
    """One number of one table. `group` is the age band, the practice or the area; `sex` is blank in the tables by place."""

    table: str
    group: str
    sex: str = ""

    @property
    def part(self) -> tuple[str, bool]:
        """The part of a table that is shown or withheld as one: a table of places, the table by age, and what it says by sex."""
        return self.table, self.sex in SEXES


TOTAL = Cell(AGE_GEN, ALL, ALL)
DEAD = Cell(AGE_GEN, DECEASED, DECEASED)
NATIONAL = (TOTAL, DEAD)


class Sum(NamedTuple):
    """The whole is its parts together."""

    whole: Cell
    parts: tuple[Cell, ...]


def age_cells() -> Iterator[Cell]:
    """The cells of `age_gen` that are published, in the order of the file. An unknown sex is not split by age."""
    for band in (ALL, *BANDS):
        for sex in (ALL, *SEXES[: 3 if band == ALL else 2]):
            yield Cell(AGE_GEN, band, sex)
    yield DEAD


def age_sums() -> list[Sum]:
    """How `age_gen` adds up, with the cells that are not published: an unknown sex in each band."""
    by_band = [
        Sum(Cell(AGE_GEN, band, ALL), tuple(Cell(AGE_GEN, band, sex) for sex in SEXES)) for band in (ALL, *BANDS)
    ]
    by_sex = [Sum(Cell(AGE_GEN, ALL, sex), tuple(Cell(AGE_GEN, band, sex) for band in BANDS)) for sex in (ALL, *SEXES)]
    return by_band + by_sex
