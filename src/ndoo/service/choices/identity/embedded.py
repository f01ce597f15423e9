"""The embedded register of people: a table beside the register of choices, for demonstrations and small trials."""

from __future__ import annotations

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.identity.name_match import name_form, postcode_form
from ndoo.service.choices.identity.people import Details, NoMatch, Person


class EmbeddedDemographics:
    """The table `KnownPerson` behind the interface `people.Demographics`."""

    def find(self, details: Details) -> Person | NoMatch:
        """The one person whom all the details fit."""
        rows = KnownPerson.objects.filter(
            matched_name=name_form(details.given_name + details.family_name), born=details.born
        )
        if details.number:
            rows = rows.filter(pk=details.number.reveal())
        if details.postcode:
            rows = rows.filter(matched_postcode=postcode_form(details.postcode), restricted=False)
        found = list(rows[:2])
        if len(found) > 1:
            return NoMatch.SEVERAL
        return person(found[0]) if found else NoMatch.NOBODY

    def by_number(self, number: NHSNumber) -> Person | None:
        """The person with that number."""
        row = KnownPerson.objects.filter(pk=number.reveal()).first()
        return person(row) if row else None


def person(row: KnownPerson) -> Person:
    """One row as the interface gives it out; of a restricted record, neither postcode nor contacts."""
    number = read(row.nhs_number)
    assert isinstance(number, NHSNumber), "only valid numbers are loaded"  # noqa: S101
    return Person(
        number=number,
        given_name=row.given_name,
        family_name=row.family_name,
        born=row.born,
        postcode="" if row.restricted else row.postcode,
        email="" if row.restricted else row.email,
        mobile="" if row.restricted else row.mobile,
        deceased=row.deceased,
        restricted=row.restricted,
    )


def row(known: Person, story: str = "") -> KnownPerson:
    """A person as a row, not saved yet."""
    return KnownPerson(
        nhs_number=known.number.reveal(),
        given_name=known.given_name,
        family_name=known.family_name,
        matched_name=name_form(known.given_name + known.family_name),
        born=known.born,
        postcode=known.postcode,
        matched_postcode=postcode_form(known.postcode),
        email=known.email,
        mobile=known.mobile,
        deceased=known.deceased,
        restricted=known.restricted,
        story=story,
    )
