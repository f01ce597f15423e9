"""Reads a file of choices, whole, before anything of it is taken in, so that a damaged file changes nothing."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.service.choices.import_row import COLUMNS, Reason, Refused, packed, person_of


@dataclass(slots=True)
class Rows:
    """What stands in the file: rows in the order of person and time, and those refused by themselves."""

    digest: str
    read: int = 0
    sorted: list[int] = field(default_factory=list)
    refused: list[tuple[int, Reason]] = field(default_factory=list)
    """The row, counted from 1 below the heading, and why."""


def rows_of(path: Path, now: datetime) -> Rows:
    """Every row of the file, judged by itself.

    Raises:
        UsageFault: there is no such file.
        UnfitData: the file is no CSV in UTF-8, its heading is not the columns, or it has no rows.
        Fault: it cannot be read.
    """
    try:
        rows = Rows(_digest(path))
        with path.open(encoding="utf-8-sig", newline="") as lines:
            _read(lines, rows, now)
    except FileNotFoundError:
        raise UsageFault(
            "import-missing", f"{masked(str(path))} does not exist (the file to import). Check the path."
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise UnfitData(
            "import-not-csv",
            f"After row {rows.read} the file is not CSV in UTF-8: a quote that is never closed, a damaged character, or "
            "another kind of file. Nothing of it was taken in.",
        ) from None
    except IsADirectoryError:
        raise UsageFault("is-a-folder", f"{masked(str(path))} is a folder, and a file is needed.") from None
    except OSError:
        raise Fault("import-not-readable", f"{masked(str(path))} could not be read by this account.") from None
    if not rows.read:
        raise UnfitData("import-empty", "The file holds no rows below its heading. It may have been cut off.")
    rows.sorted.sort()
    return rows


def _read(lines: Iterable[str], rows: Rows, now: datetime) -> None:
    table = (cells for cells in csv.reader(lines, strict=True) if cells)
    order = _order(next(table, []))
    for cells in table:
        rows.read += 1
        if len(cells) != len(order):
            rows.refused.append((rows.read, Refused.CELLS))
            continue
        key = packed([cells[at].strip(" ") for at in order], rows.read, now)
        if isinstance(key, int):
            rows.sorted.append(key)
        else:
            rows.refused.append((rows.read, key))


def _order(heading: list[str]) -> list[int]:
    """Where each column stands."""
    names = [name.strip(" ") for name in heading]
    if sorted(names) != sorted(COLUMNS):
        raise UnfitData(
            "import-heading",
            f"The heading must name these columns, each once and in any order: {', '.join(COLUMNS)}.",
        )
    return [names.index(column) for column in COLUMNS]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def by_person(keys: list[int], at_least: int) -> Iterator[list[int]]:
    """Pieces of the sorted keys of some `at_least` rows; a person's rows stay in one piece."""
    start = 0
    while start < len(keys):
        end = min(start + at_least, len(keys))
        while end < len(keys) and person_of(keys[end]) == person_of(keys[end - 1]):
            end += 1
        yield keys[start:end]
        start = end
