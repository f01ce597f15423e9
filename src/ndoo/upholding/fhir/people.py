"""The people whom a FHIR export names: every patient, and everybody to whom a resource refers by number."""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.fhir.folder import export_at
from ndoo.upholding.fhir.verdicts import verdicts_on
from ndoo.upholding.table_links.people import EverybodyJudged


def people_in_export(source: Path, progress: Progress) -> tuple[NumberSet, int]:
    """The people of a file or a folder, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `uphold` would of this input.
    """
    everybody = EverybodyJudged()
    verdicts_on(export_at(source).files, everybody, progress, alone=True)
    return everybody.met, everybody.count
