"""A publication on disk: its files with a sealed record, and every earlier one found again, whole, or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.disclosure.small_counts import SMALL
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.evidence.seal import check_seal
from ndoo.statistics.cells import AGE_GEN, NATIONAL, Cell
from ndoo.statistics.publication import METHOD, STEP, ShownCells
from ndoo.statistics.tables import FILES, read_tables

RECORD = "publication.json"
PAGE = "index.html"
_LARGEST = 1 << 30


def record(
    publication: ShownCells, files: Mapping[str, bytes], created: datetime, *, earlier: int, accepted_by: str | None
) -> dict[str, Any]:
    """What was published and how it was protected, not yet sealed. It says nothing that the tables do not."""
    cells = publication.cells.values()
    return {
        "ndoo": __version__,
        "kind": "statistics",
        "created": created.isoformat(timespec="seconds"),
        "as_at": publication.as_at.isoformat(),
        "files": {n: {"sha256": _digest(raw), "bytes": len(raw)} for n, raw in files.items()},
        "disclosure_control": {
            "suppressed": f"{SMALL[0]} to {SMALL[-1]}, and what would give them away",
            "rounded_to": STEP,
            "method": publication.method,
            "national_rounded_to": {cell.group: publication.cells[cell].step for cell in NATIONAL},
            "cells": len(cells),
            "cells_suppressed": sum(said.value is None for said in cells),
            "earlier_publications": earlier,
            "earlier_accepted_by": accepted_by,
        },
    }


def earlier_publications(folders: Sequence[Path]) -> list[ShownCells]:
    """Every publication in these folders and in the folders right in them.

    A folder with a sealed record is refused unless all is as it was published; one without may hold tables of anybody's.

    Raises:
        UsageFault: there is nothing published in one of them.
        UnfitData: a publication was changed, or is not one.
    """
    found: list[ShownCells] = []
    try:
        for folder in folders:
            places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
            here = [one for place in places for one in _published(place)]
            if not here:
                raise UsageFault(
                    "statistics-no-earlier",
                    f"There is no earlier publication in {folder.name!r}: no age_gen.csv, reg_geo.csv or res_geo.csv.",
                )
            found += here
    except OSError as error:
        raise explained(error, "an earlier publication") from None
    return found


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """One publication, found to be as it was sealed.

    Attributes:
        by_age: its table by age and sex, with the national numbers.
        files: the name of each file that is for the public, and its size in bytes.
    """

    as_at: date
    created: datetime
    by_age: ShownCells
    files: dict[str, int]


def read_publication(folder: Path) -> PublishedFolder:
    """A folder that `ndoo statistics` published, with every file as it was sealed.

    Raises:
        UnfitData: it is none, a file was changed or is missing, or more or less than one day is in it.
        OSError: it cannot be read.
    """
    raw = _bytes(folder / RECORD)
    tables = {name: _bytes(folder / name) for name in FILES.values() if (folder / name).is_file()}
    steps, method = _checked(raw, tables)
    said = json.loads(raw)
    days = read_tables(tables, folder.name, steps, method)
    whole = len(days) == 1 and FILES[AGE_GEN] in tables
    for name, file in said["files"].items():
        whole = whole and (folder / name).is_file() and _digest(_bytes(folder / name)) == file["sha256"]
    if not whole or set(said["files"]) - {*FILES.values(), PAGE}:
        raise _changed()
    sizes = {name: file["bytes"] for name, file in said["files"].items()}
    return PublishedFolder(days[0].as_at, datetime.fromisoformat(said["created"]), days[0], {**sizes, RECORD: len(raw)})


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _published(folder: Path) -> list[ShownCells]:
    files = {name: _bytes(folder / name) for name in FILES.values() if (folder / name).is_file()}
    steps, method = _checked(_bytes(folder / RECORD), files) if (folder / RECORD).is_file() else ({}, None)
    return read_tables(files, folder.name, steps, method) if files else []


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise _changed()
    return path.read_bytes()


def _checked(raw: bytes, files: Mapping[str, bytes]) -> tuple[dict[Cell, int], int | None]:
    """How the national numbers were rounded, and by which method it was made, where seal and digests are whole."""
    try:
        document = json.loads(raw)
        check_seal(document)
        said = document["files"]
        rounded_to = document["disclosure_control"]["national_rounded_to"]
        steps = {cell: int(rounded_to[cell.group]) for cell in NATIONAL}
        whole = set(files) == set(said) & set(FILES.values()) and document["kind"] == "statistics"
        method = document["disclosure_control"].get("method")
        whole = whole and set(steps.values()) <= {1, STEP} and method in (None, METHOD)
        whole = whole and all(_digest(b) == said[name]["sha256"] for name, b in files.items())
    except (ValueError, TypeError, LookupError, RecursionError, UnfitData):
        whole, steps, method = False, {}, None
    if not whole:
        raise _changed()
    return steps, method


def _changed() -> UnfitData:
    return UnfitData(
        "statistics-changed",
        "A publication is not as it was sealed: a table was changed, or is missing. What it gave away cannot be known.",
    )
