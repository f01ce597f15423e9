"""The questions that come before the search, in their order: a table; each page's address has its question's name."""

from __future__ import annotations

from datetime import date
from typing import Any

from ndoo.service.choices.identity.eligibility import under_age
from ndoo.service.choices.identity.people import Details
from ndoo.service.choices.patient import forms
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Way
from ndoo.service.nhs_forms.question import Answers, Question


def _ends_under_age(answers: Answers, today: date) -> str:
    return "journey-under-age" if under_age(answers["born"], today) else ""


NAME = Question("journey-name", forms.NameForm)
BORN = Question("journey-date-of-birth", forms.BornForm, ends=_ends_under_age)
KNOWS_NUMBER = Question("journey-know-your-nhs-number", forms.KnowsNumberForm)
NUMBER = Question("journey-nhs-number", forms.NumberForm, asked=lambda answers: answers["knows_number"] == forms.YES)
POSTCODE = Question("journey-postcode", forms.PostcodeForm, asked=lambda answers: answers["knows_number"] == forms.NO)
WAY = Question("journey-how-to-send-your-code", forms.WayForm, asked=lambda answers: len(sender().ways) > 1)

QUESTIONS = (NAME, BORN, KNOWS_NUMBER, NUMBER, POSTCODE, WAY)


def details(answers: Answers) -> tuple[Details, Way]:
    """All the answers, as the search wants them, and the way by which the code should go."""
    way: Any = answers.get("way") or next(iter(sender().ways))
    found = Details(
        given_name=answers["given_name"],
        family_name=answers["family_name"],
        born=answers["born"],
        number=answers.get("number"),
        postcode=answers.get("postcode", ""),
    )
    return found, Way(way)
