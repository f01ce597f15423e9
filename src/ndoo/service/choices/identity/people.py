"""Who is known, and how a person is found: the one interface behind which a register of people stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from ndoo.domain.nhs_number import NHSNumber


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One person, as the register of people knows them. It does not print.

    `email` and `mobile` are those on the health record, empty where there is none. Of a restricted record the
    postcode and the contacts are empty: the register of people does not give them out.
    """

    number: NHSNumber
    given_name: str
    family_name: str
    born: date
    postcode: str = ""
    email: str = ""
    mobile: str = ""
    deceased: bool = False
    restricted: bool = False

    @property
    def name(self) -> str:
        """The whole name, as it is written."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True, repr=False)
class Details:
    """What somebody says about themselves: always names and date of birth, then NHS number or postcode, or both."""

    given_name: str
    family_name: str
    born: date
    number: NHSNumber | None = None
    postcode: str = ""


class NoMatch(StrEnum):
    """Why nobody was found."""

    NOBODY = "nobody"
    SEVERAL = "several"
    """The details fit more than one person. Nobody may be told so before they proved who they are."""


class DemographicsDownError(Exception):
    """The register of people does not answer, or not in the form agreed. It says nothing about any person."""


class Demographics(Protocol):
    """A register of people."""

    def find(self, details: Details) -> Person | NoMatch:
        """The one person whom all these details fit. Capitals, accents, apostrophes, hyphens and spaces in names,
        and spaces in postcodes, make no difference.

        Raises:
            DemographicsDownError: it cannot be asked now.
        """
        ...

    def by_number(self, number: NHSNumber) -> Person | None:
        """The person with that number. The number in the answer is the one to use: an old one leads to the new.

        Raises:
            DemographicsDownError: it cannot be asked now.
        """
        ...
