"""What a caller is asked, so that we know who calls. Kept is which questions were passed, never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ndoo.service.choices.identity.people import Person


class CallerAnswer(StrEnum):
    """How it went."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_ASKED = "not_asked"


ANSWERED = (
    (CallerAnswer.RIGHT.value, _("Right")),
    (CallerAnswer.WRONG.value, _("Wrong")),
    (CallerAnswer.NOT_ASKED.value, _("Not asked")),
)


@dataclass(frozen=True, slots=True, repr=False)
class AskedQuestion:
    """One question, and what the record says. It does not print."""

    name: str
    words: str
    on_record: str


def questions(person: Person) -> list[AskedQuestion]:
    """What this person can be asked. Of a restricted record there is less."""
    digits = person.number.reveal()
    every = [
        AskedQuestion("name", str(_("What is your full name?")), person.name),
        AskedQuestion("born", str(_("What is your date of birth?")), date_format(person.born, "j F Y")),
        AskedQuestion("postcode", str(_("What is your postcode?")), person.postcode),
        AskedQuestion("number", str(_("Do you know your NHS number?")), f"{digits[:3]} {digits[3:6]} {digits[6:]}"),
        AskedQuestion("email", str(_("Which email address does your GP practice have?")), person.email),
        AskedQuestion("mobile", str(_("Which mobile number does your GP practice have?")), person.mobile),
    ]
    return [one for one in every if one.on_record]
