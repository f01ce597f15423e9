"""Reads a file of choices, whole, before anything of it is taken in, so that a damaged file changes nothing."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.domain.machine_faults import near
from ndoo.domain.nhs_number import masked
from ndoo.service.choices.import_row import COLUMNS, Refused, packed, person_of
from ndoo.service.choices.sorted_rows import RefusedRows, SortedRows


@dataclass(slots=True)
class ImportedRows:
    """What stands in the file: rows in the order of person and time, and those refused by themselves."""

    digest: str
    read: int = 0
    sorted: SortedRows = field(default_factory=SortedRows)
    refused: RefusedRows = field(default_factory=RefusedRows)


def rows_of(path: Path, now: datetime) -> ImportedRows:
    """Every row of the file, judged by itself.

    Raises:
        UsageFault: there is no such file.
        UnfitData: the file is no CSV in UTF-8, its heading is not the columns, or it has no rows.
        NdooError: it cannot be read, or the data folder has no room for its rows.
    """
    try:
        rows = ImportedRows(_digest(path))
        with path.open(encoding="utf-8-sig", newline="") as lines:
            _read(lines, rows, now)
    except FileNotFoundError:
        raise UsageFault(
            "import-missing", f"{masked(str(path))} does not exist (the file to import).{near(path)} Check the path."
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
    return rows


def _read(lines: Iterable[str], rows: ImportedRows, now: datetime) -> None:
    table = (cells for cells in csv.reader(lines, strict=True) if cells)
    order = _order(next(table, []))
    for cells in table:
        rows.read += 1
        if len(cells) != len(order):
            rows.refused.add(rows.read, Refused.CELLS)
            continue
        key = packed([cells[at].strip(" ") for at in order], rows.read, now)
        if isinstance(key, int):
            rows.sorted.add(key)
        else:
            rows.refused.add(rows.read, key)


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


def by_person(keys: Iterable[int], at_least: int) -> Iterator[list[int]]:
    """Pieces of the sorted keys of some `at_least` rows; a person's rows stay in one piece."""
    piece: list[int] = []
    for key in keys:
        if len(piece) >= at_least and person_of(key) != person_of(piece[-1]):
            yield piece
            piece = []
        piece.append(key)
    if piece:
        yield piece
