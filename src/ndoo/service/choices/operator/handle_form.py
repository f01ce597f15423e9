"""Moves a posted form from state to state, and takes its choice into the register. One transaction for all that belongs to one act:
the form's state, the choice, the audit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.operator.form_approval import Act, permitted, step
from ndoo.service.choices.operator.models import FormState, PostedForm, Who
from ndoo.service.choices.operator.who_may_choose import Bar, bar, destroy_after
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.staff.roles import role_of

EntryMaker = Callable[..., Entry]
"""`staff.actor.entry`, bound to the request."""


class NotNowError(Exception):
    """The form is not in a state in which this can be done: somebody else was there first."""


class NotYoursError(Exception):
    """This act is somebody else's: nobody decides on a form that they recorded."""


class NumberTakenError(Exception):
    """Another form has that number: both would be told as one."""


class BarredError(Exception):
    """The rules do not let a form of this kind be given for this person."""

    def __init__(self, why: Bar) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True, repr=False)
class SigningProxy:
    """Whoever signed for the person, as the paper form asks; empty where they signed themself. It does not print."""

    name: str = ""
    relation: str = ""
    contact: str = ""
    """An e-mail address or a telephone number; empty where none was given."""


@dataclass(frozen=True, slots=True)
class PaperForm:
    """What stands on the form."""

    who: Who
    choice: Choice
    received_on: date
    evidence_kind: str
    evidence_reference: str
    proxy: SigningProxy = SigningProxy()
    number: str = ""
    """By which whoever sent it follows it; empty where none stands on it."""


def number_of(form: PostedForm) -> NHSNumber:
    """Whose form it is."""
    found = read(form.nhs_number)
    assert isinstance(found, NHSNumber), "only recorded() writes here"  # noqa: S101
    return found


@transaction.atomic
def recorded(said: PaperForm, person: Person, seen: int, by: User, entry: EntryMaker, now: datetime) -> PostedForm:
    """A new form, as a draft. `seen` is how many choices of this person `by` was shown.

    Raises:
        BarredError: the rules forbid it, on this London day.
        NumberTakenError: another form has the number that is said to stand on it, and is open, was approved, or is for somebody else.
    """
    _check(said.who, person, now)
    pk = uuid.uuid4()
    _claim_number(said.number, person, pk, entry, now)
    with _numbered_once():
        form = PostedForm.objects.create(
            pk=pk, nhs_number=person.number.reveal(), seen=seen, recorded_by=by, recorded_at=now, **_fields(said)
        )
    write(entry("form.recorded", subject=person.number, form=str(form.pk), who=said.who.value), now)
    return form


@transaction.atomic
def rewritten(
    pk: uuid.UUID, said: PaperForm, person: Person, seen: int, by: User, entry: EntryMaker, now: datetime
) -> PostedForm:
    """A draft with what really stands on the form.

    Raises:
        NotYoursError: somebody else recorded it.
        NotNowError: it is no draft any more.
        BarredError: the rules forbid it.
        NumberTakenError: another form has the number that is said to stand on it, and is open, was approved, or is for somebody else.
    """
    form = PostedForm.objects.select_for_update().get(pk=pk)
    if form.recorded_by_id != by.pk:
        raise NotYoursError
    _check(said.who, person, now)
    _claim_number(said.number, person, pk, entry, now)
    with _numbered_once():
        _moved(form, FormState.DRAFT, seen=seen, recorded_at=now, **_fields(said))
    write(entry("form.changed", subject=person.number, form=str(form.pk), who=said.who.value), now)
    return form


@transaction.atomic
def act_on(
    pk: uuid.UUID, act: Act, by: User, entry: EntryMaker, now: datetime, *, person: Person, refusal: str = ""
) -> ChoiceEvent | None:
    """Do it. Approval returns the choice, which is in the register for good once this returns.

    Raises:
        NotNowError: the form has moved on meanwhile.
        NotYoursError: it is not this person's act.
        BarredError: the rules forbid it by now: the person died, or turned 13.
        ChoiceChangedMeanwhileError: a newer choice came in since the form was recorded.
    """
    form = PostedForm.objects.select_for_update().get(pk=pk)
    row = step(FormState(form.state), act)
    if row is None:
        raise NotNowError
    if not permitted(row, role_of(by), is_recorder=form.recorded_by_id == by.pk):
        raise NotYoursError
    if act in (Act.SUBMIT, Act.APPROVE):
        _check(Who(form.who), person, now)
    decided = {"decided_by": by, "decided_at": now} if act in (Act.APPROVE, Act.REFUSE) else {}
    _moved(form, row.before, state=row.after, refusal=refusal, **decided)
    write(entry(row.audit, subject=person.number, reason=refusal, form=str(form.pk)), now)
    return _into_register(form, person, entry, now) if act is Act.APPROVE else None


