"""How far a call is: each step is open only after the one before, to its own operator, in the session that began it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.http import Http404, HttpRequest

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry, write
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.people import DemographicsDownError, Person
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.operator.failed_checks import holding
from ndoo.service.choices.operator.models import Call
from ndoo.service.choices.operator.reasons import DeskReason
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.staff.actor import signed_in

_OPEN = "desk_calls"


class EndedError(Exception):
    """The call was ended already, perhaps in another window."""


class HeldBackError(Exception):
    """A check about the person failed, perhaps in another call at the same moment."""

    def __init__(self, failed: AuditEntry) -> None:
        super().__init__()
        self.failed = failed


def remember(request: HttpRequest, call: Call) -> None:
    """This session may go on with it. A later session may not: to look again takes a reason again."""
    request.session[_OPEN] = [*request.session.get(_OPEN, []), str(call.pk)]


def find(request: HttpRequest, pk: uuid.UUID, *kinds: DeskReason, ended: tuple[bool, ...] = (False,)) -> Call:
    """The call of that address; one that is ended only where the page allows it.

    Raises:
        Http404: it is another operator's, another session's, of another kind, or (not) ended.
    """
    call = Call.objects.filter(pk=pk, operator=signed_in(request), kind__in=kinds).first()
    if call is None or (call.ended_at is not None) not in ended or str(pk) not in request.session.get(_OPEN, []):
        raise Http404
    return call


def number_of(call: Call) -> NHSNumber:
    """Whom it is about."""
    found = read(call.nhs_number)
    assert isinstance(found, NHSNumber), "only look() writes here"  # noqa: S101
    return found


def person_of(call: Call) -> Person:
    """Whom it is about, as the register of people knows them.

    Raises:
        DemographicsDownError: it does not answer, or does not know them any more.
    """
    person = demographics().by_number(number_of(call))
    if person is None:
        raise DemographicsDownError
    return person


def _one_after_another(call: Call) -> None:
    """Of the open calls about one person one writes at a time, and sees what the one before wrote. SQLite lets one write anyway."""
    list(Call.objects.select_for_update().filter(nhs_number=call.nhs_number, ended_at=None).order_by("pk"))


def _refuse_held(call: Call, now: datetime) -> None:
    failed = holding(number_of(call), now)
    if failed is not None:
        raise HeldBackError(failed)


@transaction.atomic
def checked(call: Call, passed: list[str], failed: bool, audit: Entry, now: datetime) -> None:
    """The caller was asked. A wrong answer ends the call; right ones are taken where no other call's wrong one holds the person.

    Raises:
        HeldBackError: one does, though it did not when the page was asked for.
    """
    _one_after_another(call)
    if not failed:
        _refuse_held(call, now)
    call.passed = passed
    if failed:
        call.ended_at = now
    else:
        call.checked_at = now
    call.save(update_fields=["passed", "checked_at", "ended_at"])
    write(audit, now)


@transaction.atomic
def save(call: Call, audit: Entry, now: datetime) -> ChoiceEvent:
    """The person's choice, into the register; the call is over.

    Raises:
        EndedError: the call is over already.
        HeldBackError: a check about the person failed since.
        ChoiceChangedMeanwhileError: a choice came in since the operator looked.
    """
    _one_after_another(call)
    _refuse_held(call, now)
    if not Call.objects.filter(pk=call.pk, ended_at=None).update(ended_at=now):
        raise EndedError
    return record(NewChoice(number_of(call), Choice(call.choice), now, Channel.PHONE), audit, expected=call.seen)


def saved_in(call: Call) -> ChoiceEvent | None:
    """The choice that was saved in this call: the one after those that the operator saw."""
    return ChoiceEvent.objects.filter(nhs_number=call.nhs_number, sequence=(call.seen or 0) + 1).first()
