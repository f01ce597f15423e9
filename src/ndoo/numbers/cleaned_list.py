"""Who may stay? A list as three answers, with where it came from and how old it is."""

from __future__ import annotations

from dataclasses import dataclass

from ndoo.domain.answers import Answer, Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, range_of
from ndoo.numbers.number_set import NumberSet


@dataclass(frozen=True, slots=True)
class CleanedList:
    """A list that was found usable. Whoever holds one may ask it; nothing else makes one but `checking`."""

    provenance: Provenance
    listed: NumberSet
    asked: NumberSet | None = None
    """Those whom the check was asked about, where that is known: anybody else is `UNKNOWN`."""

    @property
    def names_allowed(self) -> bool:
        return self.provenance.polarity is Polarity.ALLOWED

    def answer(self, number: NHSNumber) -> Answer:
        """What this list says about one person.

        A bare list of the allowed withholds everybody else. A list of those who opted out allows everybody else
        whom the national register can know of (`nhs_number_ranges.toml`); about a CHI or H&C number it says nothing.
        """
        if self.names_allowed:
            if self.asked is not None and number not in self.asked:
                return Answer.UNKNOWN
            return Answer.ALLOWED if number in self.listed else Answer.WITHHELD
        if number in self.listed:
            return Answer.WITHHELD
        held_in = range_of(number)
        return Answer.ALLOWED if held_in and held_in.in_national_register else Answer.UNKNOWN
