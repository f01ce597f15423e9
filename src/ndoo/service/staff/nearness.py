"""Is this the viewer's own record, or that of somebody near? Names are all that is known of staff, and names will do:
a false alarm costs a colleague's minute."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from django.contrib.auth.models import User


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
    name = (_plain(given), _plain(family))
    if (_plain(viewer.first_name), _plain(viewer.last_name)) == name:
        return Nearness.OWN
    if any((_plain(one.first_name), _plain(one.last_name)) == name for one in staff if one.pk != viewer.pk):
        return Nearness.COLLEAGUE
    return Nearness.FAMILY if name[1] and _plain(viewer.last_name) == name[1] else Nearness.NONE


def _plain(text: str) -> str:
    """Letters only, without case and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalpha())
