"""`--register`: whom the register says to leave out, as it stands now."""

from __future__ import annotations

from datetime import datetime

from ndoo.cli.register_door import opened
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, NoUsableList
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList

SOURCE = "register"


def read_register(now: datetime) -> CleanedList:
    """The register as a list of those who opted out, read in one piece.

    Raises:
        NoUsableList: the register holds no choice at all, or could not be read.
        UsageFault, NotPermitted: see `register_door.opened`.
    """
    from ndoo.checking.freshness import judge_age

    age = judge_age(now, now, list_limit_days())
    try:
        with opened():
            from ndoo.service.choices.opted_out import opted_out

            people, count = opted_out()
    except Fault:
        raise NoUsableList(
            "register-not-readable", "The register does not answer, or could not be read to its end."
        ) from None
    return CleanedList(age.provenance(Polarity.OPTED_OUT, SOURCE, count), people)
