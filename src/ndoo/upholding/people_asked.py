"""The people whom a dataset is about, wherever it lies, so that all of them can be asked about before any row is decided on."""

from __future__ import annotations

from dataclasses import dataclass, field

from ndoo.domain.progress import Progress
from ndoo.evidence.release import ReleaseKind
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.engines import engine_for
from ndoo.upholding.request import Location
from ndoo.upholding.text.dialect import Reading


@dataclass(frozen=True, slots=True)
class AskedDataset:
    """A dataset, and what is said of its columns and of how it is read."""

    source: Location
    columns: ColumnChoice = field(default_factory=ColumnChoice)
    reading: Reading = field(default_factory=Reading)
    engine: ReleaseKind | None = None
    """As `request.Request.engine`."""


def people_about(about: AskedDataset, progress: Progress) -> tuple[NumberSet, int]:
    """Everybody whom it names, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `uphold` would of this input.
    """
    return engine_for(about.source, about.engine).people(about.source, about.columns, about.reading, progress)
