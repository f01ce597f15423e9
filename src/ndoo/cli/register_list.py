"""`--register`: whom the register says to leave out, as it stands now."""

from __future__ import annotations

from datetime import datetime

from ndoo.cli.register_session import opened
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, NoUsableList
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList

SOURCE = "register"


MANY = 1_000_000
"""Choices of a register that is small for no data: they are not counted any further."""


def read_register(now: datetime, *, may_be_small: bool = False) -> CleanedList:
    """The register as a list of those who opted out, read in one piece.

    Args:
        may_be_small: a person says that a register of few choices is meant.

    Raises:
        NoUsableList: the register holds no choice at all, or could not be read.
        UsageFault, NotPermitted: see `register_door.opened`.
    """
    from ndoo.checking.freshness import judge_age

    age = judge_age(now, now, list_limit_days())
    try:
        with opened():
            from ndoo.service.choices.opted_out import choices_held, opted_out

            people, count = opted_out()
            choices = choices_held(MANY)
    except Fault:
        raise NoUsableList(
            "register-not-readable", "The register does not answer, or could not be read to its end."
        ) from None
    judged = None if may_be_small or choices == MANY else choices
    return CleanedList(age.provenance(Polarity.OPTED_OUT, SOURCE, count), people, choices=judged)
