"""Whoever is who they say gets to their choice, and everybody else to a page that says what to do next."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ndoo.domain.errors import UsageFault
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices import choice_history, demonstration, receipts
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity import find_person
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.models import Attempt, KnownPerson
from ndoo.service.choices.identity.people import DemographicsDownError
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.patient import choice_views, history
from ndoo.service.choices.patient.models import Applied
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.messages.demonstration import DemonstrationSender
from ndoo.service.messages.message import NotSentError, Way
from ndoo.service.messages.models import DemonstrationMessage
from tests.support.patients import ANN, Clock, Visitor, known, newest_code, newest_message, number, text, title, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]


def phoned(choice: Choice) -> ChoiceEvent:
    """A choice that came by phone."""
    now = choice_views.timezone.now()
    return record(NewChoice(ANN.number, choice, now, Channel.PHONE), Entry("staff:sam", "choice.set", ANN.number))


@pytest.mark.parametrize("by", ["number", "postcode"])
@pytest.mark.parametrize("way", ["email", "text"])
def test_a_person_chooses_and_hears_of_it(by: str, way: str) -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN, by=by, way=way)
    assert newest_message().way == way
    assert "have not made a choice yet" in text(visitor.page)
    assert "checked" not in visitor.page.content.decode()
    visitor.opens("/journey/confirmation")
    assert visitor.at == "/journey/history", "there is nothing to confirm"
    visitor.sends("/journey/choice", choice="opt_out")
    assert "cannot be used for research and planning" in text(visitor.page)
    assert "a•••@e•••.org" in text(visitor.page)
    visitor.sends("/journey/review")
    assert title(visitor.page) == "Your choice is saved"
    assert "cannot be used" in text(visitor.page)
    assert "21 days" in text(visitor.page)
    event = choice_history.current(ANN.number)
    assert event is not None
    assert (event.choice, event.channel, event.by, event.actor) == ("opt_out", "online", "self", "self")
    assert work() == 1
    assert "cannot be used" in newest_message().text
    reference = reference_of(event)
    assert reference in text(visitor.page) and reference in newest_message().text
    kept = visitor.opens("/journey/confirmation")
    assert kept["Content-Disposition"] == f'attachment; filename="your-choice-{reference}.txt"'
    words = kept.content.decode()
    assert reference in words and "cannot be used" in words and "e-mail" not in words, "a file is no message"
    assert reference in text(visitor.opens("/journey/history"))
    entries = [(entry.action, entry.details, entry.address) for entry in AuditEntry.objects.all()]
    assert entries == [
        ("identity.proved", {"how": "code"}, "192.0.2.1"),
        ("choice.set", {"choice": "opt_out", "how": "code"}, "192.0.2.1"),
    ]


def test_a_change_of_mind_starts_from_the_choice_that_stands() -> None:
    known()
    phoned(Choice.OPT_OUT)
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    assert "cannot be used" in text(visitor.page)
    assert 'value="opt_out" checked' in visitor.page.content.decode()
    visitor.chooses("allow")
    assert "can be used" in text(visitor.page)
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out", "allow"]
    visitor.opens("/journey/review")
    assert visitor.at == "/journey/choice", "nothing is left to confirm"
    visitor.sends("/journey/review")
    assert len(choice_history.history(ANN.number)) == 2, "sending it twice saves it once"


def test_a_choice_that_came_in_between_is_not_overwritten() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice", choice="allow")
    phoned(Choice.OPT_OUT)
    visitor.sends("/journey/review")
    assert title(visitor.page) == "Your choice was changed while you were here"
    assert "cannot be used" in text(visitor.page)
    current = choice_history.current(ANN.number)
    assert current is not None
    assert current.choice == "opt_out"
    assert not DemonstrationMessage.objects.filter(subject__contains="choice").exists()
    visitor.opens("/journey/choice")
    visitor.chooses("allow")
    assert visitor.at == "/journey/saved"


def test_the_answer_is_needed_and_is_said_to_be() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice")
    assert title(visitor.page) == "Error: Make your choice"
    assert choice_history.current(ANN.number) is None


def test_what_people_see_afterwards_is_their_choices_and_who_applied_them() -> None:
    known()
    first = phoned(Choice.OPT_OUT)
    Applied.objects.create(
        nhs_number=ANN.number.reveal(), organisation="An Institute", at=first.recorded_at, sequence=1
    )
    Applied.objects.create(
        nhs_number=number(1).reveal(), organisation="Not about Ann", at=first.recorded_at, sequence=1
    )
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.opens("/journey/history")
    assert "By phone" in text(visitor.page)
    assert "Left out: you opted out. This follows your newest choice" in text(visitor.page)
    assert "Not about Ann" not in text(visitor.page)
    visitor.opens("/journey/choice")
    visitor.chooses("allow")
    visitor.opens("/journey/history")
    shown = text(visitor.page)
    assert shown.index("On this website") < shown.index("By phone")
    assert "It has not checked since your newest choice" in shown
    assert ANN.number.reveal() not in visitor.page.content.decode()


def test_a_history_claims_no_more_than_was_recorded() -> None:
    """It once said that it was every organisation and all data since the first choice: of a register that was brought here
    from an older version, or a choice that was carried over, that was not true."""
    known()
    phoned(Choice.OPT_OUT)
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    step = MigrationRecorder.Migration.objects.filter(app="journey", name="0003_use_and_outcome")
    step.update(applied=datetime(2026, 7, 1, 8, 30, tzinfo=UTC))
    for applied in (0, 1):
        if applied:
            Applied.objects.create(
                nhs_number=ANN.number.reveal(), organisation="An Institute", at=timezone.now(), sequence=1
            )
        visitor.opens("/journey/history")
        shown = text(visitor.page)
        assert ("An Institute" in shown) == bool(applied)
        assert "We have recorded this since 1 July 2026, 9:30am. What was done before may be missing." in shown
        assert "Data that you were left out of may be missing too" in shown
        assert "This is every" not in shown
    step.delete()
    visitor.opens("/journey/history")
    assert "What was done before we recorded this may be missing" in text(visitor.page)


def test_the_history_is_dated_by_a_step_that_there_is() -> None:
    assert history.recorded_since()


def test_somebody_who_never_chose_sees_that_too() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.opens("/journey/history")
    assert "have not made a choice yet" in text(visitor.page)
    assert "We keep a record for you from your first choice on" in text(visitor.page), "and no list of who asked"
    visitor.opens("/journey/saved")
    assert visitor.at == "/journey/history", "nothing was saved in this session"


@pytest.mark.parametrize(
    ("born", "at"),
    [(date(2013, 11, 22), "/journey/know-your-nhs-number"), (date(2013, 11, 23), "/journey/under-age")],
)
def test_a_child_under_13_is_told_at_once_and_nothing_is_searched(
    born: date, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch)
    visitor = Visitor()
    visitor.opens("/journey/")
    visitor.sends("/journey/name", given_name="Maya", family_name="Little")
    visitor.born(born)
    assert visitor.at == at
    visitor.opens("/journey/check-your-details")
    assert visitor.at == at
    assert Attempt.objects.count() == 0


def test_answers_are_changed_from_the_check_page_and_lead_back_to_it() -> None:
    known()
    visitor = Visitor()
    visitor.tells_who(ANN)
    assert "12 February 1968" in text(visitor.page)
    visitor.opens("/journey/name")
    assert 'value="Ann"' in visitor.page.content.decode()
    assert 'href="/journey/check-your-details"' in visitor.page.content.decode()
    visitor.sends("/journey/name", given_name="Anne", family_name="Example")
    assert visitor.at == "/journey/check-your-details"
    visitor.sends("/journey/know-your-nhs-number", knows_number="no")
    assert visitor.at == "/journey/postcode", "another answer asks another question"
    visitor.opens("/journey/nhs-number")
    assert visitor.at == "/journey/postcode"
    visitor.sends("/journey/postcode", postcode="xx12ab")
    assert "XX1 2AB" in text(visitor.page)
    assert ANN.number.reveal()[:3] not in text(visitor.page)


@pytest.mark.parametrize(
    "path",
    [
        "date-of-birth",
        "nhs-number",
        "postcode",
        "check-your-details",
        "finding",
        "code",
        "no-code",
        "code-spent",
        "code-expired",
        "too-many-codes",
    ],
)
def test_nobody_skips_a_question(path: str) -> None:
    visitor = Visitor()
    visitor.opens("/journey/")
    visitor.opens(f"/journey/{path}")
    assert visitor.at == "/journey/name"


def test_a_wrong_code_is_told_and_the_third_ends_it() -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    code = newest_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    visitor.types(wrong)
    assert "You can try 2 more times" in text(visitor.page)
    assert title(visitor.page).startswith("Error: ")
    visitor.types(wrong)
    assert "You can try 1 more time" in text(visitor.page)
    visitor.types(wrong)
    assert title(visitor.page) == "This code no longer works"
    visitor.types(code)
    assert title(visitor.page) == "This code no longer works", "the right one comes too late"
    visitor.sends("/journey/new-code")
    work()
    assert "Look for a new code" in text(visitor.page)
    visitor.types(newest_code())
    assert visitor.at == "/journey/choice"


def test_a_code_is_too_old_after_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    clock.passes(minutes=29)
    visitor.opens("/journey/code")
    clock.passes(minutes=1)
    visitor.types(newest_code())
    assert title(visitor.page) == "This code is too old"


def test_after_four_codes_there_is_the_telephone() -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    for _ in range(3):
        visitor.sends("/journey/new-code")
        assert visitor.at == "/journey/code"
        work()
    visitor.sends("/journey/new-code")
    assert title(visitor.page) == "We cannot send more codes"
    assert "0300 303 5678" in text(visitor.page)
    assert DemonstrationMessage.objects.count() == 4
    visitor.types(newest_code())
    assert visitor.at == "/journey/choice", "the newest still works"


def test_nobody_gets_more_than_four_codes_a_day_however_often_they_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    known()
    for _ in range(6):
        Visitor().asks_for_a_code(ANN)
    assert DemonstrationMessage.objects.count() == 4
    clock.passes(days=1)
    Visitor().asks_for_a_code(ANN)
    assert DemonstrationMessage.objects.count() == 5


def test_a_record_with_one_contact_gets_its_code_there() -> None:
    known(mobile="")
    Visitor().asks_for_a_code(ANN, way="text")
    assert newest_message().way == "email"


def test_a_service_that_sends_no_texts_does_not_ask_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DemonstrationSender, "ways", frozenset({Way.EMAIL}))
    known()
    visitor = Visitor()
    visitor.opens("/journey/")
    visitor.sends("/journey/name", given_name="Ann", family_name="Example")
    visitor.born(ANN.born)
    visitor.sends("/journey/know-your-nhs-number", knows_number="yes")
    visitor.sends("/journey/nhs-number", number=ANN.number.reveal())
    assert visitor.at == "/journey/check-your-details"
    visitor.opens("/journey/how-to-send-your-code")
    assert visitor.at == "/journey/check-your-details"
    visitor.sends("/journey/check-your-details")
    work()
    assert newest_message().way == "email"


def test_the_page_waits_for_the_search_and_says_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    visitor = Visitor()
    visitor.tells_who(ANN)
    visitor.sends("/journey/check-your-details")
    assert title(visitor.page) == "Looking for your details"
    assert visitor.opens("/journey/finding/progress").json() == {"done": False}
    visitor.opens("/journey/code")
    assert visitor.at == "/journey/finding", "no code is typed before one can have been sent"
    clock.passes(seconds=31)
    assert visitor.opens("/journey/finding/progress").json() == {"done": True}
    visitor.opens("/journey/finding")
    assert visitor.page.status_code == 503
    assert "problem with this service" in title(visitor.page)
    Attempt.objects.all().delete()
    assert visitor.opens("/journey/finding").status_code == 503


class Down:
    """A register of people that does not answer."""

    def find(self, details: object) -> object:
        raise DemographicsDownError

    by_number = find


def test_when_the_register_of_people_is_down_everybody_is_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    known()
    visitor = Visitor()
    monkeypatch.setattr(find_person, "demographics", Down)
    visitor.tells_who(ANN)
    visitor.sends("/journey/check-your-details")
    work()
    visitor.opens("/journey/finding")
    assert visitor.page.status_code == 503
    monkeypatch.undo()


def test_a_new_code_waits_for_better_times_when_the_register_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    monkeypatch.setattr(find_person, "demographics", Down)
    visitor.sends("/journey/new-code")
    work()
    assert visitor.at == "/journey/code"
    assert DemonstrationMessage.objects.count() == 1


def test_a_message_that_is_not_taken_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: DemonstrationSender, message: object) -> None:
        raise NotSentError

    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    monkeypatch.setattr(DemonstrationSender, "send", refuse)
    visitor.chooses("opt_out")
    assert visitor.at == "/journey/saved"
    work()
    other = Visitor()
    other.asks_for_a_code(ANN)
    assert other.at == "/journey/code"


def test_somebody_without_a_contact_is_promised_no_message() -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    KnownPerson.objects.update(email="", mobile="")
    visitor.types(newest_code())
    visitor.sends("/journey/choice", choice="opt_out")
    assert "your record has no mobile number or email" in text(visitor.page)
    visitor.sends("/journey/review")
    assert "sending a confirmation" not in text(visitor.page)
    sent = DemonstrationMessage.objects.count()
    work()
    assert DemonstrationMessage.objects.count() == sent


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"deceased": True}, "/journey/deceased"),
        ({"restricted": True}, "/journey/restricted"),
        ({"born": date.today() - timedelta(days=365)}, "/journey/under-age"),
    ],
)
def test_whoever_may_not_choose_online_is_told_why_once_they_proved_who_they_are(
    change: dict[str, object], at: str
) -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    KnownPerson.objects.update(**change)
    visitor.types(newest_code())
    assert visitor.at == at
    assert "0300 303 5678" in text(visitor.page)
    visitor.opens("/journey/history")
    assert visitor.at == at


def test_somebody_proved_whom_nobody_knows_is_told_whom_to_call() -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    KnownPerson.objects.all().delete()
    visitor.types(newest_code())
    assert title(visitor.page) == "We could not find your health record"


def test_after_the_proof_a_register_that_is_down_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    monkeypatch.setattr(choice_views, "demographics", Down)
    assert visitor.types(newest_code()).status_code == 503
    monkeypatch.setattr(choice_views, "demographics", demographics)
    visitor.opens("/journey/choice")
    assert visitor.at == "/journey/choice"
    monkeypatch.setattr(receipts, "demographics", Down)
    visitor.chooses("opt_out")
    work()
    assert visitor.at == "/journey/saved"


def test_an_old_number_leads_to_the_one_that_holds_now(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = number(5), known()

    class Replaced:
        def by_number(self, asked: object) -> object:
            return new

    known(number=old, given_name="Before")
    visitor = Visitor()
    visitor.asks_for_a_code(known(number=old, given_name="Before"))
    monkeypatch.setattr(choice_views, "demographics", Replaced)
    visitor.types(newest_code())
    visitor.chooses("opt_out")
    assert choice_history.current(old) is None
    assert choice_history.current(new.number) is not None


@pytest.mark.parametrize("path", ["/demo/people", "/demo/messages"])
def test_the_pages_of_a_demonstration_are_in_a_demonstration_only(path: str, settings: object) -> None:
    from dataclasses import replace

    known()
    Visitor().asks_for_a_code(ANN)
    assert Visitor().opens(path).status_code == 200
    settings.NDOO = replace(settings.NDOO, demo=False)  # type: ignore[attr-defined]
    assert Visitor().opens(path).status_code == 404


def hidden(visitor: Visitor) -> dict[str, str]:
    """What the page sends along without being asked."""
    found = re.findall(r'<input type="hidden" name="(choice|seen)" value="([^"]*)"', visitor.page.content.decode())
    return dict(found)


def test_what_one_window_shows_is_what_it_saves_whatever_another_one_did() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice", choice="opt_out", **hidden(visitor))
    first = hidden(visitor)
    visitor.opens("/journey/choice")
    visitor.sends("/journey/choice", choice="allow", **hidden(visitor))
    visitor.sends("/journey/review", **first)
    assert "cannot be used" in text(visitor.page)
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out"]


def test_a_window_that_shows_an_old_choice_does_not_save_over_a_newer_one() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    old = hidden(visitor)
    phoned(Choice.OPT_OUT)
    visitor.opens("/journey/choice")
    assert hidden(visitor) != old
    visitor.sends("/journey/choice", choice="allow", **old)
    visitor.sends("/journey/review", **hidden(visitor))
    assert title(visitor.page) == "Your choice was changed while you were here"
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out"]


def test_the_second_of_two_windows_is_told_and_drops_nothing() -> None:
    """Two reviews are open. One was saved; the other led back to the question without a word."""
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice", choice="opt_out", **hidden(visitor))
    first = hidden(visitor)
    visitor.opens("/journey/choice")
    visitor.sends("/journey/choice", choice="allow", **hidden(visitor))
    second = hidden(visitor)
    visitor.sends("/journey/review", **first)
    visitor.sends("/journey/review", **second)
    assert title(visitor.page) == "Your choice was changed while you were here"
    assert "cannot be used" in text(visitor.page)
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out"]


def test_the_same_choice_again_is_no_new_record() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    for seen_as in ("Your choice is saved", "Your choice has not changed"):
        visitor.opens("/journey/choice")
        visitor.sends("/journey/choice", choice="opt_out", **hidden(visitor))
        visitor.sends("/journey/review", **hidden(visitor))
        assert title(visitor.page) == seen_as
    assert "sending a confirmation" not in text(visitor.page)
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out"]


@pytest.mark.parametrize("answers", [{"choice": "something"}, {"seen": "9" * 30}, {"seen": "minus one"}])
def test_a_page_that_was_tampered_with_saves_nothing_strange(answers: dict[str, str]) -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice", choice="opt_out")
    visitor.sends("/journey/review", **answers)
    assert [event.choice for event in choice_history.history(ANN.number)] == (
        [] if "choice" in answers else ["opt_out"]
    )


def test_a_choice_that_the_database_did_not_take_is_not_said_to_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*arguments: object, **options: object) -> None:
        raise OperationalError("locked")

    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    with monkeypatch.context() as patched:
        patched.setattr(choice_views, "record", busy)
        visitor.sends("/journey/choice", choice="opt_out")
        assert visitor.sends("/journey/review").status_code == 503
    assert title(visitor.page) == "Sorry, we could not save your choice"
    assert choice_history.current(ANN.number) is None
    visitor.sends("/journey/review")
    assert visitor.at == "/journey/saved", "the answer was kept for the next try"


@pytest.mark.parametrize(
    "statement", ["UPDATE journey_applied SET organisation = 'Else'", "DELETE FROM journey_applied"]
)
def test_who_applied_a_choice_is_not_rewritten(statement: str) -> None:
    first = phoned(Choice.OPT_OUT)
    Applied.objects.create(nhs_number=ANN.number.reveal(), organisation="One", at=first.recorded_at, sequence=1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_made_up_people_are_loaded_once_and_nobody_s_choice_twice() -> None:
    assert demonstration.load() == 36
    choices = ChoiceEvent.objects.count()
    assert choices > 8
    assert demonstration.load() == 0
    KnownPerson.objects.all().delete()
    assert demonstration.load() == 36, "the register keeps choices of people who are not known any more"
    assert ChoiceEvent.objects.count() == choices


def test_no_demonstration_among_people_who_may_be_real() -> None:
    """In a demonstration anybody can read everybody's messages, and the codes in them."""
    ChoiceEvent.objects.create(
        nhs_number="0" * 10,
        sequence=1,
        choice="opt_out",
        recorded_at=timezone.now(),
        channel="online",
        by="self",
        actor="self",
        policy_version="-",
    )
    with pytest.raises(UsageFault, match="Set NDOO_DATA to another folder"):
        demonstration.load()
    assert not KnownPerson.objects.exists()
