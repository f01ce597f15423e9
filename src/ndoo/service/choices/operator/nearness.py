"""Whether a record is the viewer's own, or that of somebody near. Names are all that is known of staff, and names will do:
a false alarm costs a colleague's minute."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.contrib.auth.models import User

from ndoo.service.choices.identity.name_match import name_form


class Nearness(StrEnum):
    """How near the person is to whoever looks, judged by their names."""

    OWN = "own"
    """The same whole name: shut, a colleague must do it."""
    FAMILY = "family"
    """The same family name: open, and told to the auditors."""
    COLLEAGUE = "colleague"
    """The whole name of another account: open, and told to the auditors."""
    NONE = "none"


def nearness(viewer: User, given: str, family: str, staff: Iterable[User]) -> Nearness:
    """How near is a person of that name to the viewer?"""
    name = (name_form(given), name_form(family))
    if (name_form(viewer.first_name), name_form(viewer.last_name)) == name:
        return Nearness.OWN
    if any((name_form(one.first_name), name_form(one.last_name)) == name for one in staff if one.pk != viewer.pk):
        return Nearness.COLLEAGUE
    return Nearness.FAMILY if name[1] and name_form(viewer.last_name) == name[1] else Nearness.NONE
