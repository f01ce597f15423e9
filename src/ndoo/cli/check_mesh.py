"""`--mesh PROFILE`: the whole exchange with the national service, as a list that may be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.cli.list_options import now
from ndoo.cli.mesh_session import Door, opened, waited
from ndoo.cli.output import Speech, stored_size
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.plurals import counted
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet

if TYPE_CHECKING:
    from ndoo.checking.mesh.requests import MeshRequest
    from ndoo.upholding.people_asked import AskedDataset

SOURCE = "mesh"


@contextmanager
def exchanged(
    name: str,
    people: NumberSet,
    count: int,
    timeout: float,
    *,
    again: bool = False,
    reuse_days: int = 0,
    speech: Speech,
) -> Iterator[CleanedList]:
    """The cleaned list of these people; once it has been made use of without an error, it counts as handed out.

    Raises:
        NoUsableList: no answer in time, or a rejection. UnfitData: nobody to ask about, or too many.
        UsageFault, NotPermitted: see `mesh_door`.
    """
    from ndoo.checking.mesh.answer_cache import kept_answers
    from ndoo.checking.mesh.requests import delivered, same_question

    with opened(name) as door:
        judge_people(count, door.profile.max_numbers)
        kept = (
            kept_answers(door.journal, door.profile, people, now() - timedelta(days=reuse_days)) if reuse_days else None
        )
        if kept and not kept.left:
            speech.note(
                f"All {counted(count, 'person')} asked about already in the last {counted(reuse_days, 'day')}: nothing is sent."
            )
            yield _listed(kept.allowed, people, kept.oldest)
            return
        if kept:
            speech.note(
                f"{counted(kept.known, 'person')} asked about already in the last {counted(reuse_days, 'day')}."
            )
            wanted, asking = kept.unknown, kept.left
        else:
            wanted, asking = people, count
        asked = same_question(door.journal, door.profile, wanted)
        if asked and again:
            door.asker.give_up(asked)
            asked = None
        if asked is None:
            asked = door.asker.ask(wanted, asking)
        else:
            speech.note(f"Going on with request {asked.id} about the same people.")
        asked = waited(door, asked, timeout, speech)
        if kept:
            yield _listed(kept.joined(door.journal, asked), people, kept.oldest)
        else:
            yield as_list(door, asked, people)
        delivered(door.journal, asked, door.clock())


def as_list(door: Door, request: MeshRequest, asked: NumberSet) -> CleanedList:
    """The answer to a request, found fresh enough; about anybody but those who were asked about it says nothing.

    Raises:
        NoUsableList: it is too old, or has expired.
    """
    from ndoo.checking.mesh.requests import answer

    return _listed(answer(door.journal, request), asked, request.checked_at)


def _listed(allowed: NumberSet, asked: NumberSet, checked_at: datetime | None) -> CleanedList:
    from ndoo.checking.freshness import judge_age

    age = judge_age(checked_at, now(), list_limit_days())
    return CleanedList(
        age.provenance(Polarity.ALLOWED, SOURCE, allowed.count()),
        allowed,
        asked,
    )


def judge_people(count: int, most: int) -> None:
    """Raises UnfitData where there is nobody to ask about, or more than may go into one request."""
    if not count:
        raise UnfitData("numbers-none", "The file holds no valid NHS number, so there is no one to ask about.")
    if count > most:
        raise UnfitData(
            "mesh-too-many",
            f"More than {counted(most, 'person')} in one request. Ask about them in parts, or say max_numbers in the profile.",
        )


def written_out(door: Door, asked: MeshRequest, output: Path, expected: tuple[float, float] | None) -> dict[str, Any]:
    """The answer to a request as a file, from the journal alone: in ascending order; its sealed record.

    Raises:
        NoUsableList: too old, expired, or the share withheld says that something is wrong.
    """
    from ndoo.checking.mesh.requests import question
    from ndoo.cli.check_output import put_answer

    about = question(door.journal, asked)
    if about is None:
        raise NoUsableList("mesh-answer-expired", "The answer to that request has expired. Ask again.")
    cleaned = as_list(door, asked, about.people)
    return put_answer(output, asked.asked, cleaned, expected, now())


def asked_about(name: str, about: AskedDataset, timeout: float, speech: Speech) -> AbstractContextManager[CleanedList]:
    """The cleaned list of everybody in a dataset."""
    from ndoo.upholding.people_asked import people_about

    size = stored_size(about.source) if isinstance(about.source, Path) else 0
    with speech.progress(size, "Reading") as progress:
        people, count = people_about(about, progress)
    return exchanged(name, people, count, timeout, speech=speech)
