"""Whoever posted a form sees how far it is by its number alone; nobody learns whose it is, or what it says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.service.choices.choice_reference import reference_in
from ndoo.service.choices.operator import handle_form
from ndoo.service.choices.operator.handle_form import NumberTakenError, PaperForm, recorded, rewritten
from ndoo.service.choices.operator.models import FormState, PostedForm, Who
from tests.support.patients import text
from tests.support.staff_accounts import account, audited, known, signed_in
from tests.unit.service.choices.operator.test_handle_form import ON_IT, arrived, asks, made, said

pytestmark = pytest.mark.django_db


def follow(number: str) -> str:
    answer = Client().post("/forms/follow", {"number": number})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return text(answer)


def given() -> str:
    """A number, as the page gives it."""
    [number] = re.findall(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}", text(Client().get("/forms/number")))
    assert reference_in(number) == number
    return str(number)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FormState.DRAFT, "Received We have your form. It was not checked yet."),
        (FormState.WAITING, "Being checked"),
        (FormState.APPROVED, "Done We checked the form and saved the choice."),
        (FormState.REFUSED, "Done We checked the form, and could not save a choice from it."),
        (FormState.DISCARDED, "Done We did not save a choice"),
    ],
)
def test_each_state_is_told_as_it_is_and_nothing_of_the_person(state: FormState, words: str) -> None:
    person, number = known(), given()
    form = made(account(), person, FormState.DRAFT)
    decided = {"decided_by": account(name="amir"), "decided_at": timezone.now()}
    PostedForm.objects.update(form_number=number, state=state, **decided if "Done" in words else {})
    page = follow(number.lower().replace("-", " "))
    assert words in page and "It came on" in page and ("We finished on" in page) == ("Done" in words)
    for told in (person.number.reveal()[:6], person.family_name, form.evidence_reference, "opted", "cannot be used"):
        assert told not in page


def test_a_number_that_no_form_has_is_told_as_that() -> None:
    made(account(), known(), FormState.DRAFT)  # without a number
    assert "We have no form with this number" in follow(given())
    assert "Enter the number of your form" in follow("")
    assert "This is not the number of a form" in follow("999 123 4567")
    assert given() != given()


def test_two_forms_are_never_told_as_one() -> None:
    operator, number = account(), given()
    form = recorded(written(number), known(), 0, operator, asks(operator), timezone.now())
    with pytest.raises(NumberTakenError):
        recorded(written(number), known(2), 0, operator, asks(operator), timezone.now())
    other = recorded(said(), known(2), 0, operator, asks(operator), timezone.now())
    with pytest.raises(NumberTakenError):
        rewritten(other.pk, written(number), known(2), 0, operator, asks(operator), timezone.now())
    rewritten(form.pk, written(number), known(), 0, operator, asks(operator), timezone.now())
    assert PostedForm.objects.filter(form_number=number).count() == 1


@pytest.mark.parametrize("state", [FormState.REFUSED, FormState.DISCARDED])
def test_a_paper_that_was_written_down_wrongly_keeps_its_number_when_it_is_written_down_anew(state: FormState) -> None:
    operator, number = account(), given()
    wrong = recorded(written(number), known(), 0, operator, asks(operator), timezone.now())
    decided = {"decided_by": account(name="amir"), "decided_at": timezone.now()}
    PostedForm.objects.update(state=state, **decided)
    assert "Done" in follow(number), "until then it is told as it was"
    with pytest.raises(NumberTakenError):  # mistyped, so that it is another's: they would lose it, and follow this one
        recorded(written(number), known(2), 0, operator, asks(operator), timezone.now())
    assert "Done" in follow(number) and not audited("form.number_passed_on")
    right = recorded(written(number), known(), 0, operator, asks(operator), timezone.now())
    assert "Received" in follow(number)
    assert list(PostedForm.objects.exclude(form_number=None)) == [right]
    [entry] = audited("form.number_passed_on")
    assert entry.details == {"form": str(wrong.pk), "to": str(right.pk)}
    assert entry.subject == wrong.nhs_number


def test_two_operators_who_type_one_number_at_the_same_moment_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, number = account(), given()
    recorded(written(number), known(), 0, operator, asks(operator), timezone.now())
    other = recorded(said(), known(2), 0, operator, asks(operator), timezone.now())
    monkeypatch.setattr(handle_form, "_claim_number", lambda *_: None)  # neither has seen the other's yet
    with pytest.raises(NumberTakenError):
        recorded(written(number), known(2), 0, operator, asks(operator), timezone.now())
    with pytest.raises(NumberTakenError):
        rewritten(other.pk, written(number), known(2), 0, operator, asks(operator), timezone.now())


def written(number: str) -> PaperForm:
    return replace(said(Who.SELF), number=number)


def test_an_operator_writes_down_the_number_that_stands_on_the_form() -> None:
    operator, number, person = account(), given(), known()
    client = signed_in(operator)

    def records() -> str:
        found = client.post("/staff/find", {"reason": "form", "number": person.number.reveal()})
        return text(client.post(found["Location"], ON_IT | arrived() | {"form_number": number}, follow=True))

    assert f"Number of the form {number}" in records()
    assert "Received" in follow(number)
    assert "Another form has this number" in records()
    draft = PostedForm.objects.get()
    assert f'value="{number}"' in client.get(f"/staff/forms/{draft.pk}/rewrite").content.decode()
