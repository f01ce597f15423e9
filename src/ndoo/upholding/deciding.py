"""Who stays? Applies a cleaned list to rows and keeps the count of rows and people exact."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int64, c_uint32, cast
from enum import StrEnum

from ndoo.domain.nhs_number import ranges
from ndoo.evidence.manifest import Counts, PeopleCounts
from ndoo.numbers import kernel
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.column import REASONS
from ndoo.numbers.kernel import Rules, library
from ndoo.numbers.number_set import NumberSet

_PEOPLE = 8
"""Where the counts of people begin in the kernel's tally."""


class Undecidable(StrEnum):
    """What becomes of rows whose person cannot be decided on."""

    HOLD = "hold"
    EXCLUDE = "exclude"
    STOP = "stop"
    KEEP_MISSING = "keep-missing"


class Deciding:
    """The decision on each row. `keys` is the number of columns of NHS numbers: the person's own, then the others.

    A row goes if any of its people is withheld; it is held if its own person, or another one that it names,
    cannot be decided on; a blank in another column names nobody. Without a list, which is where the opt-out does not
    apply, every row stays.
    """

    def __init__(
        self, cleaned: CleanedList | None, keys: int, *, keep_missing: bool = False, crowded: bool = False
    ) -> None:
        self._keys = keys
        self._kept = NumberSet(crowded=crowded)
        self._removed = NumberSet(crowded=crowded) if keys > 1 else self._kept
        self._held = NumberSet()
        covered = [edge for r in ranges() if r.in_national_register for edge in r.people]
        self._covered = (c_uint32 * len(covered))(*covered)
        self._rules = Rules(
            list=cleaned.listed.address if cleaned else None, list_allows=bool(cleaned and cleaned.names_allowed),
            keep_missing=keep_missing, asked=cleaned.asked.address if cleaned and cleaned.asked else None,
            covered=cast(self._covered, POINTER(c_uint32)), ranges=len(covered) // 2,
            kept=self._kept.address, removed=self._removed.address, held=self._held.address,
        )  # fmt: skip
        self._tally = (c_int64 * kernel.TALLIES)()

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """Decide `rows` rows. All arguments but `rows` are addresses: `rows * keys` people and reasons, `rows` verdicts."""
        library.ndoo_decide(
            ctypes.byref(self._rules), person, why, rows, self._keys, verdict, ctypes.addressof(self._tally)
        )

    def rows(self) -> Counts:
        """The rows so far: read = kept + removed + held."""
        kept, removed, *held, without = self._tally[:_PEOPLE]
        by_reason = {str(REASONS[code]): count for code, count in enumerate(held, start=1) if count}
        return Counts(kept + removed + sum(held), kept, removed, by_reason, without)

    def people(self) -> PeopleCounts:
        """The distinct people so far, each counted once: kept if any row of theirs was, else removed, else held."""
        kept, removed, held = self._tally[_PEOPLE:]
        if self._keys > 1:  # a person may have had rows of several fates
            removed = self._removed.count(but_not_in=(self._kept,))
            held = self._held.count(but_not_in=(self._kept, self._removed))
        return PeopleCounts(kept + removed + held, kept, removed, held)
