"""How many on a list are unknown to the register of people: the one interface behind which such a register stands here.

The embedded table is asked about everybody. The Personal Demographics Service answers about one person at a time, so
it is asked about a sample, and by the worker. The setting `check_demographics` = `off` is for a site that has neither.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from itertools import chain
from typing import Protocol

from django.conf import settings

from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.number_set import LinedPeople
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.identity.people import Demographics, DemographicsDownError
from ndoo.service.choices.opted_out import among, pieces
from ndoo.service.list_checks.limits import limit


class KnownPeople(Protocol):
    """Says which share of a list names nobody."""

    quick: bool
    """It may be asked while the caller waits."""
    knows: bool
    """It says of a number if anybody has it."""

    def unknown(self, people: LinedPeople, count: int) -> float:
        """The share, 0 to 1, of these `count` people whom the register of people does not know.

        Raises:
            NoUsableList: it cannot be asked now.
        """
        ...


class EverybodyKnown:
    """The embedded table, asked about everybody."""

    quick = True
    knows = True

    def unknown(self, people: LinedPeople, count: int) -> float:
        """See `KnownPeople`."""
        known = sum(KnownPerson.objects.filter(pk__in=among(numbers)).count() for numbers in pieces(people))
        return 1 - known / count


class SampledPeople:
    """A register of people that is asked about one at a time: a sample that nobody can foresee."""

    quick = False
    knows = True

    def __init__(self, asked: Demographics, pause: Callable[[float], object] = time.sleep) -> None:
        self._asked, self._pause = asked, pause

    def unknown(self, people: LinedPeople, count: int) -> float:
        """See `KnownPeople`."""
        looks = min(count, limit("unknown_sample"))
        chosen = set(secrets.SystemRandom().sample(range(count), looks))
        missing = 0
        for at, digits in enumerate(chain.from_iterable(pieces(people))):
            if at in chosen:
                missing += not self._known(digits)
                self._pause(1 / limit("looks_a_second"))
        return missing / looks

    def _known(self, digits: str) -> bool:
        """A number that another one replaced is nobody's: its owner's choice stands under the other."""
        number = read(digits)
        try:
            person = self._asked.by_number(number) if isinstance(number, NHSNumber) else None
        except DemographicsDownError:
            raise NoUsableList(
                "people-unreachable", "The register of people does not answer, so the list cannot be judged now."
            ) from None
        return person is not None and person.number == number


class NobodyKnown:
    """A site without a register of people. The other brakes stay."""

    quick = True
    knows = False

    def unknown(self, people: LinedPeople, count: int) -> float:
        """See `KnownPeople`."""
        return 0.0


def known_people() -> KnownPeople:
    """As the service's owner set it up."""
    if settings.NDOO.check_demographics == "off":
        return NobodyKnown()
    return SampledPeople(demographics()) if settings.NDOO.demographics == "pds" else EverybodyKnown()
