"""The people whom a folder of Parquet names. Spark is not needed for it."""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.datasets.gather_people import people_of
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import parts_of


def people_in_parquet(source: Path, choice: ColumnChoice, progress: Progress) -> tuple[NumberSet, int]:
    """See `engine.Engine.people`."""
    return people_of(ParquetFolder(parts_of(source)), choice, progress)
