"""The reference number of a choice: it stands on every confirmation, page and message, and staff find the choice by it.

It is random, so that it tells nobody how many choices there are, whose they are, or what was chosen. A choice that was
taken over from another list has none: nobody here confirmed it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.models import ChoiceEvent, ChoiceReference

_SIGNS = "2346789BCDFGHJKMPQRTVWXY"
"""No vowels, so that no words come up, and nothing that is taken for something else when it is read out."""
_GROUP, _GROUPS = 4, 3
_NOT_IN_ONE = re.compile(r"[^0-9A-Z]")


def new_reference() -> str:
    """A reference that nobody has had, such as `7KQ2-XW4D-93HM`."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def reference_in(typed: str) -> str:
    """What somebody typed, as references are written; empty where it cannot be one."""
    signs = _NOT_IN_ONE.sub("", typed.upper())
    if len(signs) != _GROUP * _GROUPS or set(signs) - set(_SIGNS):
        return ""
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def references_of(events: Iterable[ChoiceEvent]) -> dict[int, str]:
    """The references of these choices, by the choice's id; those that have none are left out."""
    kept = ChoiceReference.objects.filter(event__in=[event.pk for event in events])
    return dict(kept.values_list("event_id", "reference"))


def reference_of(event: ChoiceEvent) -> str:
    """The reference of this choice; empty where it has none."""
    return references_of([event]).get(event.pk, "")


@dataclass(frozen=True, slots=True)
class SoughtReference:
    """A reference that somebody gave, as references are written, to find the person whose choice has it."""

    text: str


def person_of(sought: SoughtReference) -> NHSNumber | None:
    """The person whose choice has this reference; None where no choice has it."""
    event = choice_with(sought.text)
    number = read(event.nhs_number) if event else None
    return number if isinstance(number, NHSNumber) else None


def choice_with(reference: str) -> ChoiceEvent | None:
    """The choice with this reference."""
    return ChoiceEvent.objects.filter(choicereference__reference=reference).first()
