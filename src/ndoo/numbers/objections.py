"""Who has a Type 1 opt-out: three sets of people as a release asks about them, and where the answers come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ndoo.domain.answers import Answer
from ndoo.domain.nhs_number import NHSNumber, Undecided, range_of
from ndoo.numbers.number_set import NumberSet


@dataclass(frozen=True, slots=True)
class Objections:
    """What coded entries say of people. `record` goes into the manifest: counts and digests, nobody's number."""

    dissenting: NumberSet
    unsettled: NumberSet
    """Whose entries were held, so that nobody can say."""
    known: NumberSet
    """Of whom any entry was read."""
    record: dict[str, Any]

    def answer(self, number: NHSNumber) -> Answer | Undecided:
        """May this person's GP data leave, as far as Type 1 goes? Not recorded is no objection.

        Codes are found by NHS number, so of a CHI or H&C number of which no entry was read they say nothing.
        """
        if number in self.dissenting:
            return Answer.WITHHELD
        if number in self.unsettled:
            return Undecided.TYPE1_UNDECIDED
        held_in = range_of(number)
        if number in self.known or (held_in and held_in.in_national_register):
            return Answer.ALLOWED
        return Answer.UNKNOWN
