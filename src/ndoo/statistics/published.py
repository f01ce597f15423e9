"""What NHS Digital published itself. Reads its own CSV files back, thousands separators and all."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ndoo.domain.errors import UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.statistics.cells import AGE_GEN, ALL, BANDS, FEMALE, MALE, NOT_SAID, TOTAL, Cell
from ndoo.statistics.tables import COLUMNS

DASHBOARD = (
    "Date",
    "Demographic Group",
    "ONS Code",
    "Org Code",
    "Org Name",
    "Opt Out Rate",
    "Opt-Out Count",
    "Population",
)
"""The weekly dashboard of 2021 and 2022."""
_GROUPS = {band: Cell(AGE_GEN, band, ALL) for band in BANDS if band != "Unknown"} | {
    ALL: TOTAL,
    FEMALE: Cell(AGE_GEN, ALL, FEMALE),
    MALE: Cell(AGE_GEN, ALL, MALE),
    "Unknown": Cell(AGE_GEN, ALL, NOT_SAID),
}
"""Its groups are by age or by sex; the unknown ones are counted with the sexes."""


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """One group of England: the count, the people on the lists, and the rate in per cent; None where it was not given."""

    opted_out: int | None
    list_size: int | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class PublishedNumbers:
    """The national numbers of one day, by cell of `age_gen`."""

    as_at: date
    lines: Mapping[Cell, PublishedLine]


def read_published(path: Path, as_at: date) -> PublishedNumbers:
    """The latest day in the file that is not after `as_at`; where there is none, the first.

    Takes the dashboard's table and the published `age_gen`.

    Raises:
        UnfitData: it is neither, or a number in it is none.
        UsageFault, NotPermitted, Fault: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise explained(error, "the published file") from None
    except (UnicodeDecodeError, csv.Error):
        rows = []
    days: dict[date, dict[Cell, PublishedLine]] = {}
    try:
        for row in rows:
            day, cell, line = _dashboard(row) if tuple(row) == DASHBOARD else _age_gen(row)
            if cell is not None:
                days.setdefault(day, {})[cell] = line
    except (ValueError, KeyError, TypeError, AttributeError):
        days = {}
    if not days:
        raise UnfitData(
            "statistics-published",
            f"{path.name!r} is none of the files that NHS Digital published of opt-outs by age and sex, or it is damaged.",
        )
    day = max((day for day in days if day <= as_at), default=min(days))
    return PublishedNumbers(day, days[day])


def _dashboard(row: dict[str, str]) -> tuple[date, Cell | None, PublishedLine]:
    cell = None if row["Org Code"].strip() else _GROUPS.get(row["Demographic Group"])
    size = _count(row["Population"])
    rate = float(row["Opt Out Rate"]) if size and row["Opt Out Rate"] else None
    return _day(row["Date"]), cell, PublishedLine(_count(row["Opt-Out Count"]), size or None, rate)


def _age_gen(row: dict[str, str]) -> tuple[date, Cell | None, PublishedLine]:
    if tuple(row) != COLUMNS[AGE_GEN]:
        raise ValueError("another table")
    rate = row["OPT_OUT_RATE"]
    line = PublishedLine(
        _count(row["OPT_OUT"]), _count(row["LIST_SIZE"]), float(rate) if rate not in ("", "*") else None
    )
    return _day(row["ACH_DATE"]), Cell(AGE_GEN, row["AGE_BAND"], row["GENDER"]), line


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def _count(text: str) -> int | None:
    return int(text.replace(",", "")) if text not in ("", "*") else None
