"""Shows a person to staff, with a reason, and the look is in the audit before anybody sees anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.audit.entries import write
from ndoo.service.choices.choice_reference import SoughtReference, person_of
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.people import Details, NoMatch, Person
from ndoo.service.choices.operator.handle_form import EntryMaker
from ndoo.service.choices.operator.models import Call
from ndoo.service.choices.operator.nearness import Nearness, nearness
from ndoo.service.choices.operator.reasons import DeskReason


class NoReasonError(Exception):
    """Nobody is looked at without a reason."""


class OwnRecordError(Exception):
    """The person has the viewer's name: a colleague must do it. The attempt is in the audit."""


def look(
    sought: NHSNumber | SoughtReference | Details,
    viewer: User,
    reason: str,
    entry: EntryMaker,
    now: datetime,
    keep: Callable[[Person], object] = lambda person: None,
    **details: str,
) -> Person | NoMatch:
    """The person, once the look stands in the audit; a search that finds nobody stands there too. `keep` writes
    whatever comes of the look, in the same transaction.

    Raises:
        NoReasonError: the reason is empty.
        OwnRecordError: the person has the viewer's own name.
        DemographicsDownError: the register of people does not answer.
    """
    if not reason.strip():
        raise NoReasonError
    found = _found(sought)
    if isinstance(found, NoMatch):
        with transaction.atomic():
            write(entry("person.not_found", reason=reason, answer=found.value, **details), now)
        return found
    near = nearness(viewer, found.given_name, found.family_name, User.objects.all())
    if near is Nearness.OWN:
        with transaction.atomic():
            write(entry("person.view_refused", subject=found.number, reason=reason, near=near.value, **details), now)
        raise OwnRecordError
    with transaction.atomic():
        write(entry("person.viewed", subject=found.number, reason=reason, near=near.value, **details), now)
        keep(found)
    return found


def _found(sought: NHSNumber | SoughtReference | Details) -> Person | NoMatch:
    if isinstance(sought, Details):
        return demographics().find(sought)
    number = person_of(sought) if isinstance(sought, SoughtReference) else sought
    return (demographics().by_number(number) if number is not None else None) or NoMatch.NOBODY


def open_call(
    sought: NHSNumber | SoughtReference | Details,
    viewer: User,
    kind: DeskReason,
    reason: str,
    entry: EntryMaker,
    now: datetime,
) -> Call | NoMatch:
    """A call about the person who was found; what `look` raises."""
    call = Call(operator=viewer, kind=kind, reason=reason, opened_at=now)

    def keep(person: Person) -> None:
        call.nhs_number = person.number.reveal()
        call.save()

    found = look(sought, viewer, reason, entry, now, keep, call=str(call.pk))
    return found if isinstance(found, NoMatch) else call
