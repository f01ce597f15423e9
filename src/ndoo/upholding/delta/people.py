"""The people whom one version of a Delta table names."""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.datasets.gather_people import people_of
from ndoo.upholding.delta.table import DeltaTable
from ndoo.upholding.text.dialect import Reading


def people_in_delta(source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
    """See `engine.Engine.people`."""
    return people_of(DeltaTable(source, reading.version), choice, progress)