def copies_due(on: date) -> QuerySet[PostedForm]:
    """The forms whose copies must be gone by that day."""
    ended = (FormState.APPROVED, FormState.REFUSED, FormState.DISCARDED)
    return PostedForm.objects.filter(state__in=ended, destroy_after__lt=on, destroyed_at=None)


@transaction.atomic
def copy_destroyed(pk: uuid.UUID, entry: EntryMaker, now: datetime) -> None:
    """The copy is gone, and with it the address of whoever signed; said once.

    Raises:
        NotNowError: it need not be gone yet, or that was said before.
    """
    if not copies_due(london_date(now)).filter(pk=pk).update(destroyed_at=now, proxy_contact=""):
        raise NotNowError
    write(entry("form.copy_destroyed", form=str(pk)), now)


def forget_contacts(on: date) -> None:
    """Of whoever signed, no address or number is kept by that day whose form's copies must be gone by then: whatever became
    of the form, and whether or not anybody has said that the copy is gone."""
    PostedForm.objects.filter(destroy_after__lt=on).exclude(proxy_contact="").update(proxy_contact="")


def _into_register(form: PostedForm, person: Person, entry: EntryMaker, now: datetime) -> ChoiceEvent:
    proxy = form.who != Who.SELF
    change = NewChoice(
        number=person.number,
        choice=Choice(form.choice),
        recorded_at=now,
        channel=Channel.STAFF if form.who == Who.SECURE_SETTING else Channel.POST,
        by=By.PROXY if proxy else By.SELF,
        proxy_role=ProxyRole(form.who) if proxy else None,
        evidence=f"{form.evidence_kind}: {form.evidence_reference}",
    )
    said = entry("choice.set", subject=person.number, form=str(form.pk), recorded_by=form.recorded_by.get_username())
    event = record(change, said, expected=form.seen)
    _moved(form, FormState.APPROVED, choice_reference=reference_of(event))
    return event


def _check(who: Who, person: Person, now: datetime) -> None:
    why = bar(who, person, london_date(now))
    if why:
        raise BarredError(why)


def _claim_number(number: str, person: Person, new: uuid.UUID, entry: EntryMaker, now: datetime) -> None:
    """A form that was refused or discarded may be written down anew from the paper: its number goes with the paper, so that whoever sent
    it sees what became of it in the end. A number that was mistyped is somebody else's, and stays theirs."""
    other = PostedForm.objects.filter(form_number=number).exclude(pk=new).first() if number else None
    if other is None:
        return
    ended = other.state in (FormState.REFUSED, FormState.DISCARDED)
    if not ended or other.nhs_number != person.number.reveal():
        raise NumberTakenError
    PostedForm.objects.filter(pk=other.pk).update(form_number=None)
    write(entry("form.number_passed_on", subject=person.number, form=str(other.pk), to=str(new)), now)


@contextmanager
def _numbered_once() -> Iterator[None]:
    """Two operators may type one number at the same moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise NumberTakenError from None


def _moved(form: PostedForm, before: FormState, **fields: Any) -> None:
    """Change the row where it still stands so: also where the database knows no lock on a row."""
    if not PostedForm.objects.filter(pk=form.pk, state=before).update(**fields):
        raise NotNowError
    form.refresh_from_db()


def _fields(said: PaperForm) -> dict[str, Any]:
    return {
        "who": said.who,
        "choice": said.choice,
        "received_on": said.received_on,
        "proxy_name": said.proxy.name,
        "proxy_relation": said.proxy.relation,
        "proxy_contact": said.proxy.contact,
        "evidence_kind": said.evidence_kind,
        "evidence_reference": said.evidence_reference,
        "destroy_after": destroy_after(said.received_on),
        "form_number": said.number or None,
    }
