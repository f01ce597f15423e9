"""Whom do linked tables, or a FHIR export, name? Everybody in any row, gathered on a walk that decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.linked.descriptor import read_package
from ndoo.upholding.linked.tables import chosen, opened
from ndoo.upholding.linked.walk import Walk
from ndoo.upholding.table_links.people import Everybody


def people_in_folder(
    folder: Path, nhs_number: str | None, also: Sequence[str], ignored: Sequence[str], progress: Callable[[int], object]
) -> tuple[NumberSet, int]:
    """The people of a folder of linked tables, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `uphold` would of this input.
    """
    everybody = Everybody()
    with ThreadPoolExecutor(1) as worker:
        tables = opened(folder, read_package(folder), worker)
        choice = chosen(tables, nhs_number, also, ignored)
        Walk(tables, choice, everybody, progress).through(lambda _: (None, None))
    return everybody.met, everybody.count
