"""Whom does a FHIR export name? Every patient, and everybody to whom a resource refers by number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.fhir.job import sources_in
from ndoo.upholding.fhir.pieces import source_of
from ndoo.upholding.fhir.walk import settled
from ndoo.upholding.linked.gathering import Everybody


def people_in_export(path: Path, progress: Callable[[int], object]) -> tuple[NumberSet, int]:
    """The people of a file or a folder, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `fhir.job.uphold_fhir` would of this input.
    """
    everybody = Everybody()
    settled(list(sources_in(path).values() if path.is_dir() else [source_of(path)]), everybody, progress)
    return everybody.met, everybody.count
