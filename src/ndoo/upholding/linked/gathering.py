"""Whom do linked tables, or a FHIR export, name? Everybody in any row, gathered on a walk that decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import addressof
from pathlib import Path

from ndoo.numbers.kernel import library
from ndoo.numbers.key_index import U8s, U32s
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.linked.descriptor import read_package
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.tables import chosen, opened
from ndoo.upholding.linked.walk import Walk


class Everybody(People):
    """Takes in everybody who is judged."""

    def __init__(self) -> None:
        super().__init__(None, None, keep_missing=False)
        self.met = NumberSet(crowded=True)
        self.count = 0

    def judged(self, person: U32s, why: U8s, rows: int, blank: int) -> bytes:
        """As `People.judged`, for whom everybody may stay."""
        self.count += int(library.ndoo_add(self.met.address, addressof(person), addressof(why), rows))
        return super().judged(person, why, rows, blank)


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
