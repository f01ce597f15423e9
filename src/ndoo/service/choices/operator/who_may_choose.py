"""Who may choose for a person, and with which proof: the rules of `rules.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext_lazy as _

from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.operator.models import Who

WHO = {
    Who.SELF: _("The person"),
    Who.PARENT: _("A parent, for a child under 13"),
    Who.ATTORNEY: _("An attorney"),
    Who.DEPUTY: _("A deputy named by the court"),
    Who.SECURE_SETTING: _("Staff of a prison or another secure setting"),
}

EVIDENCE = {
    "signed_form": _("Form signed by the person"),
    "parental_declaration": _("Signed declaration of parental responsibility"),
    "birth_certificate": _("Copy of the birth certificate"),
    "passport": _("Copy of the child’s passport"),
    "lasting_power_property": _("Lasting power of attorney: property and money"),
    "lasting_power_health": _("Lasting power of attorney: health and care"),
    "court_order": _("Order of the Court of Protection"),
    "secure_setting_form": _("Proxy form signed by a healthcare professional of the setting"),
}


class Bar(StrEnum):
    """Why this form cannot be given for this person."""

    DECEASED = "deceased"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"


BARS = {
    Bar.DECEASED: _("This person has died. A choice made before stays; a new one cannot be set."),
    Bar.TOO_YOUNG: _("This person is too young for a form of this kind. A parent can choose for a child under 13."),
    Bar.TOO_OLD: _("This person is 13 or over, so they choose for themself. A parent cannot choose for them."),
}


@dataclass(frozen=True, slots=True)
class ChooserRule:
    """One row of the table. An age is in whole years, on the day in London."""

    who: Who
    evidence: tuple[str, ...]
    source: str
    read_on: date
    from_age: int = 0
    below_age: int = 200


@cache
def _said() -> dict[str, Any]:
    return tomllib.loads(files("ndoo.service.choices.operator").joinpath("rules.toml").read_text(encoding="utf-8"))


@cache
def rules() -> dict[Who, ChooserRule]:
    """The rule for each kind of signer."""
    rows: list[dict[str, Any]] = _said()["may"]
    made = [ChooserRule(**row | {"who": Who(row["who"]), "evidence": tuple(row["evidence"])}) for row in rows]
    return {rule.who: rule for rule in made}


def kept_months() -> int:
    """How long copies of proofs are kept."""
    months: int = _said()["copies"]["kept_months"]
    return months


def passes() -> int:
    """How many right answers open a caller's record."""
    right: int = _said()["caller_check"]["passes"]
    return right


def again_after() -> int:
    """Hours for which nobody tries a caller again after a wrong answer, unless a supervisor says so."""
    hours: int = _said()["caller_check"]["again_after_hours"]
    return hours


def age(born: date, on: date) -> int:
    """Whole years. Who was born on 29 February has a birthday on 1 March in other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def bar(who: Who, person: Person, on: date) -> Bar | None:
    """What stands in the way of a form signed so, on that London day; None where nothing does."""
    if person.deceased:
        return Bar.DECEASED
    rule, years = rules()[who], age(person.born, on)
    if years < rule.from_age:
        return Bar.TOO_YOUNG
    return Bar.TOO_OLD if years >= rule.below_age else None


def destroy_after(received: date) -> date:
    """The last day on which the copy may be kept: the same day some months later, or that month's last."""
    month = received.month - 1 + kept_months()
    year, month = received.year + month // 12, month % 12 + 1
    for day in range(received.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, received.day)
