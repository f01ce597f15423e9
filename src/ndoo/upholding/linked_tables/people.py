"""The people whom linked tables name: everybody in any row, gathered on a walk that decides nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.linked_tables.descriptor import read_package
from ndoo.upholding.linked_tables.tables import chosen, opened
from ndoo.upholding.linked_tables.walk import Walk
from ndoo.upholding.table_links.people import EverybodyJudged


def people_in_folder(source: Path, choice: ColumnChoice, progress: Progress) -> tuple[NumberSet, int]:
    """See `engine.Engine.people`."""
    everybody = EverybodyJudged()
    with ThreadPoolExecutor(1) as worker:
        tables = opened(source, read_package(source), worker)
        Walk(tables, chosen(tables, choice), everybody, progress).through(lambda _: (None, None))
    return everybody.met, everybody.count
