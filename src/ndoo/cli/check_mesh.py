"""`--mesh PROFILE`: the whole exchange with the national service, as a list that may be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ndoo.checking.numbers_file import Gathered
from ndoo.cli.list_options import now
from ndoo.cli.mesh_door import Door, opened, waited
from ndoo.cli.speech import Speech, number
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import UnfitData
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet

if TYPE_CHECKING:
    from ndoo.checking.mesh.requests import Request

SOURCE = "mesh"


@contextmanager
def exchanged(
    name: str, gathered: Gathered, timeout: float, *, again: bool = False, speech: Speech
) -> Iterator[CleanedList]:
    """The cleaned list of these people; once it has been made use of without an error, it counts as handed out.

    Raises:
        NoUsableList: no answer in time, or a rejection. UnfitData: nobody to ask about, or too many.
        UsageFault, NotPermitted: see `mesh_door`.
    """
    from ndoo.checking.mesh.requests import delivered, same_question
    from ndoo.checking.mesh.service import known

    if not gathered.asked:
        raise UnfitData("numbers-none", "No line of the file is a valid NHS number: there is nobody to ask about.")
    if gathered.asked > known().max_numbers:
        raise UnfitData(
            "mesh-too-many", f"More than {number(known().max_numbers)} people in one request. Ask about them in parts."
        )
    with opened(name) as door:
        asked = same_question(door.journal, door.profile, gathered.people)
        if asked and again:
            door.asker.give_up(asked)
            asked = None
        if asked is None:
            asked = door.asker.ask(gathered.people, gathered.asked)
        else:
            speech.say(f"Going on with request {asked.id} about the same people.")
        asked = waited(door, asked, timeout, speech)
        yield as_list(door, asked, gathered.people)
        delivered(door.journal, asked, now())


def as_list(door: Door, request: Request, asked: NumberSet) -> CleanedList:
    """The answer to a request, found fresh enough; about anybody but those who were asked about it says nothing.

    Raises:
        NoUsableList: it is too old, or has expired.
    """
    from ndoo.checking.freshness import judge_age
    from ndoo.checking.mesh.requests import answer

    age = judge_age(request.checked_at, now(), list_limit_days())
    return CleanedList(
        Provenance(Polarity.ALLOWED, SOURCE, None, age.checked_at, age.days, age.limit_days, request.allowed or 0),
        answer(door.journal, request),
        asked,
    )
