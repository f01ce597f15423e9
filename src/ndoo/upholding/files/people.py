"""The people whom a file names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.datasets.formats import open_dataset
from ndoo.upholding.datasets.gather_people import people_of
from ndoo.upholding.text.dialect import Reading


def people_in_file(source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
    """See `engine.Engine.people`."""
    with ThreadPoolExecutor(1) as worker:
        return people_of(open_dataset(source, reading, worker), choice, progress)
