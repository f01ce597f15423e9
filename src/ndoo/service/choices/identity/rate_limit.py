"""Notices somebody who sprays codes. Wrong codes of everybody are counted together, and too many slow or stop the testing.

Each guess at a code of six digits succeeds once in a million, whomever it is aimed at, so the number of wrong guesses
that the whole service takes in bounds what anybody can win by them. A guess is counted before it is tested, and the
count is given back when it was right: guesses made at once cannot all slip under the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.utils.crypto import salted_hmac

from ndoo.service.address import household
from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.identity.models import WrongCode


class Brake(Enum):
    """For whom the brake is on. Each has its own way out."""

    EVERYBODY = "everybody"
    """For every code of the common length: a longer one is tested."""
    ADDRESS = "address"
    """For all that comes from that address, whatever its length: only waiting helps."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A guess that may be tested, on a code that has had fewer than `tries` guesses."""

    guess: WrongCode
    tries: int

    def was_right(self) -> None:
        """Give the count back."""
        self.guess.delete()


def is_shut(now: datetime) -> bool:
    """Is the brake on for everybody?"""
    recent = WrongCode.objects.filter(at__gt=now - timedelta(minutes=limit("brake_minutes")))
    return recent.count() >= limit("wrong_codes_until_shut")


def admit(address: str, now: datetime, *, long: bool = False) -> Admitted | Brake:
    """May a guess be tested now? The brake where one is on; where both are, the address's, as a longer code would not be tested either.

    Args:
        long: it has as many digits as codes have that are made while the brake is on. What slows and stops everybody is not for these.
    """
    guess = WrongCode.objects.create(at=now, source=source_of(address))
    recent = WrongCode.objects.filter(at__gt=now - timedelta(minutes=limit("brake_minutes")))
    before = recent.count() - 1
    before_from_here = recent.filter(source=guess.source).count() - 1
    shut = before >= limit("wrong_codes_until_shut") and not long
    braked_here = before_from_here >= limit("wrong_codes_per_address")
    if shut or braked_here:
        guess.delete()  # else whoever goes on trying would keep the brake on for everybody
        return Brake.ADDRESS if braked_here else Brake.EVERYBODY
    once = before >= limit("wrong_codes_until_one_try") and not long
    return Admitted(guess, 1 if once else limit("tries_per_code"))


def source_of(address: str) -> str:
    """The address as a keyed digest, so that none is kept. A household's IPv6 addresses are one."""
    return salted_hmac("ndoo.identity.source", household(address) or address, algorithm="sha256").hexdigest()[:32]
