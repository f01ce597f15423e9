"""Whether a person may choose online, for themselves: children, the dead and restricted records have other ways."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from ndoo.service.choices.identity.people import Person
from ndoo.service.facts import FactsInForce


class Eligibility(StrEnum):
    """What the record says of choosing online. The values are names of pages too."""

    MAY_CHOOSE = "may-choose"
    UNDER_AGE = "under-age"
    DECEASED = "deceased"
    RESTRICTED = "restricted"
    UNKNOWN = "unknown"
    """Proved to be somebody whom the register of people does not know."""


def standing(person: Person | None, today: date) -> Eligibility:
    """Where this person stands, today in London."""
    if person is None:
        return Eligibility.UNKNOWN
    if person.deceased:
        return Eligibility.DECEASED
    if person.restricted:
        return Eligibility.RESTRICTED
    return Eligibility.UNDER_AGE if under_age(person.born, today) else Eligibility.MAY_CHOOSE


def under_age(born: date, today: date) -> bool:
    """Too young for a choice of one's own."""
    return age(born, today) < int(FactsInForce(today).own_choice_age)


def age(born: date, today: date) -> int:
    """Whole years. Somebody born on 29 February is a year older on 1 March of other years, and not on 28 February."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
