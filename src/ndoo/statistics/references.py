"""The practices and areas, and how many people are registered with each practice."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ndoo.domain.errors import UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.statistics.cells import AGE_GEN, ALL, BANDS, FEMALE, MALE, REG_GEO, UNALLOCATED, Cell

PRACTICE_COLUMNS = (
    "GP_PRACTICE",
    "POSTCODE",
    "PRACTICE_NAME",
    "SUB_ICB_LOCATION_CODE",
    "ONS_SUB_ICB_LOCATION_CODE",
    "SUB_ICB_LOCATION_NAME",
    "ONS_ICB_CODE",
    "ICB_CODE",
    "ICB_NAME",
    "COMM_REGION_CODE",
    "ONS_COMM_REGION_CODE",
    "COMM_REGION_NAME",
)
AREA_COLUMNS = (
    "LSOA_CODE",
    "LSOA_NAME",
    "SUB_ICB_LOCATION_CODE",
    "ONS_SUB_ICB_LOCATION_CODE",
    "SUB_ICB_LOCATION_NAME",
    "LA_CODE",
    "LA_NAME",
)
FEWEST = 8
"""A practice with fewer people registered is unallocated: where at most four can have opted out, "suppressed" says how many."""
_SEX = {"f": FEMALE, "female": FEMALE, "2": FEMALE, "m": MALE, "male": MALE, "1": MALE, "all": ALL, "": ALL}
_BAND = re.compile(r"([0-9]{1,3})(?:[-_]([0-9]{1,3})|\+)?")


@dataclass(frozen=True, slots=True)
class References:
    """What each row of the tables by place says beside its count, and how many people are registered, by cell."""

    practices: Mapping[str, Sequence[str]]
    areas: Mapping[str, Sequence[str]]
    list_sizes: Mapping[Cell, int]


def read_references(practices: Path, areas: Path, list_sizes: Path) -> References:
    """Read the three files.

    Args:
        practices: a table with `PRACTICE_COLUMNS`; areas: one with `AREA_COLUMNS`; lower case will do.
        list_sizes: `gp_practice`, `list_size` and, if known, `sex` and `age_band` (0-9 … 90+, or narrower bands such as 5_9).

    Raises:
        UnfitData: a column is missing, a code is there twice, or a size is no number.
        UsageFault, NotPermitted, Fault: a file cannot be read.
    """
    sizes: Counter[Cell] = Counter()
    kinds: set[bool] = set()
    rows = _rows(list_sizes, ("GP_PRACTICE", "LIST_SIZE"), ("SEX", "AGE_BAND"))
    for at, row in enumerate(rows, start=2):
        if not row["LIST_SIZE"].replace(",", "").isdecimal():
            raise UnfitData(
                "statistics-list-size", f"Line {at} of the list sizes holds a size that is not a whole number."
            )
        many = int(row["LIST_SIZE"].replace(",", ""))
        sex, band = _SEX.get(row["SEX"].lower()), _band(row["AGE_BAND"])
        if (band == ALL) != (sex == ALL) or kinds - {band == ALL}:
            raise UnfitData(
                "statistics-list-split",
                f"Line {at} of the list sizes is split by age and sex where others are not, or by one of them alone. Leave "
                "totals out: they are made here.",
            )
        kinds.add(band == ALL)
        sizes[Cell(REG_GEO, row["GP_PRACTICE"])] += many
        for one, other in {(ALL, ALL), (ALL, sex), (band, ALL), (band, sex)}:
            if one is not None and other is not None:
                sizes[Cell(AGE_GEN, one, other)] += many
    if True in kinds:
        sizes = Counter({c: n for c, n in sizes.items() if c.table == REG_GEO or (c.group, c.sex) == (ALL, ALL)})
    named = _keyed(practices, PRACTICE_COLUMNS)
    small = {code for code in named if 0 < sizes[Cell(REG_GEO, code)] < FEWEST}
    return References(
        {code: said for code, said in named.items() if code not in small}, _keyed(areas, AREA_COLUMNS), dict(sizes)
    )


def _keyed(path: Path, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for at, row in enumerate(_rows(path, columns), start=2):
        code = row[columns[0]]
        if not code or code == UNALLOCATED or code in found:
            raise UnfitData(
                "statistics-code", f"Line {at} of {path.name!r} has no code, or one that another line has too."
            )
        found[code] = tuple(row[name] for name in columns)
    return found


def _rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows as text under the names of `columns` and `optional`, spaces around them gone."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [[cell.strip() for cell in line] for line in csv.reader(file, strict=True) if line]
    except OSError as error:
        raise explained(error, "a table of practices, areas or list sizes") from None
    except (UnicodeDecodeError, csv.Error):
        lines = []
    heading = [name.upper() for name in lines[0]] if lines else []
    if any(heading.count(name) != 1 for name in columns) or any(len(line) != len(heading) for line in lines):
        raise UnfitData(
            "statistics-columns",
            f"{path.name!r} must be CSV (UTF-8) whose rows are whole, with the columns {', '.join(columns)}, each once.",
        )
    named = [dict(zip(heading, line, strict=True)) for line in lines[1:]]
    return [{name: row.get(name, "") for name in (*columns, *optional)} for row in named]


def _band(text: str) -> str | None:
    """The band of ten years that holds this one; None for one that lies in several."""
    if text.lower() in ("", "all"):
        return ALL
    found = _BAND.fullmatch(text)
    if not found:
        return None
    first = int(found[1])
    last = int(found[2]) if found[2] else 120 if text.endswith("+") else first
    return next((band for band in BANDS if band != "Unknown" and _holds(band, first, last)), None)


def _holds(band: str, first: int, last: int) -> bool:
    low = int(band.rstrip("+").split("-")[0])
    return first >= low and (band.endswith("+") or last <= low + 9)
